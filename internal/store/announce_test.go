package store_test

import (
	"context"
	"testing"

	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

func TestNodesHearOfEachOthersEvents(t *testing.T) {
	dbs := nodes(t, 2)
	i := storetest.Instance(t, dbs[0], 1)
	l := claimPoller(t, dbs[0], lease)
	heard := make(chan int64, 100)
	listen(t, dbs[0], func(int64) { t.Error("a node heard of its own events") })
	listen(t, dbs[1], func(instance int64) { heard <- instance })
	for {
		// What is announced before the other node listens is lost to it.
		commit(t, dbs[0], l, page(t, dbs[0], 1))
		select {
		case got := <-heard:
			if got != i.ID {
				t.Errorf("heard of instance %d, want %d", got, i.ID)
			}
			return
		default:
		}
	}
}

func TestAloneThereIsNothingToHear(t *testing.T) {
	db := storetest.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	db.Listen(ctx, func(int64) { t.Error("heard of an event, want nothing") })
}

// listen listens until the test ends.
func listen(t *testing.T, db *store.DB, heard func(instanceID int64)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		db.Listen(ctx, heard)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
}
