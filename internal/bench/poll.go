package bench

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tidwall/gjson"

	"turnstone"
	"turnstone/internal/bench/peer"
	"turnstone/internal/poll"
)

// planPolls makes the vendor show as many records as are to be read, spread over
// its companies, and wait for their arrival.
func (s *site) planPolls(ctx context.Context) error {
	share := s.Size.Objects / s.Size.Pollers
	return s.plan(ctx, peer.Plan{
		Objects: s.Size.Objects,
		Vendor:  peer.Vendor{Records: share, Objects: share, Date: recordDate(s.Born), Size: recordSize},
	})
}

// fillPollers makes pollers whose records are all new to them.
func fillPollers(ctx context.Context, s *site) (Result, error) {
	return Result{}, s.instances(ctx, setting{
		instances: s.Size.Pollers, pollers: 1, interval: never, enabled: at(s.Born.Add(-time.Hour)),
		resource: reports, destination: s.destination,
	})
}

// pollAll polls the records and delivers them.
func pollAll(ctx context.Context, s *site) (Result, error) {
	if err := s.planPolls(ctx); err != nil {
		return Result{}, err
	}
	return s.untilArrived(ctx, func() func() error { return s.serve(ctx) }, s.settled)
}

// planReading makes the vendor show records, of which some are the same object's
// if there are fewer objects.
func (s *site) planReading(ctx context.Context, records int) error {
	share := records / s.Size.Pollers
	return s.plan(ctx, peer.Plan{
		Polls:  s.Size.Pollers * ((share + pageSize - 1) / pageSize),
		Vendor: peer.Vendor{Records: share, Objects: s.Size.Known / s.Size.Pollers, Date: recordDate(s.Born), Size: recordSize},
	})
}

// readers are pollers that were enabled after all records were made, so that they
// learn them without a change, and that send nothing anywhere.
func readers(s *site) setting {
	return setting{instances: s.Size.Pollers, pollers: 1, interval: never, enabled: at(s.Born), resource: reports}
}

// fillVersions makes pollers know versions, by polling them.
func fillVersions(ctx context.Context, s *site) (Result, error) {
	if err := s.instances(ctx, readers(s)); err != nil {
		return Result{}, err
	}
	if err := s.planReading(ctx, s.Size.Known); err != nil {
		return Result{}, err
	}
	_, err := s.pollOnce(ctx, s.Size.Known, func(p poll.Report) int { return p.Poll.Learned })
	return Result{}, err
}

// reread polls what is known already.
func reread(ctx context.Context, s *site) (Result, error) {
	if err := s.planReading(ctx, s.Size.Objects); err != nil {
		return Result{}, err
	}
	if err := s.makeDue(ctx); err != nil {
		return Result{}, err
	}
	return s.pollOnce(ctx, s.Size.Objects, func(p poll.Report) int { return p.Poll.Unchanged })
}

// pollOnce measures until every poller has polled once. What want returns must
// add up to the records there are.
func (s *site) pollOnce(ctx context.Context, records int, want func(poll.Report) int) (Result, error) {
	reports := make(chan poll.Report, s.Size.Pollers)
	s.observe(func(r poll.Report) { reports <- r })
	if err := s.meter.begin(); err != nil {
		return Result{}, err
	}
	stop := s.serve(ctx)
	got := 0
	for range s.Size.Pollers {
		select {
		case r := <-reports:
			if r.Err != nil {
				return Result{}, errors.Join(r.Err, stop())
			}
			got += want(r)
		case <-ctx.Done():
			return Result{}, errors.Join(context.Cause(ctx), stop())
		}
	}
	result, err := s.meter.result(records, time.Since(s.meter.at))
	if err := errors.Join(err, stop()); err != nil {
		return Result{}, err
	}
	if got != records {
		return Result{}, fmt.Errorf("%w: %d of %d records were what they should be", ErrLost, got, records)
	}
	return result, nil
}

// observe has do told of each poll, along with whoever is told already.
func (s *site) observe(do func(poll.Report)) {
	before := s.loops.Poll.Observe
	s.loops.Poll.Observe = func(r poll.Report) {
		if before != nil {
			before(r)
		}
		do(r)
	}
}

// makeDue makes all pollers due, as a client does who saves their instances with
// their tokens again.
func (s *site) makeDue(ctx context.Context) error {
	return each(s.Size.Pollers, func(i int) error {
		w := s.instance(turnstone.User{}, readers(s), i)
		stored, err := s.db.InstanceByToken(ctx, w.Instance.Token)
		if err != nil {
			return err
		}
		w.Instance, w.Now = stored, time.Now()
		_, err = s.db.SaveInstance(ctx, w)
		return err
	})
}

// readBare reads the same records and splits them, and does no more.
func readBare(ctx context.Context, s *site) (Result, error) {
	if err := s.planReading(ctx, s.Size.Objects); err != nil {
		return Result{}, err
	}
	if err := s.meter.begin(); err != nil {
		return Result{}, err
	}
	var got atomic.Int64
	err := s.companies(ctx, func(_ int, records []gjson.Result) error {
		got.Add(int64(len(records)))
		return nil
	})()
	if err != nil {
		return Result{}, err
	}
	if n := int(got.Load()); n != s.Size.Objects {
		return Result{}, fmt.Errorf("%w: %d of %d records were read", ErrLost, n, s.Size.Objects)
	}
	return s.meter.result(s.Size.Objects, time.Since(s.meter.at))
}
