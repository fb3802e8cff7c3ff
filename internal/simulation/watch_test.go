package simulation_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"turnstone"
)

// maxViolations is how many are noted: one fault may show at every step.
const maxViolations = 20

// watch notes what the nodes do, as far as the store has done it, and what of that may
// not be. It knows the truth: a call that was answered with an error may be in it.
type watch struct {
	world *world

	mu         sync.Mutex
	leases     map[string][]*lease // by what is leased, in the order of the claims
	hosts      map[string]int64    // destinations, by URL
	cursors    map[int64]time.Time
	sweeps     map[int64][]turnstone.Span // that were read to their end, by instance
	tries      map[turnstone.DeliveryRef]try
	comebacks  map[int64]time.Time // when a destination took something last
	edited     map[int64]time.Time // when an instance was stored last
	violations []string
	events     map[int64][]stored // by instance
	sightings  []turnstone.Sighting
	polls      int
}

// stored is an event that was stored.
type stored struct {
	id       int64
	at       time.Time
	resource string
	ops      []turnstone.Op
}

// lease is one claim and how it went on.
type lease struct {
	node  string
	fence int64
	held  turnstone.Span // until it was given back, or runs out
	ended bool           // it was given back
}

// try is what the last attempt of a delivery led to.
type try struct {
	number int
	next   time.Time
}

func newWatch(w *world) *watch {
	return &watch{
		world: w, leases: make(map[string][]*lease), hosts: make(map[string]int64), cursors: make(map[int64]time.Time),
		sweeps: make(map[int64][]turnstone.Span), tries: make(map[turnstone.DeliveryRef]try),
		comebacks: make(map[int64]time.Time), edited: make(map[int64]time.Time), events: make(map[int64][]stored),
	}
}

func pollerKey(id int64) string { return fmt.Sprintf("poller %d", id) }

func destinationKey(id int64) string { return fmt.Sprintf("destination %d", id) }

// coarse is how finely the Date of an answer tells when a sweep began. Who has what is
// newer left to the next poll leaves that out, too.
const coarse = 2 * time.Second

// violation notes something that may not be. The caller holds mu.
func (w *watch) violation(format string, args ...any) {
	text := time.Now().UTC().Format("15:04:05.000 ") + fmt.Sprintf(format, args...)
	w.world.log.Error("violation", "of", text)
	if len(w.violations) < maxViolations {
		w.violations = append(w.violations, text)
	}
}

// fault notes something that may not be.
func (w *watch) fault(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.violation(format, args...)
}

// claimed notes a claim.
func (w *watch) claimed(key string, held turnstone.Span, fence int64, node string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leases[key] = append(w.leases[key], &lease{node: node, fence: fence, held: held})
}

// lease returns the lease of a fence, or nil. The caller holds mu.
func (w *watch) lease(key string, fence int64) *lease {
	i := slices.IndexFunc(w.leases[key], func(l *lease) bool { return l.fence == fence })
	if i < 0 {
		return nil
	}
	return w.leases[key][i]
}

// wrote notes a write under a lease, which extends or ends it. The write was asked for
// at a moment: whoever had claimed by then had the lease. The caller holds mu.
func (w *watch) wrote(key string, fence int64, at time.Time, extend time.Duration) {
	l := w.lease(key, fence)
	if l == nil {
		w.violation("%s: a write under fence %d, which nobody claimed", key, fence)
		return
	}
	for _, other := range w.leases[key] {
		if other.fence > fence && other.held.From.Before(at) {
			w.violation("%s: %s wrote under fence %d, asked for at %s, after %s had claimed it with %d", key, l.node, fence, at.Format("15:04:05.000"), other.node, other.fence)
		}
	}
	l.held.To, l.ended = time.Now(), extend == 0
	if extend > 0 {
		l.held.To = at.Add(extend)
	}
}

