package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"turnstone"
	"turnstone/internal/api/rest"
)

// sinceJSON is the body of what begins at a moment.
type sinceJSON struct {
	Since string `json:"since"`
}

// since reads the moment that the body names, which is not after now: nothing has
// happened since then that could be told, and what happens until then would be lost.
func sinceOf(c *rest.Call, now time.Time) (time.Time, error) {
	var body sinceJSON
	if err := c.Read(&body); err != nil {
		return time.Time{}, err
	}
	if body.Since == "" {
		return time.Time{}, rest.Failuref(http.StatusBadRequest, `since is missing; write the moment to go back to, such as {"since": "2026-11-23T08:00:00Z"}`)
	}
	return pastMoment(body.Since, now)
}

// pastMoment reads a time that is not after now.
func pastMoment(since string, now time.Time) (time.Time, error) {
	at, err := rest.Moment("since", since)
	if err == nil && at.After(now) {
		return at, rest.Failuref(http.StatusBadRequest, "since is %s, which is to come; write a moment that is past", rest.Excerpt(since))
	}
	return at, err
}

// startedJSON says what will follow from a request that was accepted.
type startedJSON struct {
	Message string     `json:"message"`
	Poller  pollerJSON `json:"poller"`
}

// replayFromVendor asks the vendor again for what changed since a moment.
func (a *API) replayFromVendor(c *rest.Call) (any, error) {
	in, p, err := a.poller(c)
	if err != nil {
		return nil, err
	}
	since, err := sinceOf(c, a.Now())
	if err != nil {
		return nil, err
	}
	err = a.Pollers.Replay(c.Context(), p, since)
	if errors.Is(err, turnstone.ErrConflict) {
		return nil, rest.Failuref(http.StatusConflict, "%s is being read again already; wait until it is done, or DELETE %s/instances/%d/pollers/%s/replay", p.Resource, rest.Prefix, in.ID, url.PathEscape(p.Resource))
	}
	if err != nil {
		return nil, err
	}
	return a.started(c, in, fmt.Sprintf("%s is read again from %s on, and all that changed since is told once more; what is polled meanwhile goes on as before", p.Resource, rest.ISOTime(since)))
}

// cancelReplay ends a replay from the vendor.
func (a *API) cancelReplay(c *rest.Call) (any, error) {
	in, p, err := a.poller(c)
	if err != nil {
		return nil, err
	}
	err = a.Pollers.CancelReplay(c.Context(), p)
	if errors.Is(err, turnstone.ErrNotFound) {
		return nil, rest.Failuref(http.StatusNotFound, "%s is not being read again", p.Resource)
	}
	if err != nil {
		return nil, err
	}
	return a.started(c, in, "the replay is over; what it told stays told")
}

// resetPoller moves the live cursor.
func (a *API) resetPoller(c *rest.Call) (any, error) {
	in, p, err := a.poller(c)
	if err != nil {
		return nil, err
	}
	since, err := sinceOf(c, a.Now())
	if err != nil {
		return nil, err
	}
	if err := a.Pollers.Reset(c.Context(), p, since); err != nil {
		return nil, err
	}
	said := fmt.Sprintf("%s is polled from %s on; versions that are known are not told again", p.Resource, rest.ISOTime(since))
	if p.Cursor.Before(since) && !p.Cursor.IsZero() {
		said += fmt.Sprintf(", and what changed after %s and before that is left out", rest.ISOTime(p.Cursor))
	}
	if since.Before(p.Since) {
		said += fmt.Sprintf(", nor are objects that last changed before %s, when polling began: a replay tells of those", rest.ISOTime(p.Since))
	}
	return a.started(c, in, said)
}

// started answers with how the poller stands now.
func (a *API) started(c *rest.Call, in turnstone.Instance, message string) (any, error) {
	p, err := a.Pollers.One(c.Context(), in, c.PathValue("resource"))
	if err != nil {
		return nil, err
	}
	return startedJSON{message, a.pollerView(c, in, p)}, nil
}
