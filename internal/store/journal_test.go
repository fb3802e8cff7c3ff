package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// journal adds entries to the journal.
func journal(t *testing.T, db *store.DB, entries ...turnstone.JournalEntry) {
	t.Helper()
	for _, e := range entries {
		if err := db.AddJournal(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheJournalIsReadByWhatOneLooksFor(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		at := func(hours int) time.Time { return storetest.Start().Add(time.Duration(hours) * time.Hour) }
		entry := func(id, hours int, action string, user, instance int64) turnstone.JournalEntry {
			return turnstone.JournalEntry{
				ID: int64(id), AccountID: 1, At: at(hours), UserID: user, Email: "a@example.com", Action: action,
				Method: "PATCH", Route: "/x/{id}", Path: "/x/7", InstanceID: instance, Changed: []string{"name"}, RequestID: "r",
			}
		}
		entries := []turnstone.JournalEntry{
			entry(1, 0, "instances.create", 1, 7), entry(2, 1, "instances.enabled.update", 2, 7),
			entry(3, 2, "instancesx.update", 1, 0), entry(4, 3, "users.create", 1, 0),
		}
		foreign := entry(5, 3, "users.create", 1, 7)
		foreign.AccountID = 2
		journal(t, db, append(entries, foreign)...)
		tests := map[string]struct {
			filter turnstone.JournalFilter
			want   []int64
		}{
			"everything, newest first": {turnstone.JournalFilter{}, []int64{4, 3, 2, 1}},
			"a page":                   {turnstone.JournalFilter{Before: 4, Limit: 2}, []int64{3, 2}},
			"from":                     {turnstone.JournalFilter{From: at(2)}, []int64{4, 3}},
			"to, without it":           {turnstone.JournalFilter{To: at(1)}, []int64{1}},
			"a user":                   {turnstone.JournalFilter{UserID: 2}, []int64{2}},
			"an action":                {turnstone.JournalFilter{Action: "users.create"}, []int64{4}},
			"actions":                  {turnstone.JournalFilter{Action: "instances"}, []int64{2, 1}},
			"an instance":              {turnstone.JournalFilter{InstanceID: 7}, []int64{2, 1}},
			"no pattern":               {turnstone.JournalFilter{Action: "instance%"}, nil},
		}
		for name, tt := range tests {
			f := tt.filter
			f.AccountID = 1
			if f.Limit == 0 {
				f.Limit = 10
			}
			got, err := db.Journal(t.Context(), f)
			var ids []int64
			for _, e := range got {
				ids = append(ids, e.ID)
			}
			if !slices.Equal(ids, tt.want) || err != nil {
				t.Errorf("%s: Journal = %v, %v, want %v", name, ids, err, tt.want)
			}
		}
		got, err := db.Journal(t.Context(), turnstone.JournalFilter{AccountID: 1, Limit: 1})
		if diff := cmp.Diff(entries[3:], got); diff != "" || err != nil {
			t.Errorf("Journal = %v (-want +got)\n%s", err, diff)
		}
	})
}

func TestOldEntriesOfTheJournalArePurgedInBatches(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		for n := range 5 {
			journal(t, db, turnstone.JournalEntry{AccountID: 1, At: storetest.Start().Add(time.Duration(n) * time.Hour)})
		}
		before, gone := storetest.Start().Add(3*time.Hour), []int{}
		for {
			n, err := db.PurgeJournal(t.Context(), before, 2)
			if err != nil {
				t.Fatal(err)
			}
			if gone = append(gone, n); n == 0 {
				break
			}
		}
		if !slices.Equal(gone, []int{2, 1, 0}) {
			t.Errorf("PurgeJournal = %v, want 2, 1 and 0", gone)
		}
		left, err := db.Journal(t.Context(), turnstone.JournalFilter{AccountID: 1, Limit: 10})
		if len(left) != 2 || err != nil {
			t.Errorf("Journal = %v, %v, want 2 entries", left, err)
		}
	})
}
