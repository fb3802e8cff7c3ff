package delivery

import (
	"context"
	"fmt"

	"turnstone"
	"turnstone/internal/store/engine"
)

// Redeliver makes due what waits of the deliveries that f selects, until somebody asks
// or for another attempt, and returns how many deliveries that were. Each begins a new
// schedule. A destination that was given up is active again: all that it is owed waited.
// Whoever holds a lease on a destination of such deliveries loses it. f.After and
// f.Limit do not matter.
//
// Each destination is dealt with in a transaction of its own: what was done stays when
// the rest fails.
func (ld *Ledger) Redeliver(ctx context.Context, f turnstone.DeliveryFilter) (int, error) {
	f.After, f.Limit = turnstone.DeliveryRef{}, 1
	total := 0
	for d, err := range ld.selected(ctx, f) {
		if err != nil {
			return total, fmt.Errorf("redeliver: %w", err)
		}
		n, err := ld.redeliver(ctx, d, f)
		if err != nil {
			return total, fmt.Errorf("redeliver to destination %d: %w", d.ID, err)
		}
		total += n
	}
	return total, nil
}

// redeliver deals with one destination.
func (ld *Ledger) redeliver(ctx context.Context, d turnstone.Destination, f turnstone.DeliveryFilter) (int, error) {
	owed, err := ld.owedTo(ctx, d, f)
	if err != nil {
		return 0, err
	}
	// One that was given up is activated even if it is owed nothing, unless the
	// question was for something that it is not owed.
	if len(owed) == 0 && (f.EventID != 0 || !asked(f, turnstone.DeliveryQueued)) {
		return 0, nil
	}
	n := 0
	err = ld.Engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		r := redelivery{s: s, filter: f}
		n, err = r.run(ctx, d)
		return err
	})
	return n, err
}

// asked reports whether f is for deliveries in a state.
func asked(f turnstone.DeliveryFilter, state turnstone.DeliveryState) bool {
	return f.State == "" || f.State == state
}

// redelivery is that of one destination, in its transaction.
type redelivery struct {
	s      *engine.Session
	filter turnstone.DeliveryFilter
}

// run takes the row of the destination first, as everybody does who changes what it is
// owed, and returns how many deliveries it made due.
func (r redelivery) run(ctx context.Context, d turnstone.Destination) (int, error) {
	d, err := engine.One(r.s.Query(ctx, `
		UPDATE destination
		SET queued = queued
		WHERE account_id = $1 AND id = $2
		RETURNING id, account_id, instance_id, url, state, signal - settled`, d.AccountID, d.ID), scanSelected)
	if absent(err) { // deleted meanwhile
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	queued, err := r.wake(ctx, d, `next_at = $4`, turnstone.DeliveryQueued)
	if err != nil {
		return 0, err
	}
	retried, err := r.wake(ctx, d, `next_at <> $4 AND (next_at <> 0 OR first_failed_at <> 0)`, turnstone.DeliveryRetry)
	if err != nil {
		return 0, err
	}
	n := int(queued + retried)
	if inactive(d) && asked(r.filter, turnstone.DeliveryQueued) {
		if n = d.Owed; r.filter.EventID != 0 {
			n = 1
		}
	} else if n == 0 {
		return 0, nil
	}
	return n, r.activate(ctx, d, queued)
}

// wake makes those deliveries due that are in a state, and meet a condition; all those
// of a destination that was given up are queued, whatever they were before.
func (r redelivery) wake(ctx context.Context, d turnstone.Destination, condition string, state turnstone.DeliveryState) (int64, error) {
	if inactive(d) {
		state = turnstone.DeliveryQueued
	}
	if !asked(r.filter, state) {
		return 0, nil
	}
	return r.s.Exec(ctx, `
		UPDATE delivery
		SET next_at = 0, first_failed_at = 0
		WHERE account_id = $1 AND destination_id = $2 AND (event_id = $3 OR $3 = 0) AND `+condition,
		d.AccountID, d.ID, r.filter.EventID, int64(never))
}

// activate makes the destination due, and takes it from whoever holds it: its holder
// would go by what it knows of the deliveries.
func (r redelivery) activate(ctx context.Context, d turnstone.Destination, queued int64) error {
	now, err := r.s.Now(ctx)
	if err != nil {
		return err
	}
	_, err = r.s.Exec(ctx, `
		UPDATE destination
		SET state = 'active', problem = '', failures = 0, queued = queued - $1, lease_until = 0, fence = fence + 1,
			next_at = CASE WHEN next_at > $2 THEN $2 ELSE next_at END
		WHERE id = $3`, queued, instant(now), d.ID)
	return err
}
