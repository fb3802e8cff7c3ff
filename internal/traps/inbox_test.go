package traps_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"turnstone/internal/deliver"
	"turnstone/internal/store"
	"turnstone/webhook"
)

// signatureKey signs what the inbox takes.
const signatureKey = "123456"

// post is one attempt at an event, as the receiver sees it.
type post struct {
	id     string
	header http.Header
	body   string
	taken  bool // it was answered with 200
}

// inbox is a receiver. It takes everything, unless its answer is decided elsewhere.
type inbox struct {
	// status decides on the answer to a post, by how often the event came before and how
	// many posts there were before; nil: 200.
	status func(repeats, posts int) int

	mu    sync.Mutex
	posts []post
	heard chan struct{} // rings after each post
}

func newInbox() *inbox { return &inbox{heard: make(chan struct{}, 1)} }

func (b *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p := post{id: r.Header.Get(webhook.HeaderID), header: r.Header.Clone(), taken: true}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender is gone
	}
	p.body = string(body)
	b.mu.Lock()
	defer b.mu.Unlock()
	status := http.StatusOK
	if webhook.Verify(r.Header.Get(webhook.HeaderSignature), body, signatureKey) != nil {
		status = http.StatusForbidden
	} else if b.status != nil {
		repeats := 0
		for _, old := range b.posts {
			if old.id == p.id {
				repeats++
			}
		}
		status = b.status(repeats, len(b.posts))
	}
	p.taken = status == http.StatusOK
	b.posts = append(b.posts, p)
	w.WriteHeader(status)
	select {
	case b.heard <- struct{}{}:
	default: // it has rung and was not heard yet
	}
}

// got returns all posts so far.
func (b *inbox) got() []post {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.posts)
}

// taken returns the changes that the receiver took, in the order of their posts.
func (b *inbox) taken(t testing.TB) []string {
	t.Helper()
	var taken []string
	for _, p := range b.got() {
		if p.taken {
			taken = append(taken, changesIn(t, []byte(p.body))...)
		}
	}
	return taken
}

// deliver delivers, by as many nodes as it is given databases, until the receiver has got
// enough. It fails the test if anything is owed then.
func (w *world) deliver(enough func() bool, nodes ...*store.DB) {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	var running sync.WaitGroup
	for _, db := range nodes {
		loop := w.deliveries(db)
		running.Go(func() { _ = loop.Run(ctx) }) // ends without an error
	}
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	inTime := true
	for inTime && !enough() {
		select {
		case <-w.inbox.heard:
		case <-limit.C:
			inTime = false
		}
	}
	stop()
	running.Wait()
	backlog, err := w.db.Backlog(w.t.Context())
	if err != nil || backlog.Owed > 0 || !inTime {
		w.t.Fatalf("after %d posts the backlog is %+v, %v, want nothing owed", len(w.inbox.got()), backlog, err)
	}
}

// deliveries delivers by the clock of the database, as there is no other that its leases
// and retries keep to.
func (w *world) deliveries(db *store.DB) *deliver.Loop {
	return &deliver.Loop{
		Store: db, Client: &http.Client{Transport: w.network}, Bell: deliver.NewBell(),
		Log: slog.New(slog.DiscardHandler), Now: time.Now, Spread: func() float64 { return 0 },
		Schedule: hasty(),
		Tick:     5 * time.Millisecond, Timeout: deliver.DefaultTimeout, Lease: deliver.DefaultLease,
		Concurrency: deliver.DefaultConcurrency, Lanes: 8,
	}
}

// hasty is a schedule that nobody waits for, and that does not end within a test.
func hasty() deliver.Schedule {
	var s deliver.Schedule
	for delay := 10 * time.Millisecond; delay < time.Minute; delay += 10 * time.Millisecond {
		s = append(s, delay)
	}
	return s
}
