package bench

import (
	"context"
	"errors"
	"time"

	"turnstone/internal/bench/peer"
)

// fillDeliveries stores the events that are to be delivered, the same number for
// each destination. Those for destinations that hang have the numbers behind all
// others.
func fillDeliveries(ctx context.Context, s *site) (Result, error) {
	n := s.Size.Destinations + s.Size.Hanging
	err := s.instances(ctx, setting{
		instances: n, pollers: 1, interval: never, enabled: at(s.Born), resource: reports,
		destination: s.destination,
	})
	if err != nil {
		return Result{}, err
	}
	leases, err := s.claim(ctx, n)
	if err != nil {
		return Result{}, err
	}
	share := s.Size.Objects / s.Size.Destinations
	byName := make(map[string]int, n)
	for i := range n {
		byName[companyName(i)] = i
	}
	return Result{}, each(n, func(i int) error {
		return s.events(ctx, leases[i], byName[leases[i].Instance.Name]*share, share)
	})
}

// destination returns where the events of an instance go.
func (s *site) destination(instance int) string {
	if instance < s.Size.Destinations {
		return s.Peer.Destinations[instance]
	}
	return s.Peer.Hanging
}

// deliverAll delivers what is stored.
func deliverAll(ctx context.Context, s *site) (Result, error) {
	if err := s.plan(ctx, peer.Plan{Objects: s.Size.Objects}); err != nil {
		return Result{}, err
	}
	return s.untilArrived(ctx, func() func() error { return s.serve(ctx) }, s.settled)
}

// untilArrived measures from start until everything planned has arrived. It calls
// what start returns at the end, and then check.
func (s *site) untilArrived(ctx context.Context, start func() (stop func() error), check func(context.Context) error) (Result, error) {
	if err := s.meter.begin(); err != nil {
		return Result{}, err
	}
	stop := start()
	tally, err := s.arrived(ctx)
	if err != nil {
		return Result{}, errors.Join(err, stop())
	}
	result, err := s.meter.result(tally.Objects, tally.Last().Sub(s.meter.at))
	if err := errors.Join(err, stop()); err != nil {
		return Result{}, err
	}
	if _, err := s.arrived(ctx); err != nil {
		return Result{}, err
	}
	return result, check(ctx)
}

// deliverBare posts the same events without a database: signed before the clock
// starts, and as many at a time to each destination as ours.
func deliverBare(ctx context.Context, s *site) (Result, error) {
	queues, err := s.signed(time.Now())
	if err != nil {
		return Result{}, err
	}
	if err := s.plan(ctx, peer.Plan{Objects: s.Size.Objects}); err != nil {
		return Result{}, err
	}
	return s.untilArrived(ctx, func() func() error { return s.postAll(ctx, queues) }, nothing)
}

// nothing is the check of those who keep nothing.
func nothing(context.Context) error { return nil }
