package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Instance is an element that was authorised for one account of its vendor.
type Instance struct {
	ID          int64           `json:"id"`
	Name        string          `json:"name"`
	CreatedDate time.Time       `json:"createdDate,omitzero"`
	Token       string          `json:"token"` // opens the calls to the vendor
	Element     InstanceElement `json:"element"`
	Tags        []string        `json:"tags"`
	Interaction []Interaction   `json:"provisionInteractions"`
	Valid       bool            `json:"valid"` // the vendor accepts its credential
	Disabled    bool            `json:"disabled"`
	// Configuration is what it was configured with; secrets are masked. It is absent
	// from lists that were asked for without.
	Configuration map[string]string `json:"configuration"`
	EventsEnabled bool              `json:"eventsEnabled"`
	CallbackURL   string            `json:"eventsNotificationCallbackUrl"`
	User          InstanceUser      `json:"user"`
}

// InstanceElement is what an instance shows of its element.
type InstanceElement struct {
	ID   int64  `json:"id"`
	Key  string `json:"key"`
	Name string `json:"name"`
	Hub  string `json:"hub"`
}

// InstanceUser is who created an instance.
type InstanceUser struct {
	ID        int64  `json:"id"`
	Email     string `json:"emailAddress"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
}

// Interaction is what somebody has to do before an instance can work.
type Interaction struct {
	Element  string `json:"element"`
	OAuthURL string `json:"oauthUrl"` // where to authorise it, with a browser
}

// InstanceInput is what is written of an instance. What is absent stays as it is, or is
// what the element says.
type InstanceInput struct {
	Element       *ElementRef       `json:"element,omitempty"`
	Name          string            `json:"name,omitempty"`
	Tags          []string          `json:"tags,omitempty"`
	Configuration map[string]any    `json:"configuration,omitempty"` // texts, numbers and truths; poller configurations may be objects
	ProviderData  map[string]string `json:"providerData,omitempty"`  // such as the code of an authorisation
	// ExternalAuthentication is "initial" where the caller authorised the instance itself,
	// and gives the tokens in Configuration.
	ExternalAuthentication string `json:"externalAuthentication,omitempty"`
}

// ElementRef names an element, by its key or its number.
type ElementRef struct {
	Key string `json:"key,omitempty"`
	ID  int64  `json:"id,omitempty"`
}

// InstanceQuery selects instances; the zero InstanceQuery all of the account.
type InstanceQuery struct {
	Element string   // key of it
	Tags    []string // they have all of these
	Search  string   // in their name, or the key of their element
}

// Instances yields the instances that q selects.
func (c *Client) Instances(ctx context.Context, q InstanceQuery) iter.Seq2[Instance, error] {
	path := "/instances"
	if q.Element != "" {
		path = "/elements/" + url.PathEscape(q.Element) + path
	}
	query := given("searchText", q.Search)
	for _, tag := range q.Tags {
		query.Add("tags[]", tag)
	}
	return list[Instance](ctx, c, request{method: http.MethodGet, path: path, query: query})
}

// instancePath returns a path below an instance.
func instancePath(id int64, rest string) string { return fmt.Sprintf("/instances/%d%s", id, rest) }

// Instance returns an instance.
func (c *Client) Instance(ctx context.Context, id int64) (in Instance, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: instancePath(id, "")}, &in)
	return in, err
}

// CreateInstance creates an instance. Where somebody has to authorise it first, it is
// not Valid, and its Interaction says where.
func (c *Client) CreateInstance(ctx context.Context, input InstanceInput) (in Instance, err error) {
	err = c.do(ctx, request{method: http.MethodPost, path: "/instances", body: input}, &in)
	return in, err
}

// UpdateInstance changes what input has of an instance.
func (c *Client) UpdateInstance(ctx context.Context, id int64, input InstanceInput) (in Instance, err error) {
	err = c.do(ctx, request{method: http.MethodPatch, path: instancePath(id, ""), body: input}, &in)
	return in, err
}

// DeleteInstance removes an instance with its events, for good.
func (c *Client) DeleteInstance(ctx context.Context, id int64) error {
	return c.do(ctx, request{method: http.MethodDelete, path: instancePath(id, "")}, nil)
}

// EnableInstance lets an instance work again, and resumes what was given up of it:
// parked pollers, and destinations.
func (c *Client) EnableInstance(ctx context.Context, id int64) error {
	return c.do(ctx, request{method: http.MethodPut, path: instancePath(id, "/enabled")}, nil)
}

// DisableInstance stops an instance. What it knows and owes is kept.
func (c *Client) DisableInstance(ctx context.Context, id int64) error {
	return c.do(ctx, request{method: http.MethodDelete, path: instancePath(id, "/enabled")}, nil)
}

// Health says how an instance does, in two facts that do not depend on each other.
type Health struct {
	Reading    Reading    `json:"reading"`
	Delivering Delivering `json:"delivering"`
	Warnings   []string   `json:"warnings"` // what its configuration says without effect
}

// Reading is how an instance does with its vendor.
type Reading struct {
	Fact
	Pollers []Fact `json:"pollers"`
}

// Delivering is how an instance does with its receivers.
type Delivering struct {
	Fact
	Owed         int    `json:"owed"` // deliveries that are not made
	Destinations []Fact `json:"destinations"`
}

// Fact is how something does.
type Fact struct {
	Resource      string    `json:"resource"`      // of a poller
	DestinationID int64     `json:"destinationId"` // of a destination
	OK            bool      `json:"ok"`
	State         string    `json:"state"`
	LastGoodAt    time.Time `json:"lastGoodAt,omitzero"` // zero: never
	Problem       string    `json:"problem"`
	Remedy        string    `json:"remedy"` // what to do about it
}

// InstanceHealth returns how an instance does.
func (c *Client) InstanceHealth(ctx context.Context, id int64) (h Health, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: instancePath(id, "/health")}, &h)
	return h, err
}
