package deliver_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/deliver"
	"turnstone/webhook"
)

// body is what event id says.
func body(id int64) []byte { return fmt.Appendf(nil, `{"id":"%d"}`, id) }

// to returns an active destination of an instance of the same number.
func to(id int64) turnstone.Destination {
	return turnstone.Destination{
		ID: id, AccountID: 1, InstanceID: id, URL: fmt.Sprintf("https://r%d.example/events?token=url-secret", id),
		State: turnstone.DestinationActive, Secrets: turnstone.DestinationSecrets{SignatureKey: "signature-key"},
	}
}

// post is one request that a receiver got.
type post struct {
	at   time.Time
	host string
	id   int64
	text string
	head http.Header
	good bool // it was answered with 2xx, at end
	end  time.Time
}

// receivers stand in for the network: they note each request, and answer says
// what comes of it.
type receivers struct {
	answer func(*http.Request, int64) (int, error) // nil: 200

	mu      sync.Mutex
	posts   []post
	flying  map[string]int // by host
	busiest map[string]int
}

func (r *receivers) RoundTrip(request *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(request.Header.Get(webhook.HeaderID), 10, 64)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	n := len(r.posts)
	r.posts = append(r.posts, post{at: time.Now(), host: request.URL.Host, id: id, text: string(text), head: request.Header.Clone()})
	r.flying[request.URL.Host]++
	r.busiest[request.URL.Host] = max(r.busiest[request.URL.Host], r.flying[request.URL.Host])
	r.mu.Unlock()

	status := http.StatusOK
	if r.answer != nil {
		status, err = r.answer(request, id)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flying[request.URL.Host]--
	if err != nil {
		return nil, err
	}
	r.posts[n].good, r.posts[n].end = status/100 == 2, time.Now()
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: request,
	}, nil
}

// got returns what was posted so far.
func (r *receivers) got() []post {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]post(nil), r.posts...)
}

// load returns how many posts to a host are under way, and were at most.
func (r *receivers) load(host string) (now, most int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.flying[host], r.busiest[host]
}

// times returns when an event was posted, counted from its first attempt.
func (r *receivers) times(id int64) []time.Duration {
	var times []time.Duration
	var first time.Time
	for _, p := range r.got() {
		if p.id == id {
			if first.IsZero() {
				first = p.at
			}
			times = append(times, p.at.Sub(first))
		}
	}
	return times
}

// busy takes a while to answer, unless it is told to stop.
func busy(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// world is a loop with everything around it.
type world struct {
	store *memory
	net   *receivers
	loop  *deliver.Loop
	logs  *lockedBuffer
}

func newWorld(destinations ...turnstone.Destination) *world {
	w := &world{
		store: newMemory(destinations...), logs: &lockedBuffer{},
		net: &receivers{flying: make(map[string]int), busiest: make(map[string]int)},
	}
	w.loop = &deliver.Loop{
		Store: w.store, Client: &http.Client{Transport: w.net}, Bell: deliver.NewBell(),
		Log: slog.New(slog.NewJSONHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now: time.Now, Spread: rand.Float64, Schedule: deliver.DefaultSchedule,
		Tick: deliver.DefaultTick, Timeout: deliver.DefaultTimeout, Lease: deliver.DefaultLease,
		Concurrency: deliver.DefaultConcurrency, Lanes: deliver.DefaultLanes,
	}
	return w
}

// running starts the loop and returns what stops it.
func (w *world) running(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.loop.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
	}
}

// after waits on the bubble's clock.
func after(d time.Duration) { <-time.After(d) }

// lockedBuffer takes the log lines of many goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
