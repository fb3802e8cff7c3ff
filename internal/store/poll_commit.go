package store

import (
	"context"
	"fmt"
	"time"

	"turnstone"
)

// EventIDs returns n event ids, each larger than all that were given out before. Those
// that no event is stored with are lost, which harms nobody.
func (db *DB) EventIDs(ctx context.Context, n int) ([]int64, error) {
	first, err := db.dialect.ids(ctx, db, &db.events, n)
	if err != nil {
		return nil, fmt.Errorf("take %d event ids: %w", n, err)
	}
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = first + int64(i)
	}
	return ids, nil
}

// CommitPoll stores what one page of a poll changed, in one transaction: versions,
// events, a delivery of each event to each destination of the instance, also to an
// inactive one, and how far the poll is. It extends the lease, or ends it if c.End is
// set. It returns turnstone.ErrLeaseLost, and changes nothing, if the lease was
// overtaken or ended, or the poller is gone.
func (db *DB) CommitPoll(ctx context.Context, l turnstone.PollLease, lease time.Duration, c turnstone.PollCommit) error {
	var pollID int64
	var err error
	if c.End != nil {
		if pollID, err = db.dialect.ids(ctx, db, &db.polls, 1); err != nil {
			return fmt.Errorf("take a poll id: %w", err)
		}
	}
	err = db.writer.write(ctx, func(ctx context.Context, s *session) error {
		now, err := db.clock(ctx, s)
		if err != nil {
			return err
		}
		w := pollWriter{s: s, lease: l, now: now}
		// First, so that one who lost the lease writes nothing.
		if err := w.move(ctx, c, now.Add(lease)); err != nil {
			return err
		}
		if err := w.versions(ctx, c.Versions); err != nil {
			return err
		}
		if err := w.events(ctx, c.Events); err != nil {
			return err
		}
		if c.End == nil {
			return nil
		}
		return w.poll(ctx, pollID, c.End.Poll)
	})
	if err != nil {
		return fmt.Errorf("commit poll of poller %d: %w", l.Poller.ID, err)
	}
	return nil
}

// pollWriter writes the parts of a commit in its transaction.
type pollWriter struct {
	s     *session
	lease turnstone.PollLease
	now   time.Time
}

// move records how far the poll is, if the lease is still the caller's.
func (w pollWriter) move(ctx context.Context, c turnstone.PollCommit, until time.Time) error {
	step := func() (int64, error) { return w.hold(ctx, c, until) }
	if c.End != nil {
		step = func() (int64, error) { return w.end(ctx, c) }
	}
	n, err := step()
	if err != nil {
		return fmt.Errorf("move poller: %w", err)
	}
	if n == 0 {
		return turnstone.ErrLeaseLost
	}
	return nil
}

// hold moves the sweep and extends the lease.
func (w pollWriter) hold(ctx context.Context, c turnstone.PollCommit, until time.Time) (int64, error) {
	return w.s.exec(ctx, `
		UPDATE poller
		SET since = CASE WHEN $1 = 0 THEN since ELSE $1 END, sweep = $2, lease_until = $3
		WHERE id = $4 AND fence = $5 AND lease_until <> 0`,
		instant(c.Since), jsonText{c.Sweep}, instant(until), w.lease.Poller.ID, w.lease.Fence)
}

// end ends the poll and the lease. A poller that stopped being active while it was polled, for
// its credential was refused to another one, keeps that state and its reason.
func (w pollWriter) end(ctx context.Context, c turnstone.PollCommit) (int64, error) {
	end, state, lastGood := c.End, turnstone.PollerActive, time.Time{}
	if end.Park {
		state = turnstone.PollerParked
	}
	if end.Poll.Outcome == turnstone.PollComplete {
		lastGood = end.Poll.StartedAt
	}
	return w.s.exec(ctx, `
		UPDATE poller
		SET since = CASE WHEN $1 = 0 THEN since ELSE $1 END, sweep = $2, lease_until = 0,
			cursor = CASE WHEN $3 = 0 THEN cursor ELSE $3 END,
			problem = CASE WHEN state = 'active' THEN $4 ELSE problem END,
			state = CASE WHEN state = 'active' THEN $5 ELSE state END,
			failures = $6, next_at = $7, last_at = $8,
			last_good_at = CASE WHEN $9 = 0 THEN last_good_at ELSE $9 END
		WHERE id = $10 AND fence = $11 AND lease_until <> 0`,
		instant(c.Since), jsonText{c.Sweep}, instant(end.Cursor), end.Problem, state,
		end.Failures, instant(end.NextAt), instant(end.Poll.StartedAt), instant(lastGood), w.lease.Poller.ID, w.lease.Fence)
}

