package provider_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/provider"
)

// vendor starts a vendor and returns a call that lists its orders, and a client
// that holds the token "old-token" and gets "new-token" when it renews that.
func vendor(t *testing.T, answer http.HandlerFunc) (*provider.Client, provider.Call) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	client := &provider.Client{HTTP: server.Client(), Credentials: &tokens{current: "old-token"}, Now: time.Now}
	return client, provider.Call{
		Element:  &element.Element{Key: "shop", Authenticator: element.Authenticator{Type: "OAuthAuthenticator", Prefix: "Bearer"}},
		Instance: turnstone.Instance{ID: 12, Configuration: turnstone.Configuration{"base.url": server.URL}},
		Requester: element.Requester{
			URLBase: []element.Template{template(t, "{{ config['base.url'] }}")},
			Path:    template(t, "/orders"),
		},
	}
}

// answers answers each request with the status and the body.
func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func template(t testing.TB, text string) element.Template {
	t.Helper()
	parsed, err := element.ParseTemplate(text)
	if err != nil {
		t.Fatalf("ParseTemplate(%q): %v", text, err)
	}
	return parsed
}

// vendorError returns the error as what it must be.
func vendorError(t *testing.T, err error) *turnstone.VendorError {
	t.Helper()
	var problem *turnstone.VendorError
	if !errors.As(err, &problem) {
		t.Fatalf("Do = %v, want a VendorError", err)
	}
	return problem
}

// tokens is package oauth in small: it renews the current token and no other.
type tokens struct {
	mu      sync.Mutex
	current string
	renewed int
}

func (k *tokens) Credential(context.Context, turnstone.Instance) (turnstone.Credential, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return turnstone.Credential{AccessToken: k.current}, nil
}

func (k *tokens) Renew(_ context.Context, _ turnstone.Instance, stale turnstone.Credential) (turnstone.Credential, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if stale.AccessToken == k.current {
		k.current = "new-token"
		k.renewed++
	}
	return turnstone.Credential{AccessToken: k.current}, nil
}
