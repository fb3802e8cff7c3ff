package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone"
)

const (
	// window is how many deliveries a lane holds, without their bodies: a few
	// hundred kilobytes at most. look is how many it fetches at a time.
	window = 2000
	look   = 500
	// failing is how many attempts in a row make a destination one to probe.
	failing = 3
	// linger is how long a lane with nothing to do keeps its lease: in a stream of
	// events the next one leaves without a claim before it.
	linger = 100 * time.Millisecond
	// settleWithin bounds the last write of a lane that was told to stop.
	settleWithin = 5 * time.Second
)

// errDone says that a lane has nothing to do now.
var errDone = errors.New("nothing to do")

// lane delivers to one destination while it holds the lease.
type lane struct {
	*Loop
	lease   turnstone.DestinationLease
	queue   *queue
	answers chan answer
	heard   <-chan struct{} // rings when events of the instance were stored
	health  health

	after  int64 // the last event looked at, while there are more
	signal int64 // of the last look that began at the first event
	due    bool  // to look: there may be deliveries we have not seen
}

func newLane(l *Loop, lease turnstone.DestinationLease) *lane {
	return &lane{
		Loop: l, lease: lease, queue: newQueue(), answers: make(chan answer, l.Concurrency),
		health: newHealth(lease.Destination), due: true,
	}
}

// run delivers until there is nothing to do, then gives the lease back.
func (n *lane) run(ctx context.Context) {
	var leave func()
	n.heard, leave = n.Bell.listen(n.lease.Destination.InstanceID)
	posting, stop := context.WithCancel(ctx)
	defer stop()
	err := n.serve(posting)
	leave()
	if errors.Is(err, errDone) {
		err = n.release(ctx)
	}
	// A lane that cannot store what comes of its attempts cuts them short: their
	// events are posted again, perhaps by somebody else at this moment.
	stop()
	for n.queue.flying > 0 {
		n.queue.finish((<-n.answers).item)
	}
	n.report(err)
}

// report logs why a lane ended early. A lost lease is nothing to look into: the
// destination was changed or deleted meanwhile, or another node has it.
func (n *lane) report(err error) {
	log := n.Log.With("instance", n.lease.Destination.InstanceID, "destination", n.lease.Destination.ID)
	switch {
	case errors.Is(err, turnstone.ErrLeaseLost):
		log.Debug("destination changed or taken over while it was delivered to")
	case err != nil:
		log.Warn("delivery interrupted", "err", err)
	}
}

// serve posts what is due and settles what comes of it. It returns errDone when
// nothing is due and nothing under way.
func (n *lane) serve(ctx context.Context) error {
	for {
		// Once we are told to stop, what is under way is waited for and settled.
		if err := n.feed(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		if err := n.wait(ctx); err != nil {
			return err
		}
	}
}

// feed posts what is due, as far as there is room for more attempts.
func (n *lane) feed(ctx context.Context) error {
	if ctx.Err() != nil || n.queue.flying >= n.health.limit(n.Concurrency) {
		return nil
	}
	if err := n.look(ctx); err != nil {
		return err
	}
	return n.dispatch(ctx)
}

// look fetches deliveries that are not in the queue, if there may be any and the
// window has room. Events of an instance's several pollers may be stored out of
// order, so a look that is not the continuation of a full one starts over.
func (n *lane) look(ctx context.Context) error {
	if !n.due || n.full() {
		return nil
	}
	owed, err := n.Store.Deliveries(ctx, n.lease, n.after, look)
	if err != nil {
		return fmt.Errorf("look for deliveries: %w", err)
	}
	n.queue.add(owed.List)
	if n.after == 0 {
		// What was stored since the look began may stand before the place where it
		// goes on: only the signal of its beginning vouches for all of it.
		n.signal = owed.Signal
	}
	n.after, n.due = 0, false
	if len(owed.List) == look {
		n.after, n.due = owed.List[look-1].EventID, true
	}
	return nil
}

// full reports whether the window has no room for another look.
func (n *lane) full() bool { return n.queue.size() > window-look }

// dispatch posts what is due, as far as the destination's health allows.
func (n *lane) dispatch(ctx context.Context) error {
	var items []*item
	var ids []int64
	now := n.Now()
	for n.queue.flying < n.health.limit(n.Concurrency) {
		it := n.queue.next(now)
		if it == nil {
			break
		}
		items, ids = append(items, it), append(ids, it.EventID)
	}
	if len(items) == 0 {
		return nil
	}
	bodies, err := n.Store.Bodies(ctx, n.lease.Destination.AccountID, ids)
	if err == nil && len(bodies) < len(ids) {
		err = fmt.Errorf("%d of %d bodies are missing", len(ids)-len(bodies), len(ids))
	}
	if err != nil {
		for _, it := range items {
			n.queue.putBack(it)
		}
		return fmt.Errorf("read events: %w", err)
	}
	for _, it := range items {
		go func() { n.answers <- n.post(ctx, n.lease.Destination, it, bodies[it.EventID]) }()
	}
	return nil
}

// wait waits for something to do, and settles the answers that came.
func (n *lane) wait(ctx context.Context) error {
	if n.queue.flying == 0 {
		return n.rest(ctx)
	}
	pause := time.NewTimer(n.Tick)
	defer pause.Stop()
	select {
	case a := <-n.answers:
		return n.settle(ctx, n.collect(a))
	case <-n.heard:
	case <-pause.C: // another node may have stored events
	}
	n.due = true
	return nil
}

// rest waits for an event while nothing is under way. It returns errDone if there
// is none to wait for, or none comes.
func (n *lane) rest(ctx context.Context) error {
	switch {
	case ctx.Err() != nil, n.health.limit(1) == 0:
		return errDone
	case n.due && !n.full():
		return nil
	case n.health.failing():
		return errDone
	}
	pause := time.NewTimer(linger)
	defer pause.Stop()
	select {
	case <-n.heard:
		n.due = true
		return nil
	case <-pause.C:
	case <-ctx.Done():
	}
	return errDone
}

// collect returns the answers that are there, the first of which is a.
func (n *lane) collect(a answer) []answer {
	answers := []answer{a}
	for {
		select {
		case a := <-n.answers:
			answers = append(answers, a)
		default:
			return answers
		}
	}
}

// release gives the lease back, with the time when the destination is due again.
func (n *lane) release(ctx context.Context) error {
	batch := n.health.batch()
	batch.Release = &turnstone.Release{NextAt: n.nextAt(), Signal: n.signal, RestUntil: n.health.rest}
	return n.store(ctx, batch)
}

// store writes a batch, also when the lane was told to stop.
func (n *lane) store(ctx context.Context, b turnstone.DeliveryBatch) error {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), settleWithin, errors.New("deliver: time to settle is over"))
	defer cancel()
	if err := n.Store.SettleDeliveries(ctx, n.lease, n.Lease, b); err != nil {
		return fmt.Errorf("settle deliveries: %w", err)
	}
	return nil
}

// nextAt returns when the destination is due again; zero: when an event comes.
func (n *lane) nextAt() time.Time {
	now := n.Now()
	due, ok := n.queue.dueAt()
	switch {
	case n.health.gone || (!ok && !n.due):
		return time.Time{}
	case n.due && !n.full(), due.Before(now):
		due = now // zero would mean never
	}
	if soonest := now.Add(n.Schedule[0]); n.health.failing() && due.Before(soonest) {
		// What was never tried is due already; without this the probes would follow
		// each other at once.
		return soonest
	}
	return due
}
