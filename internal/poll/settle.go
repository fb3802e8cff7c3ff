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

// settle ends a poll that did not do all it was to do: it stores the reason, where
// to go on, and when. The cursor stays.
func (p *poll) settle(ctx context.Context, cause error) error {
	if errors.Is(cause, turnstone.ErrLeaseLost) {
		return cause
	}
	if !p.at.live() {
		cause = fmt.Errorf("%s: %w", p.at.kind, cause)
	}
	if ctx.Err() != nil {
		cause = fmt.Errorf("%w: %w", errStopped, cause)
	}
	end := p.verdict(cause)
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), settleWithin, errors.New("poll: time to settle is over"))
	defer cancel()
	commit := p.state()
	commit.End = &end
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
	case errors.Is(cause, errStopped):
		p.log.Outcome = turnstone.PollStopped
		end.Problem, end.NextAt = poller.Problem, now
	case errors.Is(cause, errOwn):
		p.log.Outcome = turnstone.PollFailed
		end.Problem, end.NextAt = end.Problem+"; nothing needs to be done, it is tried again", now.Add(firstBackoff)
	case vendor != nil && vendor.Action == turnstone.VendorWait:
		p.throttled(&end, p.wait(vendor))
	case errors.Is(cause, errBudget):
		p.throttled(&end, minThrottle)
	case !p.at.live():
		p.setBackRescan(&end, cause)
	default:
		p.log.Outcome = turnstone.PollFailed
		if errors.Is(cause, turnstone.ErrUnauthenticated) {
			// Where the credential cannot be renewed the poller awaits another by now.
			// Where a renewed one is not accepted either, this counts.
			p.log.Outcome = turnstone.PollRefused
		}
		p.fail(&end, cause)
	}
	end.Poll = p.log
	return end
}

// wait returns how long to wait for a throttling vendor: as long as it asks, or, if
// it does not say, longer with each time in a row.
func (p *poll) wait(v *turnstone.VendorError) time.Duration {
	p.at.sweep.Waits++
	p.log.Details.RateLimit = v.RateLimit
	if v.Wait > 0 {
		return v.Wait
	}
	first, longest := cmp.Or(v.MinWait, firstBackoff), cmp.Or(v.MaxWait, time.Minute)
	return doubled(first, p.at.sweep.Waits-1, max(first, longest))
}

// throttled lets the poller wait. It is no failure.
func (p *poll) throttled(end *turnstone.PollEnd, wait time.Duration) {
	p.log.Outcome = turnstone.PollThrottled
	p.log.RetryAfter = min(max(wait, minThrottle), maxThrottle)
	end.NextAt = p.Now().Add(p.log.RetryAfter)
}

// fail counts a failure, schedules the next try and decides where it starts.
func (p *poll) fail(end *turnstone.PollEnd, cause error) {
	end.Failures++
	end.NextAt = p.Now().Add(backoff(end.Failures, p.lease.Poller.Interval))
	if startsAnew(cause, end.Failures) {
		p.at.sweep = turnstone.Sweep{}
	}
	if end.Failures >= parkAfter {
		end.Park = true
		end.Problem = fmt.Sprintf("parked after %d failures in a row; mend the cause and save or enable the instance to go on: %s", end.Failures, end.Problem)
	}
}
