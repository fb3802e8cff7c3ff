package app

import (
	"time"

	"turnstone/internal/api"
	"turnstone/internal/api/history"
	"turnstone/internal/api/notify"
	"turnstone/internal/api/rest"
	"turnstone/internal/instance"
	"turnstone/internal/store"
)

// past is what happened and what is owed. People ask it now and then, and so it is not
// among what a service needs of the store to do its work.
type past interface {
	api.Store
	api.Schedule
	history.Store
	notify.Outbox
	notify.Policies
	notify.Events
	notify.Notes
}

var _ past = (*store.DB)(nil)

// history returns what answers for what happened.
func (p *parts) history(server *rest.Server) *history.API {
	return &history.API{
		Server: server, Store: p.past, Outbox: p.past, Replays: &instance.Replays{Store: p.db, Now: time.Now},
	}
}

// notify returns what answers for deliveries and notifications.
func (p *parts) notify(server *rest.Server) *notify.API {
	destinations := &instance.Destinations{
		Store: p.db, Elements: p.catalogue, CheckURL: p.checkURL, Now: time.Now,
	}
	return &notify.API{
		Server: server, Destinations: destinations, Outbox: p.past, Policies: p.past, Events: p.past, Notes: p.past,
	}
}
