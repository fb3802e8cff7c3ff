package deliver_test

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"turnstone"
)

// memory is a store of destinations and what they are owed. It keeps the promises
// that deliver.Store documents: settling is all or nothing and is fenced, and a
// destination is due when an event was stored behind its holder's back.
type memory struct {
	// trouble is asked before and after each call has its effect, and may let it
	// fail.
	trouble func(call int, done bool) error
	// looking is called when a look begins.
	looking func(after int64)
	// reading is called with the events whose bodies are read.
	reading func(ids []int64)
	// takes is how long settling takes until it has its effect, and returning how
	// long a look is under way with what it found.
	takes, returning time.Duration
	// size is how large a body is said to be.
	size  int
	trace string // of what is published

	mu           sync.Mutex
	calls        int
	settles      int
	destinations map[int64]*destination
	bodies       map[int64][]byte // of events
}

type destination struct {
	lease    turnstone.DestinationLease
	until    time.Time
	nextAt   time.Time
	dormant  bool // due only when an event comes
	signal   int64
	owed     map[int64]*turnstone.Delivery
	attempts []turnstone.Attempt
	releases []turnstone.Release
}

func newMemory(destinations ...turnstone.Destination) *memory {
	m := &memory{destinations: make(map[int64]*destination), bodies: make(map[int64][]byte)}
	for _, d := range destinations {
		m.destinations[d.ID] = &destination{
			lease: turnstone.DestinationLease{Destination: d}, dormant: true,
			owed: make(map[int64]*turnstone.Delivery),
		}
	}
	return m
}

// publish stores an event that is owed to a destination.
func (m *memory) publish(to, id int64, objects ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.destinations[to]
	d.owed[id] = &turnstone.Delivery{EventID: id, Objects: objects, Size: m.size, Trace: m.trace}
	m.bodies[id] = body(id)
	d.signal++
	if now := time.Now(); d.dormant || d.nextAt.After(now) {
		d.dormant, d.nextAt = false, now
	}
}

// do runs a call, with its trouble.
func (m *memory) do(ctx context.Context, effect func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	call := m.calls
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.trouble == nil {
		return effect()
	}
	if err := m.trouble(call, false); err != nil {
		return err
	}
	if err := effect(); err != nil {
		return err
	}
	return m.trouble(call, true)
}

func (m *memory) ClaimDestinations(ctx context.Context, n int, lease time.Duration) (leases []turnstone.DestinationLease, err error) {
	err = m.do(ctx, func() error {
		now := time.Now()
		for _, d := range m.destinations {
			state := d.lease.Destination.State
			if len(leases) == n || d.dormant || d.nextAt.After(now) || d.until.After(now) || state != turnstone.DestinationActive {
				continue
			}
			d.until = now.Add(lease)
			d.lease.Fence++
			leases = append(leases, d.lease)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return leases, nil
}

func (m *memory) Deliveries(ctx context.Context, l turnstone.DestinationLease, after int64, n int) (owed turnstone.Deliveries, err error) {
	d := m.destinations[l.Destination.ID]
	if m.looking != nil {
		m.looking(after)
	}
	err = m.do(ctx, func() error {
		if l.Fence != d.lease.Fence || d.until.IsZero() {
			return turnstone.ErrLeaseLost
		}
		owed.Signal = d.signal
		return nil
	})
	owed.List = m.behind(d, after)
	owed.List = owed.List[:min(n, len(owed.List))]
	if m.returning > 0 {
		<-time.After(m.returning)
	}
	return owed, err
}

// behind returns what is owed to a destination behind an event.
func (m *memory) behind(d *destination, after int64) []turnstone.Delivery {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []turnstone.Delivery
	for id, delivery := range d.owed {
		if id > after {
			list = append(list, *delivery)
		}
	}
	slices.SortFunc(list, func(a, b turnstone.Delivery) int { return cmp.Compare(a.EventID, b.EventID) })
	return list
}

func (m *memory) Bodies(ctx context.Context, _ int64, ids []int64) (map[int64][]byte, error) {
	if m.reading != nil {
		m.reading(ids)
	}
	bodies := make(map[int64][]byte)
	err := m.do(ctx, func() error {
		for _, id := range ids {
			if text, ok := m.bodies[id]; ok {
				bodies[id] = text
			}
		}
		return nil
	})
	return bodies, err
}

func (m *memory) SettleDeliveries(ctx context.Context, l turnstone.DestinationLease, extend time.Duration, b turnstone.DeliveryBatch) error {
	if m.takes > 0 {
		<-time.After(m.takes)
	}
	return m.do(ctx, func() error {
		m.settles++
		d := m.destinations[l.Destination.ID]
		if l.Fence != d.lease.Fence || d.until.IsZero() {
			return turnstone.ErrLeaseLost
		}
		d.until = time.Now().Add(extend)
		d.lease.Destination.Failures, d.lease.Destination.Problem, d.lease.Destination.State = b.Failures, b.Problem, b.State
		for _, s := range b.Settlements {
			d.attempts = append(d.attempts, s.Attempt)
			if s.Done {
				delete(d.owed, s.Attempt.EventID)
				continue
			}
			o := d.owed[s.Attempt.EventID]
			o.Attempts, o.FirstFailedAt, o.NextAt, o.Queued = s.Attempt.Number, s.FirstFailedAt, s.NextAt, s.Queued
		}
		if b.Handshake != nil {
			d.lease.Destination.Handshake = *b.Handshake
		}
		if b.Release != nil {
			d.release(*b.Release)
		}
		return nil
	})
}

func (d *destination) release(r turnstone.Release) {
	d.releases = append(d.releases, r)
	d.until, d.nextAt, d.dormant = r.RestUntil, r.NextAt, r.NextAt.IsZero()
	d.lease.Fence++
	if d.signal != r.Signal {
		d.nextAt, d.dormant = time.Now(), false
	}
}

// redeliver makes what is queued for a destination due at once, and the destination
// active.
func (m *memory) redeliver(to int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.destinations[to]
	for _, o := range d.owed {
		o.Queued, o.FirstFailedAt, o.NextAt = false, time.Time{}, time.Time{}
	}
	d.lease.Destination.State, d.lease.Destination.Failures, d.lease.Destination.Problem = turnstone.DestinationActive, 0, ""
	d.lease.Fence++
	d.until, d.nextAt, d.dormant = time.Time{}, time.Now(), false
}

// restart ends the leases of the process that died.
func (m *memory) restart() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.trouble = nil
	for _, d := range m.destinations {
		d.until = time.Time{}
	}
}

// holdsBack returns an event that is owed, of an object of event id and before it;
// 0 if there is none.
func (m *memory) holdsBack(to, id int64, objects map[int64][]string) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	for earlier := range m.destinations[to].owed {
		for _, o := range objects[id] {
			if earlier < id && slices.Contains(objects[earlier], o) {
				return earlier
			}
		}
	}
	return 0
}

// isOwed reports whether a destination is owed an event.
func (m *memory) isOwed(to, id int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.destinations[to].owed[id] != nil
}

// owes returns how many deliveries a destination is owed.
func (m *memory) owes(to int64) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.destinations[to].owed)
}

// read returns a copy of what is stored of a destination.
func (m *memory) read(to int64) destination {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := *m.destinations[to]
	d.attempts, d.releases = slices.Clone(d.attempts), slices.Clone(d.releases)
	return d
}