func (w pollWriter) versions(ctx context.Context, versions []turnstone.Version) error {
	p := w.lease.Poller
	rows := make([][]any, 0, len(versions))
	at := make(map[string]int, len(versions))
	for _, v := range versions {
		row := []any{p.AccountID, p.ID, v.ObjectID, v.Fingerprint[:], v.Exact[:], instant(v.Updated), instant(v.Created), instant(w.now)}
		// Of several versions of an object the last stands. PostgreSQL refuses to
		// update a row twice in one statement.
		if i, found := at[v.ObjectID]; found {
			rows[i] = row
			continue
		}
		at[v.ObjectID] = len(rows)
		rows = append(rows, row)
	}
	err := w.s.insert(ctx, insertion{
		into: `INSERT INTO version (account_id, poller_id, object_id, fingerprint, exact, updated, created, seen_at)`,
		conflict: `ON CONFLICT (account_id, poller_id, object_id) DO UPDATE SET fingerprint = excluded.fingerprint,
			exact = excluded.exact, updated = excluded.updated, created = excluded.created, seen_at = excluded.seen_at`,
	}, rows)
	if err != nil {
		return fmt.Errorf("save versions: %w", err)
	}
	return nil
}

// events stores events, owes them to every destination of the instance and
// makes those due.
func (w pollWriter) events(ctx context.Context, events []turnstone.Event) error {
	if len(events) == 0 {
		return nil
	}
	p := w.lease.Poller
	rows := make([][]any, 0, len(events))
	for _, e := range events {
		rows = append(rows, []any{
			e.ID, e.Key, p.AccountID, p.InstanceID, p.ID, e.Resource, instant(e.CreatedAt), jsonText{e.Objects}, jsonText{e.Ops}, e.Trace, e.Body,
		})
	}
	err := w.s.insert(ctx, insertion{
		into: `INSERT INTO event (id, event_key, account_id, instance_id, poller_id, resource, created_at, objects, ops, trace, body)`,
	}, rows)
	if err != nil {
		return fmt.Errorf("save events: %w", err)
	}
	destinations, err := list(w.s.query(ctx, `
		UPDATE destination
		SET signal = signal + $1, next_at = CASE WHEN next_at > $2 THEN $2 ELSE next_at END
		WHERE instance_id = $3
		RETURNING id`, len(events), instant(w.now), p.InstanceID), number)
	if err != nil {
		return fmt.Errorf("signal destinations: %w", err)
	}
	return w.deliveries(ctx, events, destinations)
}

func (w pollWriter) deliveries(ctx context.Context, events []turnstone.Event, destinations []int64) error {
	rows := make([][]any, 0, len(events)*len(destinations))
	for _, destination := range destinations {
		for _, e := range events {
			rows = append(rows, []any{destination, e.ID, w.lease.Poller.AccountID})
		}
	}
	if err := w.s.insert(ctx, insertion{into: `INSERT INTO delivery (destination_id, event_id, account_id)`}, rows); err != nil {
		return fmt.Errorf("save deliveries: %w", err)
	}
	return nil
}

func (w pollWriter) poll(ctx context.Context, id int64, l turnstone.Poll) error {
	_, err := w.s.exec(ctx, `
		INSERT INTO poll (id, account_id, poller_id, started_at, took, url, window_from, outcome, pages, records,
			created, updated, unchanged, learned, ignored, events, problems, retry_after)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		id, w.lease.Poller.AccountID, w.lease.Poller.ID, instant(l.StartedAt), span(l.Took), l.URL, instant(l.From), l.Outcome, l.Pages, l.Records,
		l.Created, l.Updated, l.Unchanged, l.Learned, l.Ignored, l.Events, jsonText{l.Problems}, span(l.RetryAfter))
	if err != nil {
		return fmt.Errorf("save poll: %w", err)
	}
	return nil
}
