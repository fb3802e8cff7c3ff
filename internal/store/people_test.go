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

// limited makes an account with limits.
func limited(t *testing.T, db *store.DB, limits turnstone.Limits) turnstone.User {
	t.Helper()
	account, u := storetest.Account(t, db, 1)
	if _, err := db.ChangeAccount(t.Context(), account.ID, func(a *turnstone.Account) error { a.Limits = limits; return nil }); err != nil {
		t.Fatal(err)
	}
	return u
}

// isLimit fails the test unless err says that a limit is reached.
func isLimit(t *testing.T, err error, want turnstone.LimitError) {
	t.Helper()
	if got, ok := errors.AsType[*turnstone.LimitError](err); !ok || *got != want {
		t.Errorf("error = %v, want %v", err, want.Error())
	}
}

func TestLimitsHoldAgainstThoseWhoCountAtTheSameTime(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		u := limited(t, db, turnstone.Limits{turnstone.LimitInstances: 3})
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
				continue
			}
			isLimit(t, err, turnstone.LimitError{Limit: turnstone.LimitInstances, Most: 3})
		}
		if stored != 3 {
			t.Errorf("%d instances were stored, want 3", stored)
		}
	})
}

func TestWhatIsStoredCountsAgainstItsLimit(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		u := limited(t, db, turnstone.Limits{turnstone.LimitUsers: 2, turnstone.LimitDestinations: 2})
		i := storetest.Save(t, db, storetest.Write(u, 1))
		saveDestination(t, db, beside(i, turnstone.DestinationFilter{})) // the second, with the main one
		isLimit(t, firstError(db.SaveDestination(t.Context(), beside(i, turnstone.DestinationFilter{}), storetest.Start())),
			turnstone.LimitError{Limit: turnstone.LimitDestinations, Most: 2})
		member(t, db, u.AccountID, 1)
		isLimit(t, firstError(db.CreateUser(t.Context(), turnstone.User{AccountID: u.AccountID, Email: "third@example.com", Secret: "third"})),
			turnstone.LimitError{Limit: turnstone.LimitUsers, Most: 2})
		uses, err := db.Uses(t.Context(), u.AccountID)
		if uses[turnstone.LimitInstances] != 1 || uses[turnstone.LimitUsers] != 2 || err != nil {
			t.Errorf("Uses = %v, %v, want 1 instance and 2 users", uses, err)
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
