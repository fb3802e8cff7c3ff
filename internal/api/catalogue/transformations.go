package catalogue

import (
	"encoding/json"
	"net/http"

	"turnstone"
	"turnstone/internal/api/rest"
)

// transformationJSON is a transformation, in the form in which it is sent as well.
type transformationJSON struct {
	ObjectName    string            `json:"objectName"`
	VendorName    string            `json:"vendorName"`
	Fields        []mappedFieldJSON `json:"fields"`
	Configuration []ruleJSON        `json:"configuration"`
	Level         string            `json:"level"`
	Element       *elementRefJSON   `json:"element,omitempty"`
}

type mappedFieldJSON struct {
	Type       string `json:"type,omitempty"`
	Path       string `json:"path"`
	VendorPath string `json:"vendorPath,omitempty"`
	VendorType string `json:"vendorType,omitempty"`
	// Configuration has rules for this field alone.
	Configuration []ruleJSON `json:"configuration,omitempty"`
}

// ruleJSON is a rule of a transformation or of one of its fields. Of a transformation,
// passThrough says whether members that no field names pass from the vendor, and to it;
// of a field, whether the field does, and remove is its opposite. Others have no effect.
type ruleJSON struct {
	Type       string         `json:"type"`
	Properties propertiesJSON `json:"properties"`
}

type propertiesJSON struct {
	FromVendor *bool `json:"fromVendor"`
	ToVendor   *bool `json:"toVendor"`
}

const (
	rulePassThrough = "passThrough"
	ruleRemove      = "remove"
)

// mapped returns the field, and whether its rules drop it in either direction.
func (f mappedFieldJSON) mapped() turnstone.MappedField {
	m := turnstone.MappedField{Path: f.Path, VendorPath: f.VendorPath, Type: f.Type, VendorType: f.VendorType}
	for _, r := range f.Configuration {
		from, to := r.drops()
		m.Dropped, m.DroppedWrites = m.Dropped || from, m.DroppedWrites || to
	}
	return m
}

// drops says of a rule of one field in which directions it drops the field.
func (r ruleJSON) drops() (fromVendor, toVendor bool) {
	from, to := r.Properties.FromVendor, r.Properties.ToVendor
	switch {
	case r.Type == rulePassThrough:
		return from != nil && !*from, to != nil && !*to
	case r.Type == ruleRemove && from == nil && to == nil:
		return true, true
	case r.Type == ruleRemove:
		return from != nil && *from, to != nil && *to
	}
	return false, false
}

// fieldView returns a field with the rule that says in which directions it is dropped.
func fieldView(f turnstone.MappedField) mappedFieldJSON {
	view := mappedFieldJSON{Type: f.Type, Path: f.Path, VendorPath: f.VendorPath, VendorType: f.VendorType}
	if f.Dropped || f.DroppedWrites {
		view.Configuration = []ruleJSON{{Type: ruleRemove, Properties: propertiesJSON{&f.Dropped, &f.DroppedWrites}}}
	}
	return view
}

type elementRefJSON struct {
	ID   int64  `json:"id"`
	Key  string `json:"key"`
	Name string `json:"name"`
}

func transformationView(t turnstone.Transformation) transformationJSON {
	from, to := !t.Mapping.Strict, !t.Mapping.StrictWrites
	view := transformationJSON{
		ObjectName: t.Name, VendorName: t.Mapping.VendorName, Fields: []mappedFieldJSON{}, Level: levelOf(t.InstanceID),
		Configuration: []ruleJSON{{Type: rulePassThrough, Properties: propertiesJSON{&from, &to}}},
	}
	for _, f := range t.Mapping.Fields {
		view.Fields = append(view.Fields, fieldView(f))
	}
	return view
}

const kindTransformation = "transformation"

// listTransformations returns those that count for an instance, or for an element in
// the caller's account.
func (a *API) listTransformations(c *rest.Call) (any, error) {
	s, err := a.scope(c)
	if err != nil {
		return nil, err
	}
	list, err := a.Common.Transformed(c.Context(), s, "")
	if err == nil && len(list) == 0 {
		err = turnstone.ErrNotFound
	}
	if err != nil {
		return nil, refusal(err, kindTransformation, "")
	}
	views := make(map[string]transformationJSON, len(list))
	for _, t := range list {
		views[t.Name] = transformationView(t)
	}
	return views, nil
}

