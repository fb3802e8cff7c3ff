package oauth_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/oauth"
)

// moment is when the tests take place, unless synctest has its own clock.
var moment = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Secrets of the tests; each has this mark, which no error may have.
const (
	secretMark   = "s3cr3t"
	clientID     = "id-" + secretMark
	clientSecret = "client+/=" + secretMark
	password     = "pass word " + secretMark
	code         = "code-" + secretMark
)

// vendor is a token endpoint at every host: it records what it is asked and
// answers what the test says.
type vendor struct {
	mu     sync.Mutex
	asked  []asked
	answer func(a asked) (status int, body string)
	header http.Header
	before func(r *http.Request) error // runs before the answer; may fail in its place
}

type asked struct {
	number int // 1 is the first
	url    string
	form   url.Values
	basic  string
}

// RoundTrip implements http.RoundTripper.
func (v *vendor) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	a := asked{number: len(v.asked) + 1, url: r.URL.String(), form: form, basic: r.Header.Get("Authorization")}
	v.asked = append(v.asked, a)
	v.mu.Unlock()
	if v.before != nil {
		if err := v.before(r); err != nil {
			return nil, err
		}
	}
	status, text := v.answer(a)
	header := http.Header{"Content-Type": {"application/json"}}
	maps.Copy(header, v.header)
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

// rotating answers with a new pair of tokens each time.
func rotating(a asked) (status int, body string) {
	return 200, fmt.Sprintf(`{"access_token":"access-%d","refresh_token":"refresh-%d","expires_in":3600}`, a.number, a.number)
}

// always gives the same answer.
func always(status int, body string) func(asked) (int, string) {
	return func(asked) (int, string) { return status, body }
}

// memory is a store of credentials, with the leases of the real one.
type memory struct {
	now     func() time.Time
	saveErr error

	mu          sync.Mutex
	credentials map[int64]turnstone.Credential
	fences      map[int64]int64
	until       map[int64]time.Time
	log         []string
}

func newMemory(c turnstone.Credential) *memory {
	return &memory{
		now:         func() time.Time { return moment },
		credentials: map[int64]turnstone.Credential{c.InstanceID: c},
		fences:      map[int64]int64{},
		until:       map[int64]time.Time{},
	}
}

func (m *memory) note(what string) { m.log = append(m.log, what) }

func (m *memory) Credential(_ context.Context, id int64) (turnstone.Credential, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.note("read")
	c, ok := m.credentials[id]
	if !ok {
		return turnstone.Credential{}, turnstone.ErrNotFound
	}
	return c, nil
}

func (m *memory) LeaseCredential(ctx context.Context, id int64, lease time.Duration) (turnstone.CredentialLease, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return turnstone.CredentialLease{}, err
	}
	if m.until[id].After(m.now()) {
		return turnstone.CredentialLease{}, turnstone.ErrConflict
	}
	m.note("lease")
	m.fences[id]++
	m.until[id] = m.now().Add(lease)
	return turnstone.CredentialLease{Credential: m.credentials[id], Fence: m.fences[id]}, nil
}

func (m *memory) SaveCredential(ctx context.Context, l turnstone.CredentialLease) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.note("save " + string(l.Credential.State))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case m.saveErr != nil:
		return m.saveErr
	case m.fences[l.Credential.InstanceID] != l.Fence:
		return turnstone.ErrLeaseLost
	}
	m.credentials[l.Credential.InstanceID] = l.Credential
	m.until[l.Credential.InstanceID] = time.Time{}
	return nil
}

func (m *memory) ReleaseCredential(_ context.Context, l turnstone.CredentialLease) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.note("release")
	if m.fences[l.Credential.InstanceID] == l.Fence {
		m.until[l.Credential.InstanceID] = time.Time{}
	}
	return nil
}

// replace stores a credential without a lease, as authorising again does.
func (m *memory) replace(c turnstone.Credential) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fences[c.InstanceID]++
	m.credentials[c.InstanceID] = c
	m.until[c.InstanceID] = time.Time{}
}

