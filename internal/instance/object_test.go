package instance_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/instance"
	"turnstone/internal/store/storetest"
)

// past is a store of what happened to one object.
type past struct {
	sightings int // each by a poll of its own, a minute apart, the newest first
	purged    int // polls that are not kept any more, the oldest
	perPoll   int // sightings that share a poll; 0: 1
	asked     []time.Time
	events    []int64
	err       error // of PollAt
}

func (p *past) Versions(context.Context, turnstone.Poller, []string) (map[string]turnstone.Version, error) {
	known := map[string]turnstone.Version{}
	if p.sightings > 0 {
		known["R1"] = turnstone.Version{ObjectID: "R1"}
	}
	return known, nil
}

// pollAt returns when the poll of the i-th oldest sighting began.
func (p *past) pollAt(i int) time.Time {
	return storetest.Start().Add(time.Duration(i/max(p.perPoll, 1)) * time.Minute)
}

func (p *past) Sightings(_ context.Context, f turnstone.SightingFilter) ([]turnstone.Sighting, error) {
	var newest []turnstone.Sighting
	for i := p.sightings; i > 0 && len(newest) < f.Limit; i-- {
		newest = append(newest, turnstone.Sighting{ID: int64(i), ObjectID: f.ObjectID, PollAt: p.pollAt(i - 1), EventID: int64(i%2) * int64(i)})
	}
	return newest, nil
}

func (p *past) PollAt(_ context.Context, _, _ int64, startedAt time.Time) (turnstone.Poll, error) {
	p.asked = append(p.asked, startedAt)
	if p.err != nil {
		return turnstone.Poll{}, p.err
	}
	if startedAt.Before(p.pollAt(p.purged)) {
		return turnstone.Poll{}, fmt.Errorf("poll: %w", turnstone.ErrNotFound)
	}
	return turnstone.Poll{StartedAt: startedAt}, nil
}

func (p *past) DeliveryHistory(_ context.Context, _, _ int64, eventIDs []int64) ([]turnstone.DeliveryRecord, error) {
	p.events = eventIDs
	return []turnstone.DeliveryRecord{{EventID: eventIDs[0]}}, nil
}

func TestTheHistoryOfAnObjectIsToldFromItsBeginning(t *testing.T) {
	for name, tt := range map[string]struct {
		past
		seen, polls, asked, events int
		more                       bool
		first                      int64
	}{
		"never seen":      {past{}, 0, 0, 0, 0, false, 0},
		"seen once":       {past{sightings: 1}, 1, 1, 1, 1, false, 1},
		"seen often":      {past{sightings: 5}, 5, 5, 5, 3, false, 1},
		"seen in a poll":  {past{sightings: 4, perPoll: 2}, 4, 2, 2, 2, false, 1},
		"a purged poll":   {past{sightings: 4, purged: 3}, 4, 1, 4, 2, false, 1},
		"exactly so many": {past{sightings: 200}, 200, 200, 200, 100, false, 1},
		"too many":        {past{sightings: 201}, 200, 200, 200, 100, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			objects := &instance.Objects{Store: &tt.past}
			h, err := objects.History(t.Context(), turnstone.Instance{ID: 1}, turnstone.Poller{ID: 2}, "R1")
			if err != nil {
				t.Fatal(err)
			}
			if len(h.Seen) != tt.seen || len(h.Polls) != tt.polls || len(tt.past.asked) != tt.asked || len(tt.past.events) != tt.events || h.More != tt.more {
				t.Errorf("History has %d sightings of %d polls (asked %d times) with %d events, more %v, want %d, %d, %d, %d, %v",
					len(h.Seen), len(h.Polls), len(tt.past.asked), len(tt.past.events), h.More, tt.seen, tt.polls, tt.asked, tt.events, tt.more)
			}
			if (h.Known != nil) != (tt.sightings > 0) || len(h.Seen) > 0 && h.Seen[0].ID != tt.first {
				t.Errorf("History = %+v, want it to be known since the sighting %d", h, tt.first)
			}
		})
	}
}

func TestAHistoryThatCannotBeReadIsNone(t *testing.T) {
	down := errors.New("the database is down")
	objects := &instance.Objects{Store: &past{sightings: 2, err: down}}
	if _, err := objects.History(t.Context(), turnstone.Instance{}, turnstone.Poller{}, "R1"); !errors.Is(err, down) {
		t.Errorf("History = %v, want %v", err, down)
	}
}
