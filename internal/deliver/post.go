package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"turnstone"
	"turnstone/webhook"
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
}

// post makes one attempt.
func (l *Loop) post(ctx context.Context, d turnstone.Destination, it *item, body []byte) answer {
	start := l.Now()
	a := answer{item: it, attempt: turnstone.Attempt{EventID: it.EventID, Number: it.Attempts + 1, At: start}}
	ctx, cancel := l.attemptContext(ctx)
	defer cancel()
	a.attempt.Status, a.verdict = l.send(ctx, d, it.EventID, body)
	a.attempt.Took = l.Now().Sub(start)
	a.attempt.Problem = a.verdict.Cause
	a.cut = !a.verdict.Done && errors.Is(context.Cause(ctx), errStopped)
	return a
}

// attemptContext bounds an attempt. When ctx ends, an attempt under way has a
// grace to end by itself: the receiver may have taken the event already.
func (l *Loop) attemptContext(ctx context.Context) (context.Context, context.CancelFunc) {
	bounded, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), l.Timeout, fmt.Errorf("nothing within %v", l.Timeout))
	stoppable, stop := context.WithCancelCause(bounded)
	unwatch := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			stop(errStopped)
		case <-stoppable.Done():
		}
	})
	return stoppable, func() {
		unwatch()
		stop(nil)
		cancel()
	}
}

// send posts the body and returns the status, 0 when no answer came, and what it
// means.
func (l *Loop) send(ctx context.Context, d turnstone.Destination, id int64, body []byte) (int, Verdict) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(body))
	if err != nil {
		return 0, Verdict{Cause: "the callback URL cannot be used: " + reason(ctx, err)}
	}
	message{id: strconv.FormatInt(id, 10), at: l.Now(), body: body}.head(request, d.Secrets)
	response, err := l.Client.Do(request)
	if err != nil {
		return 0, Verdict{Cause: "no answer from the receiver: " + reason(ctx, err)}
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer)); err != nil && ctx.Err() != nil {
		return response.StatusCode, Verdict{Cause: fmt.Sprintf("the receiver answered %d but not to its end: %s", response.StatusCode, reason(ctx, err))}
	}
	return response.StatusCode, Judge(response.StatusCode, response.Header, l.Now())
}

// reason returns what went wrong without the URL, whose query may hold a secret.
func reason(ctx context.Context, err error) string {
	if cause := context.Cause(ctx); cause != nil {
		return cause.Error()
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	return err.Error()
}

// message is what one attempt sends.
type message struct {
	id   string
	at   time.Time
	body []byte
}

// head sets the headers of an attempt. What is configured cannot replace ours.
func (m message) head(request *http.Request, s turnstone.DestinationSecrets) {
	h := request.Header
	for _, name := range slices.Sorted(maps.Keys(s.Headers)) {
		h.Set(name, s.Headers[name])
	}
	if s.Username != "" || s.Password != "" {
		request.SetBasicAuth(s.Username, s.Password)
	}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "Turnstone")
	h.Set(webhook.HeaderID, m.id)
	h.Set(webhook.HeaderStandardID, m.id)
	h.Set(webhook.HeaderStandardTimestamp, strconv.FormatInt(m.at.Unix(), 10))
	if s.SignatureKey != "" {
		h.Set(webhook.HeaderSignature, webhook.Sign(s.SignatureKey, m.body))
		h.Set(webhook.HeaderStandardSignature, webhook.SignStandard(s.SignatureKey, m.id, m.at, m.body))
	}
}
