package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/auth"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/instance"
	"turnstone/internal/poll"
)

// Store is what the API reads beside instances. What belongs to other accounts is
// turnstone.ErrNotFound, or missing from lists.
type Store interface {
	UserByID(ctx context.Context, accountID, id int64) (turnstone.User, error)
	Pollers(ctx context.Context, accountID, instanceID int64) ([]turnstone.Poller, error)
	Destinations(ctx context.Context, accountID, instanceID int64) ([]turnstone.Destination, error)
	Ping(ctx context.Context) error
}

// Outbox is what is owed, and what became of it.
type Outbox interface {
	OwedDeliveries(ctx context.Context, f turnstone.DeliveryFilter) ([]turnstone.DeliveryRecord, error)
	DeliveryHistory(ctx context.Context, accountID, instanceID int64, eventIDs []int64) ([]turnstone.DeliveryRecord, error)
	// Redeliver makes what matches due at once, in destinations that are active by then.
	Redeliver(ctx context.Context, f turnstone.DeliveryFilter) (int, error)
	Account(ctx context.Context, id int64) (turnstone.Account, error)
	SetFailurePolicy(ctx context.Context, accountID int64, p turnstone.FailurePolicy) error
}

// Subscriptions are the destinations of an account, of all its instances.
type Subscriptions interface {
	// AccountDestinations returns those behind the one with the id after, oldest first.
	AccountDestinations(ctx context.Context, accountID, after int64, limit int) ([]turnstone.Destination, error)
}

// Previewer shows what a poll would do.
type Previewer interface {
	Preview(ctx context.Context, r poll.PreviewRequest) (poll.Preview, error)
}

// History is what the API reads of what happened, newest first.
type History interface {
	Polls(ctx context.Context, f turnstone.PollFilter) ([]turnstone.Poll, error)
	// Events returns the events that f selects.
	Events(ctx context.Context, f turnstone.EventFilter) ([]turnstone.Event, error)
	// Event returns one event; instance 0 stands for any of the account.
	Event(ctx context.Context, accountID, instanceID, id int64) (turnstone.Event, error)
	// EventByKey returns the event with a key that says that it was made at a moment.
	EventByKey(ctx context.Context, accountID int64, key string, made time.Time) (turnstone.Event, error)
	// Delivered returns which of some events of an instance have reached a
	// destination.
	Delivered(ctx context.Context, instanceID int64, eventIDs []int64) (map[int64]bool, error)
}

// Hub answers hub calls with the vendor's records. A *hub.RequestError says that
// the call is wrong; turnstone.ErrUnauthenticated and *turnstone.VendorError come
// from the vendor.
type Hub interface {
	List(ctx context.Context, in turnstone.Instance, r hub.Request) (hub.Page, error)
	Retrieve(ctx context.Context, in turnstone.Instance, ref hub.Ref) (json.RawMessage, error)
	Create(ctx context.Context, in turnstone.Instance, ref hub.Ref, body []byte) (json.RawMessage, error)
	Update(ctx context.Context, in turnstone.Instance, ref hub.Ref, body []byte) (json.RawMessage, error)
	Delete(ctx context.Context, in turnstone.Instance, ref hub.Ref) (json.RawMessage, error)
}

// API is what the answers are made from. All fields must be set.
type API struct {
	Auth          *auth.Auth
	Instances     *instance.Instances
	Pollers       *instance.Pollers
	Destinations  *instance.Destinations
	Replays       *instance.Replays
	Objects       *instance.Objects
	Elements      *element.Catalogue
	Hub           Hub
	Preview       Previewer
	Store         Store
	History       History
	Outbox        Outbox
	Subscriptions Subscriptions
	Now           func() time.Time
	Log           *slog.Logger
}

// prefix is what the platform's paths begin with.
const prefix = "/elements/api-v2"

// route is a method and path, and what answers it.
type route struct {
	pattern string // a method, and a path under prefix
	answer  endpoint
}

// Handler returns the handler of all paths. It may be called from many goroutines.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", a.handle(health))
	mux.Handle("GET /readyz", a.handle(a.ready))
	for _, r := range a.publicRoutes() {
		mux.Handle(under(prefix, r.pattern), a.handle(r.answer))
	}
	for _, r := range slices.Concat(a.accountRoutes(), a.hubRoutes()) {
		mux.Handle(under(prefix, r.pattern), a.handle(a.identified(r.answer)))
	}
	for _, r := range a.instanceRoutes() {
		answer := a.identified(r.answer)
		mux.Handle(under(prefix, r.pattern), a.handle(answer))
		mux.Handle(under(prefix+"/elements/{element}", r.pattern), a.handle(a.scoped(answer)))
	}
	return a.dispatch(mux)
}

