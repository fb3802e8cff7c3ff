package deliver_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/deliver"
)

// Whatever is added, failed and finished, in whatever order: of each object one
// delivery is out at a time, the earliest, and in the end all are finished.
func TestTheQueueKeepsTheOrderOfEachObject(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, now := deliver.NewQueue(), time.Unix(0, 0)
		names := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 3)
		var waiting []turnstone.Delivery // by object, what is not finished
		var out []*deliver.Item
		left := rapid.IntRange(0, 40).Draw(t, "deliveries")
		for id := int64(1); left > 0 || q.Size() > 0; {
			if left > 0 && rapid.Bool().Draw(t, "add") {
				d := turnstone.Delivery{EventID: id, Objects: names.Draw(t, "objects")}
				q.Add([]turnstone.Delivery{d, d})
				waiting = append(waiting, d)
				id, left = id+1, left-1
			}
			if it := q.Next(now); it != nil {
				checkFirst(t, it, waiting)
				out = append(out, it)
			}
			if len(out) == 0 {
				continue
			}
			i := rapid.IntRange(0, len(out)-1).Draw(t, "which")
			it := out[i]
			switch rapid.IntRange(0, 2).Draw(t, "outcome") {
			case 0:
				it.NextAt = now.Add(time.Second)
				q.PutBack(it)
				now = now.Add(500 * time.Millisecond)
			case 1:
				q.Finish(it)
				waiting = slices.DeleteFunc(waiting, func(d turnstone.Delivery) bool { return d.EventID == it.EventID })
			default:
				continue // it takes longer
			}
			out = slices.Delete(out, i, i+1)
			now = now.Add(time.Second)
		}
		if len(waiting) > 0 || q.Next(now) != nil {
			t.Fatalf("%v were never handed out", waiting)
		}
	})
}

// checkFirst fails if an earlier unfinished delivery shares an object with it.
func checkFirst(t *rapid.T, it *deliver.Item, waiting []turnstone.Delivery) {
	for _, d := range waiting {
		for _, o := range it.Objects {
			if d.EventID < it.EventID && slices.Contains(d.Objects, o) {
				t.Fatalf("event %d was handed out before event %d of %s was finished", it.EventID, d.EventID, o)
			}
		}
	}
}

func TestScheduleSkipsWhatHasPassed(t *testing.T) {
	first := time.Unix(1_000_000, 0)
	tests := map[string]struct {
		after  time.Duration
		spread float64
		want   time.Duration
		ok     bool
	}{
		"at once":              {0, 0, 4 * time.Second, true},
		"at once, spread":      {0, 1, 4*time.Second + 400*time.Millisecond, true},
		"early":                {time.Second, 0.5, 4*time.Second + 200*time.Millisecond, true},
		"at the delay":         {4 * time.Second, 0, 16 * time.Second, true},
		"after a long attempt": {34 * time.Second, 0, 64 * time.Second, true},
		"after a long stop":    {20 * time.Hour, 0, 262144 * time.Second, true},
		"after the last":       {262144 * time.Second, 0, 0, false},
		"long after":           {1000 * time.Hour, 1, 0, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := deliver.DefaultSchedule.Next(first, first.Add(tt.after), tt.spread)
			if ok != tt.ok || ok && got.Sub(first) != tt.want {
				t.Errorf("Next = %v after the first failure, %v, want %v, %v", got.Sub(first), ok, tt.want, tt.ok)
			}
		})
	}
}

func ExampleSchedule_Next() {
	failed := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for now := failed; ; {
		next, ok := deliver.DefaultSchedule.Next(failed, now, 0)
		if !ok {
			break
		}
		fmt.Println(next.Sub(failed))
		now = next
	}
	// Output:
	// 4s
	// 16s
	// 1m4s
	// 4m16s
	// 17m4s
	// 1h8m16s
	// 4h33m4s
	// 18h12m16s
	// 72h49m4s
}

func ExampleJudge() {
	verdict := deliver.Judge(503, map[string][]string{"Retry-After": {"120"}}, 1024, time.Now())
	fmt.Println(verdict.Done, verdict.Wait, verdict.Cause)
	// Output: false 2m0s the receiver answered 503 Service Unavailable; its log may say why
}

func BenchmarkQueue(b *testing.B) {
	const deliveries = 2000
	list := make([]turnstone.Delivery, deliveries)
	for i := range list {
		list[i] = turnstone.Delivery{EventID: int64(i + 1)}
		for o := range 10 {
			list[i].Objects = append(list[i].Objects, fmt.Sprint((i*10+o)%7000))
		}
	}
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		q := deliver.NewQueue()
		q.Add(list)
		for q.Size() > 0 {
			q.Finish(q.Next(now))
		}
	}
}
