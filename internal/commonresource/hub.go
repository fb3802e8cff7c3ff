package commonresource

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/transform"
)

// VendorHub answers hub calls under the vendor's names.
type VendorHub interface {
	Reader
	Create(ctx context.Context, in turnstone.Instance, ref hub.Ref, body []byte) (json.RawMessage, error)
	Update(ctx context.Context, in turnstone.Instance, ref hub.Ref, body []byte) (json.RawMessage, error)
	Delete(ctx context.Context, in turnstone.Instance, ref hub.Ref) (json.RawMessage, error)
}

// Reader is what reads of a VendorHub.
type Reader interface {
	List(ctx context.Context, in turnstone.Instance, r hub.Request) (hub.Page, error)
	Retrieve(ctx context.Context, in turnstone.Instance, ref hub.Ref) (json.RawMessage, error)
	Exists(ctx context.Context, in turnstone.Instance, ref hub.Ref) (bool, error)
}

// Hub answers hub calls, and polls, for common resources as for all others. Its fields
// are set once; its methods may be called from many goroutines, and return the errors
// of the VendorHub's, and those of reading the transformations.
type Hub struct {
	Vendor    VendorHub
	Resources *Resources
}

// behind is what stands behind a common resource.
type behind struct {
	resource string // the vendor's; empty: the name is that of no common resource
	mapping  transform.Mapping
}

// behind finds out what stands behind the name of a resource. Background says that a
// poll asks, for which the element's own resources go first.
func (h *Hub) behind(ctx context.Context, in turnstone.Instance, name string, background bool) (behind, error) {
	if strings.Contains(name, "/") {
		return behind{}, nil // names have one segment
	}
	scope, err := h.Resources.ScopeOf(ctx, in)
	if err != nil {
		return behind{}, err
	}
	if _, own := scope.Element.Resource(name); own && background {
		return behind{}, nil
	}
	found, err := h.Resources.Transformed(ctx, scope, name)
	if err != nil || len(found) == 0 {
		return behind{}, err
	}
	mapping, err := transform.Compile(found[0].Mapping)
	return behind{found[0].Mapping.VendorName, mapping}, err
}

// List returns one page of a resource's records.
func (h *Hub) List(ctx context.Context, in turnstone.Instance, r hub.Request) (hub.Page, error) {
	b, err := h.behind(ctx, in, r.Resource, r.Background)
	if err != nil {
		return hub.Page{}, err
	}
	if b.resource == "" {
		return h.Vendor.List(ctx, in, r)
	}
	fields := r.Fields
	r.Resource, r.Fields, r.OrderBy, r.Where = b.resource, nil, b.mapping.OrderBy(r.OrderBy), b.where(r.Where)
	page, err := h.Vendor.List(ctx, in, r)
	for i, record := range page.Records {
		page.Records[i] = transform.Select(b.mapping.ToCommon(record), fields)
	}
	return page, err
}

// where returns a where clause under the vendor's names. One that cannot be read is
// returned as it is: the hub says what is wrong with it.
func (b behind) where(where string) string {
	renamed, err := b.mapping.Where(where)
	if err != nil {
		return where
	}
	return renamed
}

// ref returns what a call names, under the vendor's names, and the members that it
// wants to see.
func (b behind) ref(ref hub.Ref) (vendor hub.Ref, members []string) {
	ref.Resource, ref.Query = b.resource, maps.Clone(ref.Query)
	if where := ref.Query["where"]; where != "" {
		ref.Query["where"] = b.where(where)
	}
	if fields := ref.Query["fields"]; fields != "" {
		for name := range strings.SplitSeq(fields, ",") {
			members = append(members, strings.TrimSpace(name))
		}
		delete(ref.Query, "fields")
	}
	return ref, members
}

// Retrieve returns one record.
func (h *Hub) Retrieve(ctx context.Context, in turnstone.Instance, ref hub.Ref) (json.RawMessage, error) {
	return h.one(ctx, in, ref, func(ref hub.Ref, _ behind) (json.RawMessage, error) {
		return h.Vendor.Retrieve(ctx, in, ref)
	})
}

