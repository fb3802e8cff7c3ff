package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"turnstone"
)

const (
	// readAhead is how many bodies a lane reads at a time, and readAheadBytes how
	// large they may be together: what is read while the receiver answers is posted
	// without a wait, and a thousand lanes still fit into memory.
	readAhead      = 64
	readAheadBytes = 256 << 10
)

// look fetches deliveries that were not seen yet, if there may be any and the window has
// room. A lane that keeps a pace has what it can post for a while.
func (n *lane) look(ctx context.Context) {
	now := n.Now()
	after, ok := n.sight.next(n.queue.size(), now)
	if !ok || n.looking || n.full() || n.pacer.least > 0 && n.ready() {
		return
	}
	n.looking = true
	n.sight.begin(after)
	n.aside(func() func() error {
		owed, err := n.Store.Deliveries(ctx, n.claim.lease, after, look)
		return func() error {
			n.looking = false
			if err != nil {
				return n.cannotRead(ctx, fmt.Errorf("look for deliveries: %w", err))
			}
			n.sight.saw(after, owed, len(owed.List) == look, now)
			n.queue.add(n.unmade(owed.List))
			return nil
		}
	})
}

// unmade returns what a look found, without what was made while it was under way:
// the look may have read before that was settled.
func (n *lane) unmade(found []turnstone.Delivery) []turnstone.Delivery {
	if len(n.made) == 0 {
		return found
	}
	found = slices.DeleteFunc(found, func(d turnstone.Delivery) bool { return n.made[d.EventID] })
	clear(n.made)
	return found
}

// full reports whether the window has no room for another look.
func (n *lane) full() bool { return n.queue.size() > window-look }

// load reads the bodies of what is to be posted next, before those that were read
// run out.
func (n *lane) load(ctx context.Context) {
	room := n.pacer.soon(n.health.limit(n.concurrency))
	if n.health.failing() {
		room -= n.flying // a probe needs no successor until it is over
	}
	if n.loading || len(n.loaded) >= room {
		return
	}
	items, ids := n.upcoming()
	if len(items) == 0 {
		return
	}
	n.loading = true
	n.aside(func() func() error {
		bodies, err := n.Store.Bodies(ctx, n.claim.lease.Destination.AccountID, ids)
		if err == nil && len(bodies) < len(ids) {
			err = fmt.Errorf("%d of %d bodies are missing", len(ids)-len(bodies), len(ids))
		}
		return func() error {
			n.loading = false
			if err != nil {
				n.putBack(items)
				return n.cannotRead(ctx, fmt.Errorf("read events: %w", err))
			}
			for _, it := range items {
				it.body = bodies[it.EventID]
			}
			n.loaded = append(n.loaded, items...)
			return nil
		}
	})
}

// upcoming takes what is ready from the queue, as much as is read at a time: of a
// destination to be probed, one.
func (n *lane) upcoming() (items []*item, ids []int64) {
	most, size, now := n.pacer.soon(readAhead), 0, n.Now()
	if n.health.failing() {
		most = 1
	}
	for len(items) < most {
		it := n.queue.next(now)
		if it == nil {
			break
		}
		if size += it.Size; size > readAheadBytes && len(items) > 0 {
			n.queue.putBack(it)
			break
		}
		items, ids = append(items, it), append(ids, it.EventID)
	}
	return items, ids
}

// putBack returns deliveries that were not posted to the queue.
func (n *lane) putBack(items []*item) {
	for _, it := range items {
		n.queue.putBack(it)
	}
}

// cannotRead ends the posting, and the lane at once if the lease is lost. A read
// that was cut because we are told to stop is no trouble.
func (n *lane) cannotRead(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, turnstone.ErrLeaseLost):
		return err
	case ctx.Err() == nil:
		n.trouble = err
	}
	return nil
}
