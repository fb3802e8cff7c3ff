package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// member returns another user of an account; n makes it unique.
func member(t *testing.T, db *store.DB, accountID int64, n int) turnstone.User {
	t.Helper()
	u, err := db.CreateUser(t.Context(), turnstone.User{
		AccountID: accountID, Email: fmt.Sprintf("member%d@example.com", n), FirstName: "Grace", LastName: "Hopper",
		Secret: turnstone.Secret(fmt.Sprintf("member-secret-%d", n)), PasswordHash: "$argon2id$",
		Role: turnstone.RoleMember, CreatedAt: storetest.Start(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUsersBelongToOneAccount(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		account, admin := storetest.Account(t, db, 1)
		other, _ := storetest.Account(t, db, 2)
		second := member(t, db, account.ID, 1)

		got, err := db.Users(t.Context(), account.ID, 10)
		if diff := cmp.Diff([]turnstone.User{admin, second}, got); diff != "" || err != nil {
			t.Errorf("Users = %v (-want +got)\n%s", err, diff)
		}
		got, err = db.Users(t.Context(), account.ID, 1)
		if diff := cmp.Diff([]turnstone.User{admin}, got); diff != "" || err != nil {
			t.Errorf("the oldest of Users = %v (-want +got)\n%s", err, diff)
		}
		found, err := db.UserByEmail(t.Context(), "MEMBER1@example.com")
		if diff := cmp.Diff(second, found); diff != "" || err != nil {
			t.Errorf("UserByEmail = %v (-want +got)\n%s", err, diff)
		}
		rename := func(u *turnstone.User) error { u.FirstName = "Ada"; return nil }
		for name, err := range map[string]error{
			"ChangeUser":       firstError(db.ChangeUser(t.Context(), other.ID, second.ID, rename)),
			"DeleteUser":       db.DeleteUser(t.Context(), other.ID, second.ID),
			"RotateUserSecret": db.RotateUserSecret(t.Context(), other.ID, second.ID, turnstone.Rotation{Fresh: "x"}),
			"UserByEmail":      firstError(db.UserByEmail(t.Context(), "nobody@example.com")),
		} {
			if !errors.Is(err, turnstone.ErrNotFound) {
				t.Errorf("%s of another account = %v, want ErrNotFound", name, err)
			}
		}
	})
}

// firstError returns the error of a call that returns a value, too.
func firstError[T any](_ T, err error) error { return err }

func TestAddressesOfUsersAreTakenOnce(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		account, admin := storetest.Account(t, db, 1)
		u := member(t, db, account.ID, 1)
		_, err := db.ChangeUser(t.Context(), account.ID, u.ID, func(u *turnstone.User) error {
			u.Email = "USER1@example.com"
			return nil
		})
		if !errors.Is(err, turnstone.ErrConflict) {
			t.Errorf("ChangeUser to the address of another = %v, want ErrConflict", err)
		}
		u.ID, u.Email = 0, admin.Email
		if _, err := db.CreateUser(t.Context(), u); !errors.Is(err, turnstone.ErrConflict) {
			t.Errorf("CreateUser = %v, want ErrConflict", err)
		}
	})
}

func TestAnAccountAlwaysHasAnActiveAdmin(t *testing.T) {
	demote := func(u *turnstone.User) error { u.Role = turnstone.RoleMember; return nil }
	revoke := func(u *turnstone.User) error { u.RevokedAt = storetest.Start(); return nil }
	ways := map[string]func(t *testing.T, db *store.DB, u turnstone.User) error{
		"demoted": func(t *testing.T, db *store.DB, u turnstone.User) error {
			return firstError(db.ChangeUser(t.Context(), u.AccountID, u.ID, demote))
		},
		"revoked": func(t *testing.T, db *store.DB, u turnstone.User) error {
			return firstError(db.ChangeUser(t.Context(), u.AccountID, u.ID, revoke))
		},
		"deleted": func(t *testing.T, db *store.DB, u turnstone.User) error {
			return db.DeleteUser(t.Context(), u.AccountID, u.ID)
		},
	}
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		_, admin := storetest.Account(t, db, 1)
		member(t, db, admin.AccountID, 1)
		for name, way := range ways {
			if err := way(t, db, admin); !errors.Is(err, turnstone.ErrLastAdmin) {
				t.Errorf("the last admin is %s: %v, want ErrLastAdmin", name, err)
			}
		}
		if got, err := db.UserByID(t.Context(), admin.AccountID, admin.ID); err != nil || got.Role != turnstone.RoleAdmin || !got.Active() {
			t.Errorf("UserByID = %+v, %v, want the admin untouched", got, err)
		}
	})
}