func (m *memory) current(id int64) turnstone.Credential {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.credentials[id]
}

// catalogue has the real element for Concur, and one for each other kind of
// authenticator.
func catalogue(t testing.TB) *element.Catalogue {
	t.Helper()
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// loaded reads the catalogue once: it does not change, and reading takes longer
// than most tests here.
var loaded = sync.OnceValues(func() (*element.Catalogue, error) {
	files, err := withConcur(fstest.MapFS{})
	if err != nil {
		return nil, err
	}
	for i, name := range []string{"machine", "keyed"} {
		text := fmt.Sprintf(elementHead, name, i+1) + authenticators[name]
		files[name+"/element.yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return element.Load(files)
})

// withConcur adds the files of the element concur.
func withConcur(files fstest.MapFS) (fstest.MapFS, error) {
	for _, pattern := range []string{"concur/*.yaml", "concur/resources/*.yaml"} {
		names, err := fs.Glob(os.DirFS("../../elements"), pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			data, err := fs.ReadFile(os.DirFS("../../elements"), name)
			if err != nil {
				return nil, err
			}
			files[name] = &fstest.MapFile{Data: data}
		}
	}
	return files, nil
}

const elementHead = `
version: 1
key: %s
id: %d
name: Test
hub: general
description: An element for tests.
hosts: [api.example.com]
configuration:
  - {key: oauth.api.key, name: Id}
  - {key: oauth.api.secret, name: Secret, type: PASSWORD}
  - {key: region, name: Region, default: north}
requester:
  url_base: ["https://api.example.com/base"]
resources:
  - name: things
    primary_key: id
    operations:
      retrieve: {path: "/things/{{ id }}"}
`

var authenticators = map[string]string{
	"keyed": `
authenticator:
  type: ApiKeyAuthenticator
  api_token: "{{ config['oauth.api.key'] }}"
`,
	"machine": `
authenticator:
  type: OAuthAuthenticator
  client_id: "{{ config['oauth.api.key'] }}"
  client_secret: "{{ config['oauth.api.secret'] }}"
  client_authorization: basic
  grants:
    - type: client_credentials
      url: /token
      when_present: [oauth.api.key, oauth.api.secret]
      request_parameters: {region: "{{ config['region'] }}"}
  token_response: {access_token: data.token, expires_in: data.life}
  error_handler:
    refused:
      - {http_codes: [401], error_message_contains: [Unknown app]}
`,
}

func lookup(t testing.TB, key string) *element.Element {
	t.Helper()
	el, ok := catalogue(t).Lookup(key)
	if !ok {
		t.Fatalf("no element %q", key)
	}
	return el
}

// keeper returns a Keeper for tests without a bubble.
func keeper(t testing.TB, store oauth.Store, v *vendor) *oauth.Keeper {
	t.Helper()
	return &oauth.Keeper{
		Store: store, Elements: catalogue(t), HTTP: &http.Client{Transport: v},
		Now: func() time.Time { return moment },
	}
}

// concur is an instance with an app, and more configuration if given.
func concur(more turnstone.Configuration) turnstone.Instance {
	c := turnstone.Configuration{
		"oauth.api.key": clientID, "oauth.api.secret": clientSecret,
		"oauth.callback.url": "https://app.example/back",
	}
	maps.Copy(c, more)
	return turnstone.Instance{ID: 12, Element: "concur", Revision: 1, Configuration: c}
}

// held is a valid credential of that instance.
func held() turnstone.Credential {
	return turnstone.Credential{
		InstanceID: 12, State: turnstone.CredentialValid,
		AccessToken: "access-0-" + secretMark, RefreshToken: "refresh-0-" + secretMark,
		RefreshedAt: moment, ExpiresAt: moment.Add(time.Hour),
		Values: map[string]string{"geolocation": "https://eu2.api.concursolutions.com"},
	}
}
