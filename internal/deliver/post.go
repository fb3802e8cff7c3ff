package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"turnstone"
)

// maxAnswer is how much of an answer is read: enough to reuse the connection of
// an ordinary receiver, too little for one that streams.
const maxAnswer = 64 << 10

// grace is how long attempts under way may still take when we are told to stop.
const grace = 5 * time.Second

// errStopped is why an attempt was cut off.
var errStopped = errors.New("we were told to stop before the receiver had answered; the event is posted again")

// answer is what came of one attempt.
type answer struct {
	item    *item
	attempt turnstone.Attempt
	verdict Verdict
	cut     bool // we cut it off ourselves
	late    bool // it was not made: the lease may have run out by then
}

// attempt posts an event, unless that may no longer be ours to do: a process that
// stood still for longer than its lease may find somebody else delivering.
func (n *lane) attempt(ctx context.Context, it *item, until time.Time) answer {
	start := n.Now()
	if !start.Before(until) {
		return answer{item: it, late: true}
	}
	a := answer{item: it, attempt: turnstone.Attempt{EventID: it.EventID, Number: it.Attempts + 1, At: start}}
	ctx, cancel := context.WithTimeoutCause(ctx, n.Timeout, overdue(n.Timeout))
	defer cancel()
	ctx, span := n.startSpan(ctx, it)
	a.attempt.Status, a.verdict = n.send(ctx, it, start)
	a.attempt.Took = n.Now().Sub(start)
	a.attempt.Problem = a.verdict.Cause
	a.cut = !a.verdict.Done && errors.Is(context.Cause(ctx), errStopped)
	endSpan(span, a)
	return a
}

// withGrace returns the context of attempts, which ends a while after ctx does: the
// receiver may have taken the event already. Cut ends it at once.
func withGrace(ctx context.Context) (attempting context.Context, cut func()) {
	attempting, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	unwatch := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			stop(errStopped)
		case <-attempting.Done():
		}
	})
	return attempting, func() {
		unwatch()
		stop(nil)
	}
}

// overdue is the cause of an attempt that took too long, this long.
type overdue time.Duration

func (o overdue) Error() string {
	return fmt.Sprintf("nothing within %v; let it answer first and work afterwards", time.Duration(o))
}

// send posts the body of an event and returns the status, 0 when no answer came,
// and what it means.
func (n *lane) send(ctx context.Context, it *item, now time.Time) (int, Verdict) {
	if n.letter.unfit != "" {
		return 0, Verdict{Cause: n.letter.unfit}
	}
	response, err := n.Client.Do(n.letter.post(ctx, it, now))
	if err != nil {
		return 0, Verdict{Cause: "no answer from the receiver: " + reason(ctx, err)}
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer)); err != nil && ctx.Err() != nil {
		return response.StatusCode, Verdict{Cause: fmt.Sprintf("the receiver answered %d but not to its end: %s", response.StatusCode, reason(ctx, err))}
	}
	return response.StatusCode, Judge(response.StatusCode, response.Header, len(it.body), n.Now())
}
