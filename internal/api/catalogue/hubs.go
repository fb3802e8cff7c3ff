package catalogue

import (
	"net/http"
	"slices"
	"strings"

	"turnstone/internal/api/rest"
	"turnstone/internal/element"
)

// hubJSON is a hub: a kind of vendors, whose resources have much in common.
type hubJSON struct {
	Key         string   `json:"key"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Active      bool     `json:"active"`
	Elements    []string `json:"elements"`
	Resources   []string `json:"resources,omitempty"`
}

// hubNames are the names of hubs that are not their keys with a capital letter.
var hubNames = map[string]string{
	"crm": "CRM", "erp": "ERP", "documents": "Cloud Storage", "sage200": "Sage 200", "humancapital": "Human Capital",
	"fieldservice": "Field Service", "helpdesk": "Help Desk", "onlinestores": "Online Stores",
}

// hubName returns the name of a hub for people.
func hubName(key string) string {
	if name, known := hubNames[key]; known {
		return name
	}
	return strings.ToUpper(key[:1]) + key[1:]
}

// hubs returns the hubs of the elements that the caller sees, by key. Hydrated ones
// tell of their resources.
func (a *API) hubs(c *rest.Call, hydrated bool) ([]hubJSON, error) {
	all, err := a.Elements.Elements(c.Context(), c.Identity.AccountID)
	if err != nil {
		return nil, err
	}
	var hubs []hubJSON
	for _, el := range all {
		i := slices.IndexFunc(hubs, func(h hubJSON) bool { return h.Key == el.Hub })
		if i < 0 {
			name := hubName(el.Hub)
			i = len(hubs)
			hubs = append(hubs, hubJSON{Key: el.Hub, Name: name, Description: "Elements of the hub " + name + ".", Active: true})
		}
		hubs[i].Elements = append(hubs[i].Elements, el.Key)
		if hydrated {
			hubs[i].Resources = append(hubs[i].Resources, resourceNames(el)...)
		}
	}
	for i := range hubs {
		slices.Sort(hubs[i].Resources)
		hubs[i].Resources = slices.Compact(hubs[i].Resources)
	}
	slices.SortFunc(hubs, func(a, b hubJSON) int { return strings.Compare(a.Key, b.Key) })
	return hubs, nil
}

func resourceNames(el *element.Element) []string {
	names := make([]string, len(el.Resources))
	for i := range el.Resources {
		names[i] = el.Resources[i].Name
	}
	return names
}

func (a *API) listHubs(c *rest.Call) (any, error) {
	return a.hubs(c, rest.Hydrated(c.URL.Query()))
}

func (a *API) listHubKeys(c *rest.Call) (any, error) {
	hubs, err := a.hubs(c, false)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(hubs))
	for i, h := range hubs {
		keys[i] = h.Key
	}
	return keys, nil
}

// hubOf returns the hub that the path names.
func (a *API) hubOf(c *rest.Call) (hubJSON, error) {
	hubs, err := a.hubs(c, true)
	if err != nil {
		return hubJSON{}, err
	}
	key := c.PathValue("hub")
	i := slices.IndexFunc(hubs, func(h hubJSON) bool { return h.Key == key })
	if i < 0 {
		return hubJSON{}, rest.Failuref(http.StatusNotFound, "there is no hub %s; GET %s/hubs lists those there are", rest.Excerpt(key), rest.Prefix)
	}
	return hubs[i], nil
}

func (a *API) showHub(c *rest.Call) (any, error) { return a.hubOf(c) }

func (a *API) listHubElements(c *rest.Call) (any, error) {
	h, err := a.hubOf(c)
	if err != nil {
		return nil, err
	}
	return a.elementPage(c, func(el *element.Element) bool { return el.Hub == h.Key })
}
