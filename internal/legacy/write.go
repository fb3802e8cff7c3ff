package legacy

import (
	"maps"
	"slices"
	"strings"

	"turnstone/internal/element"
)

// Export writes an element in the platform's form, as far as that has words for it:
// what is asked, with which parameters, how pages follow one another, and what is polled.
// How errors and rate limits are read has none.
func Export(el *element.Element) Object {
	w := writer{el}
	o := Object{
		"id": el.ID, "key": el.Key, "name": el.Name, "description": el.Description, "hub": el.Hub,
		"active": true, "deleted": false, "private": false, "cloneable": true, "extended": false, "beta": false,
		"typeOauth":      el.Authenticator.Type == "OAuthAuthenticator",
		"authentication": map[string]any{"type": w.authentication()},
		"hooks":          w.hooks(el.Requester.Hooks),
		"parameters":     w.shared(),
		"models":         []any{}, "objects": []any{},
	}
	o.SetConfiguration(w.configuration())
	o["resources"] = w.resources()
	return o
}

// writer writes parts of one element.
type writer struct{ *element.Element }

func (w writer) authentication() string {
	switch w.Authenticator.Type {
	case "OAuthAuthenticator":
		return authOAuth2
	case "BasicHttpAuthenticator":
		return authBasic
	case "NoAuth":
		return "none"
	}
	return "custom"
}

// configuration returns the entries that the element declares, and those in which the
// platform keeps what our format says elsewhere.
func (w writer) configuration() []map[string]any {
	var all []map[string]any
	add := func(key, name, kind, value string) {
		if value != "" {
			all = append(all, map[string]any{"key": key, "name": name, "type": kind, "defaultValue": value, "hideFromConsole": true, "required": false, "active": true})
		}
	}
	for _, f := range w.Configuration {
		if f.Key != keyBase {
			all = append(all, map[string]any{
				"key": f.Key, "name": f.Name, "description": f.Description, "type": f.Type, "required": f.Required, "active": true, "defaultValue": f.Default,
			})
		}
	}
	add(keyBase, "Base URL", "TEXTFIELD_1000", w.base())
	if a := w.Authenticator.Authorize; a != nil {
		add(keyAuthorize, "OAuth Authorization URL", "TEXTFIELD_1000", plainOf(a.URL))
	}
	for _, g := range w.Authenticator.Grants {
		switch g.Type {
		case "authorization_code", "client_credentials":
			add(keyTokenURL, "OAuth Token URL", "TEXTFIELD_1000", plainOf(g.URL))
		case "refresh_token":
			add(keyRefreshURL, "OAuth Token Refresh URL", "TEXTFIELD_1000", plainOf(g.URL))
		}
	}
	if len(w.Polling.Resources) > 0 {
		add(keyVendorType, "Vendor Event Type", "TEXTFIELD_32", "polling")
		add(keyPollers, "Event Poller Resources Configuration", "TEXTAREA", w.PollerConfiguration())
	}
	return all
}

// base returns the last url_base that is an address of its own.
func (w writer) base() string {
	for _, t := range slices.Backward(w.Requester.URLBase) {
		if text := plainOf(t); strings.HasPrefix(text, "https://") {
			return text
		}
	}
	return ""
}

// plainOf writes a template with the platform's placeholders.
func plainOf(t element.Template) string {
	return lookups.ReplaceAllString(t.String(), "{$1$2}")
}

func (w writer) hooks(h *element.Hooks) []any {
	all := []any{}
	if h == nil {
		return all
	}
	for _, one := range h.Before {
		all = append(all, hookObject("preRequest", one))
	}
	for _, one := range h.After {
		all = append(all, hookObject("postRequest", one))
	}
	return all
}

func hookObject(kind string, h element.Hook) map[string]any {
	return map[string]any{"type": kind, "mimeType": "application/javascript", "body": h.Script, "isLegacy": h.Legacy}
}

// shared returns the parameters that all requests have, the credential among them.
func (w writer) shared() []any {
	all := parameters(w.Requester.Parameters, "query")
	all = append(all, parameters(w.Requester.Headers, "header")...)
	if a := w.Authenticator; a.Type == "ApiKeyAuthenticator" || a.Type == "BearerAuthenticator" {
		prefix := a.Prefix
		if a.Type == "BearerAuthenticator" {
			prefix = "Bearer"
		}
		value := strings.TrimSpace(prefix + " " + plainOf(a.APIToken))
		all = append(all, parameter{name: value, kind: "value", vendorName: firstOf(a.Header, "Authorization"), into: "header"}.object())
	}
	return all
}

