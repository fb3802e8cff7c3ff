package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"turnstone"
)

const (
	// window is how many deliveries a lane holds: without their bodies a few hundred
	// kilobytes at most. look is how many it fetches at a time.
	window = 2000
	look   = 500
	// failing is how many attempts in a row make a destination one to probe.
	failing = 3
	// linger is how long a lane with nothing to do keeps its lease: in a stream of
	// events the next one leaves without a claim before it.
	linger = 100 * time.Millisecond
	// setback is how long a destination rests whose deliveries cannot be read.
	setback = 10 * time.Second
)

// lane delivers to one destination while it holds the lease. All that it knows
// belongs to one goroutine; attempts and calls of the store run beside it, and
// what comes of them is handed to it.
type lane struct {
	*Loop
	claim       claim
	letter      letter
	concurrency int
	queue       *queue
	sight       sight
	health      health
	pacer       pacer

	handshake turnstone.Handshake // what is known of it
	waived    bool                // the receiver did not answer it, and is posted to under this lease
	consented bool                // the receiver answered it under this lease

	loaded  []*item   // with their bodies, to be posted in this order
	pending []outcome // to be settled, in the order of their answers
	ripe    *time.Timer
	ripeAt  time.Time   // when the pending ones have waited long enough for others
	pause   *time.Timer // until the next post may leave
	flying  int         // attempts under way
	trouble error       // why nothing more can be read: what is under way is settled still

	// At most one call of the store of each kind is under way.
	looking, loading, settling bool
	asking                     bool           // the receiver, whether it wants to be posted to
	made                       map[int64]bool // deliveries, by event, since the look under way began

	working sync.WaitGroup
	hands   int        // goroutines that make attempts
	orders  chan order // to them
	answers chan answer
	returns chan func() error // what is left to do when a call of the store has returned
	heard   <-chan struct{}   // rings when events of the instance were stored
	ticks   <-chan time.Time
}

func newLane(l *Loop, c claim) *lane {
	d := c.lease.Destination
	concurrency := cmp.Or(d.Limits.Concurrency, l.Concurrency)
	return &lane{
		Loop: l, claim: c, letter: newLetter(d, cmp.Or(l.Origin, DefaultOrigin)), concurrency: concurrency,
		queue: newQueue(), made: make(map[int64]bool), health: newHealth(d),
		pacer: pacer{least: pace(d)}, handshake: d.Handshake,
		orders: make(chan order, concurrency), answers: make(chan answer, concurrency), returns: make(chan func() error, 4),
	}
}

// order is an attempt to be made while the lease is ours.
type order struct {
	item  *item
	until time.Time
}

// run delivers until there is nothing to do, then gives the lease back.
func (n *lane) run(ctx context.Context) {
	heard, leave := n.Bell.listen(n.claim.lease.Destination.InstanceID)
	ticker := time.NewTicker(n.Tick)
	defer ticker.Stop()
	n.heard, n.ticks, n.ripe, n.pause = heard, ticker.C, time.NewTimer(moment), time.NewTimer(moment)
	defer n.ripe.Stop()
	defer n.pause.Stop()
	posting, stop := context.WithCancel(ctx)
	attempting, cut := withGrace(posting)
	err := n.serve(posting, attempting)
	if err == nil {
		err = n.end(ctx)
	}
	// A lane that cannot store what comes of its attempts cuts them short: their
	// events are posted again, perhaps by somebody else at this moment.
	stop()
	n.drain()
	close(n.orders)
	n.working.Wait()
	cut()
	leave()
	n.report(err)
}

// serve posts what is due and settles what comes of it, until nothing is under way
// and nothing to do, or the lease is of no use any more.
func (n *lane) serve(posting, attempting context.Context) error {
	for {
		n.proceed(posting, attempting)
		if n.busy() || (len(n.pending) > 0 || n.pausing()) && !n.closing(posting) {
			if err := n.wait(posting); err != nil {
				return err
			}
			continue
		}
		if n.closing(posting) || n.health.failing() || n.hold() > 0 || !n.lingers(posting) {
			return nil
		}
	}
}

// proceed starts whatever there is room for.
func (n *lane) proceed(posting, attempting context.Context) {
	if !n.closing(posting) {
		n.dispatch(attempting)
		n.load(posting)
		n.look(posting)
	}
	if !n.closing(posting) || n.flying > 0 {
		n.settle(posting)
	} // otherwise what is left goes with the release
}

// closing reports whether nothing more is to be posted under this lease, unless
// what is under way shows that the destination has come back, or renews a lease
// that may have run out.
func (n *lane) closing(posting context.Context) bool {
	return posting.Err() != nil || n.trouble != nil || n.health.limit(1) == 0 || !n.Now().Before(n.claim.until)
}

