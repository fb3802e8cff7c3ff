package notify

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/instance"
)

// destinationJSON says how the delivery to a callback URL stands. Secrets are masked.
type destinationJSON struct {
	ID                    int64             `json:"id"`
	Main                  bool              `json:"main"`
	URL                   string            `json:"url"`
	Resources             []string          `json:"resources"`
	Types                 []turnstone.Op    `json:"types"`
	SignatureKey          turnstone.Secret  `json:"signatureKey,omitempty"`
	SecondarySignatureKey turnstone.Secret  `json:"secondarySignatureKey,omitempty"`
	Username              string            `json:"username,omitempty"`
	Password              turnstone.Secret  `json:"password,omitempty"`
	Headers               map[string]string `json:"headers,omitempty"`
	Rate                  float64           `json:"rate,omitempty"`
	Concurrency           int               `json:"concurrency,omitempty"`
	Handshake             string            `json:"handshake"`
	HandshakeAt           string            `json:"handshakeAt,omitempty"`   // when the receiver agreed
	HandshakeRate         float64           `json:"handshakeRate,omitempty"` // POSTs a second that it agreed to
	State                 string            `json:"state"`
	Problem               string            `json:"problem,omitempty"`
	Failures              int               `json:"failures"`
	Owed                  int               `json:"owed"`
	Queued                int               `json:"queued"`
	CreatedAt             string            `json:"createdAt,omitempty"`
	LastGoodAt            string            `json:"lastGoodAt,omitempty"`
}

func destinationView(d turnstone.Destination) destinationJSON {
	view := destinationJSON{
		ID: d.ID, Main: d.Main, URL: d.URL, Resources: append([]string{}, d.Filter.Resources...), Types: append([]turnstone.Op{}, d.Filter.Ops...),
		SignatureKey: turnstone.Secret(d.Secrets.SignatureKey), SecondarySignatureKey: turnstone.Secret(d.Secrets.SecondaryKey),
		Username: d.Secrets.Username, Password: turnstone.Secret(d.Secrets.Password),
		Rate: instance.Rate(d.Limits), Concurrency: d.Limits.Concurrency,
		Handshake: cmp.Or(string(d.Handshake.Mode), "off"), HandshakeAt: rest.ExactTime(d.Handshake.AllowedAt),
		HandshakeRate: instance.Rate(turnstone.DestinationLimits{Pace: d.Handshake.Pace}),
		State:         string(d.State), Problem: d.Problem, Failures: d.Failures, Owed: d.Owed, Queued: d.Queued,
		CreatedAt: rest.ExactTime(d.CreatedAt), LastGoodAt: rest.ExactTime(d.LastGoodAt),
	}
	if len(d.Secrets.Headers) > 0 {
		view.Headers = make(map[string]string, len(d.Secrets.Headers))
	}
	for name := range d.Secrets.Headers {
		view.Headers[name] = turnstone.Masked
	}
	return view
}

func (a *API) listDestinations(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	destinations, err := a.Outbox.Destinations(c.Context(), in.AccountID, in.ID)
	if err != nil {
		return nil, err
	}
	views := []destinationJSON{}
	for _, d := range destinations {
		views = append(views, destinationView(d))
	}
	return views, nil
}

// destinationID returns the number of the destination that the path is about.
func destinationID(c *rest.Call) (int64, error) {
	id, err := strconv.ParseInt(c.PathValue("destination"), 10, 64)
	if err != nil {
		return 0, noDestination(c)
	}
	return id, nil
}

func noDestination(c *rest.Call) error {
	return rest.Failuref(http.StatusNotFound, "instance %d has no destination %s; GET %s/instances/%[1]d/destinations lists those that it has", c.InstanceID, rest.Excerpt(c.PathValue("destination")), rest.Prefix)
}

// aboutDestination explains the errors of destinations.
func aboutDestination(c *rest.Call, err error) error {
	switch {
	case errors.Is(err, turnstone.ErrNotFound):
		return noDestination(c)
	case errors.Is(err, turnstone.ErrConflict) && c.Method == http.MethodPost:
		return rest.Failuref(http.StatusConflict, "the instance has %d destinations beside the one of its configuration, and may have no more; delete one", turnstone.MaxDestinations)
	case errors.Is(err, turnstone.ErrConflict):
		return rest.Failuref(http.StatusConflict, "this destination is the one of the instance's configuration; change %s and the entries beside it there", turnstone.KeyCallbackURL)
	}
	return err
}

func (a *API) showDestination(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	id, err := destinationID(c)
	if err != nil {
		return nil, err
	}
	d, err := a.Destinations.Store.Destination(c.Context(), in.AccountID, in.ID, id)
	if err != nil {
		return nil, aboutDestination(c, err)
	}
	return destinationView(d), nil
}

func (a *API) createDestination(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	body, err := c.Object()
	if err != nil {
		return nil, err
	}
	d, err := a.Destinations.Create(c.Context(), in, instance.ReadDestinationInput(body))
	if err != nil {
		return nil, aboutDestination(c, err)
	}
	return destinationView(d), nil
}

func (a *API) updateDestination(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	id, err := destinationID(c)
	if err != nil {
		return nil, err
	}
	body, err := c.Object()
	if err != nil {
		return nil, err
	}
	d, err := a.Destinations.Update(c.Context(), in, id, instance.ReadDestinationInput(body))
	if err != nil {
		return nil, aboutDestination(c, err)
	}
	return destinationView(d), nil
}

func (a *API) deleteDestination(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	id, err := destinationID(c)
	if err != nil {
		return nil, err
	}
	return nil, aboutDestination(c, a.Destinations.Store.DeleteDestination(c.Context(), in.AccountID, in.ID, id))
}

// redeliverJSON says how much is on its way again.
type redeliverJSON struct {
	Deliveries int `json:"deliveries"`
}

func (a *API) redeliver(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	id, err := destinationID(c)
	if err != nil {
		return nil, err
	}
	n, err := a.Destinations.Redeliver(c.Context(), in, id)
	if err != nil {
		return nil, aboutDestination(c, err)
	}
	return redeliverJSON{n}, nil
}
