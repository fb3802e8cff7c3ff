package notify

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/ceql"
)

// maxHydrated is how many whole deliveries come at once at most: each has the records of
// its notification.
const maxHydrated = 50

// deliveryJSON is a delivery as the platform shows it.
type deliveryJSON struct {
	NotificationID int64             `json:"notificationId"`
	SubscriptionID int64             `json:"subscriptionId"`
	Status         string            `json:"status"`
	CreatedDate    string            `json:"createdDate"`
	UpdatedDate    string            `json:"updatedDate"`
	Notification   json.RawMessage   `json:"notification,omitempty"`
	Subscription   *subscriptionJSON `json:"subscription,omitempty"`
}

// listDeliveries lists what is owed.
func (a *API) listDeliveries(c *rest.Call) (any, error) {
	list, err := a.owed(c)
	if err != nil {
		return nil, err
	}
	return a.deliveryViews(c, list)
}

// redeliverAll makes what is owed due at once, and answers with the first page of it,
// as it stood. There is no token of a second page: what it would list is due by then.
func (a *API) redeliverAll(c *rest.Call) (any, error) {
	list, err := a.owed(c)
	if err != nil {
		return nil, err
	}
	f, err := deliveryFilter(c)
	if err != nil {
		return nil, err
	}
	if _, err := a.Outbox.Redeliver(c.Context(), f); err != nil {
		return nil, err
	}
	c.Reply.Del(rest.HeaderNextPage)
	for i := range list {
		if list[i].State == turnstone.DeliveryQueued {
			list[i].State = turnstone.DeliveryRetry
		}
	}
	return a.deliveryViews(c, list)
}

// owed returns a page of the deliveries that the request selects. Pages of whole
// objects are short: each notification holds its records.
func (a *API) owed(c *rest.Call) ([]turnstone.DeliveryRecord, error) {
	f, err := deliveryFilter(c)
	if err != nil {
		return nil, err
	}
	page, err := rest.PageOf(withoutToken(c.URL.Query()))
	if err != nil {
		return nil, err
	}
	if token := c.URL.Query().Get("nextPage"); token != "" {
		var place deliveryPlace
		if err := rest.ParsePlace(token, &place); err != nil {
			return nil, err
		}
		f.After = turnstone.DeliveryRef{InstanceID: place.Instance, DestinationID: place.Destination, EventID: place.Event}
	}
	if rest.Hydrated(c.URL.Query()) {
		page.Size = min(page.Size, maxHydrated)
	}
	f.Limit = page.Size + 1
	list, err := a.Outbox.OwedDeliveries(c.Context(), f)
	if err != nil {
		return nil, err
	}
	if len(list) > page.Size {
		list = list[:page.Size]
		last := list[page.Size-1]
		c.Reply.Set(rest.HeaderNextPage, rest.PlaceToken(deliveryPlace{last.InstanceID, last.DestinationID, last.EventID}))
	}
	c.Reply.Set(rest.HeaderReturned, strconv.Itoa(len(list)))
	return list, nil
}

// withoutToken returns a query without its nextPage, which is of another form here.
func withoutToken(query map[string][]string) map[string][]string {
	delete(query, "nextPage")
	return query
}

// deliveryFilter reads the where clause: channel, status and config.url, joined by and.
// Without one it selects everything.
func deliveryFilter(c *rest.Call) (turnstone.DeliveryFilter, error) {
	account, err := accountOf(c)
	f := turnstone.DeliveryFilter{AccountID: account}
	if err != nil {
		return f, err
	}
	if strings.TrimSpace(c.URL.Query().Get("where")) == "" {
		return f, nil
	}
	const remedy = "write a clause such as channel='webhook' and status='queued' and config.url='https://receiver.example.com/events'"
	expr, err := ceql.Parse(c.URL.Query().Get("where"))
	if err != nil {
		return f, rest.Failuref(http.StatusBadRequest, "where: %v", err)
	}
	comparisons, ok := ceql.Conjunction(expr)
	if !ok {
		return f, rest.Failuref(http.StatusBadRequest, "where: is more than comparisons joined by and; %s", remedy)
	}
	seen := make(map[string]bool)
	for _, cmp := range comparisons {
		field := strings.ToLower(cmp.Field)
		if seen[field] {
			return f, rest.Failuref(http.StatusBadRequest, "where: compares %s twice, and no delivery has two; %s", rest.Excerpt(cmp.Field), remedy)
		}
		seen[field] = true
		if cmp.Op != "=" {
			return f, rest.Failuref(http.StatusBadRequest, "where: compares %s with %s; %s", rest.Excerpt(cmp.Field), cmp.Op, remedy)
		}
		if err := narrow(&f, cmp.Field, cmp.Value.Text); err != nil {
			return f, err
		}
	}
	return f, nil
}

