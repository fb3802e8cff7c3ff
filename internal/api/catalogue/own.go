package catalogue

import (
	"encoding/json"
	"errors"
	"net/http"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/catalogue"
	"turnstone/internal/element"
)

// ownRoutes are about the elements that accounts bring along.
func (a *API) ownRoutes() []rest.Route {
	return []rest.Route{
		{Pattern: "POST /elements", Answer: a.createElement},
		{Pattern: "PUT /elements/{element}", Answer: a.replaceElement},
		{Pattern: "PATCH /elements/{element}", Answer: a.amendElement},
		{Pattern: "DELETE /elements/{element}", Answer: a.deleteElement},
		{Pattern: "POST /elements/{element}/clone", Answer: a.cloneElement},
		{Pattern: "GET /elements/{element}/export", Answer: a.exportElement},
		{Pattern: "GET /elements/{element}/import-report", Answer: a.showImportReport}, // ours
		{Pattern: "PUT /elements/{element}/active", Answer: a.activateElement},
		{Pattern: "DELETE /elements/{element}/active", Answer: a.deactivateElement},
		{Pattern: "POST /elements/{element}/configuration", Answer: a.createField},
		{Pattern: "PUT /elements/{element}/configuration/{key}", Answer: a.replaceField},
		{Pattern: "DELETE /elements/{element}/configuration/{key}", Answer: a.deleteField},
	}
}

// headerFindings says how many things an import could not carry over, the worst first:
// "1 error, 3 warnings, 2 notes".
const headerFindings = "Elements-Import-Findings"

// mayChange lets in those who may change what the whole account uses.
func mayChange(c *rest.Call) error {
	switch {
	case !c.Identity.WholeAccount:
		return rest.ErrNeedsOrganization
	case !c.Identity.Admin():
		return rest.ErrNeedsAdmin
	}
	return nil
}

func (a *API) createElement(c *rest.Call) (any, error) {
	if err := mayChange(c); err != nil {
		return nil, err
	}
	data, err := c.Bytes()
	if err != nil {
		return nil, err
	}
	d, err := a.Own.Create(c.Context(), c.Identity.AccountID, data)
	if err != nil {
		return nil, ownRefusal(c, err)
	}
	return a.shown(c, d)
}

func (a *API) replaceElement(c *rest.Call) (any, error) {
	if err := mayChange(c); err != nil {
		return nil, err
	}
	data, err := c.Bytes()
	if err != nil {
		return nil, err
	}
	d, err := a.Own.Replace(c.Context(), c.Identity.AccountID, c.PathValue("element"), data)
	if err != nil {
		return nil, ownRefusal(c, err)
	}
	return a.shown(c, d)
}

// amendElement changes members of an imported element, as in its export.
func (a *API) amendElement(c *rest.Call) (any, error) {
	change, err := changed(c)
	if err != nil {
		return nil, err
	}
	d, err := a.Own.Amend(c.Context(), c.Identity.AccountID, c.PathValue("element"), catalogue.Laid(change))
	if err != nil {
		return nil, ownRefusal(c, err)
	}
	return a.shown(c, d)
}

// changed reads the body of a change as an object.
func changed(c *rest.Call) (map[string]any, error) {
	if err := mayChange(c); err != nil {
		return nil, err
	}
	body, err := c.Object()
	if err != nil {
		return nil, err
	}
	var change map[string]any
	err = json.Unmarshal(body, &change)
	return change, err
}

func (a *API) deleteElement(c *rest.Call) (any, error) {
	if err := mayChange(c); err != nil {
		return nil, err
	}
	return nil, ownRefusal(c, a.Own.Delete(c.Context(), c.Identity.AccountID, c.PathValue("element")))
}

// cloneJSON says what a clone is called.
type cloneJSON struct {
	Key string `json:"key"`
}

func (a *API) cloneElement(c *rest.Call) (any, error) {
	if err := mayChange(c); err != nil {
		return nil, err
	}
	var wish cloneJSON
	if c.ContentLength != 0 {
		if err := readLeniently(c, &wish); err != nil {
			return nil, err
		}
	}
	d, err := a.Own.Clone(c.Context(), c.Identity.AccountID, c.PathValue("element"), wish.Key)
	if err != nil {
		return nil, ownRefusal(c, err)
	}
	return a.shown(c, d)
}

func (a *API) activateElement(c *rest.Call) (any, error) {
	if err := mayChange(c); err != nil {
		return nil, err
	}
	return nil, ownRefusal(c, a.Own.Activate(c.Context(), c.Identity.AccountID, c.PathValue("element")))
}

func (a *API) deactivateElement(c *rest.Call) (any, error) {
	if err := mayChange(c); err != nil {
		return nil, err
	}
	return nil, ownRefusal(c, a.Own.Deactivate(c.Context(), c.Identity.AccountID, c.PathValue("element")))
}

// exportElement answers with what the element was imported from, or with the element in
// the platform's form as far as that has words for it.
func (a *API) exportElement(c *rest.Call) (any, error) {
	if !c.Identity.WholeAccount {
		return nil, rest.ErrNeedsOrganization
	}
	text, err := a.Own.Export(c.Context(), c.Identity.AccountID, c.PathValue("element"))
	return json.RawMessage(text), ownRefusal(c, err)
}

// showImportReport answers with what an import could not carry over; of an element that
// was not imported that is nothing.
func (a *API) showImportReport(c *rest.Call) (any, error) {
	el, err := a.ElementOf(c)
	if err != nil {
		return nil, err
	}
	return a.Own.ReportOf(c.Context(), c.Identity.AccountID, el)
}

// shown answers with an element as GET shows it, and says in a header what its import
// could not carry over.
func (a *API) shown(c *rest.Call, d turnstone.Definition) (any, error) {
	if summary := catalogue.Findings(d); summary != "" {
		c.Reply.Set(headerFindings, summary)
	}
	el, err := a.Own.Find(c.Context(), c.Identity.AccountID, d.Key)
	if err != nil {
		return nil, err
	}
	return a.ownView(c, el), nil
}

// ownView returns an element with what is so for the caller alone.
func (a *API) ownView(c *rest.Call, el *element.Element) entryJSON {
	view := entryView(el)
	a.personalise(c, &view.ElementJSON)
	return view
}

// personalise says of an element of the caller's account that it is private, and whether
// it takes new instances.
func (a *API) personalise(c *rest.Call, view *ElementJSON) {
	if d, err := a.Own.Own(c.Context(), c.Identity.AccountID, view.Key); err == nil {
		view.Private, view.Extended, view.Active = true, d.Base != "", d.Active
	}
}

// ownRefusal returns what is answered for an error about an element of an account.
func ownRefusal(c *rest.Call, err error) error {
	input, wrong := errors.AsType[*catalogue.InputError](err)
	builtIn, fixed := errors.AsType[*catalogue.BuiltInError](err)
	taken, conflict := errors.AsType[*catalogue.TakenError](err)
	switch {
	case wrong:
		return rest.Failuref(http.StatusBadRequest, "%s", input.Problem)
	case fixed:
		return rest.Failuref(http.StatusForbidden, "%v", builtIn)
	case conflict:
		return rest.Failuref(http.StatusConflict, "%s", taken.Problem)
	case rest.IsMissing(err):
		return rest.Failuref(http.StatusNotFound, "there is no element %s of your own; GET %s/elements lists those there are", rest.Excerpt(c.PathValue("element")), rest.Prefix)
	}
	return err
}
