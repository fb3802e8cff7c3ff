package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/store/engine"
)

// CommitPoll stores what one page of a poll changed, in one transaction: versions,
// events, a delivery of each event to each destination of the instance, also to an
// inactive one, and how far the poll is. It extends the lease, or ends it if c.End is
// set. It returns turnstone.ErrLeaseLost, and changes nothing, if the lease was
// overtaken or ended, or the poller is gone.
func (db *DB) CommitPoll(ctx context.Context, l turnstone.PollLease, lease time.Duration, c turnstone.PollCommit) error {
	err := db.polls.Call(ctx, engine.Request[pollCommit]{
		Job: pollCommit{poller: l.Poller, fence: l.Fence, lease: lease, PollCommit: c},
		Key: l.Poller.ID, Weight: weight(c), Patience: patience(c),
	})
	if err != nil {
		return fmt.Errorf("commit poll of poller %d: %w", l.Poller.ID, err)
	}
	if len(c.Events) > 0 {
		db.announcer.stored(l.Poller.InstanceID)
	}
	return nil
}

// quiet is how long the end of a poll that found nothing may wait to be written with
// others: nobody waits for it, and most polls end like that.
const quiet = 50 * time.Millisecond

func patience(c turnstone.PollCommit) time.Duration {
	if c.End != nil && len(c.Events) == 0 && len(c.Versions) == 0 {
		return quiet
	}
	return 0
}

// pageBytes is how many bytes of bodies weigh as much as a row.
const pageBytes = 4096

// weight returns how much of a group a commit takes up.
func weight(c turnstone.PollCommit) int {
	rows, bytes := 1+len(c.Versions)+2*len(c.Events), 0
	for _, e := range c.Events {
		bytes += len(e.Body)
	}
	return rows + bytes/pageBytes
}

// pollCommit is a commit of a holder.
type pollCommit struct {
	poller turnstone.Poller
	fence  int64
	lease  time.Duration
	turnstone.PollCommit
}

// commitPolls stores commits together. The commits of those who lost their lease are
// left out, and answered.
func (db *DB) commitPolls(ctx context.Context, calls []*engine.Call[pollCommit]) error {
	// In one order everywhere, so that transactions that meet wait in a line.
	slices.SortFunc(calls, func(a, b *engine.Call[pollCommit]) int { return cmp.Compare(a.Job.poller.ID, b.Job.poller.ID) })
	return db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		now, err := s.Now(ctx)
		if err != nil {
			return err
		}
		w := pollWriter{s: s, now: now}
		// First, so that one who lost the lease writes nothing.
		held, err := w.move(ctx, calls)
		if err != nil {
			return err
		}
		for _, store := range []func(context.Context, []pollCommit) error{w.versions, w.events, w.polls} {
			if err := store(ctx, held); err != nil {
				return err
			}
		}
		return nil
	})
}

// pollWriter writes the parts of commits in their transaction.
type pollWriter struct {
	s   *engine.Session
	now time.Time
}

// move records how far the polls are, and returns the commits whose lease is still
// their caller's.
//
// A poller that stopped being active while it was polled, for its credential was
// refused to another one, keeps that state and its reason.
func (w pollWriter) move(ctx context.Context, calls []*engine.Call[pollCommit]) ([]pollCommit, error) {
	rows := make([][]any, len(calls))
	for i, c := range calls {
		rows[i] = moved(c.Job, w.now)
	}
	ids, err := engine.Join(ctx, w.s, engine.Against{Text: `
		UPDATE poller
		SET since = CASE WHEN v.since = 0 THEN poller.since ELSE v.since END,
			sweep = v.sweep,
			memo = v.memo,
			lease_until = v.lease_until,
			cursor = CASE WHEN v.cursor = 0 THEN poller.cursor ELSE v.cursor END,
			problem = CASE WHEN v.ended = 1 AND poller.state = 'active' THEN v.problem ELSE poller.problem END,
			state = CASE WHEN v.ended = 1 AND poller.state = 'active' THEN v.state ELSE poller.state END,
			failures = CASE WHEN v.ended = 1 THEN v.failures ELSE poller.failures END,
			next_at = CASE WHEN v.ended = 1 THEN v.next_at ELSE poller.next_at END,
			last_at = CASE WHEN v.ended = 1 THEN v.last_at ELSE poller.last_at END,
			last_good_at = CASE WHEN v.last_good_at = 0 THEN poller.last_good_at ELSE v.last_good_at END
		FROM %s
		WHERE poller.id = v.id AND poller.fence = v.fence AND poller.lease_until <> 0
		RETURNING poller.id`, Values: engine.Values{Columns: movedColumns(), Rows: rows}}, engine.Number)
	if err != nil {
		return nil, fmt.Errorf("move pollers: %w", err)
	}
	return held(calls, ids, func(c pollCommit) int64 { return c.poller.ID }), nil
}

