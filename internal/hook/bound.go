package hook

import (
	"context"
	"fmt"
	"runtime/metrics"
	"sync"
	"time"
)

// glance is how often the heap is measured during a run.
const glance = 5 * time.Millisecond

// bounded returns a context that ends when a run has taken too long or too much memory.
// Release must be called when the run is over.
func bounded(ctx context.Context) (_ context.Context, release func()) {
	ctx, cancel := context.WithTimeoutCause(ctx, TimeLimit, fmt.Errorf("%w: it runs for more than %s", ErrLimit, TimeLimit))
	ctx, stop := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { watch(ctx, stop) })
	return ctx, func() {
		stop(context.Canceled)
		cancel()
		watching.Wait()
	}
}

// watch stops a run under which the heap grows too much.
func watch(ctx context.Context, stop context.CancelCauseFunc) {
	clock := time.NewTicker(glance)
	defer clock.Stop()
	before := uint64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-clock.C:
		}
		now := heap()
		if before == 0 {
			before = now // a run that ends at once is not measured at all
		}
		if now > before+MemoryLimit {
			stop(fmt.Errorf("%w: it takes more than %d MB of memory", ErrLimit, MemoryLimit>>20))
			return
		}
	}
}

// heap returns how many bytes objects on the heap take up.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
