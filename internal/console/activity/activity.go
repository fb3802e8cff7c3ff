// Package activity shows what has happened: the events of an account, what is in one, and
// the story of an object, with the reasons why it was told or not. It changes nothing.
package activity

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"turnstone/client"
	"turnstone/internal/console/page"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are the pages of events and objects.
type Pages struct{}

// Routes returns the pages.
func (Pages) Routes() []page.Route {
	return []page.Route{
		{Pattern: "GET /events", Answer: list},
		{Pattern: "GET /events/{event}", Answer: show},
		{Pattern: "GET /instances/{id}/objects/{resource}/{object}", Answer: explain},
	}
}

// Templates returns the templates of the pages.
func (Pages) Templates() fs.FS { return page.Templates(templates) }

// Link returns the place of events in the navigation.
func (Pages) Link() page.Link { return page.Link{Name: "events", Label: "Events", Path: "/events"} }

// pageSize is how many events one page shows.
const pageSize = "50"

// Event is an event with the changes in it.
type Event struct {
	client.Event
	Changes []Change
}

// Change is what an event tells of one object.
type Change struct {
	Date     time.Time `json:"date,omitzero"`
	Op       string    `json:"eventType"`
	Resource string    `json:"objectType"`
	Object   string    `json:"objectId"`
}

// read returns an event with its changes.
func read(e client.Event) (Event, error) {
	made := Event{Event: e}
	err := json.Unmarshal(e.NotifiedData, &made.Changes)
	return made, err
}

// listed is what the page of all events shows.
type listed struct {
	Instance, Resource, Op, Status, Search, From, To string
	Events                                           []Event
	Problem                                          string
	Next                                             string // address of the next page; empty: this is the last
}

// Filtered reports whether something was searched for.
func (l listed) Filtered() bool {
	return l.Instance+l.Resource+l.Op+l.Status+l.Search+l.From+l.To != ""
}

// query returns what the API is asked for.
func (l listed) query(token string) url.Values {
	query := url.Values{"pageSize": {pageSize}}
	for name, value := range map[string]string{
		"resource": l.Resource, "op": l.Op, "status": l.Status, "searchText": l.Search, "from": moment(l.From), "to": moment(l.To), "nextPage": token,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// moment returns what a field of a date and time says as the API reads it: in UTC, as the
// field says it is.
func moment(text string) string {
	if at, err := time.Parse("2006-01-02T15:04", text); err == nil {
		return at.Format(time.RFC3339)
	}
	return text
}

func list(v *page.Visit) (page.Answer, error) {
	asked := v.URL.Query()
	of := func(name string) string { return strings.TrimSpace(asked.Get(name)) }
	data := listed{
		Instance: of("instance"), Resource: of("resource"), Op: of("op"), Status: of("status"), Search: of("search"), From: of("from"), To: of("to"),
	}
	path := "/instances/events"
	if data.Instance != "" {
		path = "/instances/" + url.PathEscape(data.Instance) + "/events"
	}
	var events []client.Event
	header, err := v.Get(path, data.query(asked.Get("page")), &events)
	refused, ok := errors.AsType[*client.Error](err)
	switch {
	case ok && refused.Status == http.StatusBadRequest:
		data.Problem = page.Sentence(refused.Message)
	case err != nil && !client.IsNotFound(err): // by which the API says that nothing fits
		return nil, err
	}
	for _, e := range events {
		made, err := read(e)
		if err != nil {
			return nil, err
		}
		data.Events = append(data.Events, made)
	}
	if token := header.Get("Elements-Next-Page-Token"); token != "" {
		asked.Set("page", token)
		data.Next = "/events?" + asked.Encode()
	}
	return page.View{Template: "events", Title: "Events", Area: "events", Data: data}, nil
}

// shown is what the page of an event shows.
type shown struct {
	Event    Event
	Instance int64 // 0: not known
	Records  string
}

func show(v *page.Visit) (page.Answer, error) {
	c, err := v.Client()
	if err != nil {
		return nil, err
	}
	instance, err := strconv.ParseInt(v.URL.Query().Get("instance"), 10, 64)
	if err != nil {
		instance = 0
	}
	e, err := c.Event(v.Context(), instance, v.PathValue("event"))
	if err != nil {
		return nil, err
	}
	data := shown{Instance: instance}
	if data.Event, err = read(e); err != nil {
		return nil, err
	}
	var records bytes.Buffer
	if err := json.Indent(&records, []byte(e.ProviderData), "", "  "); err != nil {
		return nil, err
	}
	data.Records = records.String()
	return page.View{Template: "event", Title: "Event " + e.ID, Area: "events", Data: data}, nil
}

// told is what the page of an object shows.
type told struct {
	Instance int64
	client.Object
}

func explain(v *page.Visit) (page.Answer, error) {
	c, err := v.Client()
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
	if err != nil {
		return nil, &page.Problem{Status: http.StatusNotFound, Title: "There is no such instance", Message: "Instances have numbers."}
	}
	o, err := c.ExplainObject(v.Context(), id, v.PathValue("resource"), v.PathValue("object"))
	if err != nil {
		return nil, err
	}
	return page.View{Template: "object", Title: o.Resource + " " + o.ObjectID, Area: "events", Data: told{id, o}}, nil
}