// Create makes a record of body, and returns the vendor's answer.
func (h *Hub) Create(ctx context.Context, in turnstone.Instance, ref hub.Ref, body []byte) (json.RawMessage, error) {
	return h.one(ctx, in, ref, func(ref hub.Ref, b behind) (json.RawMessage, error) {
		return h.Vendor.Create(ctx, in, ref, b.mapping.ToVendor(body))
	})
}

// Update changes the members of a record that body holds, and returns the vendor's
// answer.
func (h *Hub) Update(ctx context.Context, in turnstone.Instance, ref hub.Ref, body []byte) (json.RawMessage, error) {
	return h.one(ctx, in, ref, func(ref hub.Ref, b behind) (json.RawMessage, error) {
		return h.Vendor.Update(ctx, in, ref, b.mapping.ToVendor(body))
	})
}

// Delete deletes a record, and returns the vendor's answer.
func (h *Hub) Delete(ctx context.Context, in turnstone.Instance, ref hub.Ref) (json.RawMessage, error) {
	return h.one(ctx, in, ref, func(ref hub.Ref, _ behind) (json.RawMessage, error) {
		return h.Vendor.Delete(ctx, in, ref)
	})
}

// one does something with one record, and returns the answer under the account's
// names.
func (h *Hub) one(ctx context.Context, in turnstone.Instance, ref hub.Ref, do func(hub.Ref, behind) (json.RawMessage, error)) (json.RawMessage, error) {
	b, err := h.behind(ctx, in, ref.Resource, ref.Background)
	if err != nil {
		return nil, err
	}
	if b.resource == "" {
		return do(ref, behind{})
	}
	ref, members := b.ref(ref)
	record, err := do(ref, b)
	if err != nil {
		return nil, err
	}
	return transform.Select(b.mapping.ToCommon(record), members), nil
}

// Exists reports whether the vendor still has a record.
func (h *Hub) Exists(ctx context.Context, in turnstone.Instance, ref hub.Ref) (bool, error) {
	b, err := h.behind(ctx, in, ref.Resource, ref.Background)
	if err != nil {
		return false, err
	}
	if b.resource != "" {
		ref.Resource = b.resource
	}
	return h.Vendor.Exists(ctx, in, ref)
}

// Served is a common resource, and the resource that its transformation makes of the
// vendor's.
type Served struct {
	Transformation turnstone.Transformation
	Resource       element.Resource
}

// Served returns the common resources of an instance, by name. Those of which the
// element has lost the vendor's resource are left out.
func (r *Resources) Served(ctx context.Context, s Scope) ([]Served, error) {
	found, err := r.Transformed(ctx, s, "")
	if err != nil {
		return nil, err
	}
	var served []Served
	for _, t := range found {
		resource, known := vendorResource(s.Element, t.Mapping.VendorName)
		if !known {
			continue
		}
		mapping, err := transform.Compile(t.Mapping)
		if err != nil {
			return nil, err
		}
		served = append(served, Served{t, mapping.Resource(t.Name, *resource)})
	}
	return served, nil
}

// Extended returns the element of an instance with the common resources that count for
// the instance and are not called as one of the element's own. Without any it is the
// element itself.
func (r *Resources) Extended(ctx context.Context, in turnstone.Instance, el *element.Element) (*element.Element, error) {
	served, err := r.Served(ctx, Scope{AccountID: in.AccountID, InstanceID: in.ID, Element: el})
	if err != nil || len(served) == 0 {
		return el, err
	}
	extended := *el
	extended.Resources = slices.Clone(el.Resources)
	for _, s := range served {
		if _, own := el.Resource(s.Resource.Name); !own {
			extended.Resources = append(extended.Resources, s.Resource)
		}
	}
	return &extended, nil
}

// CommonName returns what an instance calls a resource of its vendor, and the mapping
// that makes it so: of several, the first by name. The name is empty if it has none
// for it.
func (r *Resources) CommonName(ctx context.Context, in turnstone.Instance, resource string) (string, transform.Mapping, error) {
	scope, err := r.ScopeOf(ctx, in)
	if err != nil {
		return "", transform.Mapping{}, err
	}
	found, err := r.Transformed(ctx, scope, "")
	if err != nil {
		return "", transform.Mapping{}, err
	}
	for _, t := range found {
		if t.Mapping.VendorName == resource {
			mapping, err := transform.Compile(t.Mapping)
			return t.Name, mapping, err
		}
	}
	return "", transform.Mapping{}, nil
}
