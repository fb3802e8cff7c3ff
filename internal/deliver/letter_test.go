package deliver_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"turnstone"
	"turnstone/webhook"
)

// posted posts one event to a destination and returns the request.
func posted(t *testing.T, change func(*turnstone.Destination, *turnstone.Delivery)) (p post) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.store.publish(1, 42, "a")
		d := w.store.destinations[1]
		change(&d.lease.Destination, d.owed[42])
		stop := w.running(t)
		after(time.Second)
		stop()
		p = w.net.got()[0]
	})
	return p
}

func TestTwoKeysSignDuringARotation(t *testing.T) {
	tests := map[string]struct {
		primary, secondary string
		keys               []string // that made webhook-signature
	}{
		"both":           {"new", "old", []string{"new", "old"}},
		"one":            {"new", "", []string{"new"}},
		"the same twice": {"new", "new", []string{"new"}},
		"none":           {"", "", nil},
		"second alone":   {"", "old", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := posted(t, func(d *turnstone.Destination, _ *turnstone.Delivery) {
				d.Secrets = turnstone.DestinationSecrets{SignatureKey: tt.primary, SecondaryKey: tt.secondary}
			})
			if got, want := p.head.Get(webhook.HeaderStandardSignature), webhook.SignAll(tt.keys, "42", p.at, body(42)); got != want {
				t.Errorf("webhook-signature = %q, want %q", got, want)
			}
			want := ""
			if tt.primary != "" {
				want = webhook.Sign(tt.primary, body(42))
			}
			if got := p.head.Get(webhook.HeaderSignature); got != want {
				t.Errorf("the platform's signature = %q, want %q, of the primary key alone", got, want)
			}
			for _, key := range tt.keys {
				if err := webhook.VerifyStandard(p.head, body(42), p.at, key); err != nil {
					t.Errorf("VerifyStandard with %q = %v, want nil", key, err)
				}
			}
		})
	}
}

func TestTheContentTypeIsThatOfTheEvent(t *testing.T) {
	for format, want := range map[turnstone.Format]string{
		turnstone.FormatElements: "application/json", turnstone.FormatCloudEvents: "application/cloudevents+json",
	} {
		p := posted(t, func(_ *turnstone.Destination, d *turnstone.Delivery) { d.Format = format })
		if got := p.head["Content-Type"]; !slices.Equal(got, []string{want}) {
			t.Errorf("content type of format %q = %q, want %q", format, got, want)
		}
	}
}

func TestHeadersCannotBeInjected(t *testing.T) {
	for name, headers := range map[string]map[string]string{
		"by value":             {"X-Team": "blue\r\nX-Admin: header-secret"},
		"by a bare line feed":  {"X-Team": "header-secret\nX-Admin: 1"},
		"by a bare return":     {"X-Team": "header-secret\rX-Admin: 1"},
		"by name":              {"X-Team: blue\r\nX-Admin": "header-secret"},
		"by a secret as name":  {"Authorization: Bearer header-secret": ""},
		"by a zero":            {"X-Team": "header-secret\x00"},
		"by a deletion":        {"X-Team": "header-secret\x7f"},
		"by a name like ours":  {"X-Téam": "header-secret"},
		"by no name":           {"": "header-secret"},
		"by a space in a name": {"X Team": "header-secret"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, mode := range []turnstone.HandshakeMode{turnstone.HandshakeOff, turnstone.HandshakeRequired} {
				var reached atomic.Bool
				server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
				defer server.Close()
				got := attempt(t, server.URL, func(_ *world, d *turnstone.Destination) { d.Secrets.Headers, d.Handshake.Mode = headers, mode })
				if reached.Load() || !strings.Contains(got.Problem, "event.notification.callback.headers") {
					t.Errorf("reached: %v, attempt = %+v, want it refused, and what to change", reached.Load(), got)
				}
			}
		})
	}
}

// Characters beyond ASCII are sent as they are: a line break made of two of them by a
// careless receiver is not known here, but nothing of ours may make one.
func TestOtherCharactersStayInTheirHeader(t *testing.T) {
	value := "caf\u00e9 \u560a\u560dX-Admin: 1\t\u2028"
	var got atomic.Pointer[http.Header]
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		h := r.Header.Clone()
		got.Store(&h)
	}))
	defer server.Close()
	attempt(t, server.URL, func(_ *world, d *turnstone.Destination) { d.Secrets.Headers = map[string]string{"X-Team": value} })
	head := *got.Load()
	if head.Get("X-Team") != value || head.Get("X-Admin") != "" {
		t.Errorf("headers = %q, want the value as it is, in one header", slices.Collect(maps.Values(head)))
	}
}
