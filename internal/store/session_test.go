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

// signedIn adds a session of the user of account 1.
func signedIn(t *testing.T, db *store.DB, token turnstone.Secret, at time.Time) turnstone.Session {
	t.Helper()
	s, err := db.AddSession(t.Context(), turnstone.Session{
		AccountID: 1, UserID: 1, Token: token, Stamp: []byte("stamp"), Agent: "a browser", CreatedAt: at, UsedAt: at,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestASessionIsFoundByItsTokenAlone(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		want := signedIn(t, db, "token", storetest.Start())
		signedIn(t, db, "other", storetest.Start())
		used := storetest.Start().Add(time.Hour)
		if err := db.TouchSession(t.Context(), want.ID, used); err != nil {
			t.Fatal(err)
		}
		want.Token, want.UsedAt = "", used // only a hash of the token is kept
		got, err := db.SessionByToken(t.Context(), "token")
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("SessionByToken: %v (-want +got)\n%s", err, diff)
		}
		if _, err := db.SessionByToken(t.Context(), "tokem"); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("SessionByToken of another token = %v, want ErrNotFound", err)
		}
	})
}

func TestASessionIsEndedByItsUserOnly(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		own := signedIn(t, db, "token", storetest.Start())
		for name, foreign := range map[string]turnstone.Session{
			"another user's": {ID: own.ID, AccountID: 1, UserID: 2}, "another account's": {ID: own.ID, AccountID: 2, UserID: 1},
		} {
			if err := db.EndSession(t.Context(), foreign); err != nil {
				t.Fatal(err)
			}
			if _, err := db.SessionByToken(t.Context(), "token"); err != nil {
				t.Errorf("%s: SessionByToken = %v, want it to be there", name, err)
			}
		}
		for range 2 { // the second finds nothing
			if err := db.EndSession(t.Context(), own); err != nil {
				t.Error(err)
			}
		}
		if _, err := db.SessionByToken(t.Context(), "token"); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("SessionByToken = %v, want ErrNotFound", err)
		}
	})
}

func TestOldSessionsArePurged(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		for n := range 3 {
			signedIn(t, db, turnstone.Secret("old"+string(rune('a'+n))), storetest.Start())
		}
		signedIn(t, db, "new", storetest.Start().Add(time.Hour))
		for _, want := range []int{2, 1, 0} {
			if n, err := db.PurgeSessions(t.Context(), storetest.Start().Add(time.Hour), 2); n != want || err != nil {
				t.Errorf("PurgeSessions = %d, %v, want %d", n, err, want)
			}
		}
		if _, err := db.SessionByToken(t.Context(), "new"); err != nil {
			t.Errorf("SessionByToken = %v, want the one that was used since", err)
		}
	})
}
