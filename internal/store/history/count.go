package history

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"turnstone"
	"turnstone/internal/store/engine"
)

// EventCounts returns how many of the events that f selects were made in each step, and
// what became of them, by step and instance. Steps without events are left out.
//
// It reads the index of events and no event; grouping in the database takes three times as
// long. See BenchmarkCount100000Events of package store.
func (c *Chronicle) EventCounts(ctx context.Context, f turnstone.EventCountFilter) ([]turnstone.EventCount, error) {
	counts, err := c.eventCounts(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("count events of account %d: %w", f.AccountID, err)
	}
	return counts, nil
}

func (c *Chronicle) eventCounts(ctx context.Context, f turnstone.EventCountFilter) ([]turnstone.EventCount, error) {
	instances, err := c.instances(ctx, f.AccountID)
	if err != nil {
		return nil, err
	}
	sent, err := c.sent(ctx, f)
	if err != nil {
		return nil, err
	}
	type place struct{ step, instance int64 }
	found := make(map[place]turnstone.EventCount)
	for e, err := range engine.Each(c.Engine.Reader().Query(ctx, `
		SELECT created_at, id, instance_id
		FROM event
		WHERE account_id = $1 AND created_at >= $2 AND created_at <= $3
		ORDER BY created_at`, f.AccountID, instant(f.From), instant(f.To)), scanMade) {
		if err != nil {
			return nil, err
		}
		if !instances[e.instance] {
			continue
		}
		at := place{(e.at - f.From.UnixMicro()) / f.Step.Microseconds(), e.instance}
		found[at] = sent.add(found[at], e.id)
	}
	counts := make([]turnstone.EventCount, 0, len(found))
	for at, n := range found {
		n.Step, n.InstanceID = int(at.step), at.instance
		counts = append(counts, n)
	}
	slices.SortFunc(counts, func(a, b turnstone.EventCount) int {
		return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(a.InstanceID, b.InstanceID))
	})
	return counts, nil
}

// made is when an event was made, and of which instance.
type made struct{ at, id, instance int64 }

func scanMade(row engine.Row) (m made, err error) {
	err = row.Scan(&m.at, &m.id, &m.instance)
	return m, err
}

// instances returns those that an account has: others left events that are not purged.
func (c *Chronicle) instances(ctx context.Context, accountID int64) (map[int64]bool, error) {
	ids, err := engine.List(c.Engine.Reader().Query(ctx, `SELECT id FROM instance WHERE account_id = $1`, accountID), engine.Number)
	all := make(map[int64]bool, len(ids))
	for _, id := range ids {
		all[id] = true
	}
	return all, err
}

// outcomes say what became of events, a byte each, in blocks of numbers that follow each
// other: there may be millions, and gaps between those of one account.
type outcomes map[int64]*[blockSize]byte

// blockSize is how many events share a block.
const blockSize = 4096

// What became of an event that was sent.
const (
	refused = 1 // an attempt failed
	taken   = 2 // an attempt succeeded
)

// note adds an attempt.
func (o outcomes) note(event int64, state byte) {
	block, known := o[event/blockSize]
	if !known {
		block = new([blockSize]byte)
		o[event/blockSize] = block
	}
	block[event%blockSize] |= state
}

// add counts an event.
func (o outcomes) add(n turnstone.EventCount, event int64) turnstone.EventCount {
	n.Count++
	block, known := o[event/blockSize]
	if !known {
		return n
	}
	switch state := block[event%blockSize]; {
	case state&taken != 0:
		n.Delivered++
	case state&refused != 0:
		n.Failed++
	}
	return n
}

// sent returns what became of the events that f selects.
func (c *Chronicle) sent(ctx context.Context, f turnstone.EventCountFilter) (outcomes, error) {
	var first, last int64
	_, err := engine.One(c.Engine.Reader().Query(ctx, `
		SELECT COALESCE(MIN(id), 0), COALESCE(MAX(id), 0)
		FROM event
		WHERE account_id = $1 AND created_at >= $2 AND created_at <= $3`, f.AccountID, instant(f.From), instant(f.To)),
		func(row engine.Row) (none int64, err error) { return 0, row.Scan(&first, &last) })
	if err != nil || last == 0 {
		return nil, err
	}
	o := make(outcomes)
	// Joined in this order, so that SQLite looks for the attempts at each destination.
	for a, err := range engine.Each(c.Engine.Reader().Query(ctx, `
		SELECT a.event_id, CASE WHEN a.problem = '' THEN 1 ELSE 0 END
		FROM instance i CROSS JOIN destination t CROSS JOIN attempt a
		WHERE i.account_id = $1 AND t.instance_id = i.id
			AND a.account_id = $1 AND a.destination_id = t.id AND a.event_id >= $2 AND a.event_id <= $3`, f.AccountID, first, last), scanAttempt) {
		if err != nil {
			return o, err
		}
		o.note(a.event, a.state)
	}
	return o, nil
}

// attempt is one at an event.
type attempt struct {
	event int64
	state byte
}

func scanAttempt(row engine.Row) (attempt, error) {
	var a attempt
	var good int64
	err := row.Scan(&a.event, &good)
	a.state = refused
	if good == 1 {
		a.state = taken
	}
	return a, err
}