// parameters writes request parameters or headers: what an instance or a caller says, or
// a constant.
func parameters(templates map[string]element.Template, into string) []any {
	all := []any{}
	for _, name := range slices.Sorted(maps.Keys(templates)) {
		p := parameter{name: plainOf(templates[name]), kind: "value", vendorName: name, into: into}
		if m := wheres.FindStringSubmatch(templates[name].String()); m != nil {
			p.name, p.kind = m[1], "query"
		}
		all = append(all, p.object())
	}
	return all
}

// object returns the parameter as exports have it.
func (p parameter) object() map[string]any {
	return map[string]any{
		"name": p.name, "type": p.kind, "vendorName": p.vendorName, "vendorType": p.into,
		"source": "request", "dataType": "string", "vendorDataType": "string", "required": p.required,
	}
}

func (w writer) resources() []any {
	all := []any{}
	for i := range w.Resources {
		r := &w.Resources[i]
		path := "/hubs/" + w.Hub + "/" + r.Name
		if r.Retriever != nil {
			all = append(all, w.list(r, path))
		}
		for _, verb := range slices.Sorted(maps.Keys(r.Operations)) {
			all = append(all, w.operation(r.Operations[verb], verb, path))
		}
	}
	return all
}

// list writes how a resource is listed.
func (w writer) list(r *element.Resource, path string) map[string]any {
	f := r.Retriever
	o := w.request(f.Requester, "GET", path)
	o["description"], o["primaryKey"] = r.Description, r.PrimaryKey
	if len(f.Selector.FieldPath) > 0 {
		o["rootKey"] = "|" + f.Selector.FieldPath[0]
	}
	ps, _ := o["parameters"].([]any)
	for _, name := range f.Filter.Attributes {
		ps = append(ps, parameter{name: name, kind: "query", vendorName: firstOf(f.Filter.Names[name], name), into: "query"}.object())
	}
	if p := f.Paginator; p != nil {
		o["paginationType"] = pagingNames[p.Type]
		if p.SizeOption != nil {
			ps = append(ps, parameter{name: "pageSize", kind: "query", vendorName: p.SizeOption.FieldName, into: "query"}.object())
		}
		if p.TokenOption != nil {
			name := map[bool]string{true: "nextPage", false: "page"}[p.Type == "CursorPagination"]
			ps = append(ps, parameter{name: name, kind: "query", vendorName: p.TokenOption.FieldName, into: "query"}.object())
		}
		if p.Next != "" {
			o["nextPageKey"] = p.Next
		}
	}
	o["parameters"] = ps
	return o
}

// pagingNames are the types of paginators in the platform's words.
var pagingNames = map[string]string{
	"PageIncrement": pagingPage, "OffsetIncrement": pagingOffset, "CursorPagination": pagingCursor, "NextURL": pagingCursor, "LinkHeader": pagingCursor,
}

// operation writes a request for one record.
func (w writer) operation(r *element.Requester, verb, path string) map[string]any {
	method := map[string]string{"retrieve": "GET", "create": "POST", "update": "PATCH", "delete": "DELETE"}[verb]
	if r.NeedsID() {
		path += "/{id}"
	}
	o := w.request(*r, method, path)
	ps, _ := o["parameters"].([]any)
	if r.NeedsID() {
		ps = append(ps, parameter{name: "id", kind: "path", vendorName: "id", into: "path", required: true}.object())
	}
	if verb == "create" || verb == "update" {
		ps = append(ps, parameter{name: "body", kind: "body", vendorName: "body", into: "body", required: true}.object())
	}
	o["parameters"], o["description"] = ps, ""
	if r.Record != "" || r.BodyRoot != "" {
		o["rootKey"] = r.BodyRoot + "|" + r.Record
	}
	return o
}

// request writes what all endpoints have.
func (w writer) request(r element.Requester, method, path string) map[string]any {
	over := r.Over(element.Requester{})
	address := plainOf(over.Path)
	if len(over.URLBase) > 0 {
		address = plainOf(over.URLBase[len(over.URLBase)-1]) + address
	}
	return map[string]any{
		"type": "api", "kind": "eb", "method": method, "path": path, "vendorPath": address, "vendorMethod": firstOf(over.Method, "GET"),
		"parameters": append(parameters(over.Parameters, "query"), parameters(over.Headers, "header")...),
		"hooks":      w.hooks(over.Hooks), "response": map[string]any{"contentType": "application/json"},
	}
}
