package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/api/rest"
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
	*rest.Server

	Instances     *instance.Instances
	Pollers       *instance.Pollers
	Destinations  *instance.Destinations
	Replays       *instance.Replays
	Objects       *instance.Objects
	Hub           Hub
	Preview       Previewer
	Store         Store
	History       History
	Outbox        Outbox
	Subscriptions Subscriptions
}

// Handler returns the handler of all paths. It may be called from many goroutines.
func (a *API) Handler() http.Handler {
	return a.Server.Handler(a.Routes(), []rest.Route{
		{Pattern: "GET /healthz", Answer: health},
		{Pattern: "GET /readyz", Answer: a.ready},
	})
}

// Routes returns everything below the platform's prefix.
func (a *API) Routes() []rest.Route {
	return slices.Concat(a.publicRoutes(), a.accountRoutes(), a.hubRoutes(), a.instanceRoutes())
}

// publicRoutes need no Authorization, as on the platform.
func (a *API) publicRoutes() []rest.Route {
	return []rest.Route{
		{"GET /elements", a.listElements, rest.Public},
		{"GET /elements/{element}", a.showElement, rest.Public},
		{"GET /elements/{element}/oauth/url", a.authorizeByQuery, rest.Public},
		{"POST /elements/{element}/oauth/url", a.authorizeByBody, rest.Public},
	}
}

// instanceRoutes also exist below each element, for its instances alone, and
// without {id}, for the instance whose token the caller gave.
func (a *API) instanceRoutes() []rest.Route {
	return []rest.Route{
		{"POST /instances", a.createInstance, rest.OfInstance},
		{"GET /instances", a.listInstances, rest.OfInstance},
		{"GET /instances/{id}", a.showInstance, rest.OfInstance},
		{"PUT /instances/{id}", a.updateInstance, rest.OfInstance},
		{"PATCH /instances/{id}", a.updateInstance, rest.OfInstance},
		{"DELETE /instances/{id}", a.deleteInstance, rest.OfInstance},
		{"PUT /instances/{id}/enabled", a.enableInstance, rest.OfInstance},
		{"DELETE /instances/{id}/enabled", a.disableInstance, rest.OfInstance},
		{"GET /instances/{id}/configuration", a.listConfiguration, rest.OfInstance},
		{"GET /instances/{id}/configuration/{entry}", a.showConfiguration, rest.OfInstance},
		{"PUT /instances/{id}/configuration/{entry}", a.updateConfiguration, rest.OfInstance},
		{"PATCH /instances/{id}/configuration/{entry}", a.updateConfiguration, rest.OfInstance},
		{"GET /instances/{id}/events", a.listEvents, rest.OfInstance},
		// Ours.
		{"GET /instances/{id}/events/{event}", a.showEvent, rest.OfInstance},
		{"POST /instances/{id}/events/replay", a.replayEvents, rest.OfInstance},
		{"GET /instances/{id}/health", a.showHealth, rest.OfInstance},
		{"GET /instances/{id}/pollers", a.listPollers, rest.OfInstance},
		{"GET /instances/{id}/pollers/{resource}", a.showPoller, rest.OfInstance},
		{"GET /instances/{id}/pollers/{resource}/polls", a.listPolls, rest.OfInstance},
		{"POST /instances/{id}/pollers/{resource}/preview", a.previewPoll, rest.OfInstance},
		{"POST /instances/{id}/pollers/{resource}/replay", a.replayFromVendor, rest.OfInstance},
		{"DELETE /instances/{id}/pollers/{resource}/replay", a.cancelReplay, rest.OfInstance},
		{"POST /instances/{id}/pollers/{resource}/reset", a.resetPoller, rest.OfInstance},
		{"GET /instances/{id}/pollers/{resource}/objects/{object}", a.explainObject, rest.OfInstance},
		{"GET /instances/{id}/destinations", a.listDestinations, rest.OfInstance},
		{"POST /instances/{id}/destinations", a.createDestination, rest.OfInstance},
		{"GET /instances/{id}/destinations/{destination}", a.showDestination, rest.OfInstance},
		{"PATCH /instances/{id}/destinations/{destination}", a.updateDestination, rest.OfInstance},
		{"DELETE /instances/{id}/destinations/{destination}", a.deleteDestination, rest.OfInstance},
		{"POST /instances/{id}/destinations/{destination}/redeliver", a.redeliver, rest.OfInstance},
	}
}

// accountRoutes are about the whole account of the caller.
func (a *API) accountRoutes() []rest.Route {
	return []rest.Route{
		{"GET /accounts/settings", a.showSettings, rest.Identified},
		{"POST /accounts/settings", a.updateSettings, rest.Identified},
		{"PATCH /accounts/settings", a.updateSettings, rest.Identified},
		{"GET /accounts/{account}/settings", a.showSettings, rest.Identified},
		{"POST /accounts/{account}/settings", a.updateSettings, rest.Identified},
		{"PATCH /accounts/{account}/settings", a.updateSettings, rest.Identified},
		{"GET /notifications/subscriptions", a.listSubscriptions, rest.Identified},
		{"POST /notifications/subscriptions", a.createSubscription, rest.Identified},
		{"GET /notifications/subscriptions/deliveries", a.listDeliveries, rest.Identified},
		{"PUT /notifications/subscriptions/deliveries", a.redeliverAll, rest.Identified},
		{"GET /notifications/subscriptions/{subscription}", a.showSubscription, rest.Identified},
		{"DELETE /notifications/subscriptions/{subscription}", a.deleteSubscription, rest.Identified},
		{"GET /notifications/{notification}/subscriptions/deliveries", a.listNotificationDeliveries, rest.Identified},
		{"GET /notifications/{notification}/subscriptions/{subscription}/deliveries", a.showNotificationDelivery, rest.Identified},
	}
}

func (a *API) hubRoutes() []rest.Route {
	return []rest.Route{
		{"GET /hubs/{hub}/{path...}", a.hubRead, rest.Identified},
		{"POST /hubs/{hub}/{path...}", a.hubCreate, rest.Identified},
		{"PUT /hubs/{hub}/{path...}", a.hubUpdate, rest.Identified},
		{"PATCH /hubs/{hub}/{path...}", a.hubUpdate, rest.Identified},
		{"DELETE /hubs/{hub}/{path...}", a.hubDelete, rest.Identified},
	}
}
