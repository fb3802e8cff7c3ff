package simulation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/deliver"
	"turnstone/internal/oauth"
	"turnstone/internal/poll"
)

var (
	_ poll.Store    = (*storage)(nil)
	_ deliver.Store = (*storage)(nil)
	_ oauth.Store   = (*storage)(nil)
)

// storage is the database as a node sees it: now and then it does not answer, with or
// without having done what it was asked. What it has done is told to the watch.
type storage struct{ node *node }

// call makes one call of the database.
func (s *storage) call(ctx context.Context, what string, do func(ctx context.Context) error) error {
	n := s.node
	if err := n.step("before " + what); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		if n.world.dice.about(n.name+" late").IntN(2) == 0 {
			return err
		}
		ctx = context.WithoutCancel(ctx) // it was on its way already
	}
	chance := func(trouble string, share float64) bool {
		return n.world.dice.chance(n.name+" "+trouble+" "+what, share)
	}
	weather := n.world.sky.weather()
	if chance("fail", weather.fail) {
		n.world.counts.storage.Add(1)
		return fmt.Errorf("simulated: %w", turnstone.ErrUnavailable)
	}
	err := do(ctx)
	if gone := n.step("after " + what); gone != nil {
		return gone
	}
	if err == nil && chance("mute", weather.mute) {
		n.world.counts.storage.Add(1)
		return fmt.Errorf("simulated, after it was done: %w", turnstone.ErrUnavailable)
	}
	return err
}

// asked makes one call of the database that answers something.
func asked[T any](ctx context.Context, s *storage, what string, do func(ctx context.Context) (T, error)) (T, error) {
	var answer, none T
	err := s.call(ctx, what, func(ctx context.Context) error {
		var err error
		answer, err = do(ctx)
		return err
	})
	if err != nil {
		return none, err
	}
	return answer, nil
}

func (s *storage) ClaimPollers(ctx context.Context, n int, lease time.Duration) ([]turnstone.PollLease, error) {
	return asked(ctx, s, "ClaimPollers", func(ctx context.Context) ([]turnstone.PollLease, error) {
		at := time.Now()
		leases, err := s.node.world.db.ClaimPollers(ctx, n, lease)
		for _, l := range leases {
			s.node.world.watch.claimed(pollerKey(l.Poller.ID), turnstone.Span{From: at, To: time.Now().Add(lease)}, l.Fence, s.node.name)
		}
		return leases, err
	})
}

func (s *storage) Versions(ctx context.Context, p turnstone.Poller, objectIDs []string) (map[string]turnstone.Version, error) {
	return asked(ctx, s, "Versions", func(ctx context.Context) (map[string]turnstone.Version, error) {
		return s.node.world.db.Versions(ctx, p, objectIDs)
	})
}

func (s *storage) Records(ctx context.Context, p turnstone.Poller, objectIDs []string) (map[string]json.RawMessage, error) {
	return asked(ctx, s, "Records", func(ctx context.Context) (map[string]json.RawMessage, error) {
		return s.node.world.db.Records(ctx, p, objectIDs)
	})
}

func (s *storage) Told(ctx context.Context, p turnstone.Poller, since time.Time, objectIDs []string) (map[string]turnstone.Fingerprint, error) {
	return asked(ctx, s, "Told", func(ctx context.Context) (map[string]turnstone.Fingerprint, error) {
		return s.node.world.db.Told(ctx, p, since, objectIDs)
	})
}

func (s *storage) Vanished(ctx context.Context, p turnstone.Poller, q turnstone.VanishedQuery) (turnstone.Vanished, error) {
	return asked(ctx, s, "Vanished", func(ctx context.Context) (turnstone.Vanished, error) {
		return s.node.world.db.Vanished(ctx, p, q)
	})
}

func (s *storage) EventIDs(ctx context.Context, n int) ([]int64, error) {
	return asked(ctx, s, "EventIDs", func(ctx context.Context) ([]int64, error) { return s.node.world.db.EventIDs(ctx, n) })
}

func (s *storage) CommitPoll(ctx context.Context, l turnstone.PollLease, extend time.Duration, c turnstone.PollCommit) error {
	return s.call(ctx, "CommitPoll", func(ctx context.Context) error {
		at := time.Now()
		err := s.node.world.db.CommitPoll(ctx, l, extend, c)
		if err == nil {
			s.node.world.watch.committed(l, c, at, extend)
		}
		return err
	})
}

func (s *storage) ClaimDestinations(ctx context.Context, n int, lease time.Duration) ([]turnstone.DestinationLease, error) {
	return asked(ctx, s, "ClaimDestinations", func(ctx context.Context) ([]turnstone.DestinationLease, error) {
		at := time.Now()
		leases, err := s.node.world.db.ClaimDestinations(ctx, n, lease)
		for _, l := range leases {
			s.node.world.watch.claimed(destinationKey(l.Destination.ID), turnstone.Span{From: at, To: time.Now().Add(lease)}, l.Fence, s.node.name)
			s.node.world.watch.serves(l)
		}
		return leases, err
	})
}

func (s *storage) Deliveries(ctx context.Context, l turnstone.DestinationLease, after int64, n int) (turnstone.Deliveries, error) {
	return asked(ctx, s, "Deliveries", func(ctx context.Context) (turnstone.Deliveries, error) {
		return s.node.world.db.Deliveries(ctx, l, after, n)
	})
}

func (s *storage) Bodies(ctx context.Context, accountID int64, eventIDs []int64) (map[int64][]byte, error) {
	return asked(ctx, s, "Bodies", func(ctx context.Context) (map[int64][]byte, error) {
		return s.node.world.db.Bodies(ctx, accountID, eventIDs)
	})
}

func (s *storage) SettleDeliveries(ctx context.Context, l turnstone.DestinationLease, extend time.Duration, b turnstone.DeliveryBatch) error {
	return s.call(ctx, "SettleDeliveries", func(ctx context.Context) error {
		at := time.Now()
		err := s.node.world.db.SettleDeliveries(ctx, l, extend, b)
		if err == nil {
			s.node.world.watch.settled(l, b, at, extend)
		}
		return err
	})
}

func (s *storage) Credential(ctx context.Context, instanceID int64) (turnstone.Credential, error) {
	return asked(ctx, s, "Credential", func(ctx context.Context) (turnstone.Credential, error) {
		return s.node.world.db.Credential(ctx, instanceID)
	})
}

func (s *storage) LeaseCredential(ctx context.Context, instanceID int64, lease time.Duration) (turnstone.CredentialLease, error) {
	return asked(ctx, s, "LeaseCredential", func(ctx context.Context) (turnstone.CredentialLease, error) {
		return s.node.world.db.LeaseCredential(ctx, instanceID, lease)
	})
}

func (s *storage) SaveCredential(ctx context.Context, l turnstone.CredentialLease) error {
	return s.call(ctx, "SaveCredential", func(ctx context.Context) error { return s.node.world.db.SaveCredential(ctx, l) })
}

func (s *storage) ReleaseCredential(ctx context.Context, l turnstone.CredentialLease) error {
	return s.call(ctx, "ReleaseCredential", func(ctx context.Context) error { return s.node.world.db.ReleaseCredential(ctx, l) })
}