// Two admins who demote each other at the same moment must not both succeed.
func TestAdminsWhoDemoteEachOtherLeaveOne(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		account, admin := storetest.Account(t, db, 1)
		ids := []int64{admin.ID}
		for n := range 3 {
			u := member(t, db, account.ID, n)
			if _, err := db.ChangeUser(t.Context(), account.ID, u.ID, func(u *turnstone.User) error { u.Role = turnstone.RoleAdmin; return nil }); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, u.ID)
		}
		var racing sync.WaitGroup
		failed := make(chan error, len(ids))
		for _, id := range ids {
			racing.Go(func() {
				_, err := db.ChangeUser(t.Context(), account.ID, id, func(u *turnstone.User) error { u.Role = turnstone.RoleMember; return nil })
				failed <- err
			})
		}
		racing.Wait()
		close(failed)
		refused := 0
		for err := range failed {
			if errors.Is(err, turnstone.ErrLastAdmin) {
				refused++
			} else if err != nil {
				t.Errorf("ChangeUser = %v, want nil or ErrLastAdmin", err)
			}
		}
		if refused != 1 {
			t.Errorf("%d of %d admins stayed, want 1", refused, len(ids))
		}
	})
}

func TestInstancesOfADeletedUserGoToTheOldestAdmin(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		account, admin := storetest.Account(t, db, 1)
		u := member(t, db, account.ID, 1)
		i := storetest.Save(t, db, storetest.Write(u, 1))
		if err := db.DeleteUser(t.Context(), account.ID, u.ID); err != nil {
			t.Fatal(err)
		}
		got, err := db.Instance(t.Context(), account.ID, i.ID)
		if err != nil || got.UserID != admin.ID {
			t.Errorf("Instance = user %d, %v, want user %d", got.UserID, err, admin.ID)
		}
		if _, err := db.UserBySecret(t.Context(), u.Secret); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("UserBySecret of the deleted user = %v, want ErrNotFound", err)
		}
	})
}

// finding is a secret that can be rotated, and how its owner is found.
type finding struct {
	rotate func(db *store.DB, to turnstone.Rotation) error
	find   func(db *store.DB, secret turnstone.Secret) (int64, error)
	first  turnstone.Secret
	owner  int64
}

func findings(t *testing.T, i turnstone.Instance) map[string]finding {
	ctx := t.Context()
	return map[string]finding{
		"user secret": {
			rotate: func(db *store.DB, to turnstone.Rotation) error {
				return db.RotateUserSecret(ctx, i.AccountID, i.UserID, to)
			},
			find: func(db *store.DB, s turnstone.Secret) (int64, error) {
				u, err := db.UserBySecret(ctx, s)
				return u.ID, err
			},
			first: "user-secret-1", owner: i.UserID,
		},
		"organization secret": {
			rotate: func(db *store.DB, to turnstone.Rotation) error {
				return db.RotateOrganizationSecret(ctx, i.AccountID, to)
			},
			find: func(db *store.DB, s turnstone.Secret) (int64, error) {
				a, err := db.AccountBySecret(ctx, s)
				return a.ID, err
			},
			first: "organization-secret-1", owner: i.AccountID,
		},
		"element token": {
			rotate: func(db *store.DB, to turnstone.Rotation) error { return db.RotateToken(ctx, i.AccountID, i.ID, to) },
			find: func(db *store.DB, s turnstone.Secret) (int64, error) {
				in, err := db.InstanceByToken(ctx, s)
				return in.ID, err
			},
			first: "instance-token-1", owner: i.ID,
		},
	}
}

