package oauth_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/oauth"
)

func TestAnElementSaysWhatIsARefusal(t *testing.T) {
	tests := map[string]struct {
		status  int
		body    string
		refused bool
	}{
		"as declared":    {401, `{"message":"UNKNOWN APP"}`, true},
		"another text":   {401, `{"message":"try again"}`, false},
		"another status": {400, `{"message":"unknown app"}`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := &vendor{answer: always(tt.status, tt.body)}
			_, err := keeper(t, nil, v).Obtain(t.Context(), lookup(t, "machine"), concur(nil).Configuration, oauth.Grant{})
			if refused := errors.Is(err, turnstone.ErrUnauthenticated); err == nil || refused != tt.refused {
				t.Errorf("Obtain = %v, refused: %v, want %v", err, refused, tt.refused)
			}
		})
	}
}

func TestOnlyAllowedGeolocationsAreKept(t *testing.T) {
	tests := map[string]struct{ base, geolocation, want string }{
		"a data centre":       {"", "https://eu2.api.concursolutions.com", "https://eu2.api.concursolutions.com"},
		"with a path":         {"", "https://eu2.api.concursolutions.com/oauth2/v0/token", "https://eu2.api.concursolutions.com"},
		"a stranger":          {"", "https://evil.example", ""},
		"without TLS":         {"", "http://eu2.api.concursolutions.com", ""},
		"of the base":         {"http://127.0.0.1:8081", "http://127.0.0.1:8081", "http://127.0.0.1:8081"},
		"not of the base":     {"http://127.0.0.1:8081", "http://127.0.0.1:8082", ""},
		"vendor's, from base": {"http://127.0.0.1:8081", "https://eu2.api.concursolutions.com", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := &vendor{answer: always(200, `{"access_token":"t","geolocation":"`+tt.geolocation+`"}`)}
			c := concur(turnstone.Configuration{"base.url": tt.base}).Configuration
			var log strings.Builder
			k := keeper(t, nil, v)
			k.Log = slog.New(slog.NewTextHandler(&log, nil))
			got, err := k.Obtain(t.Context(), lookup(t, "concur"), c, oauth.Grant{Code: code})
			if err != nil {
				t.Fatal(err)
			}
			if got.Values["geolocation"] != tt.want {
				t.Errorf("geolocation = %q, want %q", got.Values["geolocation"], tt.want)
			}
			if told := strings.Contains(log.String(), "host="+tt.geolocation); told != (tt.want == "") {
				t.Errorf("log = %q, want it to name a host that is not kept, and no other", log.String())
			}
		})
	}
}

func TestLivesAreNumbersOrText(t *testing.T) {
	tests := map[string]struct {
		member string
		want   time.Duration
	}{
		"number":     {`"expires_in":3600`, time.Hour},
		"text":       {`"expires_in":"3600"`, time.Hour},
		"fraction":   {`"expires_in":1.5`, 1500 * time.Millisecond},
		"words":      {`"expires_in":"soon"`, 0},
		"negative":   {`"expires_in":-1`, 0},
		"infinite":   {`"expires_in":"Inf"`, 100 * 365 * 24 * time.Hour},
		"no number":  {`"expires_in":"NaN"`, 0},
		"huge":       {`"expires_in":1e300`, 100 * 365 * 24 * time.Hour},
		"null":       {`"expires_in":null`, 0},
		"not at all": {`"x":1`, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := &vendor{answer: always(200, `{"access_token":"t","refresh_token":"r","refresh_expires_in":"1735689600",`+tt.member+`}`)}
			got, err := keeper(t, nil, v).Obtain(t.Context(), lookup(t, "concur"), concur(nil).Configuration, oauth.Grant{Code: code})
			if err != nil {
				t.Fatal(err)
			}
			want := time.Time{}
			if tt.want != 0 {
				want = moment.Add(tt.want)
			}
			if !got.ExpiresAt.Equal(want) {
				t.Errorf("ExpiresAt = %v, want %v", got.ExpiresAt, want)
			}
			if until := time.Unix(1735689600, 0); !got.RefreshUntil.Equal(until) {
				t.Errorf("RefreshUntil = %v, want %v", got.RefreshUntil, until)
			}
		})
	}
}

