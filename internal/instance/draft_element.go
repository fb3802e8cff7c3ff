package instance

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"turnstone"
	"turnstone/internal/element"
)

// chooseElement finds the element of a new instance, and keeps that of another.
func (d *draft) chooseElement(ctx context.Context, elements element.Finder, ref *ElementRef) error {
	if d.ID != 0 {
		return d.keepElement(ctx, elements, ref)
	}
	if ref == nil || (ref.Key == "" && ref.ID == 0) {
		d.problems.add("element", `is missing; write {"key": %q}`, d.firstKey(ctx, elements))
		return nil
	}
	var err error
	if d.el, err = d.lookup(ctx, elements, ref); d.el != nil {
		d.Element = d.el.Key
	}
	return err
}

// checkActive refuses a new instance of an element that takes none.
func (d *draft) checkActive(ctx context.Context, s *Instances) error {
	if d.ID != 0 || s.Active == nil {
		return nil
	}
	active, err := s.Active(ctx, d.AccountID, d.el)
	if err == nil && !active {
		d.problems.add("element", "%s is deactivated; activate it with PUT /elements/%[1]s/active, or take another", d.el.Key)
	}
	return err
}

// completeElement adds what the configuration, as it is now, declares of the element.
func (d *draft) completeElement(ctx context.Context, elements element.Finder) error {
	if d.el.ResourcesFrom == "" || d.value(d.el.ResourcesFrom) == "" { // which is missed elsewhere
		return nil
	}
	el, err := elements.OfInstance(ctx, d.Instance)
	if wrong, ok := errors.AsType[*element.ConfigurationError](err); ok {
		d.problems.add(path(wrong.Key), "%s", wrong.Problem)
		return nil
	}
	if err == nil {
		d.el = el
	}
	return err
}

// keepElement keeps the element of an instance, or moves the instance to one that sends
// its credential to the same hosts, such as a clone: it must not reach another vendor.
func (d *draft) keepElement(ctx context.Context, elements element.Finder, ref *ElementRef) error {
	el, err := elements.OfInstance(ctx, d.Instance)
	if _, wrong := errors.AsType[*element.ConfigurationError](err); wrong { // it may be what is put right now
		el, err = elements.Find(ctx, d.AccountID, d.Element)
	}
	if errors.Is(err, turnstone.ErrNotFound) {
		d.problems.add("element", "%q is no longer in the catalogue; add its file and start again", d.Element)
		return nil
	}
	if err != nil {
		return err
	}
	d.el = el
	if ref == nil || (ref.Key == "" && ref.ID == 0) {
		return nil
	}
	other, err := d.lookup(ctx, elements, ref)
	if other == nil || other.Key == el.Key {
		return err
	}
	if !sameVendor(el, other) {
		d.problems.add("element", "is %q, which talks to other hosts than %q or in another way; create another instance for it", other.Key, el.Key)
		return nil
	}
	d.el, d.Element = other, other.Key
	return nil
}

// sameVendor reports whether a credential of one element can be used by another, and goes
// nowhere else then.
func sameVendor(a, b *element.Element) bool {
	hosts := func(el *element.Element) []string { return slices.Compact(slices.Sorted(slices.Values(el.Hosts))) }
	return len(a.Hosts) > 0 && slices.Equal(hosts(a), hosts(b)) && a.Authenticator.Type == b.Authenticator.Type
}

// lookup returns the element that ref names; nil, with a problem, if there is none.
func (d *draft) lookup(ctx context.Context, elements element.Finder, ref *ElementRef) (*element.Element, error) {
	field, name := "element.key", ref.Key
	if name == "" {
		field, name = "element.id", strconv.FormatInt(ref.ID, 10)
	}
	el, err := elements.Find(ctx, d.AccountID, name)
	if errors.Is(err, turnstone.ErrNotFound) {
		d.problems.add(field, "%s is not in the catalogue; GET /elements lists what is, such as %q", excerpt(name), d.firstKey(ctx, elements))
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if ref.ID != 0 && ref.ID != el.ID {
		d.problems.add("element.id", "is %d, and that of %q is %d; write one of key and id", ref.ID, el.Key, el.ID)
	}
	return el, nil
}

// firstKey returns the key of an element, for use as an example.
func (d *draft) firstKey(ctx context.Context, elements element.Finder) string {
	all, err := elements.Elements(ctx, d.AccountID)
	if err != nil || len(all) == 0 {
		return ""
	}
	return all[0].Key
}
