package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/script"
)

// prepared is a request that is ready to be sent, or what a hook answers in the
// vendor's place.
type prepared struct {
	*http.Request
	hooked   script.Request // as the hooks see it
	answered *script.Answer
}

// prepare builds the request of a call and lets the hooks change it. The credential is
// added behind them: no hook sees it, and none decides where it goes.
func (c *Client) prepare(ctx context.Context, call Call, cred turnstone.Credential) (prepared, error) {
	values := valuesOf(call, cred)
	req, err := newRequest(call, values)
	if err != nil {
		return prepared{}, err
	}
	p := prepared{Request: req}
	if call.Requester.Hooks != nil {
		if err := c.beforeRequest(ctx, call, values, &p); err != nil {
			return prepared{}, err
		}
	}
	authenticate(p.Request, call.Element.Authenticator, values, cred)
	return p, checkHeaders(p.Header)
}

// beforeRequest runs the hooks before a request.
func (c *Client) beforeRequest(ctx context.Context, call Call, values element.Values, p *prepared) error {
	if c.Scripts == nil {
		return errors.New("hooks: this program runs none; remove them from the element")
	}
	base, err := baseOf(call, values)
	if err != nil {
		return err
	}
	asked, err := scriptRequest(p.Request, base)
	if err != nil {
		return err
	}
	hooked, answered, err := c.Scripts.Before(ctx, call.script(), asked)
	if err != nil {
		return err
	}
	p.hooked, p.answered = hooked, answered
	return p.follow(call, base, asked)
}

// script returns the call as hooks see it.
func (c Call) script() script.Call {
	hub := c.Hub
	hub.Config, hub.Hooks = c.Instance.Configuration, c.Requester.Hooks
	return hub
}

// scriptRequest returns a request as hooks see it.
func scriptRequest(req *http.Request, base string) (script.Request, error) {
	address, err := url.Parse(base)
	if err != nil {
		return script.Request{}, fmt.Errorf("url_base: %w", err)
	}
	body, err := io.ReadAll(req.Body) // of our own making
	if err != nil {
		return script.Request{}, err
	}
	q := script.Request{
		Method: req.Method, Body: body, Query: map[string]string{}, Headers: map[string]string{},
		Path: strings.TrimPrefix(req.URL.EscapedPath(), strings.TrimRight(address.EscapedPath(), "/")),
	}
	for name, values := range req.URL.Query() {
		q.Query[name] = values[0]
	}
	for name := range req.Header {
		q.Headers[name] = req.Header.Get(name)
	}
	return q, nil
}

// follow makes the request that the hooks want of the one they were shown.
func (p *prepared) follow(call Call, base string, asked script.Request) error {
	target, err := p.target(call, base, asked)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(p.hooked.Method, target.String(), bytes.NewReader(p.hooked.Body))
	if err != nil {
		return errors.New("a hook before the request names a method or an address that there is not")
	}
	for name, value := range p.hooked.Headers {
		if !strings.EqualFold(name, "Authorization") || call.Element.Authenticator.Type == "NoAuth" {
			req.Header.Set(name, value)
		}
	}
	req.Header.Set("User-Agent", "turnstone")
	p.Request = req
	return nil
}

// target returns the address that the hooks want: the one they were shown, or another
// to which the credential may go.
func (p *prepared) target(call Call, base string, asked script.Request) (*url.URL, error) {
	if p.hooked.Path == asked.Path && maps.Equal(p.hooked.Query, asked.Query) {
		return p.URL, nil // as the vendor wrote it, perhaps
	}
	address := p.hooked.Path
	if !strings.Contains(address, "://") {
		address = strings.TrimRight(base, "/") + "/" + strings.TrimLeft(address, "/")
	}
	target, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("a hook before the request names an address that is no URL")
	}
	if !call.Element.HostAllowed(call.Instance.Configuration[turnstone.KeyBaseURL], address) {
		return nil, fmt.Errorf("a hook before the request names %s://%s, where the credential must not go; add the host to the element's hosts",
			target.Scheme, target.Host)
	}
	target.RawQuery = strings.Trim(cleanQuery(target.RawQuery)+"&"+queryText(p.hooked.Query), "&")
	return target, nil
}

// queryText writes a query in the order of its names.
func queryText(query map[string]string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(query)) {
		pairs = append(pairs, escapeQuery(name)+"="+escapeQuery(query[name]))
	}
	return strings.Join(pairs, "&")
}

// ask sends a request, unless a hook has answered it, and lets the hooks change the
// answer.
func (c *Client) ask(ctx context.Context, call Call, p prepared) (received, error) {
	got := received{}
	if p.answered != nil {
		got = p.received()
	} else {
		var err error
		if got, err = c.send(ctx, p.Request, time.Duration(call.Requester.Timeout)); err != nil {
			return got, err
		}
	}
	return got, c.afterAnswer(ctx, call, p, &got)
}

// received returns what a hook answered, as if it had come from the vendor.
func (p prepared) received() received {
	got := received{header: http.Header{}}
	got.take(*p.answered)
	if len(got.body) == 0 {
		got.body = []byte("[]") // a hook that says not to ask, and nothing else, has no records
	}
	return got
}

// afterAnswer lets the hooks change an answer.
func (c *Client) afterAnswer(ctx context.Context, call Call, p prepared, got *received) error {
	if call.Requester.Hooks == nil || len(call.Requester.Hooks.After) == 0 {
		return nil
	}
	got.decode(call.Requester.Decoder)
	a := script.Answer{Status: got.status, Headers: map[string]string{}, Body: got.body, Next: got.next}
	for name := range got.header {
		a.Headers[name] = got.header.Get(name)
	}
	changed, err := c.Scripts.After(ctx, call.script(), p.hooked, a)
	if err != nil {
		return err
	}
	got.take(changed)
	return nil
}

// take makes what hooks say the answer.
func (r *received) take(a script.Answer) {
	r.status, r.body, r.next, r.refusal, r.unread = a.Status, a.Body, a.Next, a.Problem, nil
	if a.Problem != "" {
		r.body = slices.Concat([]byte(`{"message":`), gjson.AppendJSONString(nil, a.Problem), []byte{'}'})
	}
}
