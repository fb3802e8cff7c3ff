package app

import (
	"crypto/rand"
	"net/http"
	"time"

	"turnstone/internal/auth"
	"turnstone/internal/console/activity"
	"turnstone/internal/console/authenticate"
	"turnstone/internal/console/door"
	"turnstone/internal/console/instances"
	"turnstone/internal/console/page"
	"turnstone/internal/console/shelf"
	desk "turnstone/internal/people"
)

// site returns what answers browsers, and leaves the rest to the API.
func (p *parts) site(api http.Handler, users *desk.Users) (http.Handler, error) {
	s := &page.Site{
		API: api, Sessions: newSessions(p.registry, users.SignIn, p.sealer), Now: time.Now, Log: p.log,
		// In the order of the navigation.
		Areas: []page.Pages{door.Pages{}, shelf.Pages{}, instances.Pages{}, activity.Pages{}, authenticate.Pages{}},
	}
	return s.Handler()
}

// newSessions returns the browsers in which people are signed in.
func newSessions(db registry, signIn *desk.SignIn, sealer auth.Sealer) *desk.Sessions {
	return &desk.Sessions{Store: db, SignIn: signIn, Sealer: sealer, Random: rand.Reader, Now: time.Now}
}
