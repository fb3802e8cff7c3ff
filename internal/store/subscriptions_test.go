package store_test

import (
	"fmt"
	"testing"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

func TestTheDestinationsOfAnAccountAreListedInPages(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		first := storetest.Instance(t, db, 1)
		second := storetest.Write(turnstone.User{ID: first.UserID, AccountID: first.AccountID}, 2)
		storetest.Save(t, db, second)
		storetest.Instance(t, db, 3) // of another account
		added, err := db.SaveDestination(t.Context(), turnstone.Destination{
			AccountID: first.AccountID, InstanceID: first.ID, URL: "https://added.example", Secrets: turnstone.DestinationSecrets{Password: "p"},
		}, storetest.Start())
		if err != nil {
			t.Fatal(err)
		}
		var ids []int64
		for after := int64(0); ; {
			list, err := db.AccountDestinations(t.Context(), first.AccountID, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range list {
				if d.AccountID != first.AccountID || d.ID == added.ID && d.Secrets.Password != "p" {
					t.Errorf("destination = %+v, want one of account %d with its secrets", d, first.AccountID)
				}
				ids, after = append(ids, d.ID), d.ID
			}
			if len(list) < 2 {
				break
			}
		}
		if len(ids) != 3 || ids[0] >= ids[1] || ids[1] >= ids[2] {
			t.Errorf("ids = %v, want three, the oldest first", fmt.Sprint(ids))
		}
	})
}
