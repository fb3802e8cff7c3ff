package bulk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"turnstone"
	"turnstone/webhook"
)

const (
	// callbackWithin bounds an attempt, as those of events.
	callbackWithin = 30 * time.Second
	// maxCallbacks are the platform's attempts after the first failure, 4^x s apart.
	maxCallbacks = 9
	// maxAnswer is how much of an answer is read, so that its connection can be used
	// again.
	maxAnswer = 64 << 10
)

// tell posts that the job has ended to the callback URL that it was created with.
func (t *turn) tell(ctx context.Context) error {
	in, err := t.Instances.Instance(ctx, t.job.AccountID, t.job.InstanceID)
	if err != nil && !errors.Is(err, turnstone.ErrNotFound) {
		return err
	}
	status, err := t.post(ctx, in)
	if err != nil && ctx.Err() != nil {
		return t.release(ctx, t.job) // it is posted again by whoever claims the job next
	}
	job := t.job
	job.Callback, job.NextAt = told(job.Callback, answered{status, err}, t.Now())
	return t.release(ctx, job)
}

// answered is what came of an attempt.
type answered struct {
	status int // 0 when no answer came
	err    error
}

// told returns a callback after an attempt, and when the next one is due; zero: never.
func told(c turnstone.BulkCallback, a answered, now time.Time) (turnstone.BulkCallback, time.Time) {
	c.Attempts++
	if a.err == nil && a.status >= 200 && a.status < 300 {
		c.ToldAt, c.Problem = now, ""
		return c, time.Time{}
	}
	c.Problem = fmt.Sprintf("the receiver answered %d", a.status)
	if a.err != nil {
		c.Problem = "no answer from the receiver: " + a.err.Error()
	}
	if c.FirstFailedAt.IsZero() {
		c.FirstFailedAt = now
	}
	if a.status == http.StatusGone || c.Attempts > maxCallbacks {
		return c, time.Time{}
	}
	next := c.FirstFailedAt.Add(time.Second << (2 * c.Attempts))
	if next.Before(now) {
		next = now.Add(firstBackoff)
	}
	return c, next
}

// post posts the job as clients see it, signed as the events of its instance are.
func (t *turn) post(ctx context.Context, in turnstone.Instance) (int, error) {
	body, err := json.Marshal(Show(t.job))
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, callbackWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.job.Callback.URL, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	now, id := t.Now(), "bulk-"+strconv.FormatInt(t.job.ID, 10)
	h := request.Header
	h.Set("Content-Type", webhook.ContentTypeElements)
	h.Set("User-Agent", "Turnstone")
	h.Set(webhook.HeaderID, id)
	h.Set(webhook.HeaderStandardID, id)
	h.Set(webhook.HeaderStandardTimestamp, strconv.FormatInt(now.Unix(), 10))
	if key := in.Configuration[turnstone.KeySignatureKey]; key != "" {
		keys := []string{key}
		if second := in.Configuration[turnstone.KeySecondaryKey]; second != "" && second != key {
			keys = append(keys, second)
		}
		h.Set(webhook.HeaderSignature, webhook.Sign(key, body))
		h.Set(webhook.HeaderStandardSignature, webhook.SignAll(keys, id, now, body))
	}
	response, err := t.Client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer)) // the status says it all
	return response.StatusCode, nil
}
