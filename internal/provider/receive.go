package provider

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"turnstone/internal/element"
	"turnstone/internal/xmljson"
)

// defaultTimeout is for requesters that do not come from the catalogue, where
// the format's own default has been filled in.
const defaultTimeout = 60 * time.Second

// xmlDecoder is the requester's decoder for vendors that answer in XML.
const xmlDecoder = "XmlDecoder"

var errTooLarge = errors.New("too large")

// received is an answer as it came.
type received struct {
	status  int
	header  http.Header
	body    []byte   // as sent, until decode
	doc     document // what body is, if json
	json    bool     // body is valid JSON
	unread  error    // why it is not, if there is one
	date    time.Time
	elapsed time.Duration
	next    string // the page after, as a hook named it
	refusal string // why a hook makes a failure of it; empty: none does
}

// send sends a request and reads the whole answer. Of an answer that breaks
// off, the status is returned along with the error.
func (c *Client) send(ctx context.Context, req *http.Request, timeout time.Duration) (received, error) {
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, slow(timeout))
	defer cancel()
	client := *c.HTTP
	client.CheckRedirect = stay
	start := c.Now()
	resp, err := client.Do(req.WithContext(ctx))
	if err != nil {
		return received{}, cause(ctx, err)
	}
	defer resp.Body.Close()
	got := received{status: resp.StatusCode, header: resp.Header, date: startDate(resp.Header, c.Now().Sub(start))}
	if got.body, err = c.readBody(resp); err != nil {
		return got, cause(ctx, err)
	}
	got.elapsed = c.Now().Sub(start)
	return got, nil
}

// slow is the error for an answer that took longer.
type slow time.Duration

// Error says how long we waited.
func (s slow) Error() string {
	return fmt.Sprintf("the whole answer did not come within %s", time.Duration(s))
}

// stay keeps the client from following redirects.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// readBody reads the body, decompressed, up to the limit.
func (c *Client) readBody(resp *http.Response) ([]byte, error) {
	if encoding := resp.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return nil, fmt.Errorf("the answer is encoded as %q, which was not asked for", encoding)
	}
	limit := c.MaxBody
	if limit <= 0 {
		limit = DefaultMaxBody
	}
	body, err := c.readAll(io.LimitReader(resp.Body, limit+1), resp.ContentLength)
	if err != nil {
		return nil, fmt.Errorf("the answer broke off after %d bytes: %w", len(body), err)
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("the answer is %w: more than %d bytes; ask for smaller pages", errTooLarge, limit)
	}
	return body, nil
}

// maxKept bounds the buffers that are kept for the next answer, and what is
// believed of an announced length: pages have some hundred kilobytes.
const maxKept = 1 << 20

// readAll reads until the end. Buffers that grow as they are read cost as much as
// the reading, so an answer of a known length gets one that fits, and the others,
// as all compressed ones, are read into one that others have stretched.
func (c *Client) readAll(r io.Reader, length int64) ([]byte, error) {
	if length >= 0 && length < maxKept {
		b := bytes.NewBuffer(make([]byte, 0, length+bytes.MinRead))
		_, err := b.ReadFrom(r)
		return b.Bytes(), err
	}
	b, ok := c.buffers.Get().(*bytes.Buffer)
	if !ok {
		b = new(bytes.Buffer)
	}
	_, err := b.ReadFrom(r)
	if b.Cap() > maxKept {
		return b.Bytes(), err
	}
	body := bytes.Clone(b.Bytes())
	b.Reset()
	c.buffers.Put(b)
	return body, err
}

// cause returns why a request failed, without the URL that net/http puts before
// it: that may hold a secret. A time-out of ours says so in its own words.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if outer, ok := errors.AsType[*url.Error](err); ok {
		return outer.Err
	}
	return err
}

// startDate returns when a request began by the vendor's clock. The Date header
// was written at some moment between then and the header's arrival, with its
// fraction of a second cut off.
func startDate(header http.Header, untilHeader time.Duration) time.Time {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return date.UTC().Add(-untilHeader)
}

// read says what the answer to a request means and, if it is a success that
// cannot be used, why.
func (r *received) read(q element.Requester) (Verdict, string) {
	r.decode(q.Decoder)
	verdict := Classify(q.ErrorHandler, Response{Status: r.status, Header: r.header, Body: r.body, JSON: r.json, doc: r.doc})
	if r.refusal != "" {
		verdict.Message = r.refusal
	}
	if verdict.Action != Success {
		return verdict, ""
	}
	problem := r.problem(cmp.Or(q.Method, http.MethodGet))
	if problem != "" {
		verdict.Action = Retry
	}
	return verdict, problem
}

// decode makes the body JSON where it can. An unsuccessful answer is read as
// XML if it looks so, whatever the decoder: it may come from a gateway that
// does not care for the Accept header.
func (r *received) decode(decoder string) {
	r.body = bytes.TrimSpace(bytes.TrimPrefix(r.body, []byte("\ufeff")))
	if bytes.HasPrefix(r.body, []byte("<")) && !isHTML(r.body) && (decoder == xmlDecoder || r.status >= 300) {
		converted, err := xmljson.Convert(r.body)
		if err != nil {
			r.unread = fmt.Errorf("the answer cannot be read as XML: %w", err)
			return
		}
		r.body = converted
	}
	if r.doc, r.json = readDocument(r.body); !r.json && len(r.body) > 0 {
		r.unread = fmt.Errorf("the answer is no JSON, or broke off after %d bytes; the vendor calls it %q",
			len(r.body), r.header.Get("Content-Type"))
		if jsonText(r.body).tooDeep() {
			r.unread = fmt.Errorf("the answer nests more than %d deep, which no record does", maxDepth)
		}
	}
}

// isHTML reports whether a text is a page for people, which even when it is
// well-formed XML is no answer to us.
func isHTML(text []byte) bool {
	start := bytes.ToLower(text[:min(len(text), len("<!doctype html"))])
	return bytes.HasPrefix(start, []byte("<html")) || bytes.HasPrefix(start, []byte("<!doctype html"))
}

// problem says why a successful answer cannot be used; empty: it can.
func (r *received) problem(method string) string {
	switch {
	case r.unread != nil:
		return fmt.Sprintf("%v: %s", r.unread, r.body)
	case len(r.body) == 0 && r.status == http.StatusOK && method == http.MethodGet:
		return "the answer is empty"
	}
	return ""
}
