// Package intake answers vendors that send webhooks, and shows what became of these.
//
// It promises that a webhook that was answered with success is stored, and that anything
// else is answered so that the vendor sends it again, or that somebody learns what to
// change. It refuses to read what is in a webhook: that is the work of the package of the
// same name that it stands before.
package intake

import (
	"context"
	"net/http"
	"time"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/intake"
)

// Store is what this package reads. What belongs to other accounts is missing.
type Store interface {
	// Webhooks returns what became of the webhooks that f selects, newest first.
	Webhooks(ctx context.Context, f turnstone.WebhookFilter) ([]turnstone.Webhook, error)
	// Wake makes a poller due at once. It returns turnstone.ErrNotFound if there is no such
	// poller, and turnstone.ErrConflict if it is not active.
	Wake(ctx context.Context, accountID, instanceID int64, resource string) error
}

// Receiver takes webhooks in.
type Receiver interface {
	// Receive returns what to answer, once the webhook is stored. A *intake.Problem says
	// what the sender should change.
	Receive(ctx context.Context, r intake.Request) (intake.Answer, error)
}

// API answers the routes about webhooks of vendors. New makes it.
type API struct {
	*rest.Server

	inbox Receiver
	store Store
	large chan struct{} // a place for each large body that is in memory
}

const (
	// largeBody is from how many bytes on a body waits for a place: most webhooks are a
	// few thousand bytes long, and any number of those may come at once.
	largeBody = 256 << 10
	// maxLarge bounds the large bodies in memory: 8 MB each, and some copies.
	maxLarge = 16
	// patience is how long a large body waits for a place. Vendors wait ten seconds or more.
	patience = 5 * time.Second
)

// New returns an API that gives webhooks to inbox.
func New(s *rest.Server, inbox Receiver, store Store) *API {
	return &API{Server: s, inbox: inbox, store: store, large: make(chan struct{}, maxLarge)}
}

// Routes returns the routes about webhooks of vendors.
func (a *API) Routes() []rest.Route {
	return []rest.Route{
		{Pattern: "POST /events/{element}", Answer: a.receive, Access: rest.Public},
		{Pattern: "GET /events/{element}", Answer: a.receive, Access: rest.Public},
		{Pattern: "POST /events/{element}/{encoded}", Answer: a.receive, Access: rest.Public},
		{Pattern: "GET /events/{element}/{encoded}", Answer: a.receive, Access: rest.Public},
		// Ours.
		{Pattern: "GET /instances/{id}/webhooks", Answer: a.list, Access: rest.OfInstance},
		{Pattern: "POST /instances/{id}/pollers/{resource}/poll", Answer: a.pollNow, Access: rest.OfInstance},
	}
}

// place waits until a body of the request may be read, and returns what to call when it
// is no longer in memory.
func (a *API) place(c *rest.Call) (leave func(), err error) {
	if c.ContentLength >= 0 && c.ContentLength < largeBody {
		return func() {}, nil
	}
	ctx, cancel := context.WithTimeout(c.Context(), patience)
	defer cancel()
	select {
	case a.large <- struct{}{}:
		return func() { <-a.large }, nil
	case <-ctx.Done():
		return nil, rest.Failuref(http.StatusServiceUnavailable, "there are too many large requests at once; send this one again in a minute").After(time.Minute)
	}
}
