package poll

import (
	"context"
	"errors"
	"sync"
	"time"

	"turnstone"
)

// keep extends the lease while the vendor takes its time, until end is called: an
// answer may take longer than the lease. Meanwhile the poll must stay as it is. For
// an answer that comes soon, as most do, this costs a timer.
func (p *poll) keep(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var extending sync.WaitGroup
	extending.Add(1)
	timer := time.AfterFunc(p.Lease/quarter, func() {
		defer extending.Done()
		p.extend(ctx)
	})
	return func() {
		cancel()
		if !timer.Stop() {
			extending.Wait()
		}
	}
}

// extend extends the lease now and again until ctx ends. If it is lost, the vendor is
// left to answer, and what comes of that is refused.
func (p *poll) extend(ctx context.Context) {
	again := time.NewTicker(p.Lease / quarter)
	defer again.Stop()
	for {
		err := p.write(ctx, p.state())
		if errors.Is(err, turnstone.ErrLeaseLost) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
	}
}
