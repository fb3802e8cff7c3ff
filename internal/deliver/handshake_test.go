package deliver_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/deliver"
	"turnstone/webhook"
)

// asked is a network whose receivers are asked whether they want to be posted to.
type asked struct {
	*receivers
	reply func(*http.Request) (status int, allowedOrigin, allowedRate string, err error)

	mu        sync.Mutex
	questions []http.Header
}

func (a *asked) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodOptions {
		return a.receivers.RoundTrip(r)
	}
	a.mu.Lock()
	a.questions = append(a.questions, r.Header.Clone())
	a.mu.Unlock()
	status, origin, rate, err := a.reply(r)
	if err != nil {
		return nil, err
	}
	h := http.Header{}
	for name, value := range map[string]string{webhook.HeaderAllowedOrigin: origin, webhook.HeaderAllowedRate: rate} {
		if value != "" {
			h.Set(name, value)
		}
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

// says returns receivers that answer each question so.
func says(status int, origin, rate string) func(*http.Request) (int, string, string, error) {
	return func(*http.Request) (int, string, string, error) { return status, origin, rate, nil }
}

// asking returns a world whose one destination is asked in a mode.
func asking(mode turnstone.HandshakeMode, reply func(*http.Request) (int, string, string, error)) (*world, *asked) {
	d := to(1)
	d.Handshake.Mode = mode
	w := newWorld(d)
	w.loop.Origin = "turnstone.example"
	network := &asked{receivers: w.net, reply: reply}
	w.loop.Client = &http.Client{Transport: network}
	return w, network
}

func TestAReceiverIsAskedOnceAndThenPostedTo(t *testing.T) {
	for name, tt := range map[string]struct {
		mode         turnstone.HandshakeMode
		status       int
		origin, rate string
		pace         time.Duration // remembered
	}{
		"agrees":                    {turnstone.HandshakeRequired, 200, "Turnstone.Example", "120", 500 * time.Millisecond},
		"agrees to anybody":         {turnstone.HandshakeRequired, 204, "*", "*", 0},
		"agrees without a rate":     {turnstone.HandshakeAsk, 200, "turnstone.example", "", 0},
		"a rate that is none":       {turnstone.HandshakeAsk, 200, "*", "-3", 0},
		"does not know":             {turnstone.HandshakeAsk, 200, "", "", 0},
		"does not take the method":  {turnstone.HandshakeAsk, 405, "", "", 0},
		"an error with the header":  {turnstone.HandshakeAsk, 404, "other.example", "60", 0},
		"redirects, and is told so": {turnstone.HandshakeAsk, 302, "", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, network := asking(tt.mode, says(tt.status, tt.origin, tt.rate))
				stop := w.running(t)
				defer stop()
				w.store.publish(1, 1, "a")
				after(time.Minute)
				w.store.publish(1, 2, "a")
				after(time.Minute)
				w.owedNothing(t, 1, 1)
				d := w.store.read(1)
				if h := d.lease.Destination.Handshake; h.Mode != tt.mode || h.AllowedAt.IsZero() || h.Pace != tt.pace {
					t.Errorf("handshake = %+v, want it remembered with a pace of %v", h, tt.pace)
				}
				if len(network.questions) != 1 || len(d.attempts) != 2 {
					t.Errorf("%d questions, %d attempts, want one, and one for each event", len(network.questions), len(d.attempts))
				}
				for _, p := range w.net.got() {
					if got := p.head.Get(webhook.HeaderRequestOrigin); got != "turnstone.example" {
						t.Errorf("a post calls us %q, want what the question did", got)
					}
				}
			})
		})
	}
}

func TestTheQuestionIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, network := asking(turnstone.HandshakeAsk, says(200, "*", "*"))
		d := &w.store.destinations[1].lease.Destination
		d.Limits.Pace = 250 * time.Millisecond
		d.Secrets = turnstone.DestinationSecrets{
			SignatureKey: "123456", Username: "ana", Password: "pw", Headers: map[string]string{"X-Team": "blue", "WebHook-Request-Origin": "me"},
		}
		w.store.publish(1, 1, "a")
		stop := w.running(t)
		after(time.Second)
		stop()
		want := []http.Header{{
			"Authorization": {"Basic YW5hOnB3"}, "User-Agent": {"Turnstone"}, "X-Team": {"blue"},
			"Webhook-Request-Origin": {"turnstone.example"}, "Webhook-Request-Rate": {"240"},
		}}
		if diff := cmp.Diff(want, network.questions); diff != "" {
			t.Errorf("questions (-want +got):\n%s", diff)
		}
	})
}

func TestWhoIsNotToBeAskedIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, network := asking(turnstone.HandshakeOff, says(200, "", ""))
		w.store.publish(1, 1, "a")
		stop := w.running(t)
		after(time.Second)
		stop()
		w.owedNothing(t, 1, 1)
		if got := w.net.got()[0].head.Get(webhook.HeaderRequestOrigin); len(network.questions) != 0 || got != "" {
			t.Errorf("%d questions, origin %q, want none", len(network.questions), got)
		}
	})
}

func TestTheSlowerOfBothPacesWins(t *testing.T) {
	for name, tt := range map[string]struct {
		own  time.Duration
		rate string
		want time.Duration
	}{
		"ours":   {2 * time.Second, "60", 2 * time.Second},
		"theirs": {time.Second, "30", 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _ := asking(turnstone.HandshakeAsk, says(200, "*", tt.rate))
				w.store.destinations[1].lease.Destination.Limits.Pace = tt.own
				stop := w.running(t)
				defer stop()
				for id := range int64(3) {
					w.store.publish(1, id+1, fmt.Sprint(id))
				}
				after(time.Minute)
				for id := range int64(3) { // under another lease, with what is remembered
					w.store.publish(1, id+4, fmt.Sprint(id))
				}
				after(time.Minute)
				w.owedNothing(t, 1, 1)
				gaps := w.net.gaps()
				if got := slices.Min(gaps); got != tt.want {
					t.Errorf("posts were %v apart, want %v at least", gaps, tt.want)
				}
			})
		})
	}
}

func TestWithoutTheConsentThatIsRequiredNothingIsPosted(t *testing.T) {
	silent := func(r *http.Request) (int, string, string, error) {
		return 0, "", "", busy(r.Context(), time.Hour)
	}
	for name, tt := range map[string]struct {
		reply func(*http.Request) (int, string, string, error)
		want  string
	}{
		"does not know":   {says(200, "", ""), "answered the handshake with 200 and did not agree; let it answer OPTIONS with WebHook-Allowed-Origin: turnstone.example"},
		"refuses":         {says(403, "turnstone.example", ""), "answered the handshake with 403 and did not agree"},
		"does not answer": {silent, "no answer from the receiver to the handshake: nothing within 10s"},
		"cannot be reached": {func(*http.Request) (int, string, string, error) {
			return 0, "", "", errors.New("connection refused")
		}, "no answer from the receiver to the handshake: connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, network := asking(turnstone.HandshakeRequired, tt.reply)
				w.loop.Tick = time.Second // or an attempt of 10 seconds would pass over the next try
				w.store.publish(1, 10, "a")
				stop := w.running(t)
				after(100 * time.Hour)
				stop()
				d := w.store.read(1)
				if len(w.net.got()) != 0 || d.lease.Destination.State != turnstone.DestinationInactive {
					t.Errorf("%d posts, destination %s, want none, and it given up after the schedule", len(w.net.got()), d.lease.Destination.State)
				}
				if len(d.attempts) != 10 || len(network.questions) != 10 {
					t.Fatalf("%d attempts and %d questions, want 10 on the schedule", len(d.attempts), len(network.questions))
				}
				for i, a := range d.attempts {
					if a.Number != i+1 || a.Status != 0 || !strings.Contains(a.Problem, tt.want) {
						t.Errorf("attempt %d = %+v, want the cause %q", i+1, a, tt.want)
					}
				}
				if h := d.lease.Destination.Handshake; !h.AllowedAt.IsZero() {
					t.Errorf("handshake = %+v, want no consent", h)
				}
			})
		})
	}
}

// Who is only asked is posted to if it does not answer now, and asked again later.
func TestAPassingFailureOfTheHandshakeIsNotRemembered(t *testing.T) {
	for name, reply := range map[string]func(*http.Request) (int, string, string, error){
		"overloaded": says(503, "", ""),
		"throttled":  says(429, "", ""),
		"silent":     func(r *http.Request) (int, string, string, error) { return 0, "", "", busy(r.Context(), time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, network := asking(turnstone.HandshakeAsk, reply)
				stop := w.running(t)
				defer stop()
				w.store.publish(1, 1, "a")
				w.store.publish(1, 2, "b")
				after(time.Minute)
				w.store.publish(1, 3, "a")
				after(time.Minute)
				w.owedNothing(t, 1, 1)
				if h := w.store.read(1).lease.Destination.Handshake; !h.AllowedAt.IsZero() || len(network.questions) != 2 {
					t.Errorf("handshake = %+v after %d questions, want one for each lease", h, len(network.questions))
				}
			})
		})
	}
}

