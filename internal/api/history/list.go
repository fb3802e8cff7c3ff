package history

import (
	"net/http"
	"strconv"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/envelope"
)

// listAll lists the events of the account, or of the caller's token.
func (a *API) listAll(c *rest.Call) (any, error) { return a.listOf(c, scopeOf(c)) }

// list lists the events of one instance.
func (a *API) list(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	return a.listOf(c, scope{account: in.AccountID, instance: in.ID})
}

func (a *API) listOf(c *rest.Call, s scope) (any, error) {
	q, err := queryOf(c, s)
	if err != nil {
		return nil, err
	}
	page, err := a.find(c.Context(), q)
	if err != nil {
		return nil, err
	}
	if len(page.events) == 0 && page.next == "" {
		return nil, rest.Failuref(http.StatusNotFound, "No events found")
	}
	c.Reply.Set(rest.HeaderReturned, strconv.Itoa(len(page.events)))
	if page.next != "" {
		c.Reply.Set(rest.HeaderNextPage, page.next)
	}
	if q.csv {
		return a.csv(c, s, page.events)
	}
	return a.views(c, s, page.events)
}

// showAny answers one event of the account, or of the caller's token.
func (a *API) showAny(c *rest.Call) (any, error) { return a.showOf(c, scopeOf(c)) }

// show answers one event of an instance.
func (a *API) show(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	return a.showOf(c, scope{account: in.AccountID, instance: in.ID})
}

// showOf answers one event, by its key or by the number that callbacks name.
func (a *API) showOf(c *rest.Call, s scope) (any, error) {
	e, err := a.named(c, s, c.PathValue("event"))
	if err != nil {
		return nil, err
	}
	views, err := a.views(c, s, []turnstone.Event{e})
	if err != nil {
		return nil, err
	}
	return views[0], nil
}

// named returns the event with a key or a number.
func (a *API) named(c *rest.Call, s scope, name string) (turnstone.Event, error) {
	e, err := turnstone.Event{}, turnstone.ErrNotFound
	if made, ok := envelope.KeyTime(name); ok {
		e, err = a.Store.EventByKey(c.Context(), s.account, name, made)
	} else if id, wrong := strconv.ParseInt(name, 10, 64); wrong == nil {
		e, err = a.Store.Event(c.Context(), s.account, s.instance, id)
	}
	if rest.IsMissing(err) || err == nil && s.instance != 0 && e.InstanceID != s.instance {
		return e, rest.Failuref(http.StatusNotFound, "%s has no event %s; GET %s lists those that are kept", s, rest.Excerpt(name), s.path())
	}
	return e, err
}
