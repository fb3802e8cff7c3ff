package simulation_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"turnstone/internal/audit"
	"turnstone/webhook"
)

// key signs the events of all instances.
const key = "123456"

// inbox is the receiver of one instance.
type inbox struct {
	world *world
	name  string
	audit *audit.Receiver
	mood  atomic.Pointer[mood]

	mu     sync.Mutex
	bodies map[string][sha256.Size]byte // by id
	taken  map[int64]bool               // the events that were answered with 2xx, or should have been
	posts  int
}

// mood is how a receiver answers at the moment. The zero mood takes everything.
type mood struct {
	fail   float64       // it answers with status, and has taken nothing
	rueful float64       // it takes the event, and answers with status all the same
	hang   float64       // it takes the event, and does not answer
	gone   float64       // it says that it wants no more
	slow   time.Duration // it takes up to so long
	status int
	after  int // Retry-After, in seconds; 0: none
}

// newInbox opens a receiver at a path.
func newInbox(w *world, path string) (*inbox, error) {
	receiver, err := audit.NewReceiver("", key, time.Now, nil)
	b := &inbox{world: w, name: path, audit: receiver, bodies: make(map[string][sha256.Size]byte), taken: make(map[int64]bool)}
	b.mood.Store(&mood{})
	w.inboxes = append(w.inboxes, b)
	w.paths.Handle(path, b)
	return b, err
}

// has reports whether an event has come.
func (b *inbox) has(id int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, has := b.taken[id]
	return has
}

// newMood draws a mood.
func (b *inbox) newMood() {
	r := b.world.dice.about("mood " + b.name)
	m := mood{status: oneOf(r, 500, 503, 429, 404, 401, 302, 200+r.IntN(400))}
	if m.status/100 == 2 || m.status == http.StatusGone {
		m.status = http.StatusInternalServerError
	}
	switch r.IntN(6) {
	case 0:
	case 1:
		m.fail = 1
	case 2:
		m.fail, m.rueful, m.hang = r.Float64()/2, r.Float64()/2, r.Float64()/4
	case 3:
		m.gone = r.Float64() / 4
	case 4:
		m.hang = r.Float64()
	case 5:
		m.slow = between(r, time.Second, 40*time.Second)
	}
	if r.IntN(3) == 0 {
		m.after = number(r, 1, 600)
	}
	b.mood.Store(&m)
}

// ServeHTTP takes one event, or does not.
func (b *inbox) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	text, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	b.identical(request.Header.Get(webhook.HeaderID), text)
	m, r := *b.mood.Load(), b.world.dice.about("answer "+b.name)
	if m.slow > 0 && wait(request.Context(), between(r, 0, m.slow)) != nil {
		return
	}
	if m.after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(m.after))
	}
	switch chance := r.Float64(); {
	case chance < m.gone:
		w.WriteHeader(http.StatusGone)
		return
	case chance < m.gone+m.fail:
		w.WriteHeader(m.status)
		return
	}
	request.Body = io.NopCloser(bytes.NewReader(text))
	answer := w
	if chance := r.Float64(); chance < m.rueful {
		w.WriteHeader(m.status)
		answer = unheard{w}
	} else if chance < m.rueful+m.hang {
		defer func() { <-request.Context().Done() }()
	}
	b.audit.ServeHTTP(answer, request)
	if id, err := strconv.ParseInt(request.Header.Get(webhook.HeaderID), 10, 64); err == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.taken[id] = true
	}
}

// unheard is an answer of which the status is written already.
type unheard struct{ http.ResponseWriter }

func (unheard) WriteHeader(int) {}

// identical notes a body, which must be what came with this id before.
func (b *inbox) identical(id string, text []byte) {
	sum := sha256.Sum256(text)
	b.mu.Lock()
	before, known := b.bodies[id]
	b.bodies[id] = sum
	b.posts++
	b.mu.Unlock()
	if known && before != sum {
		b.world.watch.fault("event %s: came with another body than before", id)
	}
}
