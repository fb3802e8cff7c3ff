package people_test

import (
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/auth"
	"turnstone/internal/people"
	"turnstone/internal/store/storetest"
)

// password is what everybody of the tests signs in with.
const password = "correct horse battery staple"

// office is a database with the operator's account and another one.
type office struct {
	*people.Users
	accounts *people.Accounts
	journal  *people.Journal
	sessions people.SessionStore
	sealer   auth.Sealer
	now      time.Time
	operator auth.Identity
	admin    auth.Identity // of the other account
	member   auth.Identity // of the other account
}

func newOffice(t testing.TB) *office {
	t.Helper()
	db := storetest.Open(t)
	o := &office{now: storetest.Start(), sessions: db, sealer: db.Sealer()}
	clock := func() time.Time { return o.now }
	o.Users = &people.Users{
		Directory: db, Store: db, Random: rand.Reader, Now: clock,
		SignIn: &people.SignIn{
			Directory: db, Sessions: &auth.Sessions{Sealer: db.Sealer()}, Passwords: people.NewPasswords(rand.Reader),
			Attempts: &people.Attempts{}, Now: clock,
		},
	}
	meter := &people.Meter{Accounts: db, Now: clock}
	o.accounts = &people.Accounts{Directory: db, Store: db, Users: o.Users, Meter: meter, Random: rand.Reader, Now: clock}
	o.journal = &people.Journal{Store: db, Now: clock, Log: slog.New(slog.DiscardHandler)}
	_, operator := storetest.Account(t, db, 1)
	_, admin := storetest.Account(t, db, 2)
	o.operator, o.admin = whole(operator), whole(admin)
	o.admin = whole(o.withPassword(t, admin))
	o.member = whole(o.create(t, "member@example.com"))
	return o
}

// whole is a user who shows the organization secret, too.
func whole(u turnstone.User) auth.Identity {
	return auth.Identity{AccountID: u.AccountID, User: u, WholeAccount: true}
}

// withPassword gives a user the password of the tests.
func (o *office) withPassword(t testing.TB, u turnstone.User) turnstone.User {
	t.Helper()
	u, err := o.ResetPassword(t.Context(), u.Email, password)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// create makes a member of the other account.
func (o *office) create(t testing.TB, email string) turnstone.User {
	t.Helper()
	u, err := o.Create(t.Context(), o.admin, people.UserInput{Email: new(email), Password: new(password)})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// proof is what somebody shows from an address.
func proof(password string) people.Proof {
	return people.Proof{Password: password, Address: "192.0.2.1:4711"}
}
