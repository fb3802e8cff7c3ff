package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// birdhouse is an element of an account.
func birdhouse(accountID int64) turnstone.Definition {
	return turnstone.Definition{
		AccountID: accountID, Key: "birdhouse", Active: true, CreatedAt: storetest.Start(), UpdatedAt: storetest.Start(),
		Report: `{"findings":[]}`, File: []byte("version: 1\n"), Export: []byte(`{"key":"birdhouse"}`),
	}
}

func createDefinition(t *testing.T, db *store.DB, d turnstone.Definition) turnstone.Definition {
	t.Helper()
	got, err := db.Definitions().CreateDefinition(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestADefinitionIsItsAccountsAlone(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		first, _ := storetest.Account(t, db, 1)
		second, _ := storetest.Account(t, db, 2)
		d := createDefinition(t, db, birdhouse(first.ID))
		if d.ID <= turnstone.FirstDefinitionID || d.Revision == 0 {
			t.Errorf("CreateDefinition = id %d, revision %d, want an id above %d and a revision", d.ID, d.Revision, turnstone.FirstDefinitionID)
		}
		got, err := db.Definitions().Definitions(t.Context(), first.ID)
		if diff := cmp.Diff([]turnstone.Definition{d}, got); err != nil || diff != "" {
			t.Errorf("Definitions of its account: %v (-want +got):\n%s", err, diff)
		}
		if got, err := db.Definitions().Definitions(t.Context(), second.ID); err != nil || len(got) != 0 {
			t.Errorf("Definitions of another account = %v, %v, want none", got, err)
		}
		if err := db.Definitions().DeleteDefinition(t.Context(), second.ID, d.ID); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("DeleteDefinition by another account = %v, want ErrNotFound", err)
		}
		if _, err := db.Definitions().CreateDefinition(t.Context(), birdhouse(first.ID)); !errors.Is(err, turnstone.ErrConflict) {
			t.Errorf("CreateDefinition of the same key = %v, want ErrConflict", err)
		}
		createDefinition(t, db, birdhouse(second.ID)) // a key is its account's
	})
}

func TestWhatIsPolledOfAnElementIsCountedByInstance(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		account, user := storetest.Account(t, db, 1)
		_, stranger := storetest.Account(t, db, 2)
		for n, element := range []string{"birdhouse", "birdhouse", "concur"} {
			w := storetest.Write(user, n+1)
			w.Instance.Element = element
			if n == 1 {
				w.Pollers = append(w.Pollers, turnstone.PollerWrite{Resource: "owls", Configuration: `{}`, Interval: time.Minute, State: turnstone.PollerPaused})
			}
			storetest.Save(t, db, w)
		}
		w := storetest.Write(stranger, 9)
		w.Instance.Element = "birdhouse"
		storetest.Save(t, db, w)
		got, err := db.Definitions().PolledResources(t.Context(), account.ID, "birdhouse")
		if diff := cmp.Diff(map[string]int{"reports": 2, "owls": 1}, got); err != nil || diff != "" {
			t.Errorf("PolledResources: %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestAChangeOfADefinitionIsRefusedIfAnotherCameFirst(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		account, _ := storetest.Account(t, db, 1)
		d := createDefinition(t, db, birdhouse(account.ID))
		before, err := db.Definitions().DefinitionRevision(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		changed := d
		changed.Active, changed.File = false, []byte("version: 1 # changed\n")
		changed, err = db.Definitions().UpdateDefinition(t.Context(), changed)
		if err != nil {
			t.Fatalf("UpdateDefinition = %v", err)
		}
		if after, err := db.Definitions().DefinitionRevision(t.Context()); err != nil || after <= before {
			t.Errorf("DefinitionRevision after a change = %d, %v, want more than %d", after, err, before)
		}
		if _, err := db.Definitions().UpdateDefinition(t.Context(), d); !errors.Is(err, turnstone.ErrConflict) {
			t.Errorf("UpdateDefinition of what was changed meanwhile = %v, want ErrConflict", err)
		}
		if err := db.Definitions().DeleteDefinition(t.Context(), d.AccountID, d.ID); err != nil {
			t.Fatalf("DeleteDefinition = %v", err)
		}
		if _, err := db.Definitions().UpdateDefinition(t.Context(), changed); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("UpdateDefinition of what is gone = %v, want ErrNotFound", err)
		}
	})
}

func TestADefinitionThatInstancesUseStays(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		d := birdhouse(i.AccountID)
		d.Key = i.Element
		d = createDefinition(t, db, d)
		if err := db.Definitions().DeleteDefinition(t.Context(), d.AccountID, d.ID); !errors.Is(err, turnstone.ErrConflict) {
			t.Errorf("DeleteDefinition while an instance uses it = %v, want ErrConflict", err)
		}
		if err := db.DeleteInstance(t.Context(), i.AccountID, i.ID); err != nil {
			t.Fatal(err)
		}
		if err := db.Definitions().DeleteDefinition(t.Context(), d.AccountID, d.ID); err != nil {
			t.Errorf("DeleteDefinition without instances = %v", err)
		}
	})
}
