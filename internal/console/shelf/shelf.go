// Package shelf shows the catalogue: which elements there are, what each can do, and what
// it polls. It changes nothing.
package shelf

import (
	"embed"
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"turnstone/client"
	"turnstone/internal/console/page"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are the pages of the catalogue.
type Pages struct{}

// Routes returns the pages.
func (Pages) Routes() []page.Route {
	return []page.Route{
		{Pattern: "GET /elements", Answer: list},
		{Pattern: "GET /elements/{element}", Answer: show},
	}
}

// Templates returns the templates of the pages.
func (Pages) Templates() fs.FS { return page.Templates(templates) }

// Link returns the place of the catalogue in the navigation.
func (Pages) Link() page.Link {
	return page.Link{Name: "elements", Label: "Elements", Path: "/elements"}
}

// catalogue is what the page of all elements shows.
type catalogue struct {
	Search   string
	Hub      string
	Hubs     []string
	Elements []client.Element
}

func list(v *page.Visit) (page.Answer, error) {
	c, err := v.Client()
	if err != nil {
		return nil, err
	}
	data := catalogue{Search: strings.TrimSpace(v.FormValue("search")), Hub: v.FormValue("hub")}
	for el, err := range c.Elements(v.Context()) {
		if err != nil {
			return nil, err
		}
		if !slices.Contains(data.Hubs, el.Hub) {
			data.Hubs = append(data.Hubs, el.Hub)
		}
		if data.shows(el) {
			data.Elements = append(data.Elements, el)
		}
	}
	slices.Sort(data.Hubs)
	return page.View{Template: "elements", Title: "Elements", Area: "elements", Data: data}, nil
}

// shows reports whether an element is one that was searched for.
func (c catalogue) shows(el client.Element) bool {
	text := strings.ToLower(el.Key + " " + el.Name + " " + el.Description)
	return (c.Hub == "" || c.Hub == el.Hub) && strings.Contains(text, strings.ToLower(c.Search))
}

// about is what the page of an element shows.
type about struct {
	Element   client.Element
	Polling   bool
	Webhooks  bool
	Instances []client.Instance // some of them
	More      bool
}

// shown is how many of an element's instances its page names.
const shown = 20

func show(v *page.Visit) (page.Answer, error) {
	c, err := v.Client()
	if err != nil {
		return nil, err
	}
	var data about
	if data.Element, err = c.Element(v.Context(), v.PathValue("element")); err != nil {
		return nil, err
	}
	if err := data.metadata(v); err != nil {
		return nil, err
	}
	for in, err := range c.Instances(v.Context(), client.InstanceQuery{Element: data.Element.Key}) {
		if err != nil {
			return nil, err
		}
		if data.More = len(data.Instances) == shown; data.More {
			break
		}
		data.Instances = append(data.Instances, in)
	}
	return page.View{Template: "element", Title: data.Element.Name, Area: "elements", Data: data}, nil
}

// metadata finds out how the element's events come about.
func (a *about) metadata(v *page.Visit) error {
	var said struct {
		Events struct {
			Methods []string `json:"methods"`
		} `json:"events"`
	}
	if _, err := v.Get("/elements/"+url.PathEscape(a.Element.Key)+"/metadata", nil, &said); err != nil {
		return err
	}
	a.Polling, a.Webhooks = slices.Contains(said.Events.Methods, "polling"), slices.Contains(said.Events.Methods, "webhooks")
	return nil
}
