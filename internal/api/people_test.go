package api_test

import (
	"crypto/rand"
	"io"

	"turnstone/internal/api/people"
	"turnstone/internal/api/rest"
	"turnstone/internal/auth"
	desk "turnstone/internal/people"
	"turnstone/internal/store/storetest"
)

// people returns what answers for accounts and users, and lets the server note what
// callers change.
func (w *world) people(server *rest.Server) *people.API {
	now, draw := storetest.Start, io.Reader(rand.Reader)
	users := &desk.Users{
		Directory: w.db, Store: w.db, Random: draw, Now: now,
		SignIn: &desk.SignIn{
			Directory: w.db, Sessions: &auth.Sessions{Sealer: w.db.Sealer()}, Passwords: desk.NewPasswords(draw),
			Attempts: &desk.Attempts{}, Now: now,
		},
	}
	meter := &desk.Meter{Accounts: w.db, Now: now}
	journal := &desk.Journal{Store: w.db, Now: now, Log: server.Log}
	server.Limits, server.Journal = meter, journal
	return &people.API{
		Server: server, SignIn: users.SignIn, Users: users, Journal: journal,
		Accounts: &desk.Accounts{Directory: w.db, Store: w.db, Users: users, Meter: meter, Random: draw, Now: now},
	}
}
