package deliver_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/deliver"
	"turnstone/webhook"
)

func TestThePostIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // whose clock begins at 2000-01-01
		d := to(1)
		d.Secrets = turnstone.DestinationSecrets{
			SignatureKey: "123456", Username: "ana", Password: "pw",
			Headers: map[string]string{"X-Team": "blue", "x-team": "green", "User-Agent": "me", "Elements-Webhook-Id": "7", "Content-Type": "text/plain"},
		}
		w := newWorld(d)
		w.net.answer = func(*http.Request, int64) (int, error) { return 500, nil }
		stop := w.running(t)
		w.store.publish(1, 42, "a")
		after(time.Minute)
		stop()
		posts := w.net.got()
		if len(posts) != 3 {
			t.Fatalf("%d posts in a minute, want 3", len(posts))
		}
		for _, p := range posts {
			want := http.Header{
				"Authorization":              {"Basic YW5hOnB3"},
				"Content-Type":               {"application/json"},
				"Elements-Webhook-Id":        {"42"},
				"Elements-Webhook-Signature": {"sha256=" + strings.TrimPrefix(webhook.Sign("123456", body(42)), "sha256=")},
				"User-Agent":                 {"Turnstone"},
				"Webhook-Id":                 {"42"},
				"Webhook-Timestamp":          {fmt.Sprint(p.at.Unix())},
				"Webhook-Signature":          {webhook.SignStandard("123456", "42", p.at, body(42))},
				"X-Team":                     {"green"},
			}
			if diff := cmp.Diff(want, p.head); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
			if p.text != `{"id":"42"}` {
				t.Errorf("body = %s, want that of the event", p.text)
			}
		}
	})
}

func TestWithoutAKeyNothingIsSigned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := to(1)
		d.Secrets = turnstone.DestinationSecrets{}
		w := newWorld(d)
		stop := w.running(t)
		w.store.publish(1, 42, "a")
		after(time.Second)
		stop()
		head := w.net.got()[0].head
		want := []string{"Content-Type", "Elements-Webhook-Id", "User-Agent", "Webhook-Id", "Webhook-Timestamp"}
		var got []string
		for name := range head {
			got = append(got, name)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("headers = %q, want %q", got, want)
		}
	})
}

// attempt posts one event over real connections and returns what was stored.
func attempt(t *testing.T, url string, change func(*world, *turnstone.Destination)) turnstone.Attempt {
	t.Helper()
	d := to(1)
	d.URL = url
	w := newWorld(d)
	w.loop.Client = &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(w.loop.Client.CloseIdleConnections)
	settled := make(chan struct{}, 100)
	w.store.trouble = func(_ int, done bool) error {
		if done && len(w.store.destinations[1].attempts) > 0 {
			settled <- struct{}{}
			w.store.trouble = nil
		}
		return nil
	}
	if change != nil {
		change(w, &w.store.destinations[1].lease.Destination)
	}
	w.store.publish(1, 42, "a")
	stop := w.running(t)
	w.loop.Bell.Ring(1)
	<-settled
	stop()
	for _, secret := range []string{"signature-key", "url-secret", "header-secret", "basic-secret"} {
		stored := w.store.read(1)
		if text := w.logs.String() + stored.lease.Destination.Problem + stored.attempts[0].Problem; strings.Contains(text, secret) {
			t.Errorf("%s stands in the logs or a problem: %s", secret, text)
		}
	}
	return w.store.read(1).attempts[0]
}

func TestWhatAReceiverDoes(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that the server notices the end of the connection
		<-r.Context().Done()
	}
	tests := map[string]struct {
		receiver http.HandlerFunc
		status   int
		problem  string // a part of it; empty: success
	}{
		"accepts":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }, 202, ""},
		"no content": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, 204, ""},
		"a huge answer": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(bytes.Repeat([]byte("x"), 8<<20))
		}, 200, ""},
		"half an answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
		}, 200, ""},
		"refuses":     {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "url-secret", http.StatusBadRequest) }, 400, "the receiver answered 400 Bad Request"},
		"an odd code": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(799) }, 799, "the receiver answered 799; its log may say why"},
		"redirects": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere?token=url-secret", http.StatusPermanentRedirect)
		}, 308, "the receiver answered 308 with a redirect, which is not followed"},
		"hangs": {hang, 0, "no answer from the receiver: nothing within 300ms"},
		"hangs in its answer": {func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush()
			hang(w, r)
		}, 200, "the receiver answered 200 but not to its end: nothing within 300ms"},
		"resets": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "no answer from the receiver: "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var followed atomic.Bool
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				followed.CompareAndSwap(false, r.URL.Path == "/elsewhere")
				tt.receiver(w, r)
			}))
			defer server.Close()
			got := attempt(t, server.URL+"/events?token=url-secret", func(w *world, _ *turnstone.Destination) {
				if strings.HasPrefix(name, "hangs") {
					w.loop.Timeout = 300 * time.Millisecond
				}
			})
			if got.Status != tt.status || (got.Problem == "") != (tt.problem == "") || !strings.Contains(got.Problem, tt.problem) {
				t.Errorf("attempt = %d, %q, want %d, %q", got.Status, got.Problem, tt.status, tt.problem)
			}
			if followed.Load() {
				t.Error("the redirect was followed")
			}
		})
	}
}

func TestARefusedConnectionIsAFailure(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing is waited for
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	got := attempt(t, "http://u:basic-secret@"+listener.Addr().String()+"/?token=url-secret", nil)
	if got.Status != 0 || !strings.Contains(got.Problem, "no answer from the receiver: dial tcp") {
		t.Errorf("attempt = %d, %q, want a refused connection", got.Status, got.Problem)
	}
}

