package bench

import (
	"context"
	"errors"
	"time"

	"github.com/tidwall/gjson"

	"turnstone/internal/bench/peer"
	"turnstone/internal/poll"
)

// fillIdle makes pollers that find nothing.
func fillIdle(ctx context.Context, s *site) (Result, error) {
	return Result{}, s.instances(ctx, setting{
		instances: s.Size.Pollers, pollers: 1, interval: s.Size.Interval, enabled: at(s.Born), resource: reports,
	})
}

// pollNothing polls a vendor that has nothing new.
func pollNothing(ctx context.Context, s *site) (Result, error) {
	failed := make(chan error, 1)
	s.observe(func(r poll.Report) {
		if r.Err != nil {
			select {
			case failed <- r.Err:
			default: // one is enough
			}
		}
	})
	result, err := s.whilePolling(ctx, s.serve)
	select {
	case problem := <-failed:
		return Result{}, errors.Join(err, problem)
	default:
		return result, err
	}
}

// whilePolling measures for a while, once each poller has polled.
func (s *site) whilePolling(ctx context.Context, start func(context.Context) (stop func() error)) (Result, error) {
	if err := s.plan(ctx, peer.Plan{Polls: s.Size.Pollers}); err != nil {
		return Result{}, err
	}
	stop := start(ctx)
	result, err := s.aWhile(ctx)
	return result, errors.Join(err, stop())
}

// aWhile measures for a while, once each poller has polled.
func (s *site) aWhile(ctx context.Context) (Result, error) {
	before, err := s.arrived(ctx)
	if err != nil {
		return Result{}, err
	}
	if err := s.meter.begin(); err != nil {
		return Result{}, err
	}
	if err := rest(ctx, s.Size.For); err != nil {
		return Result{}, err
	}
	after, err := s.peer.Tally(ctx)
	if err != nil {
		return Result{}, err
	}
	return s.meter.result(after.Polls-before.Polls, s.Size.For)
}

// askBare makes the same requests in a loop, all of them once an interval.
func askBare(ctx context.Context, s *site) (Result, error) {
	return s.whilePolling(ctx, func(ctx context.Context) (stop func() error) {
		ctx, cancel := context.WithCancel(ctx)
		wait := together(1, func(int) error { return s.ask(ctx) })
		return func() error {
			cancel()
			return wait()
		}
	})
}

// ask reads the lists of all companies on each tick until ctx ends.
func (s *site) ask(ctx context.Context) error {
	ticker := time.NewTicker(s.Size.Interval)
	defer ticker.Stop()
	for {
		for company := range s.Size.Pollers {
			err := s.read(ctx, company, func([]gjson.Result) error { return nil })
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
