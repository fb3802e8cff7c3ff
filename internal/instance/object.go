package instance

import (
	"context"
	"errors"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/explain"
)

// ObjectStore is what Objects needs from storage.
type ObjectStore interface {
	Versions(ctx context.Context, p turnstone.Poller, objectIDs []string) (map[string]turnstone.Version, error)
	// Sightings are the newest first.
	Sightings(ctx context.Context, f turnstone.SightingFilter) ([]turnstone.Sighting, error)
	// PollAt returns turnstone.ErrNotFound for a poll that has not ended yet, or that
	// is not kept any more.
	PollAt(ctx context.Context, accountID, pollerID int64, startedAt time.Time) (turnstone.Poll, error)
	DeliveryHistory(ctx context.Context, accountID, instanceID int64, eventIDs []int64) ([]turnstone.DeliveryRecord, error)
}

// Objects tells of single objects.
type Objects struct{ Store ObjectStore }

// maxSightings bounds a history: an object that changes with each poll has hundreds a
// day, and a story of more than this nobody reads.
const maxSightings = 200

// History returns what is known of an object of a poller. One that was never seen has
// a history, too: an empty one.
func (s *Objects) History(ctx context.Context, in turnstone.Instance, p turnstone.Poller, objectID string) (explain.History, error) {
	h := explain.History{Instance: in, Poller: p, ObjectID: objectID}
	known, err := s.Store.Versions(ctx, p, []string{objectID})
	if err != nil {
		return h, err
	}
	if v, ok := known[objectID]; ok {
		h.Known = &v
	}
	h.Seen, err = s.Store.Sightings(ctx, turnstone.SightingFilter{
		AccountID: p.AccountID, PollerID: p.ID, ObjectID: objectID, Limit: maxSightings + 1,
	})
	if err != nil {
		return h, err
	}
	if h.More = len(h.Seen) > maxSightings; h.More {
		h.Seen = h.Seen[:maxSightings]
	}
	slices.Reverse(h.Seen)
	if h.Polls, err = s.polls(ctx, p, h.Seen); err != nil {
		return h, err
	}
	var events []int64
	for _, seen := range h.Seen {
		if seen.EventID != 0 {
			events = append(events, seen.EventID)
		}
	}
	if len(events) > 0 {
		h.Deliveries, err = s.Store.DeliveryHistory(ctx, in.AccountID, in.ID, events)
	}
	return h, err
}

// polls returns the polls that made sightings, as far as they are kept.
func (s *Objects) polls(ctx context.Context, p turnstone.Poller, seen []turnstone.Sighting) ([]turnstone.Poll, error) {
	var polls []turnstone.Poll
	var last time.Time
	for _, sighting := range seen {
		if sighting.PollAt.Equal(last) {
			continue
		}
		last = sighting.PollAt
		poll, err := s.Store.PollAt(ctx, p.AccountID, p.ID, last)
		if errors.Is(err, turnstone.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		polls = append(polls, poll)
	}
	return polls, nil
}
