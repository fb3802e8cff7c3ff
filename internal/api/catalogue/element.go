package catalogue

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"turnstone/internal/api/rest"
	"turnstone/internal/discovery"
	"turnstone/internal/element"
	"turnstone/internal/instance"
)

// ElementJSON is an element as it stands in an instance. The order of the members is
// the platform's.
type ElementJSON struct {
	ID                int64              `json:"id"`
	Name              string             `json:"name"`
	Key               string             `json:"key"`
	Description       string             `json:"description"`
	Image             string             `json:"image"`
	Active            bool               `json:"active"`
	Deleted           bool               `json:"deleted"`
	TypeOAuth         bool               `json:"typeOauth"`
	TrialAccount      bool               `json:"trialAccount"`
	ConfigDescription string             `json:"configDescription"`
	Resources         []struct{}         `json:"resources"`
	Transformations   bool               `json:"transformationsEnabled"`
	BulkDownload      bool               `json:"bulkDownloadEnabled"`
	BulkUpload        bool               `json:"bulkUploadEnabled"`
	Cloneable         bool               `json:"cloneable"`
	Extendable        bool               `json:"extendable"`
	Beta              bool               `json:"beta"`
	Authentication    authenticationJSON `json:"authentication"`
	Extended          bool               `json:"extended"`
	Hub               string             `json:"hub"`
	ProtocolType      string             `json:"protocolType"`
	Parameters        []struct{}         `json:"parameters"`
	Private           bool               `json:"private"`
}

type authenticationJSON struct {
	Type string `json:"type"`
}

// View returns an element as it stands in an instance.
func View(el *element.Element) ElementJSON {
	return ElementJSON{
		ID: el.ID, Name: el.Name, Key: el.Key, Description: el.Description,
		Image:             fmt.Sprintf("elements/provider_%s.png", el.Key),
		Active:            true,
		TypeOAuth:         el.Authenticator.Type == "OAuthAuthenticator",
		ConfigDescription: el.Description,
		Resources:         []struct{}{},
		Transformations:   true,
		BulkDownload:      true,
		Cloneable:         true,
		Authentication:    authenticationJSON{discovery.AuthenticationType(el)},
		Hub:               el.Hub,
		ProtocolType:      "http",
		Parameters:        []struct{}{},
	}
}

// entryJSON is an element as the catalogue shows it: clients read what an instance
// can be configured with, and copy defaults from it.
type entryJSON struct {
	ElementJSON

	Configuration []FieldJSON `json:"configuration,omitempty"`
}

// FieldJSON is a configuration entry as an element declares it.
type FieldJSON struct {
	ID              int64  `json:"id"`
	Name            string `json:"name"`
	Key             string `json:"key"`
	Description     string `json:"description"`
	DefaultValue    string `json:"defaultValue,omitempty"`
	ResellerConfig  bool   `json:"resellerConfig"`
	CompanyConfig   bool   `json:"companyConfig"`
	Active          bool   `json:"active"`
	Internal        bool   `json:"internal"`
	GroupControl    bool   `json:"groupControl"`
	DisplayOrder    int    `json:"displayOrder"`
	Type            string `json:"type"`
	HideFromConsole bool   `json:"hideFromConsole"`
	Required        bool   `json:"required"`
}

// fieldViews returns what instances of an element can be configured with.
func fieldViews(el *element.Element) []FieldJSON {
	fields := instance.Fields(el)
	views := make([]FieldJSON, len(fields))
	for i, f := range fields {
		views[i] = FieldJSON{
			ID: instance.EntryID(f.Key), Name: f.Name, Key: f.Key, Description: f.Description, DefaultValue: f.Default,
			Active: true, DisplayOrder: i + 1, Type: f.Type, Required: f.Required,
		}
	}
	return views
}

func entryView(el *element.Element) entryJSON {
	return entryJSON{View(el), fieldViews(el)}
}

// listElements returns the elements that the caller asks for, which are few enough to
// be looked through here.
func (a *API) listElements(c *rest.Call) (any, error) {
	query := c.URL.Query()
	search := strings.ToLower(query.Get("searchText"))
	return a.elementPage(c, func(el *element.Element) bool {
		named := strings.Contains(strings.ToLower(el.Name), search) || strings.Contains(el.Key, search)
		return named && (query.Get("hub") == "" || query.Get("hub") == el.Hub)
	})
}