func movedColumns() []engine.Column {
	return []engine.Column{
		{Name: "id"},
		{Name: "fence"},
		{Name: "since"},
		{Name: "sweep", Kind: engine.Text},
		{Name: "memo", Kind: engine.Text},
		{Name: "cursor"},
		{Name: "lease_until"},
		{Name: "ended"},
		{Name: "problem", Kind: engine.Text},
		{Name: "state", Kind: engine.Text},
		{Name: "failures"},
		{Name: "next_at"},
		{Name: "last_at"},
		{Name: "last_good_at"},
	}
}

// moved returns the row of movedColumns for a commit. Holding extends the lease, an
// end ends it.
func moved(c pollCommit, now time.Time) []any {
	row := []any{c.poller.ID, c.fence, instant(c.Since), jsonText{c.Sweep}, jsonText{c.Memo}, instant(c.Cursor)}
	if c.End == nil {
		return append(row, instant(now.Add(c.lease)), 0, "", "", 0, 0, 0, 0)
	}
	state, lastGood := turnstone.PollerActive, time.Time{}
	if c.End.Park {
		state = turnstone.PollerParked
	}
	if c.End.Poll.Outcome == turnstone.PollComplete {
		lastGood = c.End.Poll.StartedAt
	}
	return append(row, 0, 1, c.End.Problem, string(state),
		c.End.Failures, instant(c.End.NextAt), instant(c.End.Poll.StartedAt), instant(lastGood))
}

// held returns the jobs whose id is among those found, and answers the others that
// they lost their lease.
func held[J any](calls []*engine.Call[J], found []int64, id func(J) int64) []J {
	isHeld := make(map[int64]bool, len(found))
	for _, n := range found {
		isHeld[n] = true
	}
	jobs := make([]J, 0, len(calls))
	for _, c := range calls {
		c.Err = nil // of a try before
		if !isHeld[id(c.Job)] {
			c.Err = turnstone.ErrLeaseLost
			continue
		}
		jobs = append(jobs, c.Job)
	}
	return jobs
}

func (w pollWriter) versions(ctx context.Context, commits []pollCommit) error {
	var rows [][]any
	for _, c := range commits {
		at := make(map[string]int, len(c.Versions))
		for _, v := range c.Versions {
			row := []any{
				c.poller.AccountID, c.poller.ID, engine.Verbatim(v.ObjectID), v.Fingerprint[:], v.Exact[:],
				instant(v.Updated), instant(v.Created), instant(w.now),
			}
			// Of several versions of an object the last stands. PostgreSQL refuses to
			// update a row twice in one statement.
			if i, found := at[v.ObjectID]; found {
				rows[i] = row
				continue
			}
			at[v.ObjectID] = len(rows)
			rows = append(rows, row)
		}
	}
	err := w.s.Insert(ctx, engine.Insertion{
		Table: "version",
		Conflict: `ON CONFLICT (account_id, poller_id, object_id) DO UPDATE SET fingerprint = excluded.fingerprint,
			exact = excluded.exact, updated = excluded.updated, created = excluded.created, seen_at = excluded.seen_at`,
	}, engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "account_id"},
		{Name: "poller_id"},
		{Name: "object_id", Kind: engine.Exact},
		{Name: "fingerprint", Kind: engine.Blob},
		{Name: "exact", Kind: engine.Blob},
		{Name: "updated"},
		{Name: "created"},
		{Name: "seen_at"},
	}})
	if err != nil {
		return fmt.Errorf("save versions: %w", err)
	}
	return nil
}