// under returns a pattern with a path before its own.
func under(path, pattern string) string {
	return strings.Replace(pattern, " ", " "+path, 1)
}

// publicRoutes need no Authorization, as on the platform.
func (a *API) publicRoutes() []route {
	return []route{
		{"GET /elements", a.listElements},
		{"GET /elements/{element}", a.showElement},
		{"GET /elements/{element}/oauth/url", a.authorizeByQuery},
		{"POST /elements/{element}/oauth/url", a.authorizeByBody},
	}
}

// instanceRoutes also exist below each element, for its instances alone, and
// without {id}, for the instance whose token the caller gave.
func (a *API) instanceRoutes() []route {
	return []route{
		{"POST /instances", a.createInstance},
		{"GET /instances", a.listInstances},
		{"GET /instances/{id}", a.showInstance},
		{"PUT /instances/{id}", a.updateInstance},
		{"PATCH /instances/{id}", a.updateInstance},
		{"DELETE /instances/{id}", a.deleteInstance},
		{"PUT /instances/{id}/enabled", a.enableInstance},
		{"DELETE /instances/{id}/enabled", a.disableInstance},
		{"GET /instances/{id}/configuration", a.listConfiguration},
		{"GET /instances/{id}/configuration/{entry}", a.showConfiguration},
		{"PUT /instances/{id}/configuration/{entry}", a.updateConfiguration},
		{"PATCH /instances/{id}/configuration/{entry}", a.updateConfiguration},
		{"GET /instances/{id}/events", a.listEvents},
		// Ours.
		{"GET /instances/{id}/events/{event}", a.showEvent},
		{"POST /instances/{id}/events/replay", a.replayEvents},
		{"GET /instances/{id}/health", a.showHealth},
		{"GET /instances/{id}/pollers", a.listPollers},
		{"GET /instances/{id}/pollers/{resource}", a.showPoller},
		{"GET /instances/{id}/pollers/{resource}/polls", a.listPolls},
		{"POST /instances/{id}/pollers/{resource}/preview", a.previewPoll},
		{"POST /instances/{id}/pollers/{resource}/replay", a.replayFromVendor},
		{"DELETE /instances/{id}/pollers/{resource}/replay", a.cancelReplay},
		{"POST /instances/{id}/pollers/{resource}/reset", a.resetPoller},
		{"GET /instances/{id}/pollers/{resource}/objects/{object}", a.explainObject},
		{"GET /instances/{id}/destinations", a.listDestinations},
		{"POST /instances/{id}/destinations", a.createDestination},
		{"GET /instances/{id}/destinations/{destination}", a.showDestination},
		{"PATCH /instances/{id}/destinations/{destination}", a.updateDestination},
		{"DELETE /instances/{id}/destinations/{destination}", a.deleteDestination},
		{"POST /instances/{id}/destinations/{destination}/redeliver", a.redeliver},
	}
}

// accountRoutes are about the whole account of the caller.
func (a *API) accountRoutes() []route {
	return []route{
		{"GET /accounts/settings", a.showSettings},
		{"POST /accounts/settings", a.updateSettings},
		{"PATCH /accounts/settings", a.updateSettings},
		{"GET /accounts/{account}/settings", a.showSettings},
		{"POST /accounts/{account}/settings", a.updateSettings},
		{"PATCH /accounts/{account}/settings", a.updateSettings},
		{"GET /notifications/subscriptions", a.listSubscriptions},
		{"POST /notifications/subscriptions", a.createSubscription},
		{"GET /notifications/subscriptions/deliveries", a.listDeliveries},
		{"PUT /notifications/subscriptions/deliveries", a.redeliverAll},
		{"GET /notifications/subscriptions/{subscription}", a.showSubscription},
		{"DELETE /notifications/subscriptions/{subscription}", a.deleteSubscription},
		{"GET /notifications/{notification}/subscriptions/deliveries", a.listNotificationDeliveries},
		{"GET /notifications/{notification}/subscriptions/{subscription}/deliveries", a.showNotificationDelivery},
	}
}

func (a *API) hubRoutes() []route {
	return []route{
		{"GET /hubs/{hub}/{path...}", a.hubRead},
		{"POST /hubs/{hub}/{path...}", a.hubCreate},
		{"PUT /hubs/{hub}/{path...}", a.hubUpdate},
		{"PATCH /hubs/{hub}/{path...}", a.hubUpdate},
		{"DELETE /hubs/{hub}/{path...}", a.hubDelete},
	}
}
