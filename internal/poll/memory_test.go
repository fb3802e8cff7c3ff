package poll_test

import (
	"context"
	"encoding/json"
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

	mu        sync.Mutex
	calls     int
	lease     turnstone.PollLease
	until     time.Time // of the lease; zero: not leased
	versions  map[string]turnstone.Version
	seen      map[string]time.Time // when a version was stored
	census    map[string]int64     // the last one that saw the object
	records   map[string]json.RawMessage
	events    []turnstone.Event
	sightings []turnstone.Sighting
	polls     []turnstone.Poll
	commits   []turnstone.PollCommit
	eventIDs  int64
	starts    []time.Time // of the claims
}

func newMemory(clock func() time.Time, lease turnstone.PollLease) *memory {
	return &memory{
		clock: clock, lease: lease, versions: make(map[string]turnstone.Version), seen: make(map[string]time.Time),
		census: make(map[string]int64), records: make(map[string]json.RawMessage),
	}
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

func (m *memory) Records(ctx context.Context, _ turnstone.Poller, ids []string) (map[string]json.RawMessage, error) {
	known := make(map[string]json.RawMessage)
	err := m.do(ctx, func() error {
		for _, id := range ids {
			if r, ok := m.records[id]; ok {
				known[id] = r
			}
		}
		return nil
	})
	return known, err
}

func (m *memory) Told(ctx context.Context, _ turnstone.Poller, since time.Time, ids []string) (map[string]turnstone.Fingerprint, error) {
	told := make(map[string]turnstone.Fingerprint)
	err := m.do(ctx, func() error {
		for _, s := range m.sightings {
			if s.Op != "" && !s.SeenAt.Before(since) && slices.Contains(ids, s.ObjectID) {
				told[s.ObjectID] = s.Fingerprint
			}
		}
		return nil
	})
	return told, err
}

func (m *memory) Vanished(ctx context.Context, _ turnstone.Poller, q turnstone.VanishedQuery) (found turnstone.Vanished, err error) {
	err = m.do(ctx, func() error {
		for _, id := range m.known() {
			if m.versions[id].Gone {
				continue
			}
			found.Known++
			if m.census[id] >= q.Census || !m.seen[id].Before(q.Before) {
				continue
			}
			found.Missing++
			if id > q.After && len(found.List) < q.Limit {
				found.List = append(found.List, m.versions[id])
			}
		}
		return nil
	})
	return found, err
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
			p.Cursor, p.LastGoodAt = c.Cursor, c.GoodAt
		}
		m.learn(c)
		m.events = append(m.events, c.Events...)
		m.sightings = append(m.sightings, c.Sightings...)
		m.commits = append(m.commits, c)
		if c.End != nil {
			m.end(p, *c.End)
		}
		return nil
	})
}

// learn stores what a commit learned of objects.
func (m *memory) learn(c turnstone.PollCommit) {
	for _, v := range c.Versions {
		delete(m.records, v.ObjectID)
		if c.KeepRecords && !v.Gone {
			m.records[v.ObjectID] = v.Record
		}
		v.Record = nil
		m.versions[v.ObjectID], m.seen[v.ObjectID], m.census[v.ObjectID] = v, m.clock(), c.Memo.Census
	}
	for _, id := range c.Counted {
		m.census[id] = c.Memo.Census
	}
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
