package provider_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/element"
)

func TestAnAnswerSaysWhatWasAskedAndWhen(t *testing.T) {
	client, call := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", "Thu, 02 May 2024 11:45:07 GMT")
		_, _ = w.Write([]byte(`{"line":"` + r.RequestURI + `"}`))
	})
	clock := time.Unix(0, 0)
	client.Now = func() time.Time { clock = clock.Add(2 * time.Second); return clock }
	call.Parameters = map[string]string{"after": "2024-05-02T11:45:00+02:00 & more", "user": ""}

	got, err := client.Do(t.Context(), call)
	if err != nil {
		t.Fatalf("Do: %v", err)
	}
	line := "/orders?after=2024-05-02T11%3A45%3A00%2B02%3A00%20%26%20more"
	if want := `{"line":"` + line + `"}`; string(got.Body) != want {
		t.Errorf("Body = %s, want %s", got.Body, want)
	}
	if want := time.Date(2024, 5, 2, 11, 45, 5, 0, time.UTC); !got.Date.Equal(want) {
		t.Errorf("Date = %v, want %v: two seconds before the header was written", got.Date, want)
	}
	if got.Elapsed != 4*time.Second || got.Status != http.StatusOK || !strings.HasSuffix(got.URL, line) {
		t.Errorf("Answer = %+v, want 4s, 200 and the URL", got)
	}
}

func TestEachAuthenticatorSendsItsProof(t *testing.T) {
	tests := map[string]struct {
		authenticator element.Authenticator
		header, want  string
	}{
		"token":                 {element.Authenticator{Type: "OAuthAuthenticator", Prefix: "Bearer"}, "Authorization", "Bearer old-token"},
		"token in a header":     {element.Authenticator{Type: "OAuthAuthenticator", Header: "X-Token"}, "X-Token", "old-token"},
		"key":                   {element.Authenticator{Type: "ApiKeyAuthenticator", Header: "X-Key", APIToken: template(t, "{{ config['key'] }}")}, "X-Key", "k1"},
		"bearer of a key":       {element.Authenticator{Type: "BearerAuthenticator", APIToken: template(t, "{{ config['key'] }}")}, "Authorization", "Bearer k1"},
		"user name, password":   {element.Authenticator{Type: "BasicHttpAuthenticator", Username: template(t, "ann"), Password: template(t, "pw")}, "Authorization", "Basic YW5uOnB3"},
		"nothing to be proven":  {element.Authenticator{Type: "NoAuth"}, "Authorization", ""},
		"also asks for JSON":    {element.Authenticator{Type: "NoAuth"}, "Accept", "application/json"},
		"and says who is there": {element.Authenticator{Type: "NoAuth"}, "User-Agent", "turnstone"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got string
			client, call := vendor(t, func(w http.ResponseWriter, r *http.Request) {
				got = r.Header.Get(tt.header)
				_, _ = w.Write([]byte("{}"))
			})
			call.Element.Authenticator = tt.authenticator
			call.Instance.Configuration["key"] = "k1"
			if _, err := client.Do(t.Context(), call); err != nil {
				t.Fatalf("Do: %v", err)
			}
			if got != tt.want {
				t.Errorf("%s = %q, want %q", tt.header, got, tt.want)
			}
		})
	}
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	var asked atomic.Int32
	client, call := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Header.Get("Authorization") != "Bearer new-token" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{}`))
	})
	if _, err := client.Do(t.Context(), call); err != nil {
		t.Fatalf("Do: %v", err)
	}
	if renewed := client.Credentials.(*tokens).renewed; renewed != 1 || asked.Load() != 2 {
		t.Errorf("renewed %d times and asked %d times, want 1 and 2", renewed, asked.Load())
	}
}

func TestCallsThatRaceRenewOnce(t *testing.T) {
	client, call := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer new-token" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{}`))
	})
	var calls sync.WaitGroup
	for range 20 {
		calls.Go(func() {
			if _, err := client.Do(t.Context(), call); err != nil {
				t.Errorf("Do: %v", err)
			}
		})
	}
	calls.Wait()
	if renewed := client.Credentials.(*tokens).renewed; renewed != 1 {
		t.Errorf("renewed %d times, want 1", renewed)
	}
}

