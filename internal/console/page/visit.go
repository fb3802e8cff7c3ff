package page

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"

	"turnstone/client"
	"turnstone/internal/people"
)

// Visit is a request for a page.
type Visit struct {
	*http.Request
	people.Visitor // zero if nobody is signed in

	// Sessions is how one signs in and out.
	Sessions Sessions
	// Reply has the headers of the answer.
	Reply http.Header

	api http.Handler
}

// Visiting reports whether somebody is signed in.
func (v *Visit) Visiting() bool { return v.User.ID != 0 }

// Client returns a client of the API that acts for whoever is signed in.
func (v *Visit) Client() (*client.Client, error) {
	return client.New(client.Options{
		URL: "http://console.invalid", UserSecret: string(v.Secrets.User), OrganizationSecret: string(v.Secrets.Organization),
		HTTP: &http.Client{Transport: inProcess{v.api, v.RemoteAddr}}, UserAgent: "turnstone-console", Retries: -1,
	})
}

// Get reads something from the API. The error is a *client.Error if the API refused.
func (v *Visit) Get(path string, query url.Values, into any) (http.Header, error) {
	return v.Do(client.Call{Path: path, Query: query}, into)
}

// Do makes a call of the API. The error is a *client.Error if the API refused.
func (v *Visit) Do(call client.Call, into any) (http.Header, error) {
	c, err := v.Client()
	if err != nil {
		return nil, err
	}
	return c.Do(v.Context(), call, into)
}

// Typed returns what was typed into a field of a form, without spaces around it.
func (v *Visit) Typed(field string) string { return strings.TrimSpace(v.PostFormValue(field)) }

// inProcess sends requests to a handler of this program.
type inProcess struct {
	handler http.Handler
	address string // of whoever is behind the request
}

// RoundTrip answers a request with what the handler says.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(context.WithValue(r.Context(), http.LocalAddrContextKey, nil))
	r.RequestURI, r.RemoteAddr = r.URL.RequestURI(), t.address
	if r.Body == nil {
		r.Body = http.NoBody
	}
	answer := &recorder{header: http.Header{}, status: http.StatusOK}
	t.handler.ServeHTTP(answer, r)
	return &http.Response{
		Status: http.StatusText(answer.status), StatusCode: answer.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: answer.header, Body: closing{bytes.NewReader(answer.body.Bytes())}, ContentLength: int64(answer.body.Len()), Request: r,
	}, nil
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) { r.status = status }

func (r *recorder) Write(text []byte) (int, error) { return r.body.Write(text) }

// closing is a body that needs no closing.
type closing struct{ *bytes.Reader }

// Close does nothing.
func (closing) Close() error { return nil }