// narrow adds one comparison to a filter.
func narrow(f *turnstone.DeliveryFilter, field, value string) error {
	switch strings.ToLower(field) {
	case "channel":
		if !strings.EqualFold(value, channelWebhook) {
			return rest.Failuref(http.StatusBadRequest, "where: there is no channel %s here; write 'webhook'", rest.Excerpt(value))
		}
	case "config.url":
		f.URL = value
	case "status":
		f.State = turnstone.DeliveryState(strings.ToLower(value))
		switch f.State {
		case turnstone.DeliveryCreated, turnstone.DeliveryRetry, turnstone.DeliveryQueued:
		default:
			return rest.Failuref(http.StatusBadRequest, "where: status is %s; write 'queued', 'retry' or 'created' (what is delivered stands under /notifications/{id}/subscriptions/deliveries)", rest.Excerpt(value))
		}
	default:
		return rest.Failuref(http.StatusBadRequest, "where: %s is not known; write channel, status or config.url", rest.Excerpt(field))
	}
	return nil
}

// deliveryPlace is where a page of deliveries ends.
type deliveryPlace struct {
	Instance    int64 `json:"instance"`
	Destination int64 `json:"destination"`
	Event       int64 `json:"event"`
}

// deliveryViews returns what to show of deliveries.
func (a *API) deliveryViews(c *rest.Call, list []turnstone.DeliveryRecord) ([]deliveryJSON, error) {
	views := []deliveryJSON{}
	for _, d := range list {
		view, err := a.deliveryView(c, d)
		if err != nil {
			return nil, err
		}
		views = append(views, view)
	}
	return views, nil
}

func (a *API) deliveryView(c *rest.Call, d turnstone.DeliveryRecord) (deliveryJSON, error) {
	view := deliveryJSON{
		NotificationID: d.EventID, SubscriptionID: d.DestinationID, Status: string(d.State),
		CreatedDate: rest.ISOTime(d.CreatedAt), UpdatedDate: rest.ISOTime(d.CreatedAt),
	}
	if !d.UpdatedAt.IsZero() {
		view.UpdatedDate = rest.ISOTime(d.UpdatedAt)
	}
	if !rest.Hydrated(c.URL.Query()) {
		return view, nil
	}
	return view, a.hydrate(c, d, &view)
}

// hydrate adds the notification and the subscription of a delivery, if they are kept.
func (a *API) hydrate(c *rest.Call, d turnstone.DeliveryRecord, view *deliveryJSON) error {
	e, err := a.Events.Event(c.Context(), c.Identity.AccountID, d.InstanceID, d.EventID)
	if err != nil && !rest.IsMissing(err) {
		return err
	}
	if err == nil {
		view.Notification = e.Body
	}
	to, err := a.Destinations.Store.Destination(c.Context(), c.Identity.AccountID, d.InstanceID, d.DestinationID)
	if rest.IsMissing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	subscription, err := a.subscriptionView(c, to)
	view.Subscription = &subscription
	return err
}

// listNotificationDeliveries lists where one event went.
func (a *API) listNotificationDeliveries(c *rest.Call) (any, error) {
	list, err := a.notificationDeliveries(c)
	if err != nil {
		return nil, err
	}
	return a.deliveryViews(c, list)
}

// showNotificationDelivery answers the delivery of one event to one destination: a
// single one, although the path ends in deliveries.
func (a *API) showNotificationDelivery(c *rest.Call) (any, error) {
	list, err := a.notificationDeliveries(c)
	if err != nil {
		return nil, err
	}
	wanted := c.PathValue("subscription")
	at := slices.IndexFunc(list, func(d turnstone.DeliveryRecord) bool { return strconv.FormatInt(d.DestinationID, 10) == wanted })
	if at < 0 {
		return nil, rest.Failuref(http.StatusNotFound, "notification %s was not for a subscription %s; GET %s/notifications/%[1]s/subscriptions/deliveries lists whom it was for", c.PathValue("notification"), rest.Excerpt(wanted), rest.Prefix)
	}
	return a.deliveryView(c, list[at])
}

// notificationDeliveries returns the deliveries of the event that the path names. What
// was posted is delivered to nobody.
func (a *API) notificationDeliveries(c *rest.Call) ([]turnstone.DeliveryRecord, error) {
	id, account, err := notificationID(c)
	if err != nil {
		return nil, err
	}
	e, err := a.Events.Event(c.Context(), account, 0, id)
	if rest.IsMissing(err) {
		if _, err = a.Notes.Notification(c.Context(), account, id); rest.IsMissing(err) {
			err = noNotification(c)
		}
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	return a.Outbox.DeliveryHistory(c.Context(), account, e.InstanceID, []int64{id})
}
