package delivery

import (
	"context"
	"fmt"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/store/engine"
)

// DeliveryHistory returns what became of events of an instance: for each, and for each
// destination that it is or was owed to, how far the delivery is and all attempts at
// it, by event and destination. Destinations that were deleted left no trace.
func (ld *Ledger) DeliveryHistory(ctx context.Context, accountID, instanceID int64, eventIDs []int64) ([]turnstone.DeliveryRecord, error) {
	h, err := ld.history(ctx, accountID, instanceID, eventIDs)
	if err != nil {
		return nil, fmt.Errorf("delivery history of instance %d: %w", instanceID, err)
	}
	var all []turnstone.DeliveryRecord
	for _, id := range slices.Compact(slices.Sorted(slices.Values(eventIDs))) {
		for _, d := range h.destinations {
			if r, found := h.record(id, d); found {
				all = append(all, r)
			}
		}
	}
	return all, nil
}

// history is what is known of the deliveries of some events.
type history struct {
	destinations []turnstone.Destination // of their instance
	owed         map[turnstone.DeliveryRef]turnstone.DeliveryRecord
	attempts     map[turnstone.DeliveryRef][]turnstone.Attempt
	created      map[int64]time.Time // when the events were made
}

// record returns what became of an event at a destination. One that is not owed, and
// was tried, is delivered: that alone ends a delivery.
func (h history) record(event int64, d turnstone.Destination) (turnstone.DeliveryRecord, bool) {
	ref := turnstone.DeliveryRef{DestinationID: d.ID, EventID: event}
	attempts := h.attempts[ref]
	r, owed := h.owed[ref]
	if !owed {
		r = turnstone.DeliveryRecord{
			DestinationID: d.ID, InstanceID: d.InstanceID, URL: d.URL, EventID: event,
			State: turnstone.DeliveryDelivered, CreatedAt: h.created[event],
		}
	}
	return tried(r, attempts), owed || len(attempts) > 0
}

// history reads what is owed before the attempts, so that what is delivered between
// the two shows as delivered, and does not vanish.
func (ld *Ledger) history(ctx context.Context, accountID, instanceID int64, eventIDs []int64) (history, error) {
	of := engine.Lookup[int64]{Where: "t.account_id = $1 AND t.instance_id = $2", Arguments: []any{accountID, instanceID}, Members: eventIDs}
	var h history
	var err error
	h.destinations, err = engine.List(ld.Engine.Reader().Query(ctx, `
		SELECT `+selectedColumns+`
		FROM destination t
		WHERE `+of.Where+`
		ORDER BY t.id`, of.Arguments...), scanSelected)
	if err != nil {
		return h, err
	}
	if h.owed, err = ld.owed(ctx, of); err != nil {
		return h, err
	}
	of.From = "destination t JOIN attempt a ON a.account_id = t.account_id AND a.destination_id = t.id"
	if h.attempts, err = ld.attempts(ctx, of); err != nil {
		return h, err
	}
	h.created, err = ld.created(ctx, accountID, eventIDs)
	return h, err
}

// owed returns which of the events that l looks for are owed to destinations t.
func (ld *Ledger) owed(ctx context.Context, l engine.Lookup[int64]) (map[turnstone.DeliveryRef]turnstone.DeliveryRecord, error) {
	l.Select, l.Column = owedColumns, "d.event_id"
	l.From = `destination t JOIN delivery d ON d.account_id = t.account_id AND d.destination_id = t.id
		JOIN event e ON e.account_id = d.account_id AND e.id = d.event_id`
	found, err := engine.Find(ctx, ld.Engine.Reader(), l, scanOwed)
	all := make(map[turnstone.DeliveryRef]turnstone.DeliveryRecord, len(found))
	for _, r := range found {
		all[turnstone.DeliveryRef{DestinationID: r.DestinationID, EventID: r.EventID}] = r
	}
	return all, err
}

// created returns when those of the events were made that are still kept.
func (ld *Ledger) created(ctx context.Context, accountID int64, eventIDs []int64) (map[int64]time.Time, error) {
	events, err := engine.Find(ctx, ld.Engine.Reader(), engine.Lookup[int64]{
		Select: "e.id, e.created_at", From: "event e", Where: "e.account_id = $1", Arguments: []any{accountID},
		Column: "e.id", Members: eventIDs,
	}, func(row engine.Row) (e turnstone.Event, err error) {
		err = row.Scan(&e.ID, (*instant)(&e.CreatedAt))
		return e, err
	})
	all := make(map[int64]time.Time, len(events))
	for _, e := range events {
		all[e.ID] = e.CreatedAt
	}
	return all, err
}