// events stores events, owes them to every destination of their instance and makes
// those due.
func (w pollWriter) events(ctx context.Context, commits []pollCommit) error {
	var rows [][]any
	ids := make(map[int64][]int64) // of the events of each instance
	for _, c := range commits {
		for _, e := range c.Events {
			rows = append(rows, []any{
				e.ID, e.Key, c.poller.AccountID, c.poller.InstanceID, c.poller.ID, e.Resource,
				instant(e.CreatedAt),
				jsonText{e.Objects},
				jsonText{e.Ops},
				e.Trace, e.Body,
			})
			ids[c.poller.InstanceID] = append(ids[c.poller.InstanceID], e.ID)
		}
	}
	err := w.s.Insert(ctx, engine.Insertion{Table: "event"}, engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "id"},
		{Name: "event_key", Kind: engine.Text},
		{Name: "account_id"},
		{Name: "instance_id"},
		{Name: "poller_id"},
		{Name: "resource", Kind: engine.Text},
		{Name: "created_at"},
		{Name: "objects", Kind: engine.Text},
		{Name: "ops", Kind: engine.Text},
		{Name: "trace", Kind: engine.Text},
		{Name: "body", Kind: engine.Blob},
	}})
	if err != nil {
		return fmt.Errorf("save events: %w", err)
	}
	return w.deliveries(ctx, ids)
}

// owing is a destination to which the events of its instance are owed.
type owing struct{ destination, account, instance int64 }

func (w pollWriter) deliveries(ctx context.Context, events map[int64][]int64) error {
	destinations, err := w.signal(ctx, events)
	if err != nil {
		return fmt.Errorf("signal destinations: %w", err)
	}
	var rows [][]any
	for _, d := range destinations {
		for _, id := range events[d.instance] {
			rows = append(rows, []any{d.destination, id, d.account})
		}
	}
	err = w.s.Insert(ctx, engine.Insertion{Table: "delivery"}, engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "destination_id"}, {Name: "event_id"}, {Name: "account_id"},
	}})
	if err != nil {
		return fmt.Errorf("save deliveries: %w", err)
	}
	return nil
}

// signal makes the destinations of instances with new events due.
func (w pollWriter) signal(ctx context.Context, events map[int64][]int64) ([]owing, error) {
	rows := make([][]any, 0, len(events))
	for instance, ids := range events {
		rows = append(rows, []any{instance, len(ids), instant(w.now)})
	}
	slices.SortFunc(rows, func(a, b []any) int { return cmp.Compare(a[0].(int64), b[0].(int64)) })
	return engine.Join(ctx, w.s, engine.Against{
		Text: `
		UPDATE destination
		SET signal = destination.signal + v.stored,
			next_at = CASE WHEN destination.next_at > v.now THEN v.now ELSE destination.next_at END
		FROM %s
		WHERE destination.instance_id = v.instance_id
		RETURNING destination.id, destination.account_id, destination.instance_id`,
		Values: engine.Values{Rows: rows, Columns: []engine.Column{{Name: "instance_id"}, {Name: "stored"}, {Name: "now"}}},
	}, func(row engine.Row) (o owing, err error) {
		err = row.Scan(&o.destination, &o.account, &o.instance)
		return o, err
	})
}

// polls stores the records of polls that ended.
func (w pollWriter) polls(ctx context.Context, commits []pollCommit) error {
	var rows [][]any
	for _, c := range commits {
		if c.End == nil {
			continue
		}
		l := c.End.Poll
		rows = append(rows, []any{
			c.poller.AccountID, c.poller.ID, instant(l.StartedAt), span(l.Took), l.URL, instant(l.From), string(l.Outcome),
			l.Pages, l.Records, l.Created, l.Updated, l.Unchanged, l.Learned, l.Ignored, l.Events,
			jsonText{l.Problems},
			span(l.RetryAfter),
		})
	}
	err := w.s.Insert(ctx, engine.Insertion{Table: "poll"}, engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "account_id"},
		{Name: "poller_id"},
		{Name: "started_at"},
		{Name: "took"},
		{Name: "url", Kind: engine.Text},
		{Name: "window_from"},
		{Name: "outcome", Kind: engine.Text},
		{Name: "pages"},
		{Name: "records"},
		{Name: "created"},
		{Name: "updated"},
		{Name: "unchanged"},
		{Name: "learned"},
		{Name: "ignored"},
		{Name: "events"},
		{Name: "problems", Kind: engine.Text},
		{Name: "retry_after"},
	}})
	if err != nil {
		return fmt.Errorf("save polls: %w", err)
	}
	return nil
}