func TestAReceiverThatWantsSomebodyElseIsGivenUp(t *testing.T) {
	for _, mode := range []turnstone.HandshakeMode{turnstone.HandshakeAsk, turnstone.HandshakeRequired} {
		t.Run(string(mode), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _ := asking(mode, says(200, "other.example", "*"))
				w.store.publish(1, 1, "a")
				stop := w.running(t)
				defer stop()
				after(time.Hour)
				d := w.store.read(1)
				if d.lease.Destination.State != turnstone.DestinationInactive || len(d.attempts) != 0 || len(w.net.got()) != 0 || len(d.owed) != 1 {
					t.Errorf("destination is %s after %d attempts, want it given up before the first", d.lease.Destination.State, len(d.attempts))
				}
				if p := d.lease.Destination.Problem; !strings.Contains(p, `another origin than "turnstone.example"`) || strings.Contains(p, "other.example") {
					t.Errorf("problem = %q, want the reason, and nothing of what the receiver wrote", p)
				}
			})
		})
	}
}

// A question that is under way when we are told to stop is no failure.
func TestAStopDuringTheHandshakeIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := asking(turnstone.HandshakeRequired, func(r *http.Request) (int, string, string, error) {
			return 0, "", "", busy(r.Context(), time.Hour)
		})
		w.store.publish(1, 1, "a")
		stop := w.running(t)
		after(time.Second)
		begun := time.Now()
		stop()
		d := w.store.read(1)
		if took := time.Since(begun); took > 6*time.Second || len(d.attempts) != 0 || d.lease.Destination.Failures != 0 {
			t.Errorf("stopped after %v with %d attempts, want it within the grace, and none", took, len(d.attempts))
		}
	})
}

// A short lease is kept while a receiver thinks about the question.
func TestTheLeaseIsKeptDuringTheHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, network := asking(turnstone.HandshakeRequired, func(r *http.Request) (int, string, string, error) {
			return 200, "*", "", busy(r.Context(), 8*time.Second)
		})
		w.loop.Lease = 3 * time.Second
		w.loop.Lost = func(turnstone.DestinationLease) { t.Error("the lease was lost") }
		w.store.publish(1, 1, "a")
		stop := w.running(t)
		defer stop()
		after(10 * time.Second)
		w.owedNothing(t, 1, 1)
		if n := len(network.questions); n != 1 {
			t.Errorf("%d questions, want one", n)
		}
	})
}

// The answer of an ordinary server, over a real connection.
func TestAHandshakeOverTheWire(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, fmt.Sprint(r.Method, " ", r.URL.RequestURI(), " ", len(body), " ", r.Header.Get("Content-Type")))
		w.Header().Set(webhook.HeaderAllowedOrigin, r.Header.Get(webhook.HeaderRequestOrigin))
	}))
	defer server.Close()
	attempt(t, server.URL+"/events?a=b", func(_ *world, d *turnstone.Destination) { d.Handshake.Mode = turnstone.HandshakeRequired })
	want := []string{"OPTIONS /events?a=b 0 ", "POST /events?a=b 11 application/json"}
	if !slices.Equal(got, want) {
		t.Errorf("requests = %q, want %q", got, want)
	}
}

func ExampleJudgeConsent() {
	answer := &http.Response{StatusCode: 200, Header: http.Header{}}
	answer.Header.Set(webhook.HeaderAllowedOrigin, "*")
	answer.Header.Set(webhook.HeaderAllowedRate, "120")
	consent := deliver.JudgeConsent(answer, "turnstone.example", time.Now())
	fmt.Println(consent.Allowed, consent.Pace)
	// Output: true 500ms
}

func FuzzJudgeConsent(f *testing.F) {
	f.Add(200, "*", "120")
	f.Add(200, "turnstone", "99999999999999999999")
	f.Add(503, "", "0")
	f.Fuzz(func(t *testing.T, status int, origin, rate string) {
		answer := &http.Response{StatusCode: status, Header: http.Header{"Webhook-Allowed-Origin": {origin}, "Webhook-Allowed-Rate": {rate}}}
		got := deliver.JudgeConsent(answer, "turnstone", time.Unix(1763899200, 0))
		if got.Allowed == (got.Cause != "") || got.Allowed && got.Refused || got.Pace < 0 || got.Pace > time.Minute {
			t.Errorf("JudgeConsent(%d, %q, %q) = %+v", status, origin, rate, got)
		}
	})
}
