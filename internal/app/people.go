package app

import (
	"context"
	"crypto/rand"
	"time"

	"turnstone"
	"turnstone/internal/api/people"
	"turnstone/internal/api/rest"
	"turnstone/internal/auth"
	"turnstone/internal/instance"
	desk "turnstone/internal/people"
	"turnstone/internal/store"
)

// registry is who there is, and how their secrets are sealed. It is asked by people now
// and then, and so is not among what a service needs of the store to do its work.
type registry interface {
	desk.Directory
	desk.UserStore
	desk.AccountStore
	desk.JournalStore
	desk.SessionStore
	PurgeSessions(ctx context.Context, before time.Time, n int) (int, error)
	PurgeJournal(ctx context.Context, before time.Time, n int) (int, error)
}

var _ registry = (*store.DB)(nil)

// people returns what answers for accounts and users. It has the server and the instances
// hold accounts to their limits, and the server note what callers change.
func (p *parts) people(server *rest.Server, instances *instance.Instances) *people.API {
	db := p.registry
	meter := &desk.Meter{Accounts: db, Now: time.Now}
	journal := &desk.Journal{Store: db, Now: time.Now, Log: p.log}
	server.Limits, server.Journal = meter, journal
	users := newUsers(db, p.sealer)
	accounts := &desk.Accounts{Directory: db, Store: db, Users: users, Meter: meter, Random: rand.Reader, Now: time.Now}
	instances.Room = func(ctx context.Context, accountID int64) error {
		return accounts.Room(ctx, accountID, turnstone.LimitInstances)
	}
	return &people.API{Server: server, SignIn: users.SignIn, Users: users, Accounts: accounts, Journal: journal}
}

// newUsers returns what manages users.
func newUsers(db registry, sealer auth.Sealer) *desk.Users {
	return &desk.Users{
		Directory: db, Store: db, Random: rand.Reader, Now: time.Now,
		SignIn: &desk.SignIn{
			Directory: db, Sessions: &auth.Sessions{Sealer: sealer},
			Passwords: desk.NewPasswords(rand.Reader), Attempts: &desk.Attempts{}, Now: time.Now,
		},
	}
}
