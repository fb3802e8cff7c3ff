package instance

import (
	"context"
	"time"

	"turnstone"
)

// ReplayStore is what Replays needs from storage.
type ReplayStore interface {
	// Replay owes one batch of events again; CountReplay only counts what that would
	// be.
	Replay(ctx context.Context, r turnstone.Replay) (turnstone.Replayed, error)
	CountReplay(ctx context.Context, r turnstone.Replay) (turnstone.Replayed, error)
}

// Replays delivers stored events again, under their ids and byte for byte.
type Replays struct {
	Store ReplayStore
	Now   func() time.Time
}

const (
	// replayBatch is how many events are owed again in one transaction.
	replayBatch = 1000
	// replayWithin is how long a call goes on: a client should not wait for hours.
	replayWithin = 20 * time.Second
)

// Run owes the events that r selects again, batch by batch, for some seconds. If there
// are more, Last of the result is where to go on, as r.After.
func (s *Replays) Run(ctx context.Context, r turnstone.Replay) (turnstone.Replayed, error) {
	return s.batches(ctx, r, s.Store.Replay)
}

// Count returns what Run would do, and does nothing.
func (s *Replays) Count(ctx context.Context, r turnstone.Replay) (turnstone.Replayed, error) {
	return s.batches(ctx, r, s.Store.CountReplay)
}

func (s *Replays) batches(ctx context.Context, r turnstone.Replay, batch func(context.Context, turnstone.Replay) (turnstone.Replayed, error)) (turnstone.Replayed, error) {
	var total turnstone.Replayed
	until := s.Now().Add(replayWithin)
	r.Limit = replayBatch
	for {
		done, err := batch(ctx, r)
		if err != nil {
			return total, err
		}
		total.Events += done.Events
		total.Deliveries += done.Deliveries
		total.Last, r.After = done.Last, done.Last
		if done.Last == 0 || !s.Now().Before(until) {
			return total, nil
		}
	}
}