// elementPage returns a page of the elements that are wanted, in the order of their
// ids: a page begins behind one.
func (a *API) elementPage(c *rest.Call, wanted func(*element.Element) bool) (any, error) {
	query := c.URL.Query()
	p, err := rest.PageOf(query)
	if err != nil {
		return nil, err
	}
	all, err := a.Elements.Elements(c.Context(), c.Identity.AccountID)
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(slices.Clone(all), func(el *element.Element) bool { return !wanted(el) })
	if len(list) == 0 {
		return nil, rest.Failuref(http.StatusNotFound, "No elements found")
	}
	list = pageOf(c, list, p)
	views := make([]entryJSON, len(list))
	for i, el := range list {
		if views[i] = a.ownView(c, el); strings.EqualFold(query.Get("hydrate"), "false") {
			views[i].Configuration = nil
		}
	}
	return views, nil
}

// pageOf returns a page of a list, and sets the headers that lead to the next.
func pageOf(c *rest.Call, list []*element.Element, p rest.PageRequest) []*element.Element {
	slices.SortFunc(list, func(a, b *element.Element) int { return cmp.Compare(a.ID, b.ID) })
	total := len(list)
	from := min((max(p.Page, 1)-1)*p.Size, total)
	if p.Token != 0 {
		from, _ = slices.BinarySearchFunc(list, p.Token+1, func(el *element.Element, id int64) int { return cmp.Compare(el.ID, id) })
	}
	page := list[from:min(from+p.Size, total)]
	c.Reply.Set(rest.HeaderReturned, strconv.Itoa(len(page)))
	c.Reply.Set(rest.HeaderTotal, strconv.Itoa(total))
	if from+len(page) < total {
		c.Reply.Set(rest.HeaderNextPage, rest.PageToken(page[len(page)-1].ID))
	}
	return page
}

func (a *API) listKeys(c *rest.Call) (any, error) {
	all, err := a.Elements.Elements(c.Context(), c.Identity.AccountID)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(all))
	for i, el := range all {
		keys[i] = el.Key
	}
	return keys, nil
}

func (a *API) showElement(c *rest.Call) (any, error) {
	el, err := a.ElementOf(c)
	if err != nil {
		return nil, err
	}
	return a.ownView(c, el), nil
}

func (a *API) listFields(c *rest.Call) (any, error) {
	el, err := a.ElementOf(c)
	if err != nil {
		return nil, err
	}
	return fieldViews(el), nil
}

// showField returns one entry, by its key or its number.
func (a *API) showField(c *rest.Call) (any, error) {
	el, err := a.ElementOf(c)
	if err != nil {
		return nil, err
	}
	key := c.PathValue("key")
	for _, f := range fieldViews(el) {
		if f.Key == key || strconv.FormatInt(f.ID, 10) == key {
			return f, nil
		}
	}
	return nil, rest.Failuref(http.StatusNotFound, "%s has no configuration entry %s; GET %s/elements/%s/configuration lists them",
		el.Name, rest.Excerpt(key), rest.Prefix, el.Key)
}

func (a *API) listMetadata(c *rest.Call) (any, error) {
	all, err := a.Elements.Elements(c.Context(), c.Identity.AccountID)
	if err != nil {
		return nil, err
	}
	views := make([]discovery.Metadata, len(all))
	for i, el := range all {
		views[i] = metadataOf(c, el)
	}
	return views, nil
}

func (a *API) showMetadata(c *rest.Call) (any, error) {
	el, err := a.ElementOf(c)
	if err != nil {
		return nil, err
	}
	return metadataOf(c, el), nil
}

// metadataOf returns the metadata of an element, with its resources if the caller
// wants them.
func metadataOf(c *rest.Call, el *element.Element) discovery.Metadata {
	if strings.EqualFold(c.URL.Query().Get("expand"), "true") {
		return discovery.Expand(el)
	}
	return discovery.Describe(el)
}