func TestAtMostTwoSecretsAreValidAtATime(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		for name, f := range findings(t, storetest.Instance(t, db, 1)) {
			soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Second)
			works := func(step string, want ...turnstone.Secret) {
				t.Helper()
				for _, s := range []turnstone.Secret{f.first, "second", "third", "fourth", "fifth"} {
					id, err := f.find(db, s)
					if wanted := slices.Contains(want, s); wanted && (err != nil || id != f.owner) || !wanted && !errors.Is(err, turnstone.ErrNotFound) {
						t.Errorf("%s, %s: find %s = %d, %v, want it valid: %v", name, step, string(s), id, err, wanted)
					}
				}
			}
			rotate := func(to turnstone.Rotation) {
				t.Helper()
				if err := f.rotate(db, to); err != nil {
					t.Fatal(err)
				}
			}
			works("at first", f.first)
			rotate(turnstone.Rotation{Fresh: "second", KeepOld: soon})
			works("while the old one is kept", f.first, "second")
			rotate(turnstone.Rotation{Fresh: "third", KeepOld: soon})
			works("rotated again", "second", "third")
			rotate(turnstone.Rotation{Fresh: "fourth"})
			works("at once", "fourth")
			rotate(turnstone.Rotation{Fresh: "fifth", KeepOld: past})
			works("after the old one was kept", "fifth")
		}
	})
}

func TestLimitsHoldAgainstThoseWhoCountAtTheSameTime(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		account, u := storetest.Account(t, db, 1)
		limits := turnstone.Limits{turnstone.LimitInstances: 3, turnstone.LimitUsers: 2, turnstone.LimitDestinations: 2}
		if _, err := db.ChangeAccount(t.Context(), account.ID, func(a *turnstone.Account) error { a.Limits = limits; return nil }); err != nil {
			t.Fatal(err)
		}
		var racing sync.WaitGroup
		results := make(chan error, 8)
		for n := range 8 {
			racing.Go(func() { results <- firstError(db.SaveInstance(t.Context(), storetest.Write(u, n))) })
		}
		racing.Wait()
		close(results)
		stored := 0
		for err := range results {
			if err == nil {
				stored++
			} else if limit, ok := errors.AsType[*turnstone.LimitError](err); !ok || limit.Limit != turnstone.LimitInstances || limit.Most != 3 {
				t.Errorf("SaveInstance = %v, want the limit of 3 instances", err)
			}
		}
		if stored != 3 {
			t.Errorf("%d instances were stored, want 3", stored)
		}
		first, err := db.Instances(t.Context(), turnstone.InstanceFilter{AccountID: account.ID, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		saveDestination(t, db, beside(first[0], turnstone.DestinationFilter{}))
		_, err = db.SaveDestination(t.Context(), beside(first[0], turnstone.DestinationFilter{}), storetest.Start())
		if limit, ok := errors.AsType[*turnstone.LimitError](err); !ok || limit.Limit != turnstone.LimitDestinations {
			t.Errorf("SaveDestination = %v, want the limit of destinations", err)
		}
		member(t, db, account.ID, 1)
		_, err = db.CreateUser(t.Context(), turnstone.User{AccountID: account.ID, Email: "third@example.com", Secret: "third"})
		if limit, ok := errors.AsType[*turnstone.LimitError](err); !ok || limit.Limit != turnstone.LimitUsers {
			t.Errorf("CreateUser = %v, want the limit of users", err)
		}
		uses, err := db.Uses(t.Context(), account.ID)
		if uses[turnstone.LimitInstances] != 3 || uses[turnstone.LimitUsers] != 2 || err != nil {
			t.Errorf("Uses = %v, %v, want 3 instances and 2 users", uses, err)
		}
	})
}

func TestAccountsAreDeletedWhole(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Account(t, db, 1)
		i := storetest.Instance(t, db, 2)
		journal(t, db, turnstone.JournalEntry{AccountID: i.AccountID, Action: "users.create"})
		if err := db.DeleteAccount(t.Context(), i.AccountID); !errors.Is(err, turnstone.ErrConflict) {
			t.Errorf("DeleteAccount with an instance = %v, want ErrConflict", err)
		}
		if err := db.DeleteInstance(t.Context(), i.AccountID, i.ID); err != nil {
			t.Fatal(err)
		}
		if err := db.DeleteAccount(t.Context(), i.AccountID); err != nil {
			t.Errorf("DeleteAccount = %v, want nil", err)
		}
		if err := db.DeleteAccount(t.Context(), i.AccountID); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("DeleteAccount again = %v, want ErrNotFound", err)
		}
		want := map[string]int64{"account": 1, "account_user": 1, "journal": 0}
		if diff := cmp.Diff(want, rows(t, db, "account", "account_user", "journal")); diff != "" {
			t.Errorf("rows (-want +got)\n%s", diff)
		}
		purge(t, db, time.Now())
	})
}

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
