package catalogue

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/discovery"
	"turnstone/internal/element"
	"turnstone/internal/hub"
)

// detailedVersion of the header Elements-Version asks for the longer form of a list of
// objects.
const detailedVersion = "helium"

// objectJSON is an object in the longer form of their list.
type objectJSON struct {
	Name       string `json:"name"`
	VendorName string `json:"vendorName"`
	Type       string `json:"type"`
}

// The kinds of objects, in the platform's words.
const (
	typeResource = "ceCanonical" // a resource of the element
	typeCommon   = "vdr"         // a common resource: virtual data resource
)

// tokenInstance returns the instance of the caller's token. Unlike for other hub calls
// it may be disabled.
func tokenInstance(c *rest.Call) (turnstone.Instance, error) {
	in, err := c.Own("this needs the token of an instance; add Element <element token> to the Authorization header")
	if err == nil {
		c.Reply.Set(rest.HeaderInstanceID, strconv.FormatInt(in.ID, 10))
	}
	return in, err
}

// listObjects returns the names of the objects of an instance, those left out that
// have a parameter in their name.
func (a *API) listObjects(c *rest.Call) (any, error) {
	in, err := tokenInstance(c)
	if err != nil {
		return nil, err
	}
	_, objects, err := a.objectsOf(c, in)
	if err != nil {
		return nil, err
	}
	list := make([]objectJSON, 0, len(objects))
	for _, o := range objects {
		if strings.Contains(o.Name, "{") || slices.ContainsFunc(list, func(other objectJSON) bool { return other.Name == o.Name }) {
			continue
		}
		view := objectJSON{o.Name, o.VendorName, typeResource}
		if o.Common {
			view.Type = typeCommon
		}
		list = append(list, view)
	}
	slices.SortFunc(list, func(a, b objectJSON) int { return strings.Compare(a.Name, b.Name) })
	if strings.EqualFold(c.Header.Get("Elements-Version"), detailedVersion) {
		return list, nil
	}
	names := make([]string, len(list))
	for i, o := range list {
		names[i] = o.Name
	}
	return names, nil
}

// object returns the object that the path names, and the element of its instance.
func (a *API) object(c *rest.Call) (*element.Element, discovery.Object, error) {
	in, err := tokenInstance(c)
	if err != nil {
		return nil, discovery.Object{}, err
	}
	el, objects, err := a.objectsOf(c, in)
	if err != nil {
		return nil, discovery.Object{}, err
	}
	name := c.PathValue("name")
	i := slices.IndexFunc(objects, func(o discovery.Object) bool { return o.Name == name })
	if i < 0 {
		return nil, discovery.Object{}, rest.Failuref(http.StatusNotFound, "there is no object %s; GET %s/objects lists those there are", rest.Excerpt(name), rest.Prefix)
	}
	return el, objects[i], nil
}

// objectMetadataJSON is what is known of an object's records.
type objectMetadataJSON struct {
	Name       string            `json:"name"`
	VendorName string            `json:"vendorName"`
	Fields     []discovery.Field `json:"fields"`
}

func (a *API) showObjectMetadata(c *rest.Call) (any, error) {
	_, o, err := a.object(c)
	if err != nil {
		return nil, err
	}
	return objectMetadataJSON{o.Name, o.VendorName, append([]discovery.Field{}, o.Fields...)}, nil
}

func (a *API) objectDocs(c *rest.Call) (any, error) {
	el, o, err := a.object(c)
	if err != nil {
		return nil, err
	}
	d, err := docs(c, el, []discovery.Object{o})
	if err != nil {
		return nil, err
	}
	return resolved(c, d), nil
}

// pingJSON says that the vendor answered.
type pingJSON struct {
	DateTime string `json:"dateTime"`
	Endpoint string `json:"endpoint"`
}

// ping asks the vendor for one record, which shows that it can be reached and that it
// accepts the credential. A vendor that does not is answered for as on any hub call.
func (a *API) ping(c *rest.Call) (any, error) {
	in, err := tokenInstance(c)
	if err != nil {
		return nil, err
	}
	if in.Disabled {
		return nil, rest.Failuref(http.StatusForbidden, "instance %d is disabled; enable it with PUT %s/instances/%d/enabled", in.ID, rest.Prefix, in.ID)
	}
	el, err := a.Elements.OfInstance(c.Context(), in)
	if err != nil {
		return nil, err
	}
	request, possible := cheapest(el)
	if !possible {
		return nil, rest.Failuref(http.StatusMethodNotAllowed, "%s has no list that can be read for a ping; call a resource in its place", el.Name)
	}
	page, err := a.Hub.List(c.Context(), in, request)
	if err == nil {
		err = page.Broken
	}
	if err != nil {
		return nil, err
	}
	return pingJSON{DateTime: rest.ISOTime(a.Now()), Endpoint: el.Key}, nil
}

// cheapest returns the request that costs a vendor least: one record of the resource
// that is polled first, or of the first that can be listed at once.
func cheapest(el *element.Element) (hub.Request, bool) {
	names := make([]string, 0, len(el.Polling.Resources)+len(el.Resources))
	for _, p := range el.Polling.Resources {
		path, _, _ := strings.Cut(p.URL, "?")
		if request, err := hub.ParseURL(path); err == nil {
			names = append(names, request.Resource)
		}
	}
	for _, name := range append(names, resourceNames(el)...) {
		r, known := el.Resource(name)
		if known && r.Retriever != nil && r.Retriever.Partition == nil && len(r.Parameters()) == 0 {
			return hub.Request{Resource: name, PageSize: 1}, true
		}
	}
	return hub.Request{}, false
}
