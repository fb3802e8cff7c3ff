package instance_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/instance"
	"turnstone/internal/store/storetest"
)

// shelf is a store of events numbered from 1, each for two destinations.
type shelf struct {
	events  int64
	failAt  int64 // the event behind which it fails; 0: it does not
	now     time.Time
	takes   time.Duration // a batch
	batches int
	changed bool
}

func (s *shelf) Replay(ctx context.Context, r turnstone.Replay) (turnstone.Replayed, error) {
	s.changed = true
	return s.CountReplay(ctx, r)
}

func (s *shelf) CountReplay(_ context.Context, r turnstone.Replay) (turnstone.Replayed, error) {
	s.batches++
	s.now = s.now.Add(s.takes)
	if s.failAt > 0 && r.After >= s.failAt {
		return turnstone.Replayed{}, errors.New("disk full")
	}
	n := min(int64(r.Limit), s.events-r.After)
	done := turnstone.Replayed{Events: int(n), Deliveries: 2 * int(n)}
	if n == int64(r.Limit) {
		done.Last = r.After + n
	}
	return done, nil
}

func TestAReplayGoesOnUntilItIsDoneOrTimeIsUp(t *testing.T) {
	for name, tt := range map[string]struct {
		shelf
		after   int64
		want    turnstone.Replayed
		batches int
	}{
		"nothing":            {shelf{}, 0, turnstone.Replayed{}, 1},
		"one batch":          {shelf{events: 999, takes: time.Hour}, 0, turnstone.Replayed{Events: 999, Deliveries: 1998}, 1},
		"some batches":       {shelf{events: 2500, takes: 9 * time.Second}, 0, turnstone.Replayed{Events: 2500, Deliveries: 5000}, 3},
		"a full last batch":  {shelf{events: 2000}, 0, turnstone.Replayed{Events: 2000, Deliveries: 4000}, 3},
		"time is up":         {shelf{events: 9000, takes: 10 * time.Second}, 0, turnstone.Replayed{Events: 2000, Deliveries: 4000, Last: 2000}, 2},
		"going on":           {shelf{events: 2500}, 2000, turnstone.Replayed{Events: 500, Deliveries: 1000}, 1},
		"a batch that fails": {shelf{events: 9000, failAt: 1000}, 0, turnstone.Replayed{Events: 1000, Deliveries: 2000, Last: 1000}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			for change, run := range map[bool]func(*instance.Replays, context.Context, turnstone.Replay) (turnstone.Replayed, error){
				true: (*instance.Replays).Run, false: (*instance.Replays).Count,
			} {
				s := tt.shelf
				s.now = storetest.Start()
				got, err := run(&instance.Replays{Store: &s, Now: func() time.Time { return s.now }}, t.Context(), turnstone.Replay{After: tt.after})
				if got != tt.want || s.batches != tt.batches || (err != nil) != (tt.failAt > 0) {
					t.Errorf("got %+v in %d batches, %v, want %+v in %d", got, s.batches, err, tt.want, tt.batches)
				}
				if s.changed != change {
					t.Errorf("changed = %v, want %v", s.changed, change)
				}
			}
		})
	}
}
