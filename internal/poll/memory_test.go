package poll_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"turnstone"
)

// memory is a store of one poller. It keeps the promises that poll.Store
// documents: a commit is all or nothing and is fenced, event ids do not repeat.
type memory struct {
	clock func() time.Time
	// trouble is asked before and after each call has its effect, and may let it
	// fail.
	trouble func(call int, done bool) error

	mu       sync.Mutex
	calls    int
	lease    turnstone.PollLease
	until    time.Time // of the lease; zero: not leased
	versions map[string]turnstone.Version
	events   []turnstone.Event
	polls    []turnstone.Poll
	commits  []turnstone.PollCommit
	eventIDs int64
	starts   []time.Time // of the claims
}

var errStore = errors.New("the store is down")

// do runs a call, with its trouble.
func (m *memory) do(ctx context.Context, effect func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	call := m.calls
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, done := range []bool{false, true} {
		if m.trouble != nil {
			if err := m.trouble(call, done); err != nil {
				return err
			}
		}
		if done {
			break
		}
		if err := effect(); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) ClaimPollers(ctx context.Context, n int, lease time.Duration) (leases []turnstone.PollLease, err error) {
	err = m.do(ctx, func() error {
		now := m.clock()
		p := m.lease.Poller
		if n == 0 || p.State != turnstone.PollerActive || p.NextAt.After(now) || m.until.After(now) {
			return nil
		}
		m.until = now.Add(lease)
		m.lease.Fence++
		m.starts = append(m.starts, now)
		leases = []turnstone.PollLease{m.lease}
		return nil
	})
	return leases, err
}

func (m *memory) Versions(ctx context.Context, _ turnstone.Poller, ids []string) (map[string]turnstone.Version, error) {
	known := make(map[string]turnstone.Version)
	err := m.do(ctx, func() error {
		for _, id := range ids {
			if v, ok := m.versions[id]; ok {
				known[id] = v
			}
		}
		return nil
	})
	return known, err
}

func (m *memory) EventIDs(ctx context.Context, n int) (ids []int64, err error) {
	err = m.do(ctx, func() error {
		for range n {
			m.eventIDs++
			ids = append(ids, m.eventIDs)
		}
		return nil
	})
	return ids, err
}

func (m *memory) CommitPoll(ctx context.Context, l turnstone.PollLease, extend time.Duration, c turnstone.PollCommit) error {
	return m.do(ctx, func() error {
		if l.Fence != m.lease.Fence || m.until.IsZero() {
			return turnstone.ErrLeaseLost
		}
		p := &m.lease.Poller
		if !c.Since.IsZero() {
			p.Since = c.Since
		}
		p.Sweep, p.Memo, m.until = c.Sweep, c.Memo, m.clock().Add(extend)
		if !c.Cursor.IsZero() {
			p.Cursor = c.Cursor
		}
		for _, v := range c.Versions {
			m.versions[v.ObjectID] = v
		}
		m.events = append(m.events, c.Events...)
		m.commits = append(m.commits, c)
		if c.End != nil {
			m.end(p, *c.End)
		}
		return nil
	})
}

func (m *memory) end(p *turnstone.Poller, end turnstone.PollEnd) {
	m.until = time.Time{}
	if end.Park {
		p.State = turnstone.PollerParked
	}
	p.NextAt, p.Problem, p.Failures, p.LastAt = end.NextAt, end.Problem, end.Failures, end.Poll.StartedAt
	m.polls = append(m.polls, end.Poll)
}

// restart ends the leases of the process that died.
func (m *memory) restart() { m.until, m.trouble = time.Time{}, nil }

// told returns what the events say, in their order: "CREATED A {…}".
func (m *memory) told() []string {
	events := slices.SortedFunc(slices.Values(m.events), func(a, b turnstone.Event) int { return int(a.ID - b.ID) })
	var told []string
	for _, e := range events {
		records := recordsOf(e)
		for i, id := range e.Objects {
			told = append(told, string(e.Ops[i])+" "+id+" "+records[i])
		}
	}
	return told
}

// known returns the ids of the objects with a version.
func (m *memory) known() []string { return slices.Sorted(maps.Keys(m.versions)) }

// last returns the last poll's log.
func (m *memory) last() turnstone.Poll {
	if len(m.polls) == 0 {
		return turnstone.Poll{}
	}
	return m.polls[len(m.polls)-1]
}