// busy reports whether anything is under way.
func (n *lane) busy() bool {
	return n.flying > 0 || n.looking || n.loading || n.settling || n.asking
}

// dispatch posts what is loaded, as far as the destination's health, its limits and
// its receiver allow. A store that does not keep up slows it down: what is posted and
// not settled would be posted again after a crash.
func (n *lane) dispatch(attempting context.Context) {
	for n.free() && n.agreed(attempting) {
		if n.flying++; n.flying > n.hands {
			n.hands++
			n.working.Go(func() { n.work(attempting) })
		}
		n.pacer.book(n.Now())
		n.orders <- order{n.loaded[0], n.claim.until}
		n.loaded = n.loaded[1:]
	}
}

// free reports whether there is something to post, and room for it.
func (n *lane) free() bool {
	return len(n.loaded) > 0 && n.flying < n.health.limit(n.concurrency) && len(n.pending) < maxBatch && n.hold() == 0
}

// work makes attempts until the lane ends. A goroutine that makes many has its
// stack grown once.
func (n *lane) work(ctx context.Context) {
	for o := range n.orders {
		n.answers <- n.attempt(ctx, o.item, o.until)
	}
}

// wait waits until something that is under way comes to an end, or there may be
// more to do.
func (n *lane) wait(posting context.Context) error {
	stopped := posting.Done()
	if posting.Err() != nil {
		stopped = nil // as we know
	}
	select {
	case a := <-n.answers:
		n.collect(posting, a)
	case then := <-n.returns:
		return then()
	case <-n.heard:
		n.sight.rung = true
	case <-n.beat(): // another node may have stored events
		n.sight.rung = true
	case <-n.ripe.C: // what is pending need not wait for more
	case <-n.pause.C:
	case <-stopped:
	}
	return nil
}

// lingers waits for an event while nothing is under way, and reports whether one
// may have come.
func (n *lane) lingers(posting context.Context) bool {
	pause := time.NewTimer(linger)
	defer pause.Stop()
	select {
	case <-n.heard:
		n.sight.rung = true
		return true
	case <-pause.C:
	case <-posting.Done():
	}
	return false
}

// aside makes a call of the store beside the lane, which goes on posting. When the
// call has returned, the lane does what it left to do.
func (n *lane) aside(call func() (then func() error)) {
	go func() { n.returns <- call() }()
}

// drain waits for what is under way, whatever comes of it.
func (n *lane) drain() {
	for n.busy() {
		select {
		case <-n.answers:
			n.flying--
		case then := <-n.returns:
			_ = then() // why the lane ends is known already
		}
	}
}

// end settles what is left, and gives the lease back with the time when the
// destination is due again. What cannot be read now is not tried again at once.
func (n *lane) end(ctx context.Context) error {
	n.putBack(n.loaded)
	n.conclude(n.pending)
	if n.queue.jammed() && n.full() && !n.health.gone {
		n.health.giveUp(fmt.Sprintf("%d events wait behind %d that are queued", n.queue.size()-n.queue.queued, n.queue.queued))
	}
	batch := n.batch(n.pending)
	batch.Release = &turnstone.Release{NextAt: n.nextAt(), Signal: n.sight.vouched, RestUntil: n.rest()}
	if n.trouble != nil {
		later := n.Now().Add(setback)
		batch.Release.NextAt, batch.Release.RestUntil = later, later
	}
	return errors.Join(n.trouble, n.store(ctx, batch, n.claim.until))
}

// nextAt returns when the destination is due again; zero: when an event comes.
func (n *lane) nextAt() time.Time {
	now := n.Now()
	due, ok := n.queue.dueAt()
	unseen := !n.sight.settled()
	switch {
	case n.health.gone || (!ok && !unseen):
		return time.Time{}
	case unseen && !n.full(), due.Before(now):
		due = now // zero would mean never
	}
	if soonest := now.Add(n.Schedule[0]); n.health.failing() && due.Before(soonest) {
		// What was never tried is due already; without this the probes would follow
		// each other at once.
		return soonest
	}
	return due
}

// report logs why a lane ended early. A lost lease is nothing to look into: the
// destination was changed or deleted meanwhile, or another node has it.
func (n *lane) report(err error) {
	lease := n.claim.lease
	log := n.Log.With("instance", lease.Destination.InstanceID, "destination", lease.Destination.ID)
	switch {
	case errors.Is(err, turnstone.ErrLeaseLost):
		log.Debug("destination changed or taken over while it was delivered to")
		if n.Lost != nil {
			n.Lost(lease)
		}
	case err != nil:
		log.Warn("delivery interrupted", "err", err)
	}
}
