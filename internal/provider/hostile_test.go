package provider_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"turnstone/internal/element"
	"turnstone/internal/provider"
)

// endless repeats a text for ever.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[e.at]
		e.at = (e.at + 1) % len(e.text)
	}
	return len(p), nil
}

// body is an answer that begins, goes on as long as it is said to, and ends.
func body(begins, repeats string, length int64, ends string) io.Reader {
	return io.MultiReader(strings.NewReader(begins), io.LimitReader(&endless{text: repeats}, length), strings.NewReader(ends))
}

// allocated returns how many bytes f allocates, which is more than it ever holds.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestAnAnswerTakesABoundedPartOfTheMemory(t *testing.T) {
	tests := map[string]struct {
		length  int64 // as announced; -1: not
		body    io.Reader
		decoder string
		text    string // of the error
	}{
		"a page of 2 GB":             {2 << 30, body(`[{"a":"`, "x", 2<<30, `"}]`), "", "too large: more than 4194304 bytes; ask for smaller pages"},
		"a body without an end":      {-1, &endless{text: `{"a":[`}, "", "too large: more than 4194304 bytes"},
		"a record of 200 MB":         {-1, body(`[{"a":"`, "x", 200<<20, `"}]`), "", "too large: more than 4194304 bytes"},
		"a length that is not kept":  {1 << 40, strings.NewReader(`[]`), "", ""},
		"more records than a page":   {-1, body("[{}", ",{}", 3*1_200_000, "]"), "", "more than 200000 records; ask for smaller pages"},
		"more numbers than a page":   {-1, body("[1", ",1", 2*1_900_000, "]"), "", "more than 200000 records"},
		"brackets 100,000 deep":      {-1, body("", "[", 100_000, strings.Repeat("]", 100_000)), "", "nests more than 500 deep"},
		"braces 100,000 deep":        {-1, body("", `{"a":`, 500_000, "1"+strings.Repeat("}", 100_000)), "", "nests more than 500 deep"},
		"elements 100,000 deep":      {-1, body("", "<a>", 300_000, strings.Repeat("</a>", 100_000)), "XmlDecoder", "nest more than 500 deep"},
		"a million elements":         {-1, body("<a>", "<b/>", 4*1_000_000, "</a>"), "XmlDecoder", "more than 500000 tags and attributes"},
		"an element of attributes":   {-1, body("<a", ` b=""`, 5*490_000, "/>"), "XmlDecoder", ""},
		"an element without an end":  {-1, body("<a", ` b=""`, 5*490_000, ""), "XmlDecoder", "XML syntax error"},
		"a million entries in a map": {-1, body(`[{"a":1`, `,"a":1`, 6*690_000, "}]"), "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client, call := metered(t, answering(func() *http.Response {
				return &http.Response{StatusCode: http.StatusOK, ContentLength: tt.length, Body: io.NopCloser(tt.body)}
			}))
			const limit = 4 << 20
			client.MaxBody = limit
			call.Requester.ErrorHandler = element.ErrorHandler{}
			call.Requester.Decoder = tt.decoder
			var err error
			used := allocated(func() { err = list(t, client, call) })
			if (err == nil) != (tt.text == "") || err != nil && !strings.Contains(err.Error(), tt.text) {
				t.Errorf("the page gives %v, want ...%s...", err, tt.text)
			}
			if most := uint64(100 * limit); used > most {
				t.Errorf("the page took %d MB, want at most %d", used>>20, most>>20)
			}
		})
	}
}

// list reads the records of a page.
func list(t *testing.T, client *provider.Client, call provider.Call) error {
	t.Helper()
	got, err := client.Do(t.Context(), call)
	if err != nil {
		return err
	}
	_, err = got.Records(element.RecordSelector{})
	return err
}

func TestABombIsNotUnpackedToItsEnd(t *testing.T) {
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		_, _ = io.Copy(z, io.LimitReader(&endless{text: " "}, 256<<20))
		_ = z.Close()
	}))
	defer vendor.Close()
	client, call := metered(t, vendor.Client().Transport)
	call.Instance.Configuration = map[string]string{"base.url": vendor.URL}
	call.Requester.URLBase = []element.Template{template(t, vendor.URL)}
	client.MaxBody = 4 << 20
	var err error
	used := allocated(func() { err = list(t, client, call) })
	if err == nil || !strings.Contains(err.Error(), "more than 4194304 bytes") || used > 64<<20 {
		t.Errorf("Do = %v with %d MB, want the limit, and a few times that", err, used>>20)
	}
}

func TestHeadersHaveAnEnd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = http.ReadRequest(bufio.NewReader(conn))
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		_, _ = io.Copy(conn, &endless{text: "X-Filler: " + strings.Repeat("x", 1000) + "\r\n"})
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	base := fmt.Sprintf("http://%s", l.Addr())
	client, call := metered(t, &http.Transport{MaxResponseHeaderBytes: 1 << 20})
	call.Instance.Configuration = map[string]string{"base.url": base}
	call.Requester.URLBase = []element.Template{template(t, base)}
	if err := list(t, client, call); err == nil || !strings.Contains(err.Error(), "headers exceeded") {
		t.Errorf("Do = %v, want the headers' limit", err)
	}
}
