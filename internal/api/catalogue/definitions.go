package catalogue

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/commonresource"
	"turnstone/internal/transform"
)

// The levels that a definition or transformation can stand on.
const (
	levelInstance     = "instance"
	levelOrganization = "organization"
)

func levelOf(instanceID int64) string {
	if instanceID != 0 {
		return levelInstance
	}
	return levelOrganization
}

// definitionJSON is a definition, in the form in which it is sent as well.
type definitionJSON struct {
	Fields []definedFieldJSON `json:"fields"`
	Level  string             `json:"level"`
}

type definedFieldJSON struct {
	Type string `json:"type,omitempty"`
	Path string `json:"path"`
}

func definitionView(d turnstone.ObjectDefinition) definitionJSON {
	view := definitionJSON{Fields: []definedFieldJSON{}, Level: levelOf(d.InstanceID)}
	for _, f := range d.Fields {
		view.Fields = append(view.Fields, definedFieldJSON{f.Type, f.Path})
	}
	return view
}

// scope returns what the path is about: an instance, or the account of the caller and,
// for transformations, an element.
func (a *API) scope(c *rest.Call) (commonresource.Scope, error) {
	if c.PathValue("id") != "" {
		in, err := a.Instance(c)
		if err != nil {
			return commonresource.Scope{}, err
		}
		return a.Common.ScopeOf(c.Context(), in)
	}
	s := commonresource.Scope{AccountID: c.Identity.AccountID}
	if c.PathValue("element") == "" {
		return s, ofAccount(c)
	}
	var err error
	if s.Element, err = a.ElementOf(c); err != nil {
		return s, err
	}
	return s, ofAccount(c)
}

// ofAccount lets those in whose account the path is about. What everybody may read of
// an element's transformations is nothing, unless they say who they are.
func ofAccount(c *rest.Call) error {
	if text := c.PathValue("account"); text != "" && text != strconv.FormatInt(c.Identity.AccountID, 10) {
		return rest.Failuref(http.StatusForbidden, "account %s is not yours; write /accounts/%d", rest.Excerpt(text), c.Identity.AccountID)
	}
	if c.Identity.AccountID != 0 && !c.Identity.WholeAccount {
		return rest.ErrNeedsOrganization
	}
	return nil
}

// changing is scope for calls that change: what counts for a whole account is for its
// admins to say.
func (a *API) changing(c *rest.Call) (commonresource.Scope, error) {
	s, err := a.scope(c)
	if err == nil && s.InstanceID == 0 && !c.Identity.Admin() {
		err = rest.ErrNeedsAdmin
	}
	return s, err
}

// readLeniently reads the body into a struct, and leaves members out that it does not
// have: clients send back what they were shown, and what other versions of the
// platform showed.
func readLeniently(c *rest.Call, into any) error {
	body, err := c.Object()
	if err != nil {
		return err
	}
	err = json.Unmarshal(body, into)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return rest.Failuref(http.StatusBadRequest, "%s: is a %s, which does not belong there; read what there is with GET to see the form", wrong.Field, wrong.Value)
	}
	return err
}

// refusal returns what is answered for an error about a thing of a name.
func refusal(err error, kind, name string) error {
	problems, wrong := errors.AsType[transform.Problems](err)
	switch {
	case wrong:
		return rest.Failuref(http.StatusBadRequest, "%s", problems.Error())
	case errors.Is(err, turnstone.ErrConflict):
		return rest.Failuref(http.StatusConflict, "there is a %s %s already; change it with PUT, or DELETE it first", kind, rest.Excerpt(name))
	case errors.Is(err, turnstone.ErrNotFound) && name == "":
		return rest.Failuref(http.StatusNotFound, "No %ss found", kind)
	case errors.Is(err, turnstone.ErrNotFound):
		return rest.Failuref(http.StatusNotFound, "there is no %s %s on this level; GET the list to see what there is, or POST it", kind, rest.Excerpt(name))
	}
	return err
}

func (a *API) listDefinitions(c *rest.Call) (any, error) {
	s, err := a.scope(c)
	if err != nil {
		return nil, err
	}
	list, err := a.Common.Defined(c.Context(), s, "")
	if err == nil && len(list) == 0 {
		err = turnstone.ErrNotFound
	}
	if err != nil {
		return nil, refusal(err, kindDefinition, "")
	}
	views := make(map[string]definitionJSON, len(list))
	for _, d := range list {
		views[d.Name] = definitionView(d)
	}
	return views, nil
}

const kindDefinition = "definition"

func (a *API) showDefinition(c *rest.Call) (any, error) {
	s, err := a.scope(c)
	if err != nil {
		return nil, err
	}
	name := c.PathValue("name")
	list, err := a.Common.Defined(c.Context(), s, name)
	if err == nil && len(list) == 0 {
		err = turnstone.ErrNotFound
	}
	if err != nil {
		return nil, refusal(err, kindDefinition, name)
	}
	return definitionView(list[0]), nil
}

// definition reads the definition that the body holds.
func definition(c *rest.Call) (turnstone.ObjectDefinition, error) {
	d := turnstone.ObjectDefinition{Name: c.PathValue("name")}
	var body struct {
		Fields []definedFieldJSON `json:"fields"`
	}
	if err := readLeniently(c, &body); err != nil {
		return d, err
	}
	if body.Fields == nil {
		return d, rest.Failuref(http.StatusBadRequest, `fields: is missing; write a list such as [{"path": "id", "type": "string"}]`)
	}
	for _, f := range body.Fields {
		d.Fields = append(d.Fields, turnstone.ObjectField{Path: f.Path, Type: f.Type})
	}
	c.Changed("fields")
	return d, nil
}

func (a *API) createDefinition(c *rest.Call) (any, error) {
	s, err := a.changing(c)
	if err != nil {
		return nil, err
	}
	d, err := definition(c)
	if err != nil {
		return nil, err
	}
	d.InstanceID = s.InstanceID
	if err := a.Common.Define(c.Context(), s, d); err != nil {
		return nil, refusal(err, kindDefinition, d.Name)
	}
	return definitionView(d), nil
}

func (a *API) replaceDefinition(c *rest.Call) (any, error) {
	s, err := a.changing(c)
	if err != nil {
		return nil, err
	}
	d, err := definition(c)
	if err != nil {
		return nil, err
	}
	d.InstanceID = s.InstanceID
	if err := a.Common.Redefine(c.Context(), s, d); err != nil {
		return nil, refusal(err, kindDefinition, d.Name)
	}
	return definitionView(d), nil
}

// deleteDefinitions removes the one that the path names, or all of an instance.
func (a *API) deleteDefinitions(c *rest.Call) (any, error) {
	s, err := a.changing(c)
	if err != nil {
		return nil, err
	}
	name := c.PathValue("name")
	if err := a.Common.Undefine(c.Context(), s, name); err != nil {
		return nil, refusal(err, kindDefinition, name)
	}
	return nil, nil
}
