package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"time"
)

// Destination is a callback URL of an instance.
type Destination struct {
	ID          int64             `json:"id"`
	Main        bool              `json:"main"` // the one of the instance's configuration
	URL         string            `json:"url"`
	Resources   []string          `json:"resources"` // empty: all
	Types       []string          `json:"types"`     // empty: all
	Headers     map[string]string `json:"headers"`   // values are masked
	Rate        float64           `json:"rate"`      // POSTs a second; 0: no limit
	Concurrency int               `json:"concurrency"`
	Handshake   string            `json:"handshake"`
	State       string            `json:"state"` // active or inactive
	Problem     string            `json:"problem"`
	Failures    int               `json:"failures"` // in a row
	Owed        int               `json:"owed"`
	Queued      int               `json:"queued"` // of those, the ones that wait for somebody
	CreatedAt   time.Time         `json:"createdAt,omitzero"`
	LastGoodAt  time.Time         `json:"lastGoodAt,omitzero"`
}

// DestinationInput is what is written of a destination. What is absent stays as it is.
type DestinationInput struct {
	URL                   string            `json:"url,omitempty"`
	Resources             []string          `json:"resources,omitempty"`
	Types                 []string          `json:"types,omitempty"`
	SignatureKey          string            `json:"signatureKey,omitempty"`
	SecondarySignatureKey string            `json:"secondarySignatureKey,omitempty"`
	Username              string            `json:"username,omitempty"`
	Password              string            `json:"password,omitempty"`
	Headers               map[string]string `json:"headers,omitempty"`
	Rate                  float64           `json:"rate,omitempty"`
	Concurrency           int               `json:"concurrency,omitempty"`
	Handshake             string            `json:"handshake,omitempty"`
}

// destinationPath returns a path below a destination.
func destinationPath(instance, id int64, rest string) string {
	return instancePath(instance, fmt.Sprintf("/destinations/%d%s", id, rest))
}

// Destinations yields the destinations of an instance.
func (c *Client) Destinations(ctx context.Context, instance int64) iter.Seq2[Destination, error] {
	return list[Destination](ctx, c, request{method: http.MethodGet, path: instancePath(instance, "/destinations")})
}

// Destination returns a destination.
func (c *Client) Destination(ctx context.Context, instance, id int64) (d Destination, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: destinationPath(instance, id, "")}, &d)
	return d, err
}

// CreateDestination adds a destination beside that of the instance's configuration.
func (c *Client) CreateDestination(ctx context.Context, instance int64, input DestinationInput) (d Destination, err error) {
	err = c.do(ctx, request{method: http.MethodPost, path: instancePath(instance, "/destinations"), body: input}, &d)
	return d, err
}

// UpdateDestination changes what input has of a destination.
func (c *Client) UpdateDestination(ctx context.Context, instance, id int64, input DestinationInput) (d Destination, err error) {
	err = c.do(ctx, request{method: http.MethodPatch, path: destinationPath(instance, id, ""), body: input}, &d)
	return d, err
}

// DeleteDestination removes a destination, with what it is owed.
func (c *Client) DeleteDestination(ctx context.Context, instance, id int64) error {
	return c.do(ctx, request{method: http.MethodDelete, path: destinationPath(instance, id, "")}, nil)
}

// Redeliver makes all that a destination is owed due at once, activates it if it was
// given up, and returns how many deliveries that are.
func (c *Client) Redeliver(ctx context.Context, instance, destination int64) (int, error) {
	var done struct{ Deliveries int }
	err := c.do(ctx, request{method: http.MethodPost, path: destinationPath(instance, destination, "/redeliver")}, &done)
	return done.Deliveries, err
}

// Delivery is an event owed to a destination.
type Delivery struct {
	NotificationID int64           `json:"notificationId"` // the number of the event
	SubscriptionID int64           `json:"subscriptionId"` // of the destination
	Status         string          `json:"status"`         // created, retry or queued; of one event also delivered
	CreatedDate    time.Time       `json:"createdDate,omitzero"`
	UpdatedDate    time.Time       `json:"updatedDate,omitzero"`
	Notification   json.RawMessage `json:"notification"` // the body; absent unless it was asked for
}

// Deliveries yields the deliveries of the account that are not made. where may limit
// them, by channel, status and config.url: status = 'queued'. Empty: all.
func (c *Client) Deliveries(ctx context.Context, where string) iter.Seq2[Delivery, error] {
	return list[Delivery](ctx, c, request{method: http.MethodGet, path: deliveriesPath, query: given("where", where)})
}

const deliveriesPath = "/notifications/subscriptions/deliveries"

// RedeliverAll makes the deliveries of the account that where selects, as in Deliveries,
// due at once, and activates their destinations.
func (c *Client) RedeliverAll(ctx context.Context, where string) error {
	return c.do(ctx, request{method: http.MethodPut, path: deliveriesPath, query: given("where", where)}, nil)
}

// DeliveriesOf yields where an event went, by its number.
func (c *Client) DeliveriesOf(ctx context.Context, event int64) iter.Seq2[Delivery, error] {
	return list[Delivery](ctx, c, request{method: http.MethodGet, path: fmt.Sprintf("/notifications/%d/subscriptions/deliveries", event)})
}
