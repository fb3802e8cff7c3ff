package poll

import (
	"time"

	"turnstone"
)

// liveDue reports whether the live window is to be read now. While a rescan makes
// the poller due more often than that, the memo says when, or whoever woke it.
func (p *poll) liveDue() bool {
	at, now, poller := p.memo.LiveAt, p.log.StartedAt, p.lease.Poller
	return p.at.sweep.Next != "" || !at.After(now) || !p.lease.WokenAt.IsZero() ||
		at.After(now.Add(max(poller.Interval, poller.MaxInterval))) // set under another interval, or another clock
}

// finishLive ends the reading of the live window: the cursor moves to where it
// began, and a rescan goes on for a while, or the poll ends.
func (p *poll) finishLive(c *turnstone.PollCommit, j judgement) {
	sweep := p.at.sweep
	c.Cursor, c.GoodAt = sweep.StartedAt, sweep.AskedAt
	p.done = true
	p.memo.Ahead = turnstone.Clocks{}
	p.memo.Validator = validatorOf(sweep, j)
	if !p.memo.Doubtful.To.IsZero() && sweep.StartedAt.After(p.memo.Doubtful.To.Add(p.plan.Overlap)) {
		p.memo.Doubtful = turnstone.Span{}
	}
	if p.log.Created+p.log.Updated+p.log.Deleted == 0 {
		p.memo.Idle++
	}
	p.at = reading{}
	p.memo.LiveAt = p.nextLive()
	if p.nextRescan(); p.rescanDue() {
		p.openRescan()
		return
	}
	p.end(c)
}

// validatorOf returns what lets the vendor say that the list is what it was: it is
// good for its first page, and for nothing of which a part was left to the next poll.
func validatorOf(sweep turnstone.Sweep, j judgement) turnstone.Validator {
	if sweep.Pages > 1 || j.left() {
		return turnstone.Validator{}
	}
	return j.page.Validator
}

// left reports whether something of the page was left to the next poll.
func (j *judgement) left() bool {
	for i := range j.verdicts {
		if j.verdicts[i].Reason == turnstone.ReasonLater {
			return true
		}
	}
	return false
}

// nextLive returns when the live window is due again.
func (p *poll) nextLive() time.Time {
	poller := p.lease.Poller
	beat := nextPoll(poller.ID, poller.Interval, p.log.StartedAt, p.Now())
	return beat.Add(idleWait(p.memo.Idle, poller.Interval, poller.MaxInterval))
}

// end ends a poll that did what it was to do. The next one is due with the live
// window, or before that with the rescan under way.
func (p *poll) end(c *turnstone.PollCommit) {
	now, next := p.Now(), p.memo.LiveAt
	if r := p.memo.Rescan; r.Kind != "" {
		next = earlier(next, later(now, r.RetryAt))
	} else {
		p.memo.LiveAt = time.Time{}
	}
	p.log.Outcome = turnstone.PollComplete
	p.log.Took = now.Sub(p.log.StartedAt)
	c.End = &turnstone.PollEnd{Poll: p.log, NextAt: next}
}
