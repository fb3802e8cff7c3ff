package catalogue

import (
	"net/http"
	"net/url"
	"strings"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/discovery"
	"turnstone/internal/element"
)

// docs returns the document of some objects, as the caller wants it: for another base
// address with baseUrl, and without references with resolveReferences=true.
func docs(c *rest.Call, el *element.Element, objects []discovery.Object) (discovery.Document, error) {
	site, err := siteOf(c)
	if err != nil {
		return discovery.Document{}, err
	}
	return discovery.Swagger(el, objects, site), nil
}

// resolved returns a document without references, if the caller wants it so.
func resolved(c *rest.Call, d discovery.Document) discovery.Document {
	if strings.EqualFold(c.URL.Query().Get("resolveReferences"), "true") {
		return d.Resolved()
	}
	return d
}

// siteOf returns where the caller's documents say that hubs are called: here, or at
// the baseUrl that the caller gave.
func siteOf(c *rest.Call) (discovery.Site, error) {
	site := discovery.Site{Scheme: "http", Host: c.Host, BasePath: rest.Prefix}
	if c.TLS != nil || strings.EqualFold(c.Header.Get("X-Forwarded-Proto"), "https") {
		site.Scheme = "https"
	}
	text := c.URL.Query().Get("baseUrl")
	if text == "" {
		return site, nil
	}
	base, err := url.Parse(text)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return site, rest.Failuref(http.StatusBadRequest, "baseUrl is %s; write an address such as https://api.example.com", rest.Excerpt(text))
	}
	site.Scheme, site.Host = base.Scheme, base.Host
	if path := strings.TrimSuffix(base.Path, "/"); path != "" {
		site.BasePath = path
	}
	return site, nil
}

// elementDocs describes the hub of an element. Its version parameter names the newest
// version, -1, or whatever else: there is one.
func (a *API) elementDocs(c *rest.Call) (any, error) {
	el, err := a.ElementOf(c)
	if err != nil {
		return nil, err
	}
	d, err := docs(c, el, discovery.ObjectsOf(el))
	if err != nil {
		return nil, err
	}
	return resolved(c, d), nil
}

// documentOf describes the hub of the instance of the path, with its common resources.
func (a *API) documentOf(c *rest.Call) (discovery.Document, error) {
	in, err := a.Instance(c)
	if err != nil {
		return discovery.Document{}, err
	}
	el, objects, err := a.objectsOf(c, in)
	if err != nil {
		return discovery.Document{}, err
	}
	return docs(c, el, objects)
}

func (a *API) instanceDocs(c *rest.Call) (any, error) {
	d, err := a.documentOf(c)
	if err != nil {
		return nil, err
	}
	return resolved(c, d), nil
}

func (a *API) operationDocs(c *rest.Call) (any, error) {
	d, err := a.operation(c)
	if err != nil {
		return nil, err
	}
	return resolved(c, d), nil
}

func (a *API) operationDefinitions(c *rest.Call) (any, error) {
	d, err := a.operation(c)
	if err != nil {
		return nil, err
	}
	return d.Definitions, nil
}

// operation returns the document of the operation that the path names.
func (a *API) operation(c *rest.Call) (discovery.Document, error) {
	d, err := a.documentOf(c)
	if err != nil {
		return d, err
	}
	id := c.PathValue("operation")
	one, known := d.Only(id)
	if !known {
		return d, rest.Failuref(http.StatusNotFound, "there is no operation %s; write one of %s", rest.Excerpt(id), strings.Join(d.OperationIDs(), ", "))
	}
	return one, nil
}

// platformDocs says where the platform's own calls are described.
func platformDocs(c *rest.Call) (any, error) {
	return nil, rest.Failuref(http.StatusNotFound, "there is no document of %s alone; all calls of this API are described at /docs, and in /openapi.yaml", rest.Excerpt(c.PathValue("resource")))
}

// objectsOf returns the objects of an instance, its common resources first, and its
// element.
func (a *API) objectsOf(c *rest.Call, in turnstone.Instance) (*element.Element, []discovery.Object, error) {
	scope, err := a.Common.ScopeOf(c.Context(), in)
	if err != nil {
		return nil, nil, err
	}
	transformed, err := a.Common.Served(c.Context(), scope)
	if err != nil {
		return nil, nil, err
	}
	defined, err := a.Common.Defined(c.Context(), scope, "")
	if err != nil {
		return nil, nil, err
	}
	fields := make(map[string][]turnstone.ObjectField, len(defined))
	for _, d := range defined {
		fields[d.Name] = d.Fields
	}
	var objects []discovery.Object
	for _, s := range transformed {
		objects = append(objects, discovery.CommonObject(s.Transformation, s.Resource, fields[s.Transformation.Name]))
	}
	return scope.Element, append(objects, discovery.ObjectsOf(scope.Element)...), nil
}
