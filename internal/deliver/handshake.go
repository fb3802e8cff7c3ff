package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"turnstone"
	"turnstone/webhook"
)

const (
	// DefaultOrigin is what a Loop without an Origin calls itself.
	DefaultOrigin = "turnstone"
	// askWithin bounds a handshake: who does not know OPTIONS may leave it unanswered.
	askWithin = 10 * time.Second
)

// Consent is what a receiver's answer to a handshake means.
type Consent struct {
	Allowed bool          // it agrees to be posted to
	Refused bool          // it agrees to somebody else's posts only
	Final   bool          // it would answer the same if it were asked again
	Pace    time.Duration // it allows one post in this time; 0: it did not say
	Wait    time.Duration // it asked for at least this long; 0: it did not
	Cause   string        // why it is not Allowed
}

// JudgeConsent returns what the answer to a handshake means that was made under an
// origin, received at now (CloudEvents HTTP Webhook 1.0, section 4.2). A status
// alone says nothing: many servers answer any OPTIONS with 200.
func JudgeConsent(answer *http.Response, origin string, now time.Time) Consent {
	agreed := answer.Header.Get(webhook.HeaderAllowedOrigin)
	verdict := Judge(answer.StatusCode, answer.Header, 0, now)
	switch {
	case verdict.Done && (agreed == "*" || strings.EqualFold(agreed, origin)):
		return Consent{Allowed: true, Final: true, Pace: allowedPace(answer.Header.Get(webhook.HeaderAllowedRate))}
	case verdict.Done && agreed != "":
		return Consent{Refused: true, Final: true, Cause: fmt.Sprintf(
			"the receiver answered the handshake with another origin than %q; let it answer OPTIONS with %s: %s", origin, webhook.HeaderAllowedOrigin, origin)}
	}
	passing := answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode >= 500
	return Consent{Final: !passing, Wait: verdict.Wait, Cause: fmt.Sprintf(
		"the receiver answered the handshake with %d and did not agree; let it answer OPTIONS with %s: %s, or set event.notification.handshake to ask or off",
		answer.StatusCode, webhook.HeaderAllowedOrigin, origin)}
}

// allowedPace reads how many posts a minute are allowed. An asterisk, and what is no
// positive number, bounds nothing.
func allowedPace(rate string) time.Duration {
	posts, err := strconv.ParseInt(rate, 10, 32)
	if err != nil || posts <= 0 {
		return 0
	}
	return time.Minute / time.Duration(posts)
}

// agreed reports whether the receiver may be posted to. If it has to be asked, that
// begins, and the lane waits for the answer.
func (n *lane) agreed(attempting context.Context) bool {
	if n.waived || n.handshake.Mode == turnstone.HandshakeOff || !n.handshake.AllowedAt.IsZero() {
		return true
	}
	if n.asking {
		return false
	}
	n.asking = true
	begun := n.Now()
	n.aside(func() func() error {
		consent := n.ask(attempting)
		return func() error {
			n.asking = false
			if !errors.Is(context.Cause(attempting), errStopped) {
				n.accept(attempting, consent, begun)
			}
			return nil
		}
	})
	return false
}

// ask asks the receiver whether it wants to be posted to.
func (n *lane) ask(ctx context.Context) Consent {
	within := min(askWithin, n.Timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, within, overdue(within))
	defer cancel()
	if n.letter.unfit != "" {
		return Consent{Cause: n.letter.unfit}
	}
	answer, err := n.Client.Do(n.letter.question(ctx, n.pacer.least))
	if err != nil {
		return Consent{Cause: "no answer from the receiver to the handshake: " + reason(ctx, err)}
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // the headers have said it
	return JudgeConsent(answer, n.letter.origin, n.Now())
}

// accept decides what follows from the answer to a handshake begun at a time.
func (n *lane) accept(ctx context.Context, c Consent, begun time.Time) {
	required := n.handshake.Mode == turnstone.HandshakeRequired
	switch {
	case c.Refused:
		n.health.giveUp(c.Cause)
	case c.Allowed || c.Final && !required:
		n.handshake.AllowedAt, n.handshake.Pace = n.Now(), c.Pace
		n.consented = true
		n.pacer.least = max(n.pacer.least, c.Pace)
	case !required:
		n.waived = true // and it is asked again under the next lease
	case len(n.loaded) > 0:
		n.refuse(ctx, c, begun)
	}
}

// refuse lets the attempt at the first event fail: the receiver must agree first.
func (n *lane) refuse(ctx context.Context, c Consent, begun time.Time) {
	it := n.loaded[0]
	n.loaded = n.loaded[1:]
	a := answer{
		item:    it,
		verdict: Verdict{Wait: c.Wait, Cause: c.Cause},
		attempt: turnstone.Attempt{
			EventID: it.EventID, Number: it.Attempts + 1, At: begun, Took: n.Now().Sub(begun), Problem: c.Cause,
		},
	}
	n.pend(outcome{it, n.decide(ctx, a)})
}

// lesson returns what a handshake under this lease taught, to be stored; nil:
// nothing.
func (n *lane) lesson() *turnstone.Handshake {
	if !n.consented {
		return nil
	}
	learned := n.handshake
	return &learned
}
