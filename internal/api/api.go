package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"turnstone"
	"turnstone/internal/api/bulk"
	"turnstone/internal/api/catalogue"
	"turnstone/internal/api/history"
	"turnstone/internal/api/intake"
	"turnstone/internal/api/notify"
	"turnstone/internal/api/people"
	"turnstone/internal/api/rest"
	"turnstone/internal/hub"
	"turnstone/internal/instance"
	"turnstone/internal/poll"
)

// Store is what the API reads beside instances. What belongs to other accounts is
// turnstone.ErrNotFound, or missing from lists and counts.
type Store interface {
	UserByID(ctx context.Context, accountID, id int64) (turnstone.User, error)
	Destinations(ctx context.Context, accountID, instanceID int64) ([]turnstone.Destination, error)
	// CountInstances counts those that f selects on all pages, by element.
	CountInstances(ctx context.Context, f turnstone.InstanceFilter) (map[string]int, error)
	Ping(ctx context.Context) error
}

// Schedule is what is polled, and how it went. What belongs to other accounts is missing.
type Schedule interface {
	Pollers(ctx context.Context, accountID, instanceID int64) ([]turnstone.Poller, error)
	// AccountPollers returns those of all instances that f selects.
	AccountPollers(ctx context.Context, f turnstone.PollerFilter) ([]turnstone.Poller, error)
	// Polls returns the polls that f selects, newest first.
	Polls(ctx context.Context, f turnstone.PollFilter) ([]turnstone.Poll, error)
}

// Previewer shows what a poll would do.
type Previewer interface {
	Preview(ctx context.Context, r poll.PreviewRequest) (poll.Preview, error)
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

	People    *people.API
	Catalogue *catalogue.API
	Bulk      *bulk.API
	History   *history.API
	Notify    *notify.API
	Webhooks  *intake.API
	Instances *instance.Instances
	Pollers   *instance.Pollers
	Objects   *instance.Objects
	Hub       Hub
	Signer    Signer
	Preview   Previewer
	Store     Store
	Schedule  Schedule
}

// Handler returns the handler of all paths. It may be called from many goroutines.
func (a *API) Handler() http.Handler {
	a.Fallback = a.Plain
	return a.Server.Handler(a.Routes(), a.outsideRoutes())
}

// Routes returns everything below the platform's prefix.
func (a *API) Routes() []rest.Route {
	return slices.Concat(a.Catalogue.Routes(), a.accountRoutes(), a.hubRoutes(), a.instanceRoutes(), a.People.Routes(), a.Bulk.Routes(),
		a.History.Routes(), a.Notify.Routes(), a.Webhooks.Routes())
}

// instanceRoutes also exist below each element, for its instances alone, and
// without {id}, for the instance whose token the caller gave.
func (a *API) instanceRoutes() []rest.Route {
	return []rest.Route{
		{Pattern: "POST /instances", Answer: a.createInstance, Access: rest.OfInstance},
		{Pattern: "GET /instances", Answer: a.listInstances, Access: rest.OfInstance},
		{Pattern: "GET /instances/{id}", Answer: a.showInstance, Access: rest.OfInstance},
		{Pattern: "PUT /instances/{id}", Answer: a.updateInstance, Access: rest.OfInstance},
		{Pattern: "PATCH /instances/{id}", Answer: a.updateInstance, Access: rest.OfInstance},
		{Pattern: "DELETE /instances/{id}", Answer: a.deleteInstance, Access: rest.OfInstance},
		{Pattern: "PUT /instances/{id}/enabled", Answer: a.enableInstance, Access: rest.OfInstance},
		{Pattern: "DELETE /instances/{id}/enabled", Answer: a.disableInstance, Access: rest.OfInstance},
		{Pattern: "GET /instances/{id}/configuration", Answer: a.listConfiguration, Access: rest.OfInstance},
		{Pattern: "GET /instances/{id}/configuration/{entry}", Answer: a.showConfiguration, Access: rest.OfInstance},
		{Pattern: "PUT /instances/{id}/configuration/{entry}", Answer: a.updateConfiguration, Access: rest.OfInstance},
		{Pattern: "PATCH /instances/{id}/configuration/{entry}", Answer: a.updateConfiguration, Access: rest.OfInstance},
		// Ours.
		{Pattern: "GET /instances/{id}/health", Answer: a.showHealth, Access: rest.OfInstance},
		{Pattern: "GET /instances/{id}/pollers", Answer: a.listPollers, Access: rest.OfInstance},
		{Pattern: "GET /instances/{id}/pollers/{resource}", Answer: a.showPoller, Access: rest.OfInstance},
		{Pattern: "GET /instances/{id}/pollers/{resource}/polls", Answer: a.listPolls, Access: rest.OfInstance},
		{Pattern: "POST /instances/{id}/pollers/{resource}/preview", Answer: a.previewPoll, Access: rest.OfInstance},
		{Pattern: "POST /instances/{id}/pollers/{resource}/replay", Answer: a.replayFromVendor, Access: rest.OfInstance},
		{Pattern: "DELETE /instances/{id}/pollers/{resource}/replay", Answer: a.cancelReplay, Access: rest.OfInstance},
		{Pattern: "POST /instances/{id}/pollers/{resource}/reset", Answer: a.resetPoller, Access: rest.OfInstance},
		{Pattern: "GET /instances/{id}/pollers/{resource}/objects/{object}", Answer: a.explainObject, Access: rest.OfInstance},
	}
}

// accountRoutes are about the whole account of the caller.
func (a *API) accountRoutes() []rest.Route {
	return []rest.Route{
		{Pattern: "GET /instances/count", Answer: a.countInstances},
		{Pattern: "GET /instances/polling-disabled", Answer: a.listPollingDisabled},
		{Pattern: "GET /jobs", Answer: a.listJobs},
		{Pattern: "GET /jobs/polling-disabled", Answer: a.listDisabledJobs},
		{Pattern: "POST /jobs", Answer: noJobs},
		{Pattern: "DELETE /jobs/{job}", Answer: noJobs},
	}
}

func (a *API) hubRoutes() []rest.Route {
	return []rest.Route{
		{Pattern: "GET /hubs/{hub}/{path...}", Answer: a.HubCall(a.hubRead)},
		{Pattern: "POST /hubs/{hub}/{path...}", Answer: a.HubCall(a.hubCreate)},
		{Pattern: "PUT /hubs/{hub}/{path...}", Answer: a.HubCall(a.hubUpdate)},
		{Pattern: "PATCH /hubs/{hub}/{path...}", Answer: a.HubCall(a.hubUpdate)},
		{Pattern: "DELETE /hubs/{hub}/{path...}", Answer: a.HubCall(a.hubDelete)},
	}
}
