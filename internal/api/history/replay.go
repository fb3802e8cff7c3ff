package history

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/api/rest"
)

// replayRequestJSON selects stored events.
type replayRequestJSON struct {
	EventIDs      []eventName `json:"eventIds"`
	Resource      string      `json:"resource"`
	Since         string      `json:"since"`
	From          string      `json:"from"`
	To            string      `json:"to"`
	DestinationID int64       `json:"destinationId"`
	DryRun        bool        `json:"dryRun"`
	NextPage      string      `json:"nextPage"`
}

// eventName is the key of an event, or the number that callbacks name; a number may
// come as text, too.
type eventName string

// UnmarshalJSON reads text or a number.
func (n *eventName) UnmarshalJSON(text []byte) error {
	var digits json.Number
	if err := json.Unmarshal(text, &digits); err == nil {
		*n = eventName(digits)
		return nil
	}
	if err := json.Unmarshal(text, (*string)(n)); err != nil {
		return rest.Failuref(http.StatusBadRequest, `eventIds: holds %s; write numbers or keys of events, such as [1, "AXz0123456789abcdefg"]`, rest.Excerpt(string(text)))
	}
	return nil
}

// replayedJSON says what a replay did, or would do.
type replayedJSON struct {
	Events     int    `json:"events"`
	Deliveries int    `json:"deliveries"`
	DryRun     bool   `json:"dryRun"`
	NextPage   string `json:"nextPage,omitempty"` // there is more: send the request again with this
}

// maxReplayIDs bounds the events that are named one by one.
const maxReplayIDs = 1000

// replay delivers stored events of an instance again.
func (a *API) replay(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	return a.replayOf(c, in)
}

// replayOwn delivers stored events of the instance of the caller's token again.
func (a *API) replayOwn(c *rest.Call) (any, error) {
	in, err := c.Own("the path names no instance; write /instances/{id}/events/replay, or add Element <element token> to the Authorization header")
	if err != nil {
		return nil, err
	}
	return a.replayOf(c, in)
}

func (a *API) replayOf(c *rest.Call, in turnstone.Instance) (any, error) {
	var body replayRequestJSON
	if err := c.Read(&body); err != nil {
		return nil, err
	}
	r, err := a.asked(c, in, body)
	if err != nil {
		return nil, err
	}
	run := a.Replays.Run
	if body.DryRun {
		run = a.Replays.Count
	}
	done, err := run(c.Context(), r)
	if err := aboutReplay(r, err); err != nil {
		return nil, err
	}
	view := replayedJSON{Events: done.Events, Deliveries: done.Deliveries, DryRun: body.DryRun}
	if done.Last != 0 {
		view.NextPage = rest.PageToken(done.Last)
	}
	return view, nil
}

// aboutReplay explains the error of a replay.
func aboutReplay(r turnstone.Replay, err error) error {
	if rest.IsMissing(err) && r.DestinationID != 0 {
		return rest.Failuref(http.StatusNotFound, "instance %d has no destination %d; GET %s/instances/%[1]d/destinations lists those that it has", r.InstanceID, r.DestinationID, rest.Prefix)
	}
	return err
}

// asked checks the request and returns what it asks for.
func (a *API) asked(c *rest.Call, in turnstone.Instance, b replayRequestJSON) (turnstone.Replay, error) {
	r := turnstone.Replay{AccountID: in.AccountID, InstanceID: in.ID, DestinationID: b.DestinationID, Resource: b.Resource}
	if err := b.check(); err != nil {
		return r, err
	}
	var err error
	if b.NextPage != "" {
		if r.After, err = rest.ParseToken(b.NextPage); err != nil {
			return r, err
		}
	}
	if r.From, r.To, err = b.span(); err != nil {
		return r, err
	}
	r.EventIDs, err = a.numbers(c, in, b.EventIDs)
	return r, err
}

// check refuses a request that says nothing, or two things.
func (b replayRequestJSON) check() error {
	ranged := b.Since+b.From+b.To != ""
	switch {
	case len(b.EventIDs) == 0 && !ranged:
		return rest.Failuref(http.StatusBadRequest, `say what to replay: {"eventIds": [1, 2]}, {"since": "2026-11-23T08:00:00Z"}, or {"from": …, "to": …}`)
	case len(b.EventIDs) > 0 && (ranged || b.Resource != ""):
		return rest.Failuref(http.StatusBadRequest, "eventIds name the events already; leave since, from, to and resource out")
	case len(b.EventIDs) > maxReplayIDs:
		return rest.Failuref(http.StatusBadRequest, "eventIds has %d ids; write at most %d, or a range", len(b.EventIDs), maxReplayIDs)
	case b.Since != "" && b.From+b.To != "":
		return rest.Failuref(http.StatusBadRequest, "since stands for from without an end; write one or the other")
	}
	return nil
}

// span reads the times of the request; those that it does not name are zero.
func (b replayRequestJSON) span() (from, to time.Time, err error) {
	for _, bound := range []struct {
		name, text string
		at         *time.Time
	}{{"since", b.Since, &from}, {"from", b.From, &from}, {"to", b.To, &to}} {
		if bound.text == "" {
			continue
		}
		if *bound.at, err = rest.Moment(bound.name, bound.text); err != nil {
			return from, to, err
		}
	}
	if !to.IsZero() && !from.Before(to) {
		return from, to, rest.Failuref(http.StatusBadRequest, "from is not before to; exchange them")
	}
	return from, to, nil
}

// numbers returns the numbers of events. It refuses all of them if one is not kept: who
// names events wants those.
func (a *API) numbers(c *rest.Call, in turnstone.Instance, names []eventName) ([]int64, error) {
	var ids []int64
	var missing []string
	for _, name := range names {
		id, err := strconv.ParseInt(string(name), 10, 64)
		var e turnstone.Event
		if err == nil {
			e, err = a.Store.Event(c.Context(), in.AccountID, in.ID, id)
		} else {
			e, err = a.named(c, scope{account: in.AccountID, instance: in.ID}, string(name))
		}
		switch {
		case rest.IsMissing(err):
			missing = append(missing, string(name))
		case err != nil:
			return nil, err
		}
		ids = append(ids, e.ID)
	}
	if len(missing) > 0 {
		return nil, rest.Failuref(http.StatusNotFound, "nothing is replayed, since instance %d has no event %s; GET %s/instances/%[1]d/events lists those that are kept",
			in.ID, rest.Excerpt(strings.Join(missing, ", ")), rest.Prefix)
	}
	return ids, nil
}
