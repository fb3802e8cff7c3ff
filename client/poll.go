package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Poller is one resource of one instance, being polled.
type Poller struct {
	ID              int64     `json:"id"`
	Resource        string    `json:"resource"`
	State           string    `json:"state"` // active, awaiting, parked or paused
	Problem         string    `json:"problem"`
	Warnings        []string  `json:"warnings"`
	IntervalSeconds float64   `json:"intervalSeconds"`
	EnabledAt       time.Time `json:"enabledAt,omitzero"`
	Cursor          time.Time `json:"cursor,omitzero"` // how far it has read, by the vendor's clock; zero: not yet
	Failures        int       `json:"failures"`
	NextAt          time.Time `json:"nextAt,omitzero"`
	LastAt          time.Time `json:"lastAt,omitzero"`
	LastGoodAt      time.Time `json:"lastGoodAt,omitzero"`
	Rescan          *Rescan   `json:"rescan"` // nil: none is under way
}

// Rescan is a reading beside the polling.
type Rescan struct {
	Kind    string    `json:"kind"`
	Since   time.Time `json:"since,omitzero"`
	AskedAt time.Time `json:"askedAt,omitzero"`
	Pages   int       `json:"pages"`
	Records int       `json:"records"`
	Changes int       `json:"changes"`
	Problem string    `json:"problem"`
}

// Poll is one round of asking.
type Poll struct {
	ID          int64     `json:"id"`
	StartedAt   time.Time `json:"startedAt,omitzero"`
	TookSeconds float64   `json:"tookSeconds"`
	URL         string    `json:"url"`
	From        time.Time `json:"from,omitzero"`
	Outcome     string    `json:"outcome"`
	Pages       int       `json:"pages"`
	Records     int       `json:"records"`
	Created     int       `json:"created"`
	Updated     int       `json:"updated"`
	Deleted     int       `json:"deleted"`
	Unchanged   int       `json:"unchanged"`
	Learned     int       `json:"learned"`
	Ignored     int       `json:"ignored"`
	Late        int       `json:"late"`
	Events      int       `json:"events"`
	Problems    []string  `json:"problems"`
	// RetryAfterSeconds is how long the vendor asked to wait; 0: it did not.
	RetryAfterSeconds float64 `json:"retryAfterSeconds"`
	Unmodified        bool    `json:"unmodified"`
}

// pollerPath returns a path below a poller.
func pollerPath(instance int64, resource, rest string) string {
	return instancePath(instance, "/pollers/"+url.PathEscape(resource)+rest)
}

// Pollers yields the pollers of an instance.
func (c *Client) Pollers(ctx context.Context, instance int64) iter.Seq2[Poller, error] {
	return list[Poller](ctx, c, request{method: http.MethodGet, path: instancePath(instance, "/pollers")})
}

// Poller returns a poller.
func (c *Client) Poller(ctx context.Context, instance int64, resource string) (p Poller, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: pollerPath(instance, resource, "")}, &p)
	return p, err
}

// Polls yields the polls of a poller, newest first.
func (c *Client) Polls(ctx context.Context, instance int64, resource string) iter.Seq2[Poll, error] {
	return list[Poll](ctx, c, request{method: http.MethodGet, path: pollerPath(instance, resource, "/polls")})
}

// PollNow makes a poller due at once, from where it stands. It waits all the same if the
// vendor asked for that.
func (c *Client) PollNow(ctx context.Context, instance int64, resource string) error {
	return c.do(ctx, request{method: http.MethodPost, path: pollerPath(instance, resource, "/poll")}, nil)
}

// PreviewInput says what to try out.
type PreviewInput struct {
	// Configuration is the resource's member of event.poller.configuration; nil: the
	// saved one.
	Configuration json.RawMessage `json:"configuration,omitempty"`
	Since         string          `json:"since,omitempty"` // where the window begins; empty: where the next poll begins
}

// Preview is what a poll would find, and make of it.
type Preview struct {
	Resource    string    `json:"resource"`
	URL         string    `json:"url"`
	VendorURL   string    `json:"vendorUrl"`
	From        time.Time `json:"from,omitzero"` // zero: the beginning
	To          time.Time `json:"to,omitzero"`   // zero: now
	UpdatedZone string    `json:"updatedZone"`
	CreatedZone string    `json:"createdZone"`
	// ClockOffsetSeconds is how far the vendor's clock is ahead; nil: it is not known.
	ClockOffsetSeconds *float64        `json:"clockOffsetSeconds"`
	Records            []PreviewRecord `json:"records"`
	More               bool            `json:"more"` // there are more pages
	CursorAfter        time.Time       `json:"cursorAfter,omitzero"`
	Problems           []string        `json:"problems"`
	// Text is the whole answer, as it came.
	Text json.RawMessage `json:"-"`
}

// PreviewRecord is a record, and what would become of it.
type PreviewRecord struct {
	ObjectID string          `json:"objectId"`
	Updated  time.Time       `json:"updated,omitzero"`
	Created  time.Time       `json:"created,omitzero"`
	Type     string          `json:"type"` // CREATED, UPDATED or DELETED; empty: it would be no event
	Reason   string          `json:"reason"`
	Because  string          `json:"because"` // the reason in words
	Record   json.RawMessage `json:"record"`
}

// PreviewPoll returns what a poll would find now. Nothing is stored.
func (c *Client) PreviewPoll(ctx context.Context, instance int64, resource string, input PreviewInput) (p Preview, err error) {
	err = c.do(ctx, request{method: http.MethodPost, path: pollerPath(instance, resource, "/preview"), body: input}, &p.Text)
	if err == nil {
		err = decode(p.Text, &p)
	}
	return p, err
}

// ReplayPoller has a poller tell again what changed since a moment.
func (c *Client) ReplayPoller(ctx context.Context, instance int64, resource string, since time.Time) (Poller, error) {
	return c.since(ctx, pollerPath(instance, resource, "/replay"), since)
}

// ResetPoller has a poller go on from a moment, at once, and resumes one that was
// parked. What was told is not told again.
func (c *Client) ResetPoller(ctx context.Context, instance int64, resource string, since time.Time) (Poller, error) {
	return c.since(ctx, pollerPath(instance, resource, "/reset"), since)
}

func (c *Client) since(ctx context.Context, path string, since time.Time) (Poller, error) {
	var started struct{ Poller Poller }
	err := c.do(ctx, request{
		method: http.MethodPost, path: path, body: map[string]string{"since": since.UTC().Format(time.RFC3339Nano)},
	}, &started)
	return started.Poller, err
}

// Object is what is known of a record, and what became of it.
type Object struct {
	Resource string   `json:"resource"`
	ObjectID string   `json:"objectId"`
	Story    []string `json:"story"` // in words, a sentence each
	More     bool     `json:"more"`  // there is an older part, which is left out
	// Text is the whole answer, as it came.
	Text json.RawMessage `json:"-"`
}

// ExplainObject returns the story of a record: when it was seen, why that was an event
// or was none, and where each event went.
func (c *Client) ExplainObject(ctx context.Context, instance int64, resource, object string) (o Object, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: pollerPath(instance, resource, "/objects/"+url.PathEscape(object))}, &o.Text)
	if err == nil {
		err = decode(o.Text, &o)
	}
	return o, err
}
