package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// explained adds to c what polls store beside versions and events: a sighting of each
// object, with the event that tells of it, its record, and a count of others.
func explained(c turnstone.PollCommit, others ...string) turnstone.PollCommit {
	c.KeepRecords, c.Counted, c.Memo.Census = true, others, 3
	for k := range c.Versions {
		v := &c.Versions[k]
		v.Record = []byte(`{"id":"` + v.ObjectID + `"}`)
		c.Sightings = append(c.Sightings, turnstone.Sighting{
			ObjectID: v.ObjectID, PollAt: storetest.Start(), SeenAt: storetest.Start().Add(time.Second), Op: turnstone.Updated,
			Reason: turnstone.ReasonDiffers, Fingerprint: v.Fingerprint, Updated: v.Updated, EventID: c.Events[k].ID,
		})
	}
	return c
}

func TestTheHistoryOfAnObjectIsListedNewestFirst(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		at := storetest.Start()
		var want []turnstone.Sighting
		for k := range 5 {
			s := turnstone.Sighting{
				ObjectID: oddID, PollAt: at.Add(time.Duration(k) * time.Minute), SeenAt: at.Add(time.Duration(k)*time.Minute + time.Second),
				Op: turnstone.Created, Reason: turnstone.ReasonNew, Fingerprint: turnstone.Fingerprint{byte(k)},
				Updated: at, Created: at.Add(-time.Hour), EventID: int64(k),
			}
			commit(t, db, l, turnstone.PollCommit{Sightings: []turnstone.Sighting{{ObjectID: "another"}, s}})
			want = append([]turnstone.Sighting{s}, want...)
		}
		var got []turnstone.Sighting
		f := turnstone.SightingFilter{AccountID: i.AccountID, PollerID: l.Poller.ID, ObjectID: oddID, Limit: 2}
		for {
			page, err := db.Sightings(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, page...); len(page) < f.Limit {
				break
			}
			f.Before = page[len(page)-1].ID
		}
		for k := range want {
			want[k].ID = got[min(k, len(got)-1)].ID
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Sightings (-want +got)\n%s", diff)
		}
		f.AccountID, f.Before = i.AccountID+1, 0
		if foreign, err := db.Sightings(t.Context(), f); len(foreign) != 0 || err != nil {
			t.Errorf("Sightings for another account = %v, %v, want none", foreign, err)
		}
	})
}

func TestASightingIsStoredWithItsEventOrNotAtAll(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		first := explained(page(t, db, 1))
		commit(t, db, l, first)
		broken := explained(page(t, db, 3), first.Versions[0].ObjectID)
		broken.Events[2].ID = first.Events[0].ID
		if err := db.CommitPoll(t.Context(), l, lease, broken); err == nil {
			t.Fatal("CommitPoll = nil, want the second event of that id refused")
		}
		wantRows(t, db, map[string]int64{"sighting": 1, "record": 1, "version": 1, "event": 1})
	})
}

func TestAnOvertakenPollExplainsNothing(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		stalled := claimPoller(t, db, expired)
		current := claimPoller(t, db, lease)
		first := page(t, db, 1)
		commit(t, db, current, first)
		object := first.Versions[0].ObjectID
		if err := db.CommitPoll(t.Context(), stalled, lease, explained(page(t, db, 2), object)); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("CommitPoll = %v, want ErrLeaseLost", err)
		}
		wantRows(t, db, map[string]int64{"sighting": 0, "record": 0, "version": 1, "event": 1})
		q := turnstone.VanishedQuery{Census: 3, Before: time.Now().Add(time.Minute), Limit: 1}
		if _, ids := vanished(t, db, current.Poller, q); len(ids) != 1 {
			t.Errorf("Vanished = %q, want the object not counted", ids)
		}
	})
}

func wantRows(t *testing.T, db *store.DB, want map[string]int64) {
	t.Helper()
	for table, n := range want {
		if got := rows(t, db, table)[table]; got != n {
			t.Errorf("%s has %d rows, want %d", table, got, n)
		}
	}
}

// What most polls are: they must not cost more because of what few of them store.
func TestAPageThatChangesNothingTakesNoStatementMore(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		texts := db.Watch()
		commit(t, db, l, turnstone.PollCommit{})
		for _, text := range texts() {
			if !strings.Contains(text, "UPDATE poller") && !strings.HasPrefix(text, "SELECT") { // SELECT asks for the time
				t.Errorf("a page without changes runs %s", text)
			}
		}
	})
}

func TestWhatWasToldSinceIsTheLastChangeOfEachObject(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		l := claimPoller(t, db, lease)
		at := storetest.Start()
		sighted := func(object string, minute int, op turnstone.Op, content byte) turnstone.Sighting {
			return turnstone.Sighting{ObjectID: object, SeenAt: at.Add(time.Duration(minute) * time.Minute), Op: op, Fingerprint: turnstone.Fingerprint{content}}
		}
		commit(t, db, l, turnstone.PollCommit{Sightings: []turnstone.Sighting{
			sighted("early", 0, turnstone.Created, 1),
			sighted("twice", 1, turnstone.Created, 2), sighted("twice", 2, turnstone.Updated, 3),
			sighted("learned", 2, "", 4), sighted("not asked", 2, turnstone.Created, 5), sighted(oddID, 1, turnstone.Deleted, 6),
		}})
		got, err := db.Told(t.Context(), l.Poller, at.Add(time.Minute), []string{"early", "twice", "learned", oddID, "unknown"})
		want := map[string]turnstone.Fingerprint{"twice": {3}, oddID: {6}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("Told: %v, differs (-want +got):\n%s", err, diff)
		}
	})
}