func TestASecondRefusalIsFinal(t *testing.T) {
	tests := map[string]struct {
		status          int
		unauthenticated bool
		text            string
	}{
		"unknown":       {http.StatusUnauthorized, true, "does not accept the credential: who are you"},
		"not permitted": {http.StatusForbidden, false, "not permitted, although the credential is fresh"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			client, call := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(`{"error":"who are you"}`))
			})
			call.Requester.ErrorHandler = element.ErrorHandler{
				Filters:  []element.ResponseFilter{{Action: "REFRESH_TOKEN_THEN_RETRY", Match: element.Match{Codes: []int{401, 403}}}},
				Messages: []string{"error"},
			}
			_, err := client.Do(t.Context(), call)
			got := vendorError(t, err)
			if got.Action != turnstone.VendorFail || got.Status != tt.status || got.Message != "who are you" {
				t.Errorf("Do = %+v, want to fail with %d and the vendor's words", got, tt.status)
			}
			if errors.Is(err, turnstone.ErrUnauthenticated) != tt.unauthenticated || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("Do = %v, want unauthenticated %t and ...%s...", err, tt.unauthenticated, tt.text)
			}
			if asked.Load() != 2 {
				t.Errorf("asked %d times, want 2", asked.Load())
			}
		})
	}
}

func TestAKeyIsNotRenewed(t *testing.T) {
	client, call := vendor(t, answers(http.StatusUnauthorized, ""))
	call.Element.Authenticator = element.Authenticator{Type: "ApiKeyAuthenticator", APIToken: template(t, "k1")}
	client.Credentials = nil
	if _, err := client.Do(t.Context(), call); !errors.Is(err, turnstone.ErrUnauthenticated) {
		t.Errorf("Do = %v, want ErrUnauthenticated", err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host was asked, with Authorization %q", r.Header.Get("Authorization"))
	}))
	t.Cleanup(elsewhere.Close)
	client, call := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+"/orders", http.StatusFound)
	})
	_, err := client.Do(t.Context(), call)
	if got := vendorError(t, err); got.Action != turnstone.VendorFail || !strings.Contains(err.Error(), elsewhere.URL) {
		t.Errorf("Do = %v, want to fail and to name %s", err, elsewhere.URL)
	}
}

func TestATimeoutIsTheVendorsFault(t *testing.T) {
	client, call := vendor(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	call.Requester.Timeout = element.Duration(5 * time.Millisecond)
	_, err := client.Do(t.Context(), call)
	if got := vendorError(t, err); got.Action != turnstone.VendorRetry || !strings.Contains(err.Error(), "within 5ms") {
		t.Errorf("Do = %v, want to retry, and the time that passed", err)
	}
}

func TestACallerWhoGivesUpIsNotTheVendorsFault(t *testing.T) {
	asked := make(chan struct{})
	client, call := vendor(t, func(_ http.ResponseWriter, r *http.Request) { close(asked); <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	_, err := client.Do(ctx, call)
	var problem *turnstone.VendorError
	if !errors.Is(err, context.Canceled) || errors.As(err, &problem) {
		t.Errorf("Do = %v, want context.Canceled and no VendorError", err)
	}
}

func TestAVendorThatIsNotThereIsAskedAgain(t *testing.T) {
	client, call := vendor(t, nil)
	gone := httptest.NewServer(nil)
	gone.Close()
	call.Instance.Configuration["base.url"] = gone.URL
	_, err := client.Do(t.Context(), call)
	if got := vendorError(t, err); got.Action != turnstone.VendorRetry || got.Status != 0 {
		t.Errorf("Do = %+v, want to retry", got)
	}
}
