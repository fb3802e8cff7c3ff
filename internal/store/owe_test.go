package store_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// told returns a page with an event of each of the resources and ops.
func told(t testing.TB, db *store.DB, resource string, ops ...turnstone.Op) turnstone.PollCommit {
	t.Helper()
	c := page(t, db, len(ops))
	for i, op := range ops {
		c.Events[i].Resource, c.Events[i].Ops = resource, []turnstone.Op{op}
	}
	return c
}

func TestAnEventIsOwedToThoseWhoWantIt(t *testing.T) {
	tests := map[string]struct {
		filter turnstone.DestinationFilter
		want   []int // of created, updated and deleted reports, and a created receipt
	}{
		"everything":        {turnstone.DestinationFilter{}, []int{0, 1, 2, 3}},
		"one resource":      {turnstone.DestinationFilter{Resources: []string{"receipts"}}, []int{3}},
		"two resources":     {turnstone.DestinationFilter{Resources: []string{"receipts", "reports"}}, []int{0, 1, 2, 3}},
		"one op":            {turnstone.DestinationFilter{Ops: []turnstone.Op{turnstone.Created}}, []int{0, 3}},
		"a resource and op": {turnstone.DestinationFilter{Resources: []string{"reports"}, Ops: []turnstone.Op{turnstone.Updated, turnstone.Deleted}}, []int{1, 2}},
		"nothing there is":  {turnstone.DestinationFilter{Resources: []string{"trips"}}, nil},
	}
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		saved := map[string]turnstone.Destination{}
		for name, tt := range tests {
			saved[name] = saveDestination(t, db, beside(i, tt.filter))
		}
		poll := claimPoller(t, db, lease)
		c := told(t, db, "reports", turnstone.Created, turnstone.Updated, turnstone.Deleted)
		c.Events = append(c.Events, told(t, db, "receipts", turnstone.Created).Events...)
		commit(t, db, poll, c)
		leases := claimAll(t, db)
		for name, tt := range tests {
			l, due := leases[saved[name].ID]
			if due != (len(tt.want) > 0) {
				t.Errorf("%s: due = %v, want %v", name, due, len(tt.want) > 0)
			}
			if !due {
				continue
			}
			want := []int64{}
			for _, k := range tt.want {
				want = append(want, c.Events[k].ID)
			}
			owed := look(t, db, l)
			if got := sortedIDs(owed.List); !slices.Equal(got, want) || owed.Signal != int64(len(want)) {
				t.Errorf("%s: owed = %v at signal %d, want %v", name, got, owed.Signal, want)
			}
		}
	})
}

// What a destination is owed is counted in its row, in two numbers that every way to
// owe and to settle changes. They must be those of the rows.
func TestWhatIsOwedIsCountedExactly(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		saveDestination(t, db, beside(i, turnstone.DestinationFilter{Resources: []string{"reports"}}))
		saveDestination(t, db, beside(i, turnstone.DestinationFilter{Ops: []turnstone.Op{turnstone.Created}}))
		poll := claimPoller(t, db, lease)
		rapid.Check(t, func(rt *rapid.T) {
			w := owedWorld{t: t, db: db, instance: i, poll: poll}
			rt.Repeat(map[string]func(*rapid.T){
				"store":     w.store,
				"settle":    w.settle,
				"redeliver": w.redeliver,
				"replay":    w.replay,
				"":          func(rt *rapid.T) { w.check(rt) },
			})
		})
	})
}

// owedWorld does to destinations what may happen to them.
type owedWorld struct {
	t        *testing.T
	db       *store.DB
	instance turnstone.Instance
	poll     turnstone.PollLease
}

func (w owedWorld) store(rt *rapid.T) {
	resource := rapid.SampledFrom([]string{"reports", "receipts"}).Draw(rt, "resource")
	op := rapid.SampledFrom([]turnstone.Op{turnstone.Created, turnstone.Updated}).Draw(rt, "op")
	commit(w.t, w.db, w.poll, told(w.t, w.db, resource, op))
}

// settle serves what is due: one destination or several, made, failed or queued.
func (w owedWorld) settle(rt *rapid.T) {
	for _, l := range claimAll(w.t, w.db) {
		owed := look(w.t, w.db, l)
		var settlements []turnstone.Settlement
		for _, d := range owed.List {
			if d.Queued {
				continue
			}
			s := turnstone.Settlement{Attempt: turnstone.Attempt{EventID: d.EventID, Number: d.Attempts + 1, At: storetest.Start()}}
			switch rapid.IntRange(0, 3).Draw(rt, "outcome") {
			case 0:
				s.Done = true
			case 1:
				s.Queued, s.Attempt.Problem, s.FirstFailedAt = true, "refused", storetest.Start()
			case 2:
				s.NextAt, s.Attempt.Problem, s.FirstFailedAt = storetest.Start().Add(time.Hour), "refused", storetest.Start()
			default:
				continue
			}
			settlements = append(settlements, s)
		}
		batch := released(owed.Signal, settlements...)
		if rapid.Bool().Draw(rt, "give up") {
			batch.State = turnstone.DestinationInactive
		}
		settle(w.t, w.db, l, batch)
	}
}

func (w owedWorld) redeliver(rt *rapid.T) {
	f := turnstone.DeliveryFilter{AccountID: w.instance.AccountID}
	f.State = rapid.SampledFrom([]turnstone.DeliveryState{"", turnstone.DeliveryQueued, turnstone.DeliveryRetry}).Draw(rt, "state")
	if _, err := w.db.Redeliver(w.t.Context(), f); err != nil {
		rt.Fatal(err)
	}
}

func (w owedWorld) replay(rt *rapid.T) {
	r := turnstone.Replay{AccountID: w.instance.AccountID, InstanceID: w.instance.ID, Limit: 3}
	n, err := w.db.Replay(w.t.Context(), r)
	if err != nil {
		rt.Fatal(err)
	}
	if again, err := w.db.Replay(w.t.Context(), r); err != nil || again.Deliveries != 0 || again.Events != n.Events {
		rt.Errorf("Replay again = %+v, %v, want the %d events to be owed already", again, err, n.Events)
	}
}

func (w owedWorld) check(rt *rapid.T) {
	destinations, err := w.db.Destinations(w.t.Context(), w.instance.AccountID, w.instance.ID)
	if err != nil {
		rt.Fatal(err)
	}
	for _, d := range destinations {
		owed := fmt.Sprintf("delivery WHERE destination_id = %d", d.ID)
		queued := fmt.Sprintf("%s AND next_at = %d", owed, int64(math.MaxInt64))
		want := map[string]int64{owed: int64(d.Owed), queued: int64(d.Queued)}
		if diff := cmp.Diff(want, rows(w.t, w.db, owed, queued)); diff != "" {
			rt.Errorf("rows (-counted +there)\n%s", diff)
		}
	}
}
