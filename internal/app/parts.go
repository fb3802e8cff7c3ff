package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"time"

	"turnstone"
	"turnstone/internal/api"
	"turnstone/internal/api/rest"
	"turnstone/internal/auth"
	"turnstone/internal/bulk"
	"turnstone/internal/catalogue"
	"turnstone/internal/commonresource"
	"turnstone/internal/deliver"
	"turnstone/internal/egress"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/instance"
	"turnstone/internal/oauth"
	"turnstone/internal/poll"
	"turnstone/internal/provider"
	"turnstone/internal/script"
	"turnstone/internal/seal"
	"turnstone/internal/store"
)

// database is what a service needs of the store.
type database interface {
	auth.Store
	deliver.Store
	instance.Store
	instance.PollerStore
	instance.DestinationStore
	instance.ReplayStore
	instance.ObjectStore
	oauth.Store
	poll.Store
	provider.Allowances
	keeping
}

// keeping is what keeps the store itself in order, and tells how it stands.
type keeping interface {
	Listen(ctx context.Context, stored func(instanceID int64))
	Backlog(ctx context.Context) (turnstone.Backlog, error)
	Purge(ctx context.Context, before time.Time, n int) (int, error)
	ForgetVersions(ctx context.Context, before time.Time, n int) (int, error)
}

// The store and the others are what their consumers need.
var (
	_ database         = (*store.DB)(nil)
	_ store.Sealer     = (*seal.Ring)(nil)
	_ poll.Source      = (*hub.Hub)(nil)
	_ instance.Vendor  = (*oauth.Keeper)(nil)
	_ instance.Checker = (*hub.Hub)(nil)
)

const (
	// perVendor is how many idle connections to one vendor's host are kept.
	perVendor = 64
	// perReceiver is the same for a receiver's host. Many destinations may share one,
	// behind a gateway, each with its own concurrency: what is closed for lack of room
	// is dialled again a moment later. Idle ones cost some 20 KB each, and the client
	// bounds them over all hosts.
	perReceiver = 512
)

// parts is what the loops and the API share.
type parts struct {
	db        database
	catalogue element.Finder
	own       *catalogue.Catalogue // catalogue, for elements that accounts bring along
	guard     *egress.Guard
	oauth     *oauth.Keeper
	hub       *hub.Hub
	calls     commonresource.VendorHub  // hub, for common resources as well
	common    *commonresource.Resources // nil before name
	bell      *deliver.Bell
	registry  registry
	inbox     inbox
	past      past
	sealer    auth.Sealer
	bulks     bulkStore
	bulkBell  *bulk.Bell
	log       *slog.Logger
}

func newParts(c Config, db database, elements element.Finder, log *slog.Logger) *parts {
	guard := egress.NewGuard(c.AllowNetworks)
	vendor := guard.Client(perVendor)
	p := &parts{db: db, catalogue: elements, guard: guard, bell: deliver.NewBell(), bulkBell: bulk.NewBell(), log: log}
	p.oauth = &oauth.Keeper{Store: db, Elements: elements, HTTP: vendor, Now: time.Now, Log: log}
	client := &provider.Client{HTTP: vendor, Credentials: p.oauth, Now: time.Now, Scripts: script.New(time.Now)}
	if c.Database != "" { // where others may ask the same vendors
		client.Allowances = db
	}
	p.hub = &hub.Hub{Elements: elements, Provider: client}
	p.calls = p.hub
	return p
}

func (p *parts) pollLoop(c Config) *poll.Loop {
	l := &poll.Loop{
		Store: p.db, Source: p.calls, Elements: p.catalogue, Stored: p.bell.Ring,
		Log: p.log, Now: time.Now, Random: rand.Reader,
		Tick: poll.DefaultTick, Lease: cmp.Or(c.Lease, poll.DefaultLease),
		Concurrency: poll.DefaultConcurrency, MaxChanges: c.MaxChanges,
	}
	if p.common != nil { // a nil pointer would not be a nil interface
		l.Common = p.common
	}
	return l
}

func (p *parts) deliverLoop(c Config) *deliver.Loop {
	return &deliver.Loop{
		Store: p.db, Client: p.guard.Client(perReceiver), Bell: p.bell,
		Log: p.log, Now: time.Now, Spread: mathrand.Float64, Schedule: deliver.DefaultSchedule,
		Tick: deliver.DefaultTick, Timeout: deliver.DefaultTimeout, Lease: cmp.Or(c.Lease, deliver.DefaultLease),
		Concurrency: deliver.DefaultConcurrency, Lanes: deliver.DefaultLanes,
	}
}

// handler returns what answers the API and, in browsers, the console.
func (p *parts) handler(c Config) (http.Handler, error) {
	instances := &instance.Instances{
		Store: p.db, Elements: p.catalogue, Active: p.own.Active, Vendor: p.oauth, Hub: p.hub, Common: p.common,
		CheckURL: p.checkURL,
		NewToken: func() (turnstone.Secret, error) { return auth.NewElementToken(rand.Reader) },

		MinInterval: c.MinInterval, Now: time.Now,
	}
	server := &rest.Server{
		Auth: &auth.Auth{Store: p.db}, Instances: instances, Elements: p.catalogue, Now: time.Now, Log: p.log,
	}
	a := &api.API{
		Server:    server,
		People:    p.people(server, instances),
		Bulk:      p.bulk(c, server),
		History:   p.history(server),
		Notify:    p.notify(server),
		Webhooks:  p.webhooks(server),
		Catalogue: p.catalogueAPI(server, instances),
		Hub:       p.calls,
		Signer:    p.sealer,
		Instances: instances,
		Pollers:   &instance.Pollers{Store: p.db, Now: time.Now},
		Objects:   &instance.Objects{Store: p.db},
		Preview:   &poll.Previewer{Past: p.db, Source: p.calls, Elements: p.catalogue, Common: p.common, Now: time.Now},
		Store:     p.past, Schedule: p.past,
	}
	return p.site(a.Handler(), a.People.Users)
}

// checkURL says whether the operator allows requests to an address.
func (p *parts) checkURL(_ context.Context, address string) error { return p.guard.Check(address) }
