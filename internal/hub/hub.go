package hub

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/provider"
)

// Hub serves the hub calls of all instances. Any number of goroutines may use
// it.
type Hub struct {
	Elements element.Finder
	Provider *provider.Client
}

// Check returns a *[RequestError] if the request cannot be polled: its resource is
// unknown or cannot be listed, its where clause cannot be read or makes no sense for
// the resource, or it wants an order or a page that the vendor has to be asked for
// and does not know. It does not look at Next.
func (h *Hub) Check(el *element.Element, r Request) error {
	r.Background = true
	_, err := checked(el, r)
	return err
}

// checked returns the clause of a request that can be made of the element.
func checked(el *element.Element, r Request) (clause, error) {
	resource, err := resourceNamed(el, r.Resource)
	if err != nil {
		return clause{}, err
	}
	if resource.Retriever == nil {
		return clause{}, badRequest("method", "%s cannot be listed; it has %s", resource.Name, operationsOf(resource))
	}
	if r, err = r.settled(resource); err != nil {
		return clause{}, err
	}
	c, err := clauseOf(resource, r.Where, r.OrderBy)
	switch {
	case err != nil:
		return clause{}, err
	case r.Background && c.order != nil:
		return clause{}, badRequest("orderBy", "the vendor decides the order of %s, and what is read in the background is not sorted; leave orderBy out", resource.Name)
	case r.Background && r.Page > 1:
		return clause{}, badRequest("page", "what is read in the background is read from its first page; leave page out")
	}
	return c, checkParents(el, resource)
}

// checkParents makes sure that the parents of a partitioned resource can be
// listed, and that they have an end.
func checkParents(el *element.Element, resource *element.Resource) error {
	seen := []string{resource.Name}
	for resource.Retriever.Partition != nil {
		parent, known := el.Resource(resource.Retriever.Partition.Parent)
		if !known || parent.Retriever == nil || slices.Contains(seen, parent.Name) {
			return fmt.Errorf("element %s: the parent of resource %s cannot be listed; correct its partition_router", el.Key, resource.Name)
		}
		seen = append(seen, parent.Name)
		resource = parent
	}
	return nil
}

// resourceNamed returns the resource of an element that name leads to.
func resourceNamed(el *element.Element, name string) (*element.Resource, error) {
	resource, known := el.Resource(name)
	if !known {
		return nil, badRequest("resource", "%s has no resource %.60q%s (it has %s)",
			el.Name, name, suggestion(name, filledNames(el, name)), listed(resourceNames(el)))
	}
	values := resource.Values(name)
	for _, parameter := range resource.Parameters() {
		if values[parameter] == "" {
			return nil, badRequest("resource", "%s has no value for {%s}; write one in its place", name, parameter)
		}
	}
	return resource, nil
}

func resourceNames(el *element.Element) []string {
	names := make([]string, len(el.Resources))
	for i, r := range el.Resources {
		names[i] = r.Name
	}
	return names
}

// filledNames returns the names of the resources, with the segments of name for
// their parameters where it has as many: a misspelt word must not be hidden by
// the values beside it.
func filledNames(el *element.Element, name string) []string {
	given := strings.Split(name, "/")
	names := resourceNames(el)
	for i, pattern := range names {
		segments := strings.Split(pattern, "/")
		if len(segments) != len(given) {
			continue
		}
		for j, segment := range segments {
			if strings.HasPrefix(segment, "{") {
				segments[j] = given[j]
			}
		}
		names[i] = strings.Join(segments, "/")
	}
	return names
}

// operationsOf returns what can be done with a resource, for people.
func operationsOf(resource *element.Resource) string {
	names := slices.Collect(maps.Keys(resource.Operations))
	if resource.Retriever != nil {
		names = append(names, "list")
	}
	if len(names) == 0 {
		return "no operations"
	}
	return listed(names)
}

// ask sends a call to its vendor.
func (h *Hub) ask(ctx context.Context, call provider.Call) (provider.Answer, error) {
	answer, err := h.Provider.Do(ctx, call)
	if problem, ok := errors.AsType[*provider.CallError](err); ok {
		return answer, badRequest("call", "%v", problem.Err)
	}
	return answer, err
}

// elementOf returns the element of an instance.
func (h *Hub) elementOf(ctx context.Context, in turnstone.Instance) (*element.Element, error) {
	el, err := h.Elements.OfInstance(ctx, in)
	if errors.Is(err, turnstone.ErrNotFound) {
		return nil, fmt.Errorf("instance %d: element %q is not in the catalogue any more", in.ID, in.Element)
	}
	return el, err
}

// keepsNulls reports whether the instance wants null members in its records.
func keepsNulls(in turnstone.Instance) bool {
	return strings.EqualFold(strings.TrimSpace(in.Configuration[turnstone.KeyFilterNulls]), "false")
}
