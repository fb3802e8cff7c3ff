package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Prefix is what the paths of the API begin with.
const Prefix = "/elements/api-v2"

const (
	// DefaultURL is where a service listens that was started without options.
	DefaultURL = "http://127.0.0.1:8080"
	// within is how long an answer may take to begin: the service may ask a vendor. How
	// long it takes then is not bounded, since results of bulk queries may be large.
	within = 2 * time.Minute
	// maxAnswer bounds an answer that is read as a whole: a page of large records.
	maxAnswer = 256 << 20
)

// Errors of New.
var (
	// ErrURL says that the address of the service cannot be one.
	ErrURL = errors.New("is no address of a service; write one such as " + DefaultURL)
	// ErrUserSecret says that there is no user secret.
	ErrUserSecret = errors.New("there is no user secret")
	// ErrOrganizationSecret says that there is a user secret and nothing beside it.
	ErrOrganizationSecret = errors.New("there is neither an organization secret nor an element token")
)

// Options say where a service is and who asks it.
type Options struct {
	// URL is the address of the service, with or without [Prefix]; empty: DefaultURL.
	URL string
	// UserSecret is needed, and beside it one of the others, or both. An element token
	// opens the calls about its instance; those to the vendor need one.
	UserSecret         string
	OrganizationSecret string
	ElementToken       string
	// HTTP sends the requests; nil: a client that follows no redirect, uses the proxy of
	// the environment, and gives a call up that is not answered within two minutes.
	HTTP *http.Client
	// UserAgent names the program; empty: "turnstone-client".
	UserAgent string
	// Retries is how often a call is repeated whose answer is that it should be; 0:
	// three times, less than 0: never.
	Retries int
}

// Client calls the API of one service for one user. Make one with New.
type Client struct {
	base          string
	authorization string
	userAgent     string
	retries       int
	http          *http.Client
}

// New returns a client. Its error wraps one of ErrURL, ErrUserSecret and
// ErrOrganizationSecret. It asks nothing of the service yet.
func New(o Options) (*Client, error) {
	base, err := baseURL(o.URL)
	if err != nil {
		return nil, err
	}
	c := &Client{base: base, userAgent: o.UserAgent, retries: o.Retries, http: o.HTTP}
	if c.authorization, err = authorization(o); err != nil {
		return nil, err
	}
	if c.userAgent == "" {
		c.userAgent = "turnstone-client"
	}
	if c.retries == 0 {
		c.retries = 3
	}
	if c.http == nil {
		c.http = &http.Client{
			Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: within},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return c, nil
}

// baseURL returns the address of the API, without a slash at its end.
func baseURL(text string) (string, error) {
	if text == "" {
		text = DefaultURL
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return "", fmt.Errorf("%q %w", text, ErrURL)
	}
	bare := strings.TrimRight(strings.TrimSuffix(strings.TrimRight(text, "/"), Prefix), "/")
	return bare + Prefix, nil
}

// authorization returns the header that says who asks.
func authorization(o Options) (string, error) {
	if o.UserSecret == "" {
		return "", ErrUserSecret
	}
	header := "User " + o.UserSecret
	if o.OrganizationSecret != "" {
		header += ", Organization " + o.OrganizationSecret
	}
	if o.ElementToken != "" {
		header += ", Element " + o.ElementToken
	}
	if o.OrganizationSecret == "" && o.ElementToken == "" {
		return "", ErrOrganizationSecret
	}
	return header, nil
}

// request is a call to be made.
type request struct {
	method string
	path   string // below Prefix, escaped
	query  url.Values
	body   any         // rendered as JSON, a document as it is; nil: none
	header http.Header // beside those that every call has
}

// document is a body that is sent as it is.
type document []byte

// do makes a call and decodes its answer into what into points to; nil: it does not
// matter.
func (c *Client) do(ctx context.Context, r request, into any) error {
	_, err := c.answer(ctx, r, into)
	return err
}

// answer is do, and returns the headers of the answer.
func (c *Client) answer(ctx context.Context, r request, into any) (http.Header, error) {
	response, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("%s %s: read the answer: %w", r.method, r.path, err)
	}
	if into == nil {
		return response.Header, nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return nil, fmt.Errorf("%s %s: the answer is no JSON of this API: %w", r.method, r.path, err)
	}
	return response.Header, nil
}

// send makes a call, again if the service asks for that, and returns an answer of 200,
// whose body the caller closes.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	body, rendered := r.body.(document)
	if r.body != nil && !rendered {
		var err error
		if body, err = json.Marshal(r.body); err != nil {
			return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
		}
	}
	for try := 0; ; try++ {
		response, err := c.once(ctx, r, body)
		if err != nil || response.StatusCode == http.StatusOK {
			return response, err
		}
		refused := refusal(r, response)
		wait, again := retry(r.method, refused, try)
		if !again || try >= c.retries {
			return nil, refused
		}
		if err := pause(ctx, wait); err != nil {
			return nil, errors.Join(refused, err)
		}
	}
}

// once sends a request once.
func (c *Client) once(ctx context.Context, r request, body []byte) (*http.Response, error) {
	address := c.base + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	var text io.Reader = http.NoBody
	if body != nil {
		text = bytes.NewReader(body)
	}
	h, err := http.NewRequestWithContext(ctx, r.method, address, text)
	if err != nil {
		return nil, err
	}
	maps.Copy(h.Header, r.header)
	h.Header.Set("Authorization", c.authorization)
	h.Header.Set("User-Agent", c.userAgent)
	if body != nil {
		h.Header.Set("Content-Type", "application/json")
	}
	return c.http.Do(h)
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// decode reads an answer a second time, into its typed form.
func decode(text json.RawMessage, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("the answer is no JSON of this API: %w", err)
	}
	return nil
}
