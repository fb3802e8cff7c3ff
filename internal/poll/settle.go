package poll

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone"
)

// errStopped says that a poll was cut off because we stop.
var errStopped = errors.New("we were told to stop")

// complete ends a poll that read its whole window.
func (p *poll) complete() *turnstone.PollEnd {
	now := p.Now()
	p.log.Outcome = turnstone.PollComplete
	p.log.Took = now.Sub(p.log.StartedAt)
	return &turnstone.PollEnd{
		Poll:   p.log,
		NextAt: nextPoll(p.lease.Poller.ID, p.lease.Poller.Interval, p.log.StartedAt, now),
	}
}

// settle ends a poll that did not read its whole window: it stores the reason,
// where to go on, and when. The cursor stays.
func (p *poll) settle(ctx context.Context, cause error) error {
	if errors.Is(cause, turnstone.ErrLeaseLost) {
		return cause
	}
	if ctx.Err() != nil {
		cause = fmt.Errorf("%w: %w", errStopped, cause)
	}
	end := p.verdict(cause)
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), settleWithin, errors.New("poll: time to settle is over"))
	defer cancel()
	commit := turnstone.PollCommit{Since: p.since, Sweep: p.sweep, Memo: p.memo, End: &end}
	if err := p.write(ctx, commit); err != nil {
		return errors.Join(cause, fmt.Errorf("settle poll: %w", err))
	}
	if end.Poll.Outcome == turnstone.PollStopped || end.Poll.Outcome == turnstone.PollThrottled {
		return nil
	}
	return cause
}

// verdict decides what follows from a poll that ended early.
func (p *poll) verdict(cause error) turnstone.PollEnd {
	poller, now := p.lease.Poller, p.Now()
	end := turnstone.PollEnd{Problem: cause.Error(), Failures: poller.Failures}
	p.log.Problems = append(p.log.Problems, end.Problem)
	vendor, _ := errors.AsType[*turnstone.VendorError](cause)
	switch {
	case vendor != nil && vendor.Action == turnstone.VendorWait:
		p.throttled(&end, p.wait(vendor))
	case errors.Is(cause, errBudget):
		p.throttled(&end, minThrottle)
	case errors.Is(cause, errStopped):
		p.log.Outcome = turnstone.PollStopped
		end.Problem, end.NextAt = poller.Problem, now
	case errors.Is(cause, turnstone.ErrUnauthenticated):
		// Where the credential cannot be renewed the poller awaits another by now.
		// Where a renewed one is not accepted either, this counts.
		p.log.Outcome = turnstone.PollRefused
		p.fail(&end, cause, vendor)
	default:
		p.log.Outcome = turnstone.PollFailed
		p.fail(&end, cause, vendor)
	}
	end.Poll = p.log
	return end
}

// wait returns how long to wait for a throttling vendor: as long as it asks, or, if
// it does not say, longer with each time in a row.
func (p *poll) wait(v *turnstone.VendorError) time.Duration {
	p.sweep.Waits++
	if v.Wait > 0 {
		return v.Wait
	}
	first, longest := cmp.Or(v.MinWait, firstBackoff), cmp.Or(v.MaxWait, time.Minute)
	return doubled(first, p.sweep.Waits-1, max(first, longest))
}

// throttled lets the poller wait. It is no failure.
func (p *poll) throttled(end *turnstone.PollEnd, wait time.Duration) {
	p.log.Outcome = turnstone.PollThrottled
	p.log.RetryAfter = min(max(wait, minThrottle), maxThrottle)
	end.NextAt = p.Now().Add(p.log.RetryAfter)
}

// fail counts a failure, schedules the next try and decides where it starts.
func (p *poll) fail(end *turnstone.PollEnd, cause error, vendor *turnstone.VendorError) {
	const triesAPage = 3
	end.Failures++
	end.NextAt = p.Now().Add(backoff(end.Failures, p.lease.Poller.Interval))
	restart := errors.Is(cause, errIncomplete) || end.Failures%triesAPage == 0 ||
		(vendor != nil && vendor.Action == turnstone.VendorRestart)
	if restart {
		// A page that keeps failing may fail because of its token.
		p.sweep = turnstone.Sweep{}
	}
	if end.Failures >= parkAfter {
		end.Park = true
		end.Problem = fmt.Sprintf("parked after %d failures in a row; mend the cause and save or enable the instance to go on: %s", end.Failures, end.Problem)
	}
}
