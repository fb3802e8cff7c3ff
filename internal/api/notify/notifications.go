package notify

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/envelope"
)

// notificationJSON is a notification as the platform shows it.
type notificationJSON struct {
	ID           int64              `json:"id"`
	CreatedDate  string             `json:"createdDate"`
	Severity     turnstone.Severity `json:"severity"`
	Topic        string             `json:"topic"`
	Message      string             `json:"message"`
	From         string             `json:"from"`
	Active       bool               `json:"active"`
	Acknowledged bool               `json:"acknowledged"`
}

func notificationView(n turnstone.Notification) notificationJSON {
	return notificationJSON{
		ID: n.ID, CreatedDate: rest.ISOTime(n.CreatedAt), Severity: n.Severity, Topic: n.Topic, Message: n.Message, From: n.From,
		Active: true, Acknowledged: n.Acknowledged,
	}
}

// ofEvent returns an event as a notification: its message is that of the callback, as
// text, and of a CloudEvent all of it.
func ofEvent(e turnstone.Event, topic string, m turnstone.EventMark) (turnstone.Notification, error) {
	message := json.RawMessage(e.Body)
	if e.Format == turnstone.FormatElements {
		var body struct {
			Message json.RawMessage `json:"message"`
		}
		if err := json.Unmarshal(e.Body, &body); err != nil {
			return turnstone.Notification{}, fmt.Errorf("read the body of event %d: %w", e.ID, err)
		}
		message = body.Message
	}
	return turnstone.Notification{
		ID: e.ID, AccountID: e.AccountID, Topic: topic, Severity: turnstone.SeverityMedium, Message: string(message), From: envelope.Sender,
		CreatedAt: e.CreatedAt, Acknowledged: m.Acknowledged,
	}, nil
}

// maxTopics bounds what one list looks through.
const maxTopics = 50

// listNotifications lists what there is under some topics: events, where a topic is that
// of an instance, and what was posted.
func (a *API) listNotifications(c *rest.Call) (any, error) {
	account, err := accountOf(c)
	if err != nil {
		return nil, err
	}
	query := c.URL.Query()
	topics := append(query["topics[]"], query["topics"]...)
	if len(topics) == 0 || len(topics) > maxTopics {
		return nil, rest.Failuref(http.StatusBadRequest, "topics[]: names %d topics; write from 1 to %d, such as topics[]=%s", len(topics), maxTopics, topicOf(1, "concur"))
	}
	page, err := rest.PageOf(query)
	if err != nil {
		return nil, err
	}
	if !query.Has("pageSize") {
		page.Size = maxHydrated // events bring their records
	}
	f := turnstone.NotificationFilter{AccountID: account, Topics: slices.Compact(slices.Sorted(slices.Values(topics))), Before: page.Token, Limit: page.Size + 1}
	list, err := a.notifications(c, f)
	if err != nil {
		return nil, err
	}
	if len(list) > page.Size {
		list = list[:page.Size]
		c.Reply.Set(rest.HeaderNextPage, rest.PageToken(list[page.Size-1].ID))
	}
	views := []notificationJSON{}
	for _, n := range list {
		if !n.removed {
			views = append(views, notificationView(n.Notification))
		}
	}
	c.Reply.Set(rest.HeaderReturned, strconv.Itoa(len(views)))
	return views, nil
}

// listed is a notification in a list.
type listed struct {
	turnstone.Notification
	removed bool // it takes its place in the page, so that pages lead to each other
}

// notifications returns what a filter selects, newest first, with events.
func (a *API) notifications(c *rest.Call, f turnstone.NotificationFilter) ([]listed, error) {
	posted, err := a.Notes.Notifications(c.Context(), f)
	if err != nil {
		return nil, err
	}
	var all []listed
	for _, n := range posted {
		all = append(all, listed{Notification: n})
	}
	for _, topic := range f.Topics {
		told, err := a.toldUnder(c, topic, f)
		if err != nil {
			return nil, err
		}
		all = append(all, told...)
	}
	slices.SortFunc(all, func(a, b listed) int { return cmp.Compare(b.ID, a.ID) })
	return all[:min(len(all), f.Limit)], nil
}