func TestAURLThatCannotBeUsedIsAFailure(t *testing.T) {
	for _, url := range []string{"http://r.example/%zz?token=url-secret", "http://u:basic-secret/x@r.example", "://url-secret", "http://r.example:url-secret"} {
		got := attempt(t, url, nil)
		if !strings.Contains(got.Problem, "the callback URL cannot be used: write one such as") {
			t.Errorf("problem = %q, want the URL named as the cause", got.Problem)
		}
	}
}

func TestLogsTellEachAttemptAndNoSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := to(1)
		d.Secrets = turnstone.DestinationSecrets{
			SignatureKey: "signature-key", Username: "ana", Password: "basic-secret", Headers: map[string]string{"X-Key": "header-secret"},
		}
		w := newWorld(d)
		w.net.answer = func(*http.Request, int64) (int, error) { return 0, fmt.Errorf("connection reset by peer") }
		stop := w.running(t)
		w.store.publish(1, 42, "a")
		after(10 * time.Second)
		stop()
		if n := strings.Count(w.logs.String(), `"msg":"attempt"`); n != 2 {
			t.Errorf("%d log lines, want one an attempt: %s", n, w.logs.String())
		}
		for _, secret := range []string{"signature-key", "basic-secret", "header-secret", "url-secret"} {
			if strings.Contains(w.logs.String(), secret) {
				t.Errorf("logs hold %s: %s", secret, w.logs.String())
			}
		}
	})
}

func TestJudge(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		status int
		after  string // Retry-After
		done   bool
		gone   bool
		wait   time.Duration
	}{
		"200":                 {200, "", true, false, 0},
		"299":                 {299, "", true, false, 0},
		"199":                 {199, "", false, false, 0},
		"300":                 {300, "", false, false, 0},
		"304":                 {304, "60", false, false, 0},
		"410":                 {410, "60", false, true, 0},
		"429 with seconds":    {429, "120", false, false, 2 * time.Minute},
		"503 with a date":     {503, "Mon, 23 Nov 2026 12:05:00 GMT", false, false, 5 * time.Minute},
		"404 with seconds":    {404, "1", false, false, time.Second},
		"a date in the past":  {503, "Mon, 23 Nov 2026 11:05:00 GMT", false, false, 0},
		"a year":              {503, "31536000", false, false, 24 * time.Hour},
		"a far date":          {503, "Mon, 23 Nov 2099 12:05:00 GMT", false, false, 24 * time.Hour},
		"beyond all numbers":  {503, "99999999999999999999", false, false, 24 * time.Hour},
		"a negative number":   {503, "-5", false, false, 0},
		"a fraction":          {503, "1.5", false, false, 0},
		"a word":              {503, "soon", false, false, 0},
		"nothing, on success": {202, "60", true, false, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := deliver.Judge(tt.status, http.Header{"Retry-After": {tt.after}}, 1000, now)
			if got.Done != tt.done || got.Gone != tt.gone || got.Wait != tt.wait || (got.Cause == "") != tt.done {
				t.Errorf("Judge = %+v, want done %v, gone %v, wait %v", got, tt.done, tt.gone, tt.wait)
			}
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.loop.Client = &http.Client{Transport: asksToWait{w.net}}
		w.net.answer = func(*http.Request, int64) (int, error) { return 429, nil }
		stop := w.running(t)
		w.store.publish(1, 42, "a")
		after(5 * time.Minute)
		stop()
		got := w.net.times(42)
		if len(got) < 2 || got[1] < 2*time.Minute || got[1] > 2*time.Minute+w.loop.Tick {
			t.Errorf("attempts at %v, want the second after two minutes", got)
		}
	})
}

func TestAReceiverThatAsksToWaitIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.loop.Client = &http.Client{Transport: asksToWait{w.net}}
		var status atomic.Int64
		status.Store(429)
		w.net.answer = func(*http.Request, int64) (int, error) { return int(status.Load()), nil }
		stop := w.running(t)
		w.store.publish(1, 42, "a")
		after(time.Second)
		for id := int64(43); id < 53; id++ {
			w.store.publish(1, id, fmt.Sprint(id))
			after(10 * time.Second)
		}
		for id := int64(43); id < 53; id++ {
			if got := w.net.times(id); len(got) != 0 {
				t.Errorf("event %d was posted at %v, while the receiver asked to wait", id, got)
			}
		}
		status.Store(200)
		after(30 * time.Second)
		stop()
		if owed := w.store.owes(1); owed != 0 {
			t.Errorf("%d deliveries are owed after the rest, want none", owed)
		}
	})
}

// asksToWait adds a Retry-After to each answer.
type asksToWait struct{ *receivers }

func (a asksToWait) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := a.receivers.RoundTrip(r)
	if err == nil {
		response.Header.Set("Retry-After", "120")
	}
	return response, err
}

func FuzzJudge(f *testing.F) {
	f.Add(503, "120")
	f.Add(200, "Mon, 23 Nov 2026 12:05:00 GMT")
	f.Fuzz(func(t *testing.T, status int, retryAfter string) {
		got := deliver.Judge(status, http.Header{"Retry-After": {retryAfter}}, 1000, time.Unix(1763899200, 0))
		if got.Done != (status/100 == 2) || got.Wait < 0 || got.Wait > 24*time.Hour || got.Done == (got.Cause != "") {
			t.Errorf("Judge(%d, %q) = %+v", status, retryAfter, got)
		}
	})
}
