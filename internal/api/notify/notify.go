// Package notify answers whom events are delivered to, and what they were told: the
// destinations of instances, the platform's subscriptions and deliveries, and
// notifications, which are events and what clients posted beside them.
//
// It promises that a caller sees and changes what belongs to their own account alone, and
// that no secret of a destination is shown. It delivers nothing itself: it makes
// deliveries due.
package notify

import (
	"context"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/instance"
)

// Outbox is what is owed to whom, and what became of it. What belongs to other accounts is
// missing from lists.
type Outbox interface {
	OwedDeliveries(ctx context.Context, f turnstone.DeliveryFilter) ([]turnstone.DeliveryRecord, error)
	DeliveryHistory(ctx context.Context, accountID, instanceID int64, eventIDs []int64) ([]turnstone.DeliveryRecord, error)
	// Redeliver makes what matches due at once, in destinations that are active by then.
	Redeliver(ctx context.Context, f turnstone.DeliveryFilter) (int, error)
	Destinations(ctx context.Context, accountID, instanceID int64) ([]turnstone.Destination, error)
	// AccountDestinations returns the destinations of all instances, from the one behind
	// the one with the id after, oldest first.
	AccountDestinations(ctx context.Context, accountID, after int64, limit int) ([]turnstone.Destination, error)
}

// Policies say what becomes of deliveries that failed.
type Policies interface {
	Account(ctx context.Context, id int64) (turnstone.Account, error)
	SetFailurePolicy(ctx context.Context, accountID int64, p turnstone.FailurePolicy) error
}

// Events are shown as notifications, with what somebody noted of them. What belongs to
// other accounts is turnstone.ErrNotFound, or missing from lists.
type Events interface {
	// Event returns one event; instance 0 stands for any of the account.
	Event(ctx context.Context, accountID, instanceID, id int64) (turnstone.Event, error)
	Events(ctx context.Context, f turnstone.EventFilter) ([]turnstone.Event, error)
	// EventIDs returns numbers that no event has, nor will have.
	EventIDs(ctx context.Context, n int) ([]int64, error)
	MarkEvent(ctx context.Context, accountID, id int64, m turnstone.EventMark) error
	EventMarks(ctx context.Context, accountID int64, ids []int64) (map[int64]turnstone.EventMark, error)
}

// Notes are the notifications that were posted.
type Notes interface {
	AddNotification(ctx context.Context, n turnstone.Notification) error
	// Notifications returns those that f selects, newest first.
	Notifications(ctx context.Context, f turnstone.NotificationFilter) ([]turnstone.Notification, error)
	Notification(ctx context.Context, accountID, id int64) (turnstone.Notification, error)
	MarkNotification(ctx context.Context, accountID, id int64, m turnstone.EventMark) error
}

// API answers for deliveries. All fields must be set.
type API struct {
	*rest.Server

	Destinations *instance.Destinations
	Outbox       Outbox
	Policies     Policies
	Events       Events
	Notes        Notes
}

// Routes returns what it answers.
func (a *API) Routes() []rest.Route {
	return []rest.Route{
		{Pattern: "GET /accounts/settings", Answer: a.showSettings},
		{Pattern: "POST /accounts/settings", Answer: a.updateSettings},
		{Pattern: "PATCH /accounts/settings", Answer: a.updateSettings},
		{Pattern: "GET /accounts/{account}/settings", Answer: a.showSettings},
		{Pattern: "POST /accounts/{account}/settings", Answer: a.updateSettings},
		{Pattern: "PATCH /accounts/{account}/settings", Answer: a.updateSettings},

		{Pattern: "GET /notifications", Answer: a.listNotifications},
		{Pattern: "POST /notifications", Answer: a.createNotification},
		{Pattern: "GET /notifications/{notification}", Answer: a.showNotification},
		{Pattern: "DELETE /notifications/{notification}", Answer: a.deleteNotification},
		{Pattern: "PUT /notifications/{notification}/acknowledge", Answer: a.acknowledge},
		{Pattern: "GET /notifications/{notification}/subscriptions/deliveries", Answer: a.listNotificationDeliveries},
		{Pattern: "GET /notifications/{notification}/subscriptions/{subscription}/deliveries", Answer: a.showNotificationDelivery},

		{Pattern: "GET /notifications/subscriptions", Answer: a.listSubscriptions},
		{Pattern: "POST /notifications/subscriptions", Answer: a.createSubscription},
		{Pattern: "GET /notifications/subscriptions/deliveries", Answer: a.listDeliveries},
		{Pattern: "PUT /notifications/subscriptions/deliveries", Answer: a.redeliverAll},
		{Pattern: "GET /notifications/subscriptions/{subscription}", Answer: a.showSubscription},
		{Pattern: "DELETE /notifications/subscriptions/{subscription}", Answer: a.deleteSubscription},

		{Pattern: "GET /instances/{id}/destinations", Answer: a.listDestinations, Access: rest.OfInstance},
		{Pattern: "POST /instances/{id}/destinations", Answer: a.createDestination, Access: rest.OfInstance},
		{Pattern: "GET /instances/{id}/destinations/{destination}", Answer: a.showDestination, Access: rest.OfInstance},
		{Pattern: "PATCH /instances/{id}/destinations/{destination}", Answer: a.updateDestination, Access: rest.OfInstance},
		{Pattern: "DELETE /instances/{id}/destinations/{destination}", Answer: a.deleteDestination, Access: rest.OfInstance},
		{Pattern: "POST /instances/{id}/destinations/{destination}/redeliver", Answer: a.redeliver, Access: rest.OfInstance},
	}
}
