package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/bench/peer"
)

// committers is how many pollers of the one instance commit events. One alone
// would wait for the disk after each.
const committers = 16

// fillCommitters makes an instance with its pollers and destination.
func fillCommitters(ctx context.Context, s *site) (Result, error) {
	return Result{}, s.instances(ctx, setting{
		instances: 1, pollers: committers, interval: never, enabled: at(s.Born), destination: s.destination,
		resource: func(p int) (string, string) { return fmt.Sprintf("%s%d", resource, p), pollerConfiguration() },
	})
}

// commitAtRate commits events at a steady rate, as polls do, and measures how long
// each takes from its commit to its receiver.
func commitAtRate(ctx context.Context, s *site) (Result, error) {
	leases, err := s.claim(ctx, committers)
	if err != nil {
		return Result{}, err
	}
	p := newPace(s.Size)
	if err := s.plan(ctx, peer.Plan{Objects: p.events()}); err != nil {
		return Result{}, err
	}
	committed := make([]time.Time, p.events())
	result, err := s.untilArrived(ctx, func() func() error {
		stop := s.serve(ctx)
		failed := s.commitAll(ctx, leases, p, committed)
		return func() error { return errors.Join(failed, stop()) }
	}, s.settled)
	if err != nil {
		return Result{}, err
	}
	arrivals, err := s.peer.Arrivals(ctx)
	if err != nil {
		return Result{}, err
	}
	waits := make([]float64, len(arrivals))
	for i, at := range arrivals {
		// An event may be there before its commit has returned to who waits for it.
		waits[i] = float64(max(0, time.UnixMicro(at).Sub(committed[i])))
	}
	result.Waits = summary(waits)
	return result, nil
}

// pace is how a rate is kept: by each committer in turn, a batch at a time.
type pace struct {
	batch  int           // events a commit
	turns  int           // commits of each committer
	period time.Duration // between two commits of one committer
}

// mostCommits is how many commits there are in a second, at most: a poll commits a
// page at a time, not an event.
const mostCommits = 1000

func newPace(s Size) pace {
	batch := max(1, int(s.Rate/mostCommits))
	period := time.Duration(float64(time.Second) * float64(batch*committers) / s.Rate)
	return pace{batch: batch, period: period, turns: max(1, int(s.For/period))}
}

// events returns how many events there will be.
func (p pace) events() int { return p.batch * p.turns * committers }

// at returns when a committer takes a turn: they follow each other evenly.
func (p pace) at(committer, turn int) time.Duration {
	return p.period*time.Duration(turn) + p.period*time.Duration(committer)/committers
}

// first returns the number of the first event of a turn.
func (p pace) first(committer, turn int) int { return (turn*committers + committer) * p.batch }

// commitAll commits all events at a pace, and notes when each was committed.
func (s *site) commitAll(ctx context.Context, leases []turnstone.PollLease, p pace, committed []time.Time) error {
	start := time.Now()
	return together(committers, func(number int) error {
		for turn := range p.turns {
			if err := rest(ctx, time.Until(start.Add(p.at(number, turn)))); err != nil {
				return err
			}
			first := p.first(number, turn)
			if err := s.commit(ctx, leases[number], first, committed[first:first+p.batch]); err != nil {
				return err
			}
		}
		return nil
	})()
}

// commit commits events as a poll does, numbered from first, and notes when.
func (s *site) commit(ctx context.Context, lease turnstone.PollLease, first int, committed []time.Time) error {
	w, err := newWriter(lease.Instance, s.Born)
	if err != nil {
		return err
	}
	events, err := s.write(ctx, w, first, len(committed))
	if err != nil {
		return err
	}
	if err := s.db.CommitPoll(ctx, lease, leaseOfFill, turnstone.PollCommit{Events: events}); err != nil {
		return err
	}
	now := time.Now()
	s.loops.Poll.Stored(lease.Instance.ID)
	for i := range committed {
		committed[i] = now
	}
	return nil
}