// toldUnder returns the events under a topic; none, if it is not one of an instance.
func (a *API) toldUnder(c *rest.Call, topic string, f turnstone.NotificationFilter) ([]listed, error) {
	in, found, err := a.topicInstance(c, f.AccountID, topic)
	if err != nil || !found {
		return nil, err
	}
	events, err := a.Events.Events(c.Context(), turnstone.EventFilter{AccountID: f.AccountID, InstanceID: in.ID, Before: f.Before, Limit: f.Limit})
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	marks, err := a.Events.EventMarks(c.Context(), f.AccountID, ids)
	if err != nil {
		return nil, err
	}
	told := make([]listed, len(events))
	for i, e := range events {
		told[i].removed = marks[e.ID].Removed
		if told[i].Notification, err = ofEvent(e, topic, marks[e.ID]); err != nil {
			return nil, err
		}
	}
	return told, nil
}

// notificationID returns the number of the notification that the path names, and the
// caller's account.
func notificationID(c *rest.Call) (id, account int64, err error) {
	if account, err = accountOf(c); err != nil {
		return 0, 0, err
	}
	if id, err = strconv.ParseInt(c.PathValue("notification"), 10, 64); err != nil {
		return 0, 0, noNotification(c)
	}
	return id, account, nil
}

func noNotification(c *rest.Call) error {
	return rest.Failuref(http.StatusNotFound, "there is no notification %s, or it is not kept any more", rest.Excerpt(c.PathValue("notification")))
}

// notification returns what the path names, and whether it is an event.
func (a *API) notification(c *rest.Call) (n turnstone.Notification, isEvent bool, err error) {
	id, account, err := notificationID(c)
	if err != nil {
		return n, false, err
	}
	if n, err = a.Notes.Notification(c.Context(), account, id); !rest.IsMissing(err) {
		return n, false, err
	}
	e, err := a.Events.Event(c.Context(), account, 0, id)
	if rest.IsMissing(err) {
		return n, false, noNotification(c)
	}
	if err != nil {
		return n, false, err
	}
	marks, err := a.Events.EventMarks(c.Context(), account, []int64{id})
	if err != nil {
		return n, false, err
	}
	if marks[id].Removed {
		return n, false, noNotification(c)
	}
	in, err := a.Instances.One(c.Context(), account, e.InstanceID)
	if rest.IsMissing(err) {
		return n, false, noNotification(c)
	}
	if err != nil {
		return n, false, err
	}
	n, err = ofEvent(e, topicOf(in.ID, in.Element), marks[id])
	return n, true, err
}

func (a *API) showNotification(c *rest.Call) (any, error) {
	n, _, err := a.notification(c)
	if err != nil {
		return nil, err
	}
	return notificationView(n), nil
}

func (a *API) acknowledge(c *rest.Call) (any, error) {
	n, err := a.mark(c, turnstone.EventMark{Acknowledged: true})
	if err != nil {
		return nil, err
	}
	n.Acknowledged = true
	return notificationView(n), nil
}

// deleteNotification has a notification not be listed any more. An event stays in the
// history, and owed to whom it is owed.
func (a *API) deleteNotification(c *rest.Call) (any, error) {
	_, err := a.mark(c, turnstone.EventMark{Removed: true})
	return nil, err
}

// mark notes what somebody does with the notification that the path names, and returns it
// as it was.
func (a *API) mark(c *rest.Call, m turnstone.EventMark) (turnstone.Notification, error) {
	n, isEvent, err := a.notification(c)
	if err != nil {
		return n, err
	}
	m.At = a.Now()
	if isEvent {
		return n, a.Events.MarkEvent(c.Context(), n.AccountID, n.ID, m)
	}
	err = a.Notes.MarkNotification(c.Context(), n.AccountID, n.ID, m)
	if rest.IsMissing(err) {
		err = noNotification(c) // removed meanwhile
	}
	return n, err
}
