// Package history answers what happened: which events there were, how many, what became
// of them, and asks for them to be delivered again.
//
// It promises that a caller sees the events of their own account or instance alone, that
// a list leads to all of it, and that a number of events counts each of them once. It
// changes no event.
package history

import (
	"context"
	"strconv"
	"time"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/instance"
)

// Store is what is read of the past. What belongs to other accounts is
// turnstone.ErrNotFound, or missing from lists.
type Store interface {
	// Events returns the events that f selects, newest first.
	Events(ctx context.Context, f turnstone.EventFilter) ([]turnstone.Event, error)
	// Event returns one event; instance 0 stands for any of the account.
	Event(ctx context.Context, accountID, instanceID, id int64) (turnstone.Event, error)
	// EventByKey returns the event with a key that says that it was made at a moment.
	EventByKey(ctx context.Context, accountID int64, key string, made time.Time) (turnstone.Event, error)
	// Notified returns which of some events have reached a receiver.
	Notified(ctx context.Context, accountID int64, eventIDs []int64) (map[int64]bool, error)
	// EventCounts counts events by step of time and instance. Steps without any are
	// left out.
	EventCounts(ctx context.Context, f turnstone.EventCountFilter) ([]turnstone.EventCount, error)
}

// Outbox tells what became of events.
type Outbox interface {
	DeliveryHistory(ctx context.Context, accountID, instanceID int64, eventIDs []int64) ([]turnstone.DeliveryRecord, error)
}

// API answers for the past. All fields must be set.
type API struct {
	*rest.Server

	Store   Store
	Outbox  Outbox
	Replays *instance.Replays
}

// Routes returns what it answers.
func (a *API) Routes() []rest.Route {
	return []rest.Route{
		{Pattern: "GET /instances/events", Answer: a.listAll},
		{Pattern: "GET /instances/events/{event}", Answer: a.showAny},
		{Pattern: "POST /instances/events/replay", Answer: a.replayOwn}, // ours, like its twin below
		{Pattern: "GET /instances/events/analytics", Answer: a.count},
		{Pattern: "GET /instances/events/analytics/instances", Answer: a.countByInstance},
		{Pattern: "GET /instances/events/analytics/accounts", Answer: a.countByAccount},
		{Pattern: "GET /instances/events/dispositions", Answer: a.listDispositions},
		{Pattern: "GET /instances/{id}/events", Answer: a.list, Access: rest.OfInstance},
		{Pattern: "GET /instances/{id}/events/{event}", Answer: a.show, Access: rest.OfInstance},
		{Pattern: "POST /instances/{id}/events/replay", Answer: a.replay, Access: rest.OfInstance},
	}
}

// scope is whose events a call is about.
type scope struct {
	account  int64
	instance int64 // 0: all of the account
}

// scopeOf returns the scope of a path that names no instance: all of the account, or the
// instance of the token of a caller who shows no Organization.
func scopeOf(c *rest.Call) scope {
	s := scope{account: c.Identity.AccountID}
	if !c.Identity.WholeAccount {
		c.InstanceID = c.Identity.Instance.ID
		s.instance = c.InstanceID
	}
	return s
}

// String names the scope for people.
func (s scope) String() string {
	if s.instance == 0 {
		return "the account"
	}
	return "instance " + strconv.FormatInt(s.instance, 10)
}

// path returns where the events of the scope are listed.
func (s scope) path() string {
	if s.instance == 0 {
		return rest.Prefix + "/instances/events"
	}
	return rest.Prefix + "/instances/" + strconv.FormatInt(s.instance, 10) + "/events"
}
