// Package storetest opens real databases for tests, and fills them with the least a
// test needs. It promises a database like the one that serves, on disk and sealed, and
// fails the test where something goes wrong. It refuses to be a fake.
package storetest

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/pgtest"
	"turnstone/internal/seal"
	"turnstone/internal/store"
)

// Start is when everything that the builders make was made.
func Start() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// Open opens an empty database of its own for the test.
func Open(t testing.TB) *store.DB {
	t.Helper()
	return OpenAt(t, t.TempDir())
}

// OpenAt opens the database in dir, with the key ring there, and closes it with the
// test, unless the test did.
func OpenAt(t testing.TB, dir string) *store.DB {
	t.Helper()
	db, err := TryOpen(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // fails if the test closed it
	return db
}

// TryOpen opens the database in dir, with the key ring there, where that may fail or
// there is no test to fail. The caller closes it.
func TryOpen(ctx context.Context, dir string) (*store.DB, error) {
	ring, err := seal.Open(filepath.Join(dir, "keys"))
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{Path: filepath.Join(dir, "turnstone.db"), Sealer: ring})
}

// Postgres returns the URL of an empty PostgreSQL database of its own for the test.
func Postgres(t testing.TB) string {
	t.Helper()
	cluster := pgtest.Shared(t)
	// Migrating takes a hundred times as long as a copy of what was migrated.
	err := cluster.Template(t.Context(), "migrated", func(ctx context.Context, url string) error {
		db, err := store.Open(ctx, store.Options{URL: url, Sealer: nobody{}})
		if err != nil {
			return err
		}
		return db.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return cluster.Database(t, "migrated")
}

// nobody seals for the template, in which there is nothing to seal.
type nobody struct{ store.Sealer }

// OpenURL opens the PostgreSQL database of a URL, with the key ring in dir, and closes
// it with the test, unless the test did.
func OpenURL(t testing.TB, url, dir string) *store.DB {
	t.Helper()
	ring, err := seal.Open(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{URL: url, Sealer: ring})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // fails if the test closed it
	return db
}

// Account creates an account with one user; n makes their secrets and address
// unique.
func Account(t testing.TB, db *store.DB, n int) (turnstone.Account, turnstone.User) {
	t.Helper()
	a, u, err := db.CreateAccount(t.Context(),
		turnstone.Account{
			Name:               fmt.Sprintf("Account %d", n),
			OrganizationSecret: turnstone.Secret(fmt.Sprintf("organization-secret-%d", n)),
			CreatedAt:          Start(),
		},
		turnstone.User{
			Email:        fmt.Sprintf("user%d@example.com", n),
			FirstName:    "Ada",
			Secret:       turnstone.Secret(fmt.Sprintf("user-secret-%d", n)),
			PasswordHash: "$argon2id$",
			CreatedAt:    Start(),
		})
	if err != nil {
		t.Fatal(err)
	}
	return a, u
}

// Write returns an instance of u to be stored, with an active poller of reports and a
// destination; n makes its token unique.
func Write(u turnstone.User, n int) turnstone.InstanceWrite {
	return turnstone.InstanceWrite{
		Instance: turnstone.Instance{
			AccountID:              u.AccountID,
			UserID:                 u.ID,
			Element:                "concur",
			Name:                   fmt.Sprintf("Instance %d", n),
			Tags:                   []string{"Docs"},
			Token:                  turnstone.Secret(fmt.Sprintf("instance-token-%d", n)),
			Configuration:          turnstone.Configuration{turnstone.KeyOAuthClientSecret: "client-secret"},
			ExternalAuthentication: "none",
			CreatedAt:              Start(),
		},
		Pollers: []turnstone.PollerWrite{
			{Resource: "reports", Configuration: `{"idField":"ID"}`, Interval: time.Minute, State: turnstone.PollerActive},
		},
		Destination: &turnstone.DestinationWrite{
			URL:     "https://receiver.example/events",
			Secrets: turnstone.DestinationSecrets{SignatureKey: "signature-key"},
		},
		Credential: &turnstone.Credential{State: turnstone.CredentialValid, AccessToken: "access-token"},
		Now:        Start(),
	}
}

// Save stores w.
func Save(t testing.TB, db *store.DB, w turnstone.InstanceWrite) turnstone.Instance {
	t.Helper()
	i, err := db.SaveInstance(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// Instance stores the instance that Write describes, for a new account; n makes both
// unique.
func Instance(t testing.TB, db *store.DB, n int) turnstone.Instance {
	t.Helper()
	_, u := Account(t, db, n)
	return Save(t, db, Write(u, n))
}
