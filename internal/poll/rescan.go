package poll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/change"
)

// slice is how long a rescan goes on in one poll. A node that stops waits no longer
// than for a page anyway; this leaves the poller's slot to others now and then.
const slice = 10 * time.Second

// dropRescan drops a rescan that the configuration does not ask for any more.
func (p *poll) dropRescan() {
	r, c := p.memo.Rescan, p.plan.Config
	switch {
	case r.Kind == turnstone.RescanCensus && c.DetectDeletes == 0,
		r.Kind == turnstone.RescanBackfill && (!c.Backfill.Wanted() || !c.Backfill.From.Equal(r.Since)):
		p.memo.Rescan = turnstone.Rescan{}
	}
	if c.DetectDeletes == 0 {
		p.memo.Held = ""
	}
}

// nextRescan begins the rescan that is due once the live window was read, unless one
// is under way.
func (p *poll) nextRescan() {
	if p.memo.Rescan.Kind != "" {
		return
	}
	c, now := p.plan.Config, p.Now()
	switch asked := c.Backfill.String(); {
	case !c.Backfill.Wanted():
		p.memo.Backfilled = ""
	case p.plan.Whole():
		p.memo.Backfilled = asked // by the live sweep
	case p.memo.Backfilled != asked:
		p.memo.Rescan = turnstone.Rescan{Kind: turnstone.RescanBackfill, Since: c.Backfill.From, AskedAt: now}
		return
	}
	if c.DetectDeletes > 0 && !now.Before(p.memo.CensusAt.Add(c.DetectDeletes)) {
		p.memo.Rescan = turnstone.Rescan{Kind: turnstone.RescanCensus, AskedAt: now}
		if p.memo.CensusDone == p.memo.Census {
			p.memo.Census++ // otherwise the last one was dropped, and what it saw still counts
		}
	}
}

// rescanDue reports whether a rescan is to go on now.
func (p *poll) rescanDue() bool {
	r := p.memo.Rescan
	return r.Kind != "" && !r.RetryAt.After(p.Now())
}

// openRescan turns to the rescan that is under way. It takes at least one step, and
// gives way when its slice is over, or the live window is due.
func (p *poll) openRescan() {
	r := p.memo.Rescan
	p.slice = earlier(p.Now().Add(slice), p.memo.LiveAt)
	p.log.Details.Rescan = r.Kind
	p.at = reading{kind: r.Kind, sweep: turnstone.Sweep{Waits: r.Sweep.Waits}}
	if p.fresh(r.Sweep) {
		p.at = resumed(r.Kind, r.Sweep)
		p.show()
	}
}

// beginRescan begins the rescan at the first page of its window.
func (p *poll) beginRescan() error {
	r := &p.memo.Rescan
	sweep, err := p.plan.Sweep(r.Since, p.log.StartedAt)
	if err != nil {
		return err
	}
	sweep.Waits = p.at.sweep.Waits
	r.Records = 0
	p.at = reading{kind: r.Kind, sweep: sweep}
	p.show()
	return nil
}

// advanceRescan counts a page of the rescan.
func (p *poll) advanceRescan(records int) {
	p.log.Details.RescanPages++
	p.log.Details.RescanRecords += records
	r := &p.memo.Rescan
	r.Records += records
	r.Failures, r.Problem, r.RetryAt = 0, "", time.Time{}
}

// finishRescan ends a rescan that has read its last page, and the poll with it. A
// census goes on with what it did not see.
func (p *poll) finishRescan(c *turnstone.PollCommit) {
	r := &p.memo.Rescan
	p.at = reading{kind: r.Kind}
	switch r.Kind {
	case turnstone.RescanCensus:
		r.Vanishing = true
		p.memo.CensusDone, p.memo.CensusAt = p.memo.Census, r.AskedAt
		return
	case turnstone.RescanBackfill:
		p.memo.Backfilled = p.plan.Config.Backfill.String()
	}
	p.endRescan(c)
}

// endRescan ends a rescan, and the poll with it.
func (p *poll) endRescan(c *turnstone.PollCommit) {
	p.log.Details.RescanDone = true
	p.memo.Rescan = turnstone.Rescan{}
	p.at = reading{}
	p.end(c)
}

// setBackRescan ends a poll whose rescan failed. It is tried again by itself, later
// and later; the live window is read as if nothing had happened.
func (p *poll) setBackRescan(end *turnstone.PollEnd, cause error) {
	now, r := p.Now(), &p.memo.Rescan
	r.Failures++
	r.Problem, r.RetryAt = cause.Error(), now.Add(backoff(r.Failures, p.lease.Poller.Interval))
	if startsAnew(cause, r.Failures) {
		p.at.sweep = turnstone.Sweep{}
	}
	p.log.Outcome = turnstone.PollFailed
	if p.done {
		p.log.Outcome = turnstone.PollComplete
	}
	end.Problem, end.Failures = "", 0
	end.NextAt = earlier(p.memo.LiveAt, r.RetryAt)
}

// dropTold drops from a replay what was told since it was asked for: a replay that
// had to begin again must not tell it twice.
func (p *poll) dropTold(ctx context.Context, verdicts []change.Verdict) error {
	if p.at.kind != turnstone.RescanReplay {
		return nil
	}
	var ids []string
	for i := range verdicts {
		if v := &verdicts[i]; v.Reason == turnstone.ReasonReplay {
			ids = append(ids, v.Object.Version.ObjectID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	told, err := p.Store.Told(ctx, p.lease.Poller, p.memo.Rescan.AskedAt, ids)
	if err != nil {
		return fmt.Errorf("%w: read what was told: %w", errOwn, err)
	}
	for i := range verdicts {
		v := &verdicts[i]
		if last, ok := told[v.Object.Version.ObjectID]; ok && v.Reason == turnstone.ReasonReplay && last == v.Object.Version.Fingerprint {
			v.Op, v.Reason, v.Learn, v.Remember = "", turnstone.ReasonSame, false, false
		}
	}
	return nil
}

// startsAnew reports whether a reading that failed so many times in a row at a page
// begins again at the first: the page may fail because of its token.
func startsAnew(cause error, failures int) bool {
	const triesAPage = 3
	vendor, _ := errors.AsType[*turnstone.VendorError](cause)
	return errors.Is(cause, errIncomplete) || failures%triesAPage == 0 ||
		(vendor != nil && vendor.Action == turnstone.VendorRestart)
}
