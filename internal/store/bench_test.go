package store_test

import (
	"sync"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

func BenchmarkCommitPollOf100Changes(b *testing.B) {
	db := storetest.Open(b)
	storetest.Instance(b, db, 1)
	l := claimPoller(b, db, lease)
	for b.Loop() {
		commit(b, db, l, page(b, db, 100))
	}
	b.ReportMetric(float64(b.N*100)/b.Elapsed().Seconds(), "changes/s")
}

// What a page stores beside its changes where records are kept for differences.
func BenchmarkCommitPollOf100ExplainedChanges(b *testing.B) {
	db := storetest.Open(b)
	storetest.Instance(b, db, 1)
	l := claimPoller(b, db, lease)
	for b.Loop() {
		commit(b, db, l, explained(page(b, db, 100)))
	}
	b.ReportMetric(float64(b.N*100)/b.Elapsed().Seconds(), "changes/s")
}

// A page of a census on which nothing changed.
func BenchmarkCount100Objects(b *testing.B) {
	db := storetest.Open(b)
	storetest.Instance(b, db, 1)
	l := claimPoller(b, db, lease)
	first := explained(page(b, db, 100))
	commit(b, db, l, first)
	var counted turnstone.PollCommit
	for _, v := range first.Versions {
		counted.Counted = append(counted.Counted, v.ObjectID)
	}
	for b.Loop() {
		counted.Memo.Census++
		commit(b, db, l, counted)
	}
	b.ReportMetric(float64(b.N*100)/b.Elapsed().Seconds(), "objects/s")
}

// One page that holds no change, of each of 64 pollers at a time: what most polls
// are.
func BenchmarkEmptyPollsTogether(b *testing.B) {
	db := storetest.Open(b)
	const pollers = 64
	manyPollers(b, db, pollers)
	for b.Loop() {
		leases, err := db.ClaimPollers(b.Context(), pollers, lease)
		if err != nil || len(leases) != pollers {
			b.Fatalf("ClaimPollers = %d, %v, want %d", len(leases), err, pollers)
		}
		var polled sync.WaitGroup
		for _, l := range leases {
			polled.Go(func() {
				end := &turnstone.PollEnd{Poll: turnstone.Poll{Outcome: turnstone.PollComplete, URL: "/reports"}}
				commit(b, db, l, turnstone.PollCommit{End: end})
			})
		}
		polled.Wait()
	}
	b.ReportMetric(float64(b.N*pollers)/b.Elapsed().Seconds(), "polls/s")
}

// What analytics of a busy week read, once delivered.
func BenchmarkCount100000Events(b *testing.B) {
	db := storetest.Open(b)
	i := storetest.Instance(b, db, 1)
	polling := claimPoller(b, db, lease)
	commit(b, db, polling, page(b, db, 1))
	l := claimDestination(b, db, lease)
	const pages, each = 200, 500
	for n := range pages {
		c := page(b, db, each)
		for k := range c.Events {
			c.Events[k].CreatedAt = storetest.Start().Add(time.Duration(n*each+k) * 6 * time.Second)
		}
		commit(b, db, polling, c)
		settle(b, db, l, active(made(eventIDs(c.Events)...)...))
	}
	f := turnstone.EventCountFilter{AccountID: i.AccountID, From: storetest.Start(), To: storetest.Start().Add(7 * 24 * time.Hour), Step: time.Minute}
	for b.Loop() {
		counts, err := db.EventCounts(b.Context(), f)
		if err != nil || len(counts) == 0 {
			b.Fatalf("EventCounts = %d, %v, want some", len(counts), err)
		}
	}
	b.ReportMetric(float64(b.N*pages*each)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkSettle500(b *testing.B) {
	db := storetest.Open(b)
	storetest.Instance(b, db, 1)
	polling := claimPoller(b, db, lease)
	commit(b, db, polling, page(b, db, 1))
	l := claimDestination(b, db, lease)
	for b.Loop() {
		b.StopTimer()
		c := page(b, db, 500)
		commit(b, db, polling, c)
		b.StartTimer()
		settle(b, db, l, active(made(eventIDs(c.Events)...)...))
	}
	b.ReportMetric(float64(b.N*500)/b.Elapsed().Seconds(), "deliveries/s")
}

func BenchmarkClaim100Of10000Pollers(b *testing.B) {
	db := storetest.Open(b)
	manyPollers(b, db, 10_000)
	for b.Loop() {
		leases, err := db.ClaimPollers(b.Context(), 100, lease)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		reschedule(b, db, leases)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N*100)/b.Elapsed().Seconds(), "pollers/s")
}

func reschedule(b *testing.B, db *store.DB, leases []turnstone.PollLease) {
	b.Helper()
	if len(leases) != 100 {
		b.Fatalf("ClaimPollers = %d, want 100", len(leases))
	}
	var polled sync.WaitGroup
	for _, l := range leases {
		polled.Go(func() { commit(b, db, l, turnstone.PollCommit{End: &turnstone.PollEnd{NextAt: time.Now()}}) })
	}
	polled.Wait()
}

// What group commit is for: the same small write, alone and with others.
