package store

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"sync"
	"time"

	"turnstone/internal/store/engine"
)

const (
	// announceEvery bounds how often a node announces: what is stored meanwhile goes
	// together. One announcement costs the server about as much as an empty write.
	announceEvery = 20 * time.Millisecond
	// maxAnnounced is how many ids of up to 19 digits fit one announcement.
	maxAnnounced = 300
)

// announcer tells the other nodes for which instances this one stored events. What it
// fails to tell they find on their ticks.
type announcer struct {
	engine engine.Announcer
	node   string // of what this node announced, which it need not hear
	wake   chan struct{}
	stop   context.CancelFunc
	ended  sync.WaitGroup

	mu      sync.Mutex
	pending map[int64]bool
}

// newAnnouncer starts the goroutine that announces, until close.
func newAnnouncer(ctx context.Context, e engine.Announcer) *announcer {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a := &announcer{engine: e, node: rand.Text(), wake: make(chan struct{}, 1), stop: cancel, pending: map[int64]bool{}}
	a.ended.Go(func() { a.run(ctx) })
	return a
}

func (a *announcer) close() {
	a.stop()
	a.ended.Wait()
}

// stored notes that events of an instance were stored. It never blocks; a nil
// announcer has nobody to tell.
func (a *announcer) stored(instanceID int64) {
	if a == nil {
		return
	}
	a.mu.Lock()
	a.pending[instanceID] = true
	a.mu.Unlock()
	select {
	case a.wake <- struct{}{}:
	default: // it is awake
	}
}

// take returns what is to be told next.
func (a *announcer) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var ids []string
	for id := range a.pending {
		if len(ids) == maxAnnounced {
			break
		}
		ids = append(ids, strconv.FormatInt(id, 10))
		delete(a.pending, id)
	}
	return ids
}

func (a *announcer) run(ctx context.Context) {
	pause := time.NewTicker(announceEvery)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
		}
		for ids := a.take(); len(ids) > 0; ids = a.take() {
			_ = a.engine.Announce(ctx, a.node+" "+strings.Join(ids, ",")) // ticks find it
		}
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
	}
}

// Listen calls stored for each instance for which another node has stored events,
// until ctx ends. It must not block. Where one process is alone there is nothing to
// hear.
func (db *DB) Listen(ctx context.Context, stored func(instanceID int64)) {
	if db.announcer == nil {
		<-ctx.Done()
		return
	}
	db.announcer.engine.Listen(ctx, func(text string) {
		node, ids, _ := strings.Cut(text, " ")
		if node == db.announcer.node {
			return
		}
		for id := range strings.SplitSeq(ids, ",") {
			if n, err := strconv.ParseInt(id, 10, 64); err == nil {
				stored(n)
			}
		}
	})
}
