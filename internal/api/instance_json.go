package api

import (
	"fmt"

	"turnstone"
	"turnstone/internal/api/catalogue"
	"turnstone/internal/api/rest"
	"turnstone/internal/element"
	"turnstone/internal/instance"
)

// instanceJSON is an instance as the platform shows it. The order of the members
// is the platform's.
type instanceJSON struct {
	ID                    int64                   `json:"id"`
	Name                  string                  `json:"name"`
	CreatedDate           string                  `json:"createdDate"`
	Token                 string                  `json:"token"`
	Element               catalogue.ElementJSON   `json:"element"`
	ElementID             int64                   `json:"elementId"`
	Tags                  []string                `json:"tags"`
	ProvisionInteractions []instance.Interaction  `json:"provisionInteractions"`
	Valid                 bool                    `json:"valid"`
	Disabled              bool                    `json:"disabled"`
	MaxCacheSize          int                     `json:"maxCacheSize"`
	CacheTimeToLive       int                     `json:"cacheTimeToLive"`
	Configuration         turnstone.Configuration `json:"configuration,omitzero"`
	EventsEnabled         bool                    `json:"eventsEnabled"`
	CallbackURL           string                  `json:"eventsNotificationCallbackUrl,omitempty"`
	TraceLogging          bool                    `json:"traceLoggingEnabled"`
	Caching               bool                    `json:"cachingEnabled"`
	External              string                  `json:"externalAuthentication"`
	Transformations       []transformedJSON       `json:"transformationData"`
	User                  userJSON                `json:"user"`
}

// transformedJSON says what the vendor calls a common resource of an instance.
type transformedJSON struct {
	ObjectName string `json:"objectName"`
	VendorName string `json:"vendorName"`
}

type userJSON struct {
	ID        int64  `json:"id"`
	Email     string `json:"emailAddress"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
}

// instanceJSON returns what to show of an instance.
func (a *API) instanceJSON(c *rest.Call, in turnstone.Instance) (any, error) {
	views, err := a.instanceViews(c, []turnstone.Instance{in})
	if err != nil {
		return nil, err
	}
	return views[0], nil
}

// instanceViews returns what to show of instances.
func (a *API) instanceViews(c *rest.Call, list []turnstone.Instance) ([]instanceJSON, error) {
	users := map[int64]turnstone.User{c.Identity.User.ID: c.Identity.User}
	transformed, err := a.Catalogue.Common.Applied(c.Context(), list)
	if err != nil {
		return nil, err
	}
	views := make([]instanceJSON, len(list))
	for i, in := range list {
		if _, known := users[in.UserID]; !known {
			u, err := a.Store.UserByID(c.Context(), in.AccountID, in.UserID)
			if err != nil {
				return nil, fmt.Errorf("read the user of instance %d: %w", in.ID, err)
			}
			users[in.UserID] = u
		}
		views[i] = a.instanceView(c, in, users[in.UserID])
		for _, t := range transformed[in.ID] {
			views[i].Transformations = append(views[i].Transformations, transformedJSON{t.Name, t.Mapping.VendorName})
		}
	}
	return views, nil
}

func (a *API) instanceView(c *rest.Call, in turnstone.Instance, u turnstone.User) instanceJSON {
	el, err := a.Elements.OfInstance(c.Context(), in)
	if err != nil {
		el = &element.Element{Key: in.Element, Name: in.Element} // left the catalogue since
	}
	shown := catalogue.View(el)
	shown.Deleted, shown.Active = err != nil, err == nil
	return instanceJSON{
		ID: in.ID, Name: in.Name, CreatedDate: rest.ISOTime(in.CreatedAt), Token: string(in.Token),
		Element: shown, ElementID: el.ID,
		Tags:                  append([]string{}, in.Tags...),
		ProvisionInteractions: append([]instance.Interaction{}, a.Instances.Interactions(c.Context(), in)...),
		Valid:                 in.Credential == turnstone.CredentialValid,
		Disabled:              in.Disabled,
		Configuration:         a.Instances.Masked(c.Context(), in),
		EventsEnabled:         instance.EventsEnabled(in.Configuration),
		CallbackURL:           instance.CallbackURL(in.Configuration),
		External:              in.ExternalAuthentication,
		Transformations:       []transformedJSON{},
		User:                  userJSON{ID: u.ID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName},
	}
}
