package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/delivery"
	"turnstone/internal/store/engine"
	"turnstone/internal/store/intake"
	"turnstone/internal/store/learned"
)

// CommitPoll stores what one page of a poll changed, in one transaction: versions and
// their records, what a census counted, sightings, events, a delivery of each event to
// each destination of the instance that it is for, also to an inactive one, and how far
// the poll is. It extends the lease, or ends it if c.End is set. It returns
// turnstone.ErrLeaseLost, and changes nothing, if the lease was overtaken or ended, or
// the poller is gone.
func (db *DB) CommitPoll(ctx context.Context, l turnstone.PollLease, lease time.Duration, c turnstone.PollCommit) error {
	job := pollCommit{poller: l.Poller, fence: l.Fence, lease: lease, PollCommit: c}
	var err error
	if job.learned, err = learned.NewPage(l.Poller, c); err == nil {
		err = db.polls.Call(ctx, engine.Request[pollCommit]{Job: job, Key: l.Poller.ID, Weight: weight(job), Patience: patience(c)})
	}
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
func weight(c pollCommit) int {
	rows, bytes := c.learned.Size()
	for _, e := range c.Events {
		bytes += len(e.Body)
	}
	return 1 + rows + 2*len(c.Events) + bytes/pageBytes
}

// pollCommit is a commit of a holder.
type pollCommit struct {
	poller turnstone.Poller
	fence  int64
	lease  time.Duration
	turnstone.PollCommit
	learned learned.Page
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
		pages := make([]learned.Page, len(held))
		for i, c := range held {
			pages[i] = c.learned
		}
		if err := learned.Store(ctx, s, now, pages); err != nil {
			return err
		}
		return w.events(ctx, held)
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
			next_at = CASE
				WHEN v.ended = 0 THEN poller.next_at
				WHEN poller.woken_at <> 0 AND v.rest_until = 0 AND v.next_at > v.again_at THEN v.again_at
				ELSE v.next_at END,
			rest_until = CASE WHEN v.ended = 1 THEN v.rest_until ELSE poller.rest_until END,
			last_at = CASE WHEN v.ended = 1 THEN v.last_at ELSE poller.last_at END,
			last_good_at = CASE WHEN v.last_good_at = 0 THEN poller.last_good_at ELSE v.last_good_at END
		FROM %s
		WHERE poller.id = v.id AND poller.fence = v.fence AND poller.lease_until <> 0
		RETURNING poller.id`, Values: engine.Values{Columns: movedColumns(), Rows: rows}}, engine.Number)
	if err != nil {
		return nil, fmt.Errorf("move pollers: %w", err)
	}
	return engine.Held(calls, ids, func(c pollCommit) int64 { return c.poller.ID }), nil
}

func movedColumns() []engine.Column {
	return []engine.Column{
		{Name: "id"},
		{Name: "fence"},
		{Name: "since"},
		{Name: "sweep", Kind: engine.Text},
		{Name: "memo", Kind: engine.Text},
		{Name: "cursor"},
		{Name: "last_good_at"},
		{Name: "lease_until"},
		{Name: "ended"},
		{Name: "problem", Kind: engine.Text},
		{Name: "state", Kind: engine.Text},
		{Name: "failures"},
		{Name: "next_at"},
		{Name: "last_at"},
		{Name: "again_at"},
		{Name: "rest_until"},
	}
}

// moved returns the row of movedColumns for a commit. Holding extends the lease, an
// end ends it.
func moved(c pollCommit, now time.Time) []any {
	row := []any{
		c.poller.ID, c.fence, instant(c.Since), column.JSON{V: c.Sweep}, column.JSON{V: c.Memo}, instant(c.Cursor), instant(goodAt(c.PollCommit)),
	}
	if c.End == nil {
		return append(row, instant(now.Add(c.lease)), 0, "", "", 0, 0, 0, 0, 0)
	}
	state := turnstone.PollerActive
	if c.End.Park {
		state = turnstone.PollerParked
	}
	again, rest := wakeable(*c.End, now)
	return append(row, 0, 1, c.End.Problem, string(state), c.End.Failures, instant(c.End.NextAt), instant(c.End.Poll.StartedAt), instant(again), instant(rest))
}

// wakeable returns when a poller that was woken while it was polled is polled again, and
// until when nobody may wake it: zero, unless the vendor asked us to wait or the poll failed.
func wakeable(end turnstone.PollEnd, now time.Time) (again, rest time.Time) {
	if end.Failures > 0 || end.Poll.Outcome == turnstone.PollThrottled {
		return end.NextAt, end.NextAt
	}
	again = end.Poll.StartedAt.Add(intake.Pace)
	if again.Before(now) {
		again = now
	}
	return again, time.Time{}
}

// goodAt returns the start of the poll that completed a sweep, if c says that one did.
func goodAt(c turnstone.PollCommit) time.Time {
	if c.GoodAt.IsZero() && !c.Cursor.IsZero() && c.End != nil {
		return c.End.Poll.StartedAt
	}
	return c.GoodAt
}

// events stores events, and owes them to destinations of their instance.
func (w pollWriter) events(ctx context.Context, commits []pollCommit) error {
	events := make(map[int64][]turnstone.Event) // of each instance
	for _, c := range commits {
		for _, e := range c.Events {
			e.AccountID, e.InstanceID, e.PollerID = c.poller.AccountID, c.poller.InstanceID, c.poller.ID
			events[e.InstanceID] = append(events[e.InstanceID], e)
		}
	}
	return delivery.Store(ctx, w.s, w.now, events)
}