// listNamed returns the transformations of the account that make a common resource,
// one for each element.
func (a *API) listNamed(c *rest.Call) (any, error) {
	if err := ofAccount(c); err != nil {
		return nil, err
	}
	list, err := a.Common.Named(c.Context(), c.Identity.AccountID, c.PathValue("name"))
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, rest.Failuref(http.StatusNotFound, "No transformations found")
	}
	views := make([]transformationJSON, len(list))
	for i, t := range list {
		views[i] = transformationView(t)
		views[i].Element = &elementRefJSON{Key: t.Element, Name: t.Element}
		if el, err := a.Elements.Find(c.Context(), t.AccountID, t.Element); err == nil {
			views[i].Element = &elementRefJSON{el.ID, el.Key, el.Name}
		}
	}
	return views, nil
}

func (a *API) showTransformation(c *rest.Call) (any, error) {
	s, err := a.scope(c)
	if err != nil {
		return nil, err
	}
	name := c.PathValue("name")
	list, err := a.Common.Transformed(c.Context(), s, name)
	if err == nil && len(list) == 0 {
		err = turnstone.ErrNotFound
	}
	if err != nil {
		return nil, refusal(err, kindTransformation, name)
	}
	return transformationView(list[0]), nil
}

// transformation reads the transformation that the body holds.
func transformation(c *rest.Call) (turnstone.Transformation, error) {
	t := turnstone.Transformation{Name: c.PathValue("name")}
	var body struct {
		VendorName    string            `json:"vendorName"`
		Fields        []mappedFieldJSON `json:"fields"`
		Configuration []ruleJSON        `json:"configuration"`
		Script        json.RawMessage   `json:"script"`
	}
	if err := readLeniently(c, &body); err != nil {
		return t, err
	}
	if len(body.Script) > 0 && string(body.Script) != "null" && string(body.Script) != "{}" {
		return t, rest.Failuref(http.StatusBadRequest, "script: transformations run no scripts here; write what it does as fields, and leave it out")
	}
	t.Mapping.VendorName = body.VendorName
	for _, f := range body.Fields {
		t.Mapping.Fields = append(t.Mapping.Fields, f.mapped())
	}
	for _, r := range body.Configuration {
		if r.Type == rulePassThrough {
			t.Mapping.Strict = r.Properties.FromVendor != nil && !*r.Properties.FromVendor
			t.Mapping.StrictWrites = r.Properties.ToVendor != nil && !*r.Properties.ToVendor
		}
	}
	c.Changed("vendorName", "fields", "configuration")
	return t, nil
}

func (a *API) createTransformation(c *rest.Call) (any, error) {
	s, err := a.changing(c)
	if err != nil {
		return nil, err
	}
	t, err := transformation(c)
	if err != nil {
		return nil, err
	}
	t.InstanceID = s.InstanceID
	if err := a.Common.Transform(c.Context(), s, t); err != nil {
		return nil, refusal(err, kindTransformation, t.Name)
	}
	return transformationView(t), nil
}

func (a *API) replaceTransformation(c *rest.Call) (any, error) {
	s, err := a.changing(c)
	if err != nil {
		return nil, err
	}
	t, err := transformation(c)
	if err != nil {
		return nil, err
	}
	t.InstanceID = s.InstanceID
	if err := a.Common.Retransform(c.Context(), s, t); err != nil {
		return nil, refusal(err, kindTransformation, t.Name)
	}
	return transformationView(t), nil
}

// deleteTransformations removes the one that the path names, or all of an instance.
func (a *API) deleteTransformations(c *rest.Call) (any, error) {
	s, err := a.changing(c)
	if err != nil {
		return nil, err
	}
	name := c.PathValue("name")
	if err := a.Common.Untransform(c.Context(), s, name); err != nil {
		return nil, refusal(err, kindTransformation, name)
	}
	return nil, nil
}
