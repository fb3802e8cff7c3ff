package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/instance"
)

// entryJSON is a configuration entry of an instance.
type entryJSON struct {
	ID            int64  `json:"id"`
	Name          string `json:"name"`
	Key           string `json:"key"`
	Description   string `json:"description"`
	PropertyValue string `json:"propertyValue"`
	Type          string `json:"type"`
	Required      bool   `json:"required"`
}

func entryView(e instance.Entry) entryJSON {
	return entryJSON{
		ID: e.ID, Name: e.Field.Name, Key: e.Field.Key, Description: e.Field.Description,
		PropertyValue: e.Value, Type: e.Field.Type, Required: e.Field.Required,
	}
}

func (a *API) listConfiguration(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	var views []entryJSON
	for _, e := range a.Instances.Entries(c.Context(), in) {
		views = append(views, entryView(e))
	}
	return views, nil
}

func (a *API) showConfiguration(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	e, err := a.Instances.Entry(c.Context(), in, c.PathValue("entry"))
	if err != nil {
		return nil, noEntry(c, err)
	}
	return entryView(e), nil
}

// updateConfiguration sets an entry to the propertyValue of the body, which may be
// the whole entry as it was read.
func (a *API) updateConfiguration(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	body, err := c.Object()
	if err != nil {
		return nil, err
	}
	var entry struct {
		PropertyValue json.RawMessage `json:"propertyValue"`
	}
	if err := json.Unmarshal(body, &entry); err != nil || entry.PropertyValue == nil {
		return nil, instance.Problems{{Path: "propertyValue", Message: "is missing; write the new value as text"}}
	}
	e, err := a.Instances.SetEntry(c.Context(), in, c.PathValue("entry"), entry.PropertyValue)
	if err != nil {
		return nil, noEntry(c, refusedGrant(err))
	}
	c.Changed("configuration." + e.Field.Key)
	return entryView(e), nil
}

// noEntry says which entry is not there.
func noEntry(c *rest.Call, err error) error {
	if errors.Is(err, turnstone.ErrNotFound) {
		return rest.Failuref(http.StatusNotFound, "there is no configuration entry %s; GET %s/instances/{id}/configuration lists them", rest.Excerpt(c.PathValue("entry")), rest.Prefix)
	}
	return err
}
