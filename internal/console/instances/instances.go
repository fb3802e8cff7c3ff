// Package instances shows the instances of an account: how each reads from its vendor and
// delivers to its receivers, what is polled, and what happened last.
package instances

import (
	"embed"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"

	"turnstone/client"
	"turnstone/internal/console/page"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are the pages of instances.
type Pages struct{}

// Routes returns the pages, and what one can do on them.
func (Pages) Routes() []page.Route {
	return []page.Route{
		{Pattern: "GET /{$}", Answer: first},
		{Pattern: "GET /instances", Answer: list},
		{Pattern: "GET /instances/{id}", Answer: show},
		{Pattern: "POST /instances/{id}/enable", Answer: enable},
		{Pattern: "POST /instances/{id}/disable", Answer: disable},
		{Pattern: "GET /instances/{id}/pollers/{resource}", Answer: showPoller},
		{Pattern: "POST /instances/{id}/pollers/{resource}/poll", Answer: pollNow},
	}
}

// Templates returns the templates of the pages.
func (Pages) Templates() fs.FS { return page.Templates(templates) }

// Link returns the place of instances in the navigation.
func (Pages) Link() page.Link {
	return page.Link{Name: "instances", Label: "Instances", Path: "/instances"}
}

// first is where one is after signing in.
func first(*page.Visit) (page.Answer, error) { return page.Redirect{To: "/instances"}, nil }

// pageSize is how many instances one page shows.
const pageSize = "50"

// listed is what the page of all instances shows.
type listed struct {
	Search, Element, Tag string
	Instances            []client.Instance
	Next                 string // address of the next page; empty: this is the last
}

// Filtered reports whether something was searched for.
func (l listed) Filtered() bool { return l.Search+l.Element+l.Tag != "" }

func list(v *page.Visit) (page.Answer, error) {
	asked := v.URL.Query()
	data := listed{Search: asked.Get("search"), Element: asked.Get("element"), Tag: asked.Get("tag")}
	path := "/instances"
	if data.Element != "" {
		path = "/elements/" + url.PathEscape(data.Element) + path
	}
	query := url.Values{"pageSize": {pageSize}, "hydrate": {"false"}}
	for name, value := range map[string]string{"searchText": data.Search, "tags[]": data.Tag, "nextPage": asked.Get("page")} {
		if value != "" {
			query.Set(name, value)
		}
	}
	header, err := v.Get(path, query, &data.Instances)
	if err != nil && !client.IsNotFound(err) { // by which the API says that nothing fits
		return nil, err
	}
	if token := header.Get("Elements-Next-Page-Token"); token != "" {
		asked.Set("page", token)
		data.Next = "/instances?" + asked.Encode()
	}
	return page.View{Template: "instances", Title: "Instances", Area: "instances", Data: data}, nil
}

// shown is what the page of an instance shows.
type shown struct {
	Instance     client.Instance
	Health       client.Health
	Pollers      []client.Poller
	Destinations []client.Destination
	Events       []client.Event // the last ones
}

// lastEvents is how many events the page of an instance names.
const lastEvents = 10

func show(v *page.Visit) (page.Answer, error) {
	c, id, err := of(v)
	if err != nil {
		return nil, err
	}
	var data shown
	if data.Instance, err = c.Instance(v.Context(), id); err != nil {
		return nil, err
	}
	if data.Health, err = c.InstanceHealth(v.Context(), id); err != nil {
		return nil, err
	}
	const most = 1000 // pollers and destinations are tens
	if data.Pollers, err = client.Collect(c.Pollers(v.Context(), id), most); err != nil {
		return nil, err
	}
	if data.Destinations, err = client.Collect(c.Destinations(v.Context(), id), most); err != nil {
		return nil, err
	}
	if data.Events, err = client.Collect(c.Events(v.Context(), id, client.EventQuery{}), lastEvents); err != nil {
		return nil, err
	}
	return page.View{Template: "instance", Title: data.Instance.Name, Area: "instances", Data: data}, nil
}

// of returns a client, and the instance that a path is about.
func of(v *page.Visit) (*client.Client, int64, error) {
	id, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
	if err != nil {
		return nil, 0, &page.Problem{
			Status: http.StatusNotFound, Title: "There is no such instance",
			Message: "Instances have numbers. The list of instances has all of yours.",
		}
	}
	c, err := v.Client()
	return c, id, err
}

// path returns the address of an instance's page.
func path(id int64) string { return "/instances/" + strconv.FormatInt(id, 10) }

func enable(v *page.Visit) (page.Answer, error) {
	c, id, err := of(v)
	if err != nil {
		return nil, err
	}
	if err := c.EnableInstance(v.Context(), id); err != nil {
		return nil, err
	}
	return page.Redirect{To: path(id), Notice: "Enabled. It is polled again from where it stood."}, nil
}

func disable(v *page.Visit) (page.Answer, error) {
	c, id, err := of(v)
	if err != nil {
		return nil, err
	}
	if err := c.DisableInstance(v.Context(), id); err != nil {
		return nil, err
	}
	return page.Redirect{To: path(id), Notice: "Disabled. What was found before is still delivered."}, nil
}

// polled is what the page of a poller shows.
type polled struct {
	Instance client.Instance
	Poller   client.Poller
	Polls    []client.Poll
}

// lastPolls is how many polls the page of a poller shows.
const lastPolls = 100

func showPoller(v *page.Visit) (page.Answer, error) {
	c, id, err := of(v)
	if err != nil {
		return nil, err
	}
	var data polled
	if data.Instance, err = c.Instance(v.Context(), id); err != nil {
		return nil, err
	}
	resource := v.PathValue("resource")
	if data.Poller, err = c.Poller(v.Context(), id, resource); err != nil {
		return nil, err
	}
	if data.Polls, err = client.Collect(c.Polls(v.Context(), id, resource), lastPolls); err != nil {
		return nil, err
	}
	return page.View{Template: "poller", Title: resource + " of " + data.Instance.Name, Area: "instances", Data: data}, nil
}

func pollNow(v *page.Visit) (page.Answer, error) {
	c, id, err := of(v)
	if err != nil {
		return nil, err
	}
	resource := v.PathValue("resource")
	if err := c.PollNow(v.Context(), id, resource); err != nil {
		return nil, err
	}
	return page.Redirect{To: path(id) + "/pollers/" + url.PathEscape(resource), Notice: "The poll begins now. It is in the list once it has ended."}, nil
}
