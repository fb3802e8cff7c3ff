package engine_test

import (
	"context"
	"fmt"
	"sync"

	"turnstone/internal/store/engine"
)

// Calls that come while a write is under way are made together by the next one.
func ExampleBatcher() {
	var total int
	b := engine.NewBatcher(context.Background(), engine.BatchOptions[int]{
		Do: func(_ context.Context, calls []*engine.Call[int]) error {
			for _, c := range calls {
				if c.Job < 0 {
					c.Err = fmt.Errorf("%d is no amount", c.Job)
					continue
				}
				total += c.Job
			}
			return nil
		},
		Workers: 1, MaxCalls: 100, MaxRows: 1000,
	})
	var callers sync.WaitGroup
	for amount := range 5 {
		callers.Go(func() {
			_ = b.Call(context.Background(), engine.Request[int]{Job: amount, Key: int64(amount), Weight: 1})
		})
	}
	callers.Wait()
	fmt.Println(b.Call(context.Background(), engine.Request[int]{Job: -1}))
	b.Close()
	fmt.Println(total)
	// Output:
	// -1 is no amount
	// 10
}
