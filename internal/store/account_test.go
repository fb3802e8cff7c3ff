package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

func TestAccountsAndUsersAreFoundBySecret(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		account, user := storetest.Account(t, db, 1)
		storetest.Account(t, db, 2)

		gotAccount, err := db.AccountBySecret(t.Context(), account.OrganizationSecret)
		if diff := cmp.Diff(account, gotAccount); diff != "" || err != nil {
			t.Errorf("AccountBySecret = %v, (-want +got)\n%s", err, diff)
		}
		gotUser, err := db.UserBySecret(t.Context(), user.Secret)
		if diff := cmp.Diff(user, gotUser); diff != "" || err != nil {
			t.Errorf("UserBySecret = %v, (-want +got)\n%s", err, diff)
		}
		gotUser, err = db.UserByID(t.Context(), account.ID, user.ID)
		if diff := cmp.Diff(user, gotUser); diff != "" || err != nil {
			t.Errorf("UserByID = %v, (-want +got)\n%s", err, diff)
		}
		all, err := db.Accounts(t.Context(), 1)
		if diff := cmp.Diff([]turnstone.Account{account}, all); diff != "" || err != nil {
			t.Errorf("Accounts = %v, (-want +got)\n%s", err, diff)
		}
	})
}

func TestTheFailurePolicyOfAnAccountIsThatOfItsDestinations(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		storetest.Instance(t, db, 2)
		poll, err := db.ClaimPollers(t.Context(), 1, lease)
		if err != nil || len(poll) != 1 {
			t.Fatalf("ClaimPollers = %v, %v, want 1", poll, err)
		}
		if got := destination(t, db, i).Policy; got != turnstone.PolicyRetry {
			t.Errorf("policy = %q, want retry where nobody said otherwise", got)
		}
		if err := db.SetFailurePolicy(t.Context(), i.AccountID, turnstone.PolicyQueue); err != nil {
			t.Fatal(err)
		}
		commit(t, db, poll[0], page(t, db, 1))
		if got := claimDestination(t, db, lease).Destination.Policy; got != turnstone.PolicyQueue {
			t.Errorf("policy = %q with the next claim, want queue", got)
		}
		for id, want := range map[int64]turnstone.FailurePolicy{i.AccountID: turnstone.PolicyQueue, i.AccountID + 1: turnstone.PolicyRetry} {
			if a, err := db.Account(t.Context(), id); err != nil || a.FailurePolicy != want {
				t.Errorf("Account = %+v, %v, want %s", a, err, want)
			}
		}
	})
}

func TestWhatBelongsToNobodyIsNotFound(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		account, user := storetest.Account(t, db, 1)
		other, _ := storetest.Account(t, db, 2)
		i := storetest.Save(t, db, storetest.Write(user, 1))
		tests := map[string]func() error{
			"account by a user's secret": func() error { _, err := db.AccountBySecret(t.Context(), user.Secret); return err },
			"user by another secret":     func() error { _, err := db.UserBySecret(t.Context(), "no secret"); return err },
			"user by an empty secret":    func() error { _, err := db.UserBySecret(t.Context(), ""); return err },
			"user of another account":    func() error { _, err := db.UserByID(t.Context(), other.ID, user.ID); return err },
			"instance of another account": func() error {
				_, err := db.Instance(t.Context(), other.ID, i.ID)
				return err
			},
			"instance by a user's secret": func() error { _, err := db.InstanceByToken(t.Context(), user.Secret); return err },
			"no account":                  func() error { _, err := db.Account(t.Context(), other.ID+1); return err },
			"policy of no account":        func() error { return db.SetFailurePolicy(t.Context(), other.ID+1, turnstone.PolicyQueue) },
			"a destination of another account's": func() error {
				_, err := db.SaveDestination(t.Context(), turnstone.Destination{AccountID: other.ID, InstanceID: i.ID}, storetest.Start())
				return err
			},
			"deleting another account's": func() error { return db.DeleteInstance(t.Context(), other.ID, i.ID) },
			"credential of no instance":  func() error { _, err := db.Credential(t.Context(), i.ID+1); return err },
			"lease of no instance":       func() error { _, err := db.LeaseCredential(t.Context(), i.ID+1, lease); return err },
			"updating another account's": func() error {
				w := storetest.Write(user, 1)
				w.Instance = i
				w.Instance.AccountID = other.ID
				_, err := db.SaveInstance(t.Context(), w)
				return err
			},
		}
		for name, find := range tests {
			if err := find(); !errors.Is(err, turnstone.ErrNotFound) {
				t.Errorf("%s = %v, want ErrNotFound", name, err)
			}
		}
		if _, err := db.Instance(t.Context(), account.ID, i.ID); err != nil {
			t.Errorf("Instance = %v, want it untouched", err)
		}
	})
}

func TestSecretsAndAddressesAreTakenOnce(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Account(t, db, 1)
		tests := map[string]struct {
			organization, user turnstone.Secret
			email              string
		}{
			"organization secret":  {"organization-secret-1", "fresh", "fresh@example.com"},
			"user secret":          {"fresh", "user-secret-1", "fresh@example.com"},
			"address":              {"fresh", "fresh", "user1@example.com"},
			"address without case": {"fresh", "fresh", "User1@Example.com"},
		}
		for name, tt := range tests {
			_, _, err := db.CreateAccount(t.Context(),
				turnstone.Account{OrganizationSecret: tt.organization}, turnstone.User{Secret: tt.user, Email: tt.email})
			if !errors.Is(err, turnstone.ErrConflict) {
				t.Errorf("%s: CreateAccount = %v, want ErrConflict", name, err)
			}
		}
		want := map[string]int64{"account": 1, "account_user": 1}
		if diff := cmp.Diff(want, rows(t, db, "account", "account_user")); diff != "" {
			t.Errorf("rows (-want +got)\n%s", diff)
		}
	})
}
