package delivery

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"turnstone"
	"turnstone/internal/store/engine"
)

// OwedDeliveries returns the deliveries that f selects, by instance, destination and
// event, from the one behind f.After, at most f.Limit, with the attempts at them.
func (ld *Ledger) OwedDeliveries(ctx context.Context, f turnstone.DeliveryFilter) ([]turnstone.DeliveryRecord, error) {
	var all []turnstone.DeliveryRecord
	for d, err := range ld.selected(ctx, f) {
		if err != nil {
			return nil, fmt.Errorf("list owed deliveries: %w", err)
		}
		page := f
		page.Limit -= len(all)
		owed, err := ld.owedTo(ctx, d, page)
		if err != nil {
			return nil, fmt.Errorf("list deliveries owed to destination %d: %w", d.ID, err)
		}
		if all = append(all, owed...); len(all) >= f.Limit {
			break
		}
	}
	return all, nil
}

// selectedBatch is how many destinations are read at once.
const selectedBatch = 500

// selected yields the destinations of f that are owed something or given up, by
// instance and id, from that of f.After on. Of each it knows what scanSelected reads.
// No connection is held meanwhile.
func (ld *Ledger) selected(ctx context.Context, f turnstone.DeliveryFilter) iter.Seq2[turnstone.Destination, error] {
	return func(yield func(turnstone.Destination, error) bool) {
		first, last, from := max(f.After.InstanceID, f.InstanceID), cmp.Or(f.InstanceID, math.MaxInt64), int64(0)
		if first == f.After.InstanceID {
			from = f.After.DestinationID
		}
		for more := true; more; {
			batch, err := engine.List(ld.Engine.Reader().Query(ctx, `
				SELECT `+selectedColumns+`
				FROM instance i JOIN destination t ON t.instance_id = i.id
				WHERE i.account_id = $1 AND i.id >= $2 AND i.id <= $3 AND (i.id > $2 OR t.id >= $4)
				ORDER BY i.id, t.id
				LIMIT $5`, f.AccountID, first, last, from, selectedBatch), scanSelected)
			if err != nil {
				yield(turnstone.Destination{}, err)
				return
			}
			for _, d := range batch {
				if selects(f, d) && !yield(d, nil) {
					return
				}
			}
			if more = len(batch) == selectedBatch; more {
				first, from = batch[len(batch)-1].InstanceID, batch[len(batch)-1].ID+1
			}
		}
	}
}

// selects reports whether deliveries to d, of which there may be some, are for f.
func selects(f turnstone.DeliveryFilter, d turnstone.Destination) bool {
	return (d.Owed > 0 || inactive(d)) && (f.DestinationID == 0 || f.DestinationID == d.ID) && (f.URL == "" || f.URL == d.URL)
}

func inactive(d turnstone.Destination) bool { return d.State == turnstone.DestinationInactive }

const selectedColumns = `t.id, t.account_id, t.instance_id, t.url, t.state, t.signal - t.settled`

func scanSelected(row engine.Row) (turnstone.Destination, error) {
	var d turnstone.Destination
	err := row.Scan(&d.ID, &d.AccountID, &d.InstanceID, &d.URL, &d.State, &d.Owed)
	return d, err
}

// owedTo returns what a destination is owed of what f selects, in the order of events.
func (ld *Ledger) owedTo(ctx context.Context, d turnstone.Destination, f turnstone.DeliveryFilter) ([]turnstone.DeliveryRecord, error) {
	after := int64(0)
	if f.After.DestinationID == d.ID {
		after = f.After.EventID
	}
	owed, err := engine.List(ld.Engine.Reader().Query(ctx, `
		SELECT `+owedColumns+`
		FROM delivery d JOIN event e ON e.account_id = d.account_id AND e.id = d.event_id
			JOIN destination t ON t.id = d.destination_id
		WHERE d.account_id = $1 AND d.destination_id = $2 AND d.event_id > $3
			AND (d.event_id = $4 OR $4 = 0) AND ($5 = '' OR $5 = `+deliveryState+`)
		ORDER BY d.event_id
		LIMIT $6`, d.AccountID, d.ID, after, f.EventID, string(f.State), f.Limit), scanOwed)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(owed))
	for i, r := range owed {
		ids[i] = r.EventID
	}
	attempts, err := ld.attempts(ctx, engine.Lookup[int64]{
		From: "attempt a", Where: "a.account_id = $1 AND a.destination_id = $2", Arguments: []any{d.AccountID, d.ID}, Members: ids,
	})
	if err != nil {
		return nil, err
	}
	for i := range owed {
		owed[i] = tried(owed[i], attempts[turnstone.DeliveryRef{DestinationID: d.ID, EventID: owed[i].EventID}])
	}
	return owed, nil
}

// deliveryState is the state of a delivery d to a destination t. The number is never.
const deliveryState = `CASE
	WHEN t.state = 'inactive' OR d.next_at = 9223372036854775807 THEN 'queued'
	WHEN d.attempts > 0 THEN 'retry'
	ELSE 'created' END`

const owedColumns = `t.id, t.instance_id, t.url, d.event_id, ` + deliveryState + `, e.created_at, d.next_at`

func scanOwed(row engine.Row) (turnstone.DeliveryRecord, error) {
	var r turnstone.DeliveryRecord
	err := row.Scan(&r.DestinationID, &r.InstanceID, &r.URL, &r.EventID, &r.State, (*instant)(&r.CreatedAt), (*instant)(&r.NextAt))
	return r, err
}

// tried returns a delivery with the attempts at it.
func tried(r turnstone.DeliveryRecord, attempts []turnstone.Attempt) turnstone.DeliveryRecord {
	if n := len(attempts); n > 0 {
		r.Attempts, r.UpdatedAt = attempts, attempts[n-1].At
	}
	return r
}

// attempts returns attempts a at the events that l looks for, oldest first, by
// destination and event.
func (ld *Ledger) attempts(ctx context.Context, l engine.Lookup[int64]) (map[turnstone.DeliveryRef][]turnstone.Attempt, error) {
	l.Select, l.Column = "a.destination_id, a.event_id, a.number, a.at, a.took, a.status, a.problem", "a.event_id"
	found, err := engine.Find(ctx, ld.Engine.Reader(), l, scanAttempt)
	if err != nil {
		return nil, fmt.Errorf("read attempts: %w", err)
	}
	slices.SortFunc(found, func(a, b turnstone.Attempt) int { return cmp.Compare(a.Number, b.Number) })
	all := make(map[turnstone.DeliveryRef][]turnstone.Attempt)
	for _, a := range found {
		ref := turnstone.DeliveryRef{DestinationID: a.DestinationID, EventID: a.EventID}
		all[ref] = append(all[ref], a)
	}
	return all, nil
}

func scanAttempt(row engine.Row) (turnstone.Attempt, error) {
	var a turnstone.Attempt
	err := row.Scan(&a.DestinationID, &a.EventID, &a.Number, (*instant)(&a.At), (*span)(&a.Took), &a.Status, &a.Problem)
	return a, err
}
