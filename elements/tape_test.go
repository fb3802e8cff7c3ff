package elements_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tape stands in place of the network: the recorded answers come to whatever is
// asked, in their order. What was asked is noted in the recording.
type tape struct {
	t        *testing.T
	recorded string // the archive
	round    *round
	asked    int               // requests of this round
	uuids    map[string]string // the names that ours have in the recording
}

func newTape(t *testing.T, recorded []byte) *tape {
	return &tape{t: t, recorded: string(recorded), uuids: make(map[string]string)}
}

// play puts the answers of a round in.
func (p *tape) play(r *round) { p.round, p.asked = r, 0 }

// RoundTrip notes the request and returns the next recorded answer. A request
// without one fails the test.
func (p *tape) RoundTrip(req *http.Request) (*http.Response, error) {
	text, err := p.requestText(req)
	if err != nil {
		return nil, err
	}
	if p.asked == len(p.round.exchanges) {
		p.round.exchanges = append(p.round.exchanges, &exchange{round: p.round.number, number: p.asked + 1})
	}
	e := p.round.exchanges[p.asked]
	p.asked++
	e.request = text
	if e.response == "" {
		p.t.Errorf("no answer is recorded as %s for this request; record it:\n%s", e.name("response"), text)
		return nil, fmt.Errorf("no answer is recorded as %s", e.name("response"))
	}
	// A body ends with the recording, or breaks off there if its Content-Length
	// says more.
	response, err := http.ReadResponse(bufio.NewReader(strings.NewReader(e.response)), req)
	if err != nil {
		p.t.Errorf("%s is no HTTP answer: %v", e.name("response"), err)
	}
	return response, err
}

// requestText returns a request as it stands in the recording: the headers sorted
// and without our own name, a form with a field a line, each UUID by a name.
func (p *tape) requestText(req *http.Request) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", req.Method, req.URL)
	for _, name := range slices.Sorted(maps.Keys(req.Header)) {
		if name != "User-Agent" {
			fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(req.Header[name], ", "))
		}
	}
	body, err := bodyText(req)
	if err != nil {
		return "", err
	}
	if body != "" {
		fmt.Fprintf(&b, "\n%s\n", body)
	}
	return uuid.ReplaceAllStringFunc(b.String(), p.nameOf), nil
}

// bodyText returns the body of a request.
func bodyText(req *http.Request) (string, error) {
	if req.Body == nil {
		return "", nil
	}
	defer req.Body.Close()
	body, err := io.ReadAll(req.Body)
	if err != nil || req.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		return string(bytes.TrimSpace(body)), err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return "", err
	}
	var fields []string
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range form[name] {
			fields = append(fields, name+"="+value)
		}
	}
	return strings.Join(fields, "\n"), nil
}

var uuid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

// nameOf returns the name of a UUID of ours, which shows whether it was used
// before. One that stands in the recording itself is the vendor's or the customer's.
func (p *tape) nameOf(value string) string {
	if strings.Contains(p.recorded, value) {
		return value
	}
	if p.uuids[value] == "" {
		p.uuids[value] = fmt.Sprintf("uuid-%d", len(p.uuids)+1)
	}
	return p.uuids[value]
}
