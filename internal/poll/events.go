package poll

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/envelope"
)

// tale is a change to be told, and where it stands among the sightings of its commit.
type tale struct {
	change   turnstone.Change
	sighting int
}

// tell adds the events of changes to a commit, a few changes an event, and notes
// with each sighting which one tells of it.
func (p *poll) tell(ctx context.Context, c *turnstone.PollCommit, news []tale) error {
	r := p.plan.Rendering
	limits := limits{changes: cmp.Or(r.Changes, p.MaxChanges), bytes: r.Bytes}
	runs := [][]tale{news}
	if p.lease.Instance.SplitOps {
		runs = byOp(news)
	}
	var groups [][]tale
	for _, run := range runs {
		groups = append(groups, limits.group(run)...)
	}
	if len(groups) == 0 {
		return nil
	}
	ids, err := p.Store.EventIDs(ctx, len(groups))
	if err != nil {
		return fmt.Errorf("%w: number events: %w", errOwn, err)
	}
	names, err := p.naming(ctx)
	if err != nil {
		return err
	}
	now, parent := p.Now(), traceparent(ctx)
	for i, g := range groups {
		e, err := p.event(ids[i], now, g, names)
		if err != nil {
			return err
		}
		e.Trace = parent
		c.Events = append(c.Events, e)
		for _, t := range g {
			c.Sightings[t.sighting].EventID = e.ID
		}
	}
	p.log.Events += len(groups)
	return nil
}

// event renders one event, which is of the poller's resource whatever its changes are
// called.
func (p *poll) event(id int64, now time.Time, news []tale, names naming) (turnstone.Event, error) {
	key, err := envelope.NewKey(now, p.Random)
	if err != nil {
		return turnstone.Event{}, err
	}
	poller := p.lease.Poller
	e := turnstone.Event{
		ID: id, Key: key, AccountID: poller.AccountID, InstanceID: poller.InstanceID,
		PollerID: poller.ID, Resource: poller.Resource, CreatedAt: now, Format: p.plan.Rendering.Format,
	}
	changes := make([]turnstone.Change, len(news))
	for i, t := range news {
		changes[i] = names.renamed(t.change)
		e.Objects = append(e.Objects, t.change.ObjectID)
		e.Ops = append(e.Ops, t.change.Op)
	}
	e.Body, err = envelope.Render(envelope.Notification{
		ID: id, Key: key, Instance: p.lease.Instance, Hub: p.plan.Hub, Resource: names.resource,
		CreatedAt: now, PollAt: p.log.StartedAt, Changes: changes, Format: e.Format,
	})
	return e, err
}

// byOp sorts changes into runs of one op each, for destinations that want only some.
// Where an object changes twice a new round of runs begins, so that its changes keep
// their order.
func byOp(news []tale) [][]tale {
	ops := []turnstone.Op{turnstone.Created, turnstone.Updated, turnstone.Deleted}
	var runs [][]tale
	round := make(map[turnstone.Op][]tale)
	seen := make(map[string]bool)
	flush := func() {
		for _, op := range ops {
			if len(round[op]) > 0 {
				runs = append(runs, round[op])
			}
		}
		clear(round)
		clear(seen)
	}
	for _, t := range news {
		if seen[t.change.ObjectID] {
			flush()
		}
		seen[t.change.ObjectID] = true
		round[t.change.Op] = append(round[t.change.Op], t)
	}
	flush()
	return runs
}

// limits bound an event.
type limits struct{ changes, bytes int }

// group splits changes into runs of at most so many, and of at most so many bytes
// unless a single record is larger.
func (l limits) group(news []tale) [][]tale {
	var groups [][]tale
	start, size := 0, 0
	for i, t := range news {
		if i > start && (i-start == l.changes || size+len(t.change.Record) > l.bytes) {
			groups = append(groups, news[start:i])
			start, size = i, 0
		}
		size += len(t.change.Record)
	}
	if start < len(news) {
		groups = append(groups, news[start:])
	}
	return groups
}
