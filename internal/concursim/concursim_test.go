package concursim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"turnstone/internal/concursim"
)

// start is when every test begins.
var start = time.Date(2026, 3, 2, 9, 30, 0, 128_000_000, time.UTC)

// clock is a time that only the test moves.
type clock struct{ past atomic.Int64 }

func (c *clock) Now() time.Time          { return start.Add(time.Duration(c.past.Load())) }
func (c *clock) Advance(d time.Duration) { c.past.Add(int64(d)) }

// concur is a served simulator with a token of the administrator of company 1.
type concur struct {
	*concursim.Simulator
	t     *testing.T
	clock *clock
	url   string
	token string
}

func serve(t *testing.T, o concursim.Options) *concur {
	t.Helper()
	c := &concur{t: t, clock: &clock{}}
	o.Now = c.clock.Now
	sim, err := concursim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	c.Simulator, c.url = sim, server.URL
	c.token = c.logIn(sim.Companies()[0].Login).AccessToken
	return c
}

type tokens struct {
	AccessToken      string `json:"access_token"`
	RefreshToken     string `json:"refresh_token"`
	ExpiresIn        any    `json:"expires_in"`
	RefreshExpiresIn int64  `json:"refresh_expires_in"`
	IDToken          string `json:"id_token"`
	Scope            string
	Geolocation      string
	Code             int
	Error            string
}

// grant posts to the token endpoint, as the application "app".
func (c *concur) grant(pairs ...string) (tokens, int) {
	c.t.Helper()
	form := url.Values{"client_id": {"app"}, "client_secret": {"secret"}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	resp, err := http.PostForm(c.url+"/oauth2/v0/token", form)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	var got tokens
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		c.t.Fatal(err)
	}
	return got, resp.StatusCode
}

func (c *concur) logIn(login string) tokens {
	c.t.Helper()
	got, status := c.grant("grant_type", "password", "username", login, "password", "concur")
	if status != http.StatusOK {
		c.t.Fatalf("logging in as %s: %d %+v", login, status, got)
	}
	return got
}

// response is an answer that has been read.
type response struct {
	status int
	header http.Header
	body   string
}

// call sends a request with the token. A path may also be a whole address.
func (c *concur) call(method, path, body string, headers ...string) response {
	c.t.Helper()
	got, err := c.try(method, path, body, headers...)
	if err != nil {
		c.t.Fatal(err)
	}
	return got
}

func (c *concur) try(method, path, body string, headers ...string) (response, error) {
	c.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = c.url + path
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Accept", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return response{}, err
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, string(read)}, err
}

const reports = "/api/v3.0/expense/reports"

type record = map[string]any

// list is one page.
type list struct {
	Items    []record
	NextPage *string
}

func (c *concur) list(path string) list {
	c.t.Helper()
	got := c.call("GET", path, "")
	if got.status != http.StatusOK {
		c.t.Fatalf("GET %s = %d %s", path, got.status, got.body)
	}
	return decode[list](c.t, got.body)
}

// sweep reads all pages and calls turn between them.
func (c *concur) sweep(query string, turn func()) []record {
	c.t.Helper()
	var all []record
	for next := reports + "?" + query; ; turn() {
		page := c.list(next)
		all = append(all, page.Items...)
		if page.NextPage == nil {
			return all
		}
		next = *page.NextPage
	}
}

func nothing() {}

func decode[T any](t testing.TB, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("decoding %s: %v", text, err)
	}
	return v
}

func field(records []record, name string) []string {
	var values []string
	for _, r := range records {
		text, _ := r[name].(string)
		values = append(values, text)
	}
	return values
}

func (c *concur) change(o concursim.Order) []concursim.Version {
	c.t.Helper()
	made, err := c.Change(o)
	if err != nil {
		c.t.Fatal(err)
	}
	return made
}

// turn sets switches over HTTP.
func (c *concur) turn(patch string) {
	c.t.Helper()
	if got := c.call("PATCH", "/_sim/switches", patch); got.status != http.StatusOK {
		c.t.Fatalf("PATCH %s = %d %s", patch, got.status, got.body)
	}
}

func compact(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
