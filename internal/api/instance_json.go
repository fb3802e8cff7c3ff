package api

import (
	"fmt"

	"turnstone"
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
	Element               elementJSON             `json:"element"`
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
	Transformations       []struct{}              `json:"transformationData"`
	User                  userJSON                `json:"user"`
}

type userJSON struct {
	ID        int64  `json:"id"`
	Email     string `json:"emailAddress"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
}

// elementJSON is an element as it stands in an instance.
type elementJSON struct {
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

// authenticationTypes are the platform's words for ours.
var authenticationTypes = map[string]string{
	"OAuthAuthenticator":     "oauth2",
	"ApiKeyAuthenticator":    "apiKey",
	"BearerAuthenticator":    "apiKey",
	"BasicHttpAuthenticator": "basic",
	"NoAuth":                 "none",
}

// elementView returns an element as the platform shows it.
func elementView(el *element.Element) elementJSON {
	return elementJSON{
		ID: el.ID, Name: el.Name, Key: el.Key, Description: el.Description,
		Image:             fmt.Sprintf("elements/provider_%s.png", el.Key),
		Active:            true,
		TypeOAuth:         el.Authenticator.Type == "OAuthAuthenticator",
		ConfigDescription: el.Description,
		Resources:         []struct{}{},
		Authentication:    authenticationJSON{authenticationTypes[el.Authenticator.Type]},
		Hub:               el.Hub,
		ProtocolType:      "http",
		Parameters:        []struct{}{},
	}
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
	}
	return views, nil
}

func (a *API) instanceView(c *rest.Call, in turnstone.Instance, u turnstone.User) instanceJSON {
	el, err := a.Elements.OfInstance(c.Context(), in)
	if err != nil {
		el = &element.Element{Key: in.Element, Name: in.Element} // left the catalogue since
	}
	shown := elementView(el)
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
		Transformations:       []struct{}{},
		User:                  userJSON{ID: u.ID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName},
	}
}
