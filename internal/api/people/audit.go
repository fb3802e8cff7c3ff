package people

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/people"
)

// entryJSON is an entry of the audit log.
type entryJSON struct {
	ID         int64    `json:"id"`
	Created    string   `json:"createdDate"`
	UserID     int64    `json:"userId"`
	Email      string   `json:"userEmail"`
	Action     string   `json:"action"`
	Method     string   `json:"method"`
	Path       string   `json:"path"`
	InstanceID int64    `json:"elementInstanceId,omitempty"`
	Changed    []string `json:"changed"`
	RequestID  string   `json:"requestId"`
}

func entryOf(e turnstone.JournalEntry) entryJSON {
	return entryJSON{
		ID: e.ID, Created: rest.ExactTime(e.At), UserID: e.UserID, Email: e.Email, Action: e.Action, Method: e.Method,
		Path: e.Path, InstanceID: e.InstanceID, Changed: append([]string{}, e.Changed...), RequestID: e.RequestID,
	}
}

func (a *API) listAuditLogs(c *rest.Call) (any, error) {
	query := c.URL.Query()
	p, err := rest.PageOf(query)
	if err != nil {
		return nil, err
	}
	f, err := a.journalFilter(c, query)
	if err != nil {
		return nil, err
	}
	size := min(p.Size, maxEntries)
	f.Before, f.Limit = p.Token, size+1
	list, err := a.Journal.Read(c.Context(), c.Identity, f)
	if err != nil {
		return nil, err
	}
	if len(list) > size {
		list = list[:size]
		c.Reply.Set(rest.HeaderNextPage, rest.PageToken(list[size-1].ID))
	}
	if len(list) == 0 {
		return nil, rest.Failuref(http.StatusNotFound, "No audit logs found")
	}
	c.Reply.Set(rest.HeaderReturned, strconv.Itoa(len(list)))
	views := make([]entryJSON, len(list))
	for i, e := range list {
		views[i] = entryOf(e)
	}
	return views, nil
}

// maxEntries is how many entries come at once.
const maxEntries = 200

// journalFilter reads what the caller looks for.
func (a *API) journalFilter(c *rest.Call, query url.Values) (turnstone.JournalFilter, error) {
	var f turnstone.JournalFilter
	if query.Has("page") {
		return f, rest.Failuref(http.StatusBadRequest, "page: the audit log has no numbered pages; pass the %s header of the page before as nextPage", rest.HeaderNextPage)
	}
	values, err := rest.Single(query)
	if err != nil {
		return f, err
	}
	for member, into := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		if text := values[member]; text != "" {
			if *into, err = rest.Moment(member, text); err != nil {
				return f, err
			}
		}
	}
	f.Action = values["action"]
	if text := values["instance"]; text != "" {
		if f.InstanceID, err = strconv.ParseInt(text, 10, 64); err != nil || f.InstanceID < 1 {
			return f, rest.Failuref(http.StatusBadRequest, "instance: is %s; write the number of an instance", rest.Excerpt(text))
		}
	}
	f.UserID, err = a.userNamed(c, values["user"])
	return f, err
}

// userNamed returns the id of a user whom a query names. A number need not be that of
// somebody who is still there.
func (a *API) userNamed(c *rest.Call, name string) (int64, error) {
	if name == "" {
		return 0, nil
	}
	if id, err := strconv.ParseInt(name, 10, 64); err == nil && id > 0 {
		return id, nil
	}
	u, err := a.Users.One(c.Context(), c.Identity, name)
	if rest.IsMissing(err) {
		return 0, rest.Failuref(http.StatusBadRequest, "user: nobody in the account has the address %s; write the number of a user who was deleted, or %q for yourself", rest.Excerpt(name), people.Me)
	}
	return u.ID, err
}
