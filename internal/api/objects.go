package api

import (
	"encoding/hex"
	"time"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/change"
	"turnstone/internal/explain"
)

// objectJSON is the whole history of an object.
type objectJSON struct {
	Resource string         `json:"resource"`
	ObjectID string         `json:"objectId"`
	Known    *versionJSON   `json:"known,omitempty"`
	History  []sightingJSON `json:"history"` // oldest first
	More     bool           `json:"more"`    // there is an older part, which is left out
	Story    []string       `json:"story"`
}

// versionJSON is what is known of an object.
type versionJSON struct {
	Fingerprint string `json:"fingerprint"`
	Updated     string `json:"updated,omitempty"`
	Created     string `json:"created,omitempty"`
	Deleted     bool   `json:"deleted"`
}

// sightingJSON is a version as a poll saw it, and what became of it.
type sightingJSON struct {
	SeenAt      string                `json:"seenAt"`
	Poll        *sightingPollJSON     `json:"poll,omitempty"`
	Fingerprint string                `json:"fingerprint"`
	Updated     string                `json:"updated,omitempty"`
	Created     string                `json:"created,omitempty"`
	Type        string                `json:"type,omitempty"`
	Reason      string                `json:"reason"`
	Because     string                `json:"because"`
	EventID     int64                 `json:"eventId,omitempty"`
	Deliveries  []historyDeliveryJSON `json:"deliveries,omitempty"`
}

// sightingPollJSON names the poll that saw a version.
type sightingPollJSON struct {
	ID        int64  `json:"id"`
	StartedAt string `json:"startedAt"`
	URL       string `json:"url"`
	From      string `json:"from,omitempty"`
}

// historyDeliveryJSON is where an event went.
type historyDeliveryJSON struct {
	DestinationID int64         `json:"destinationId"`
	URL           string        `json:"url"`
	State         string        `json:"state"`
	NextAt        string        `json:"nextAt,omitempty"`
	Attempts      []attemptJSON `json:"attempts"`
}

// attemptJSON is one POST.
type attemptJSON struct {
	Number      int     `json:"number"`
	At          string  `json:"at"`
	TookSeconds float64 `json:"tookSeconds"`
	Status      int     `json:"status,omitempty"`
	Problem     string  `json:"problem,omitempty"`
}

// explainObject tells all that is known of an object, and the story of it in words.
func (a *API) explainObject(c *rest.Call) (any, error) {
	in, p, err := a.poller(c)
	if err != nil {
		return nil, err
	}
	h, err := a.Objects.History(c.Context(), in, p, c.PathValue("object"))
	if err != nil {
		return nil, err
	}
	return objectView(h, a.Now()), nil
}

func objectView(h explain.History, now time.Time) objectJSON {
	view := objectJSON{
		Resource: h.Poller.Resource, ObjectID: h.ObjectID, History: []sightingJSON{}, More: h.More, Story: explain.Story(h, now),
	}
	if v := h.Known; v != nil {
		view.Known = &versionJSON{
			Fingerprint: spelled(v.Fingerprint), Updated: rest.ExactTime(v.Updated), Created: rest.ExactTime(v.Created), Deleted: v.Gone,
		}
	}
	for _, s := range h.Seen {
		view.History = append(view.History, sightingView(h, s))
	}
	return view
}

// spelled spells a fingerprint; empty: a webhook told of the object, and no poll has read it.
func spelled(f turnstone.Fingerprint) string {
	if f == (turnstone.Fingerprint{}) {
		return ""
	}
	return hex.EncodeToString(f[:])
}

func sightingView(h explain.History, s turnstone.Sighting) sightingJSON {
	view := sightingJSON{
		SeenAt: rest.ExactTime(s.SeenAt), Fingerprint: spelled(s.Fingerprint),
		Updated: rest.ExactTime(s.Updated), Created: rest.ExactTime(s.Created),
		Type: string(s.Op), Reason: string(s.Reason), Because: change.Because(s.Reason), EventID: s.EventID,
	}
	for _, p := range h.Polls {
		if p.StartedAt.Equal(s.PollAt) {
			view.Poll = &sightingPollJSON{ID: p.ID, StartedAt: rest.ExactTime(p.StartedAt), URL: p.URL, From: rest.ExactTime(p.From)}
		}
	}
	for _, d := range h.Deliveries {
		if d.EventID == s.EventID && s.EventID != 0 {
			view.Deliveries = append(view.Deliveries, historyDeliveryJSON{
				DestinationID: d.DestinationID, URL: explain.Receiver(d.URL), State: string(d.State),
				NextAt: rest.ExactTime(d.NextAt), Attempts: attemptViews(d.Attempts),
			})
		}
	}
	return view
}

func attemptViews(attempts []turnstone.Attempt) []attemptJSON {
	views := []attemptJSON{}
	for _, a := range attempts {
		views = append(views, attemptJSON{Number: a.Number, At: rest.ExactTime(a.At), TookSeconds: a.Took.Seconds(), Status: a.Status, Problem: a.Problem})
	}
	return views
}