// committed notes the commit of a page.
func (w *watch) committed(l turnstone.PollLease, c turnstone.PollCommit, at time.Time, extend time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.End != nil {
		extend = 0
		w.polls++
	}
	w.wrote(pollerKey(l.Poller.ID), l.Fence, at, extend)
	w.sightings = append(w.sightings, c.Sightings...)
	for _, e := range c.Events {
		w.events[e.InstanceID] = append(w.events[e.InstanceID], stored{id: e.ID, at: time.Now(), resource: e.Resource, ops: e.Ops})
	}
	if c.Cursor.IsZero() {
		return
	}
	if c.Sweep.Next != "" {
		w.violation("poller %d: its cursor moved to %s before the last page", l.Poller.ID, c.Cursor)
	}
	// A sweep began no later than its first answer was dated, less the time that this
	// took: where a node stood still meanwhile that is too early, which does no harm.
	took := time.Since(c.GoodAt)
	if before := w.cursors[l.Poller.ID]; c.Cursor.Add(took).Before(before) && !w.world.profile.jumps {
		w.violation("poller %d: its cursor went back from %s to %s", l.Poller.ID, before, c.Cursor)
	}
	w.cursors[l.Poller.ID] = c.Cursor
	began := c.GoodAt.Add(-coarse)
	if strings.Contains(l.Poller.Configuration, "filterByCurrentDate") {
		// By the vendor's clock the sweep began earlier by as much as an answer took.
		began = began.Add(-took)
	}
	w.sweeps[l.Poller.InstanceID] = append(w.sweeps[l.Poller.InstanceID], turnstone.Span{From: began, To: time.Now()})
}

// serves notes where a destination is.
func (w *watch) serves(l turnstone.DestinationLease) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hosts[l.Destination.URL] = l.Destination.ID
}

// posts notes that a node posts to a URL: it must hold the destination.
func (w *watch) posts(node, url string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	key, now := destinationKey(w.hosts[url]), time.Now()
	held := func(l *lease) bool { return l.node == node && !now.Before(l.held.From) && now.Before(l.held.To) }
	if !slices.ContainsFunc(w.leases[key], held) {
		w.violation("%s: %s posts without a lease", key, node)
	}
}

// stored notes that an instance was stored: what its destination waits for may be due
// at once.
func (w *watch) stored(instanceID int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.edited[instanceID] = time.Now()
}

// settled notes what attempts led to.
func (w *watch) settled(l turnstone.DestinationLease, b turnstone.DeliveryBatch, at time.Time, extend time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b.Release != nil {
		extend = 0
	}
	w.wrote(destinationKey(l.Destination.ID), l.Fence, at, extend)
	for _, s := range b.Settlements {
		w.attempted(l.Destination, s, b.State)
	}
}

// attempted compares an attempt and what follows from it with the schedule. The caller
// holds mu.
func (w *watch) attempted(d turnstone.Destination, s turnstone.Settlement, state turnstone.DestinationState) {
	ref := turnstone.DeliveryRef{DestinationID: d.ID, EventID: s.Attempt.EventID}
	before, tried := w.tries[ref]
	if tried && s.Attempt.Number != before.number+1 {
		w.violation("event %d: attempt %d was settled after attempt %d", ref.EventID, s.Attempt.Number, before.number)
	}
	hastened := w.comebacks[d.ID].After(before.next.Add(-w.longest())) || w.edited[d.InstanceID].After(before.next.Add(-w.longest()))
	if tried && s.Attempt.At.Before(before.next) && !hastened {
		w.violation("event %d: attempt %d was made at %s, and due at %s", ref.EventID, s.Attempt.Number, s.Attempt.At, before.next)
	}
	if s.Done {
		delete(w.tries, ref)
		w.comebacks[d.ID] = time.Now()
		return
	}
	w.tries[ref] = try{number: s.Attempt.Number, next: s.NextAt}
	if !s.NextAt.IsZero() && !s.Queued && state == turnstone.DestinationActive && !w.scheduled(s) {
		w.violation("event %d: failed first at %s and again at %s; %s is none of the times to try again", ref.EventID, s.FirstFailedAt, s.Attempt.At, s.NextAt)
	}
}

// longest is the longest time between two attempts.
func (w *watch) longest() time.Duration {
	s := w.world.profile.schedule
	return s[len(s)-1] + s[len(s)-1]/10
}

// scheduled reports whether the next attempt is one of the schedule's.
func (w *watch) scheduled(s turnstone.Settlement) bool {
	for _, delay := range w.world.profile.schedule {
		if late := s.NextAt.Sub(s.FirstFailedAt.Add(delay)); late >= 0 && late <= delay/10 {
			return s.NextAt.After(s.Attempt.At)
		}
	}
	return false
}

// overlaps returns the leases that were given while another one ran. A fence that is
// missing in between is that of somebody who took the lease away.
func (w *watch) overlaps() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []string
	for key, leases := range w.leases {
		slices.SortFunc(leases, func(a, b *lease) int { return int(a.fence - b.fence) })
		for i, next := range leases[min(1, len(leases)):] {
			last := leases[i]
			if next.fence == last.fence+1 && next.held.From.Before(last.held.To) {
				found = append(found, fmt.Sprintf("%s: %s claimed it at %s, and %s held it until %s", key, next.node, next.held.From, last.node, last.held.To))
			}
		}
	}
	return found
}
