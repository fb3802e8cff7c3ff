package poll

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/change"
	"turnstone/internal/envelope"
)

// maxEventBytes bounds the records of one event: the platform refused bodies
// over 8 MB, and receivers bound theirs.
const maxEventBytes = 4 << 20

// changesOf returns the changes among verdicts.
func changesOf(verdicts []change.Verdict) []turnstone.Change {
	var changes []turnstone.Change
	for i := range verdicts {
		if v := &verdicts[i]; v.Op != "" {
			changes = append(changes, turnstone.Change{
				Op: v.Op, ObjectID: v.Object.Version.ObjectID,
				Date: v.Object.Version.Updated, Record: v.Object.Record,
			})
		}
	}
	return changes
}

// events renders changes, a few an event.
func (p *poll) events(ctx context.Context, changes []turnstone.Change) ([]turnstone.Event, error) {
	groups := group(changes, p.MaxChanges, maxEventBytes)
	if len(groups) == 0 {
		return nil, nil
	}
	ids, err := p.Store.EventIDs(ctx, len(groups))
	if err != nil {
		return nil, fmt.Errorf("number events: %w", err)
	}
	events := make([]turnstone.Event, len(groups))
	now, parent := p.Now(), traceparent(ctx)
	for i, g := range groups {
		if events[i], err = p.event(ids[i], now, g); err != nil {
			return nil, err
		}
		events[i].Trace = parent
	}
	p.log.Events += len(events)
	return events, nil
}

// event renders one event.
func (p *poll) event(id int64, now time.Time, changes []turnstone.Change) (turnstone.Event, error) {
	key, err := envelope.NewKey(now, p.Random)
	if err != nil {
		return turnstone.Event{}, err
	}
	poller := p.lease.Poller
	e := turnstone.Event{
		ID: id, Key: key, AccountID: poller.AccountID, InstanceID: poller.InstanceID,
		PollerID: poller.ID, Resource: poller.Resource, CreatedAt: now,
	}
	for _, c := range changes {
		e.Objects = append(e.Objects, c.ObjectID)
		e.Ops = append(e.Ops, c.Op)
	}
	e.Body, err = envelope.Render(envelope.Notification{
		ID: id, Key: key, Instance: p.lease.Instance, Hub: p.plan.hub, Resource: poller.Resource,
		CreatedAt: now, PollAt: p.log.StartedAt, Changes: changes,
	})
	return e, err
}

// group splits changes into runs of at most n, and of at most so many bytes
// unless a single record is larger.
func group(changes []turnstone.Change, n, bytes int) [][]turnstone.Change {
	var groups [][]turnstone.Change
	start, size := 0, 0
	for i, c := range changes {
		if i > start && (i-start == n || size+len(c.Record) > bytes) {
			groups = append(groups, changes[start:i])
			start, size = i, 0
		}
		size += len(c.Record)
	}
	if start < len(changes) {
		groups = append(groups, changes[start:])
	}
	return groups
}