func TestFaultsOfTheVendorAreNoRefusal(t *testing.T) {
	tests := map[string]struct {
		status int
		body   string
		header http.Header
		action turnstone.VendorAction
		wait   time.Duration
	}{
		"server error":       {500, `{"error":"invalid_grant"}`, nil, turnstone.VendorRetry, 0},
		"timeout":            {408, ``, nil, turnstone.VendorRetry, 0},
		"busy":               {429, `{}`, http.Header{"Retry-After": {"7"}}, turnstone.VendorWait, 7 * time.Second},
		"maintenance":        {503, `<html>`, http.Header{"Retry-After": {"Sun, 01 Mar 2026 12:05:00 GMT"}}, turnstone.VendorWait, 5 * time.Minute},
		"a page":             {200, `<html>We are back soon</html>`, http.Header{"Content-Type": {"text/html"}}, turnstone.VendorRetry, 0},
		"a proxy's page":     {403, `<html>`, http.Header{"Content-Type": {"text/html"}}, turnstone.VendorRetry, 0},
		"half an answer":     {200, `{"access_token":"t`, nil, turnstone.VendorRetry, 0},
		"too long an answer": {200, `{"access_token":"t"}` + strings.Repeat(" ", 1<<20), nil, turnstone.VendorRetry, 0},
		"no token":           {200, `{"access_token":null}`, nil, turnstone.VendorRetry, 0},
		"a list":             {200, `["access_token"]`, nil, turnstone.VendorRetry, 0},
		"a token of parts":   {200, `{"access_token":{"a":1}}`, nil, turnstone.VendorRetry, 0},
		"redirect":           {302, ``, http.Header{"Location": {"https://evil.example/"}}, turnstone.VendorFail, 0},
		"bad request":        {400, `{"code":62,"error":"invalid_request","error_description":"client_id missing"}`, nil, turnstone.VendorFail, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := &vendor{answer: always(tt.status, tt.body), header: tt.header}
			_, err := keeper(t, nil, v).Obtain(t.Context(), lookup(t, "concur"), concur(nil).Configuration, oauth.Grant{Code: code})
			e, ok := errors.AsType[*turnstone.VendorError](err)
			if !ok || errors.Is(err, turnstone.ErrUnauthenticated) {
				t.Fatalf("Obtain = %v, want a VendorError alone", err)
			}
			if e.Action != tt.action || e.Wait != tt.wait || e.Status != tt.status {
				t.Errorf("Obtain = %s after %v, status %d, want %s after %v, status %d", e.Action, e.Wait, e.Status, tt.action, tt.wait, tt.status)
			}
			if len(v.asked) != 1 {
				t.Errorf("%d requests, want 1", len(v.asked))
			}
			hides(t, err)
		})
	}
}

func TestAVendorThatDoesNotAnswerIsAskedAgainLater(t *testing.T) {
	v := &vendor{before: func(*http.Request) error { return io.ErrUnexpectedEOF }}
	_, err := keeper(t, nil, v).Obtain(t.Context(), lookup(t, "concur"), concur(nil).Configuration, oauth.Grant{Code: code})
	e, ok := errors.AsType[*turnstone.VendorError](err)
	if !ok || e.Action != turnstone.VendorRetry || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Obtain = %v, want a VendorError to retry, with its cause", err)
	}
	if want := "https://glz.api.concursolutions.com" + tokenPath; e.URL != want {
		t.Errorf("URL = %q, want %q", e.URL, want)
	}
	hides(t, err)
}

// A vendor that repeats the whole request must not put its secrets into our
// errors, plain or encoded.
func TestEchoedSecretsAreMasked(t *testing.T) {
	config := concur(turnstone.Configuration{"username": "ann", "password": password}).Configuration
	echo := func(a asked) string {
		plain := strings.Join([]string{a.form.Get("client_id"), a.form.Get("client_secret"), a.form.Get("password"), a.form.Get("code")}, " ")
		return `{"error":"invalid_client","error_description":"cannot read ` + plain + " nor " + a.form.Encode() + `"}`
	}
	for name, grant := range map[string]oauth.Grant{"login": {}, "code": {Code: code}} {
		for _, status := range []int{200, 400, 401, 429, 500} {
			t.Run(fmt.Sprintf("%s %d", name, status), func(t *testing.T) {
				v := &vendor{answer: func(a asked) (int, string) { return status, echo(a) }}
				_, err := keeper(t, nil, v).Obtain(t.Context(), lookup(t, "concur"), config, grant)
				e, ok := errors.AsType[*turnstone.VendorError](err)
				if !ok || !strings.HasPrefix(e.Message, "cannot read ********") {
					t.Errorf("Obtain = %v, want the vendor's message with masks", err)
				}
				hides(t, err)
			})
		}
	}
}

// FuzzTokenAnswer gives every answer to every part that reads one.
func FuzzTokenAnswer(f *testing.F) {
	f.Add(200, `{"access_token":"t","expires_in":"3600","refresh_expires_in":1735689600,"geolocation":"https://eu2.api.concursolutions.com/x"}`, "3")
	f.Add(400, `{"code":16,"geolocation":"https://eu2.api.concursolutions.com"}`, "")
	f.Add(400, `{"error":"invalid_grant","error_description":"\u0000\ud800"}`, "Sun, 01 Mar 2026 12:05:00 GMT")
	f.Add(200, `{"access_token":[`, "-1")
	el := lookup(f, "concur")
	f.Fuzz(func(t *testing.T, status int, body, retryAfter string) {
		v := &vendor{answer: always(status, body), header: http.Header{"Retry-After": {retryAfter}}}
		c, err := keeper(t, nil, v).Obtain(t.Context(), el, concur(nil).Configuration, oauth.Grant{Code: code})
		if err == nil {
			sound(t, el, c)
			return
		}
		if e, ok := errors.AsType[*turnstone.VendorError](err); !ok || e.Wait < 0 {
			t.Errorf("Obtain = %v, want a VendorError", err)
		}
		hides(t, err)
	})
}

// sound fails if c is not what a Keeper may hand out.
func sound(t *testing.T, el *element.Element, c turnstone.Credential) {
	t.Helper()
	if c.State != turnstone.CredentialValid || c.AccessToken == "" {
		t.Errorf("Obtain = %+v without an error", c)
	}
	if !c.ExpiresAt.IsZero() && c.ExpiresAt.Before(moment) {
		t.Errorf("Obtain = %+v: ended before it began", c)
	}
	if place := c.Values["geolocation"]; place != "" && !el.HostAllowed("", place) {
		t.Errorf("Obtain keeps %q", place)
	}
}
