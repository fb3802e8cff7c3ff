package commonresource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"turnstone"
	"turnstone/internal/element"
)

// Definitions keeps definitions. Its methods are called from many goroutines.
type Definitions interface {
	// CreateDefinition returns turnstone.ErrConflict if there is one of that name.
	CreateDefinition(ctx context.Context, d turnstone.ObjectDefinition) error
	// ReplaceDefinition returns turnstone.ErrNotFound if there is none of that name.
	ReplaceDefinition(ctx context.Context, d turnstone.ObjectDefinition) error
	DeleteDefinitions(ctx context.Context, f turnstone.CommonFilter) (int64, error)
	// Definitions returns them by instance and name.
	Definitions(ctx context.Context, f turnstone.CommonFilter) ([]turnstone.ObjectDefinition, error)
}

// Transformations keeps transformations. Its methods are called from many goroutines.
type Transformations interface {
	// CreateTransformation returns turnstone.ErrConflict if there is one of that name.
	CreateTransformation(ctx context.Context, t turnstone.Transformation) error
	// ReplaceTransformation returns turnstone.ErrNotFound if there is none of that name.
	ReplaceTransformation(ctx context.Context, t turnstone.Transformation) error
	DeleteTransformations(ctx context.Context, f turnstone.CommonFilter) (int64, error)
	// Transformations returns them by instance, element and name.
	Transformations(ctx context.Context, f turnstone.CommonFilter) ([]turnstone.Transformation, error)
}

// Resources are the common resources of all accounts. Its fields are set once; its
// methods may be called from many goroutines.
type Resources struct {
	Definitions     Definitions
	Transformations Transformations
	Elements        element.Finder
}

// Scope is where a definition or a transformation belongs: to an instance, or to an
// account, and there a transformation to an element.
type Scope struct {
	AccountID  int64
	InstanceID int64            // 0: to the account
	Element    *element.Element // of the instance, or of a transformation of the account
}

// ScopeOf returns the scope of an instance.
func (r *Resources) ScopeOf(ctx context.Context, in turnstone.Instance) (Scope, error) {
	el, err := r.Elements.OfInstance(ctx, in)
	if err != nil {
		return Scope{}, fmt.Errorf("find the element of instance %d: %w", in.ID, err)
	}
	return Scope{AccountID: in.AccountID, InstanceID: in.ID, Element: el}, nil
}

// own returns the filter of what belongs to the scope itself.
func (s Scope) own(name string) turnstone.CommonFilter {
	return turnstone.CommonFilter{AccountID: s.AccountID, From: s.InstanceID, To: s.InstanceID, Name: name}
}

// seen returns the filter of what counts in the scope: for an instance, also what
// belongs to its account.
func (s Scope) seen(name string) turnstone.CommonFilter {
	f := s.own(name)
	f.Wide = true
	return f
}

// ofElement adds the element to a filter of transformations.
func (s Scope) ofElement(f turnstone.CommonFilter) turnstone.CommonFilter {
	if s.Element != nil {
		f.Element = s.Element.Key
	}
	return f
}

// Define stores a definition. The error is transform.Problems if it makes no sense;
// it wraps turnstone.ErrConflict if there is one of its name.
func (r *Resources) Define(ctx context.Context, s Scope, d turnstone.ObjectDefinition) error {
	d.AccountID, d.InstanceID = s.AccountID, s.InstanceID
	if err := checkDefinition(d); err != nil {
		return err
	}
	return r.Definitions.CreateDefinition(ctx, d)
}

// Redefine stores a definition in the place of the one of its name. The error is
// Define's, and wraps turnstone.ErrNotFound if there is none.
func (r *Resources) Redefine(ctx context.Context, s Scope, d turnstone.ObjectDefinition) error {
	d.AccountID, d.InstanceID = s.AccountID, s.InstanceID
	if err := checkDefinition(d); err != nil {
		return err
	}
	return r.Definitions.ReplaceDefinition(ctx, d)
}

// Undefine removes a definition of the scope; without a name, all of them. The error
// wraps turnstone.ErrNotFound if there is none.
func (r *Resources) Undefine(ctx context.Context, s Scope, name string) error {
	n, err := r.Definitions.DeleteDefinitions(ctx, s.own(name))
	return orMissing(n, err)
}

// Defined returns the definitions that count in a scope, by name; only the one with a
// name, unless that is empty.
func (r *Resources) Defined(ctx context.Context, s Scope, name string) ([]turnstone.ObjectDefinition, error) {
	list, err := r.Definitions.Definitions(ctx, s.seen(name))
	if err != nil {
		return nil, err
	}
	return effective(list, func(d turnstone.ObjectDefinition) (string, int64) { return d.Name, d.InstanceID }), nil
}

// place returns a transformation as one of the scope. One of an instance needs no
// element.
func (s Scope) place(t turnstone.Transformation) turnstone.Transformation {
	t.AccountID, t.InstanceID, t.Element = s.AccountID, s.InstanceID, ""
	if s.InstanceID == 0 {
		t.Element = s.Element.Key
	}
	return t
}

// Transform stores a transformation. The error is transform.Problems if it cannot be
// carried out; it wraps turnstone.ErrConflict if there is one of its name.
func (r *Resources) Transform(ctx context.Context, s Scope, t turnstone.Transformation) error {
	t = s.place(t)
	if err := checkTransformation(s.Element, t); err != nil {
		return err
	}
	return r.Transformations.CreateTransformation(ctx, t)
}

// Retransform stores a transformation in the place of the one of its name. The error
// is Transform's, and wraps turnstone.ErrNotFound if there is none.
func (r *Resources) Retransform(ctx context.Context, s Scope, t turnstone.Transformation) error {
	t = s.place(t)
	if err := checkTransformation(s.Element, t); err != nil {
		return err
	}
	return r.Transformations.ReplaceTransformation(ctx, t)
}

// Untransform removes a transformation of the scope; without a name, all of them. The
// error wraps turnstone.ErrNotFound if there is none.
func (r *Resources) Untransform(ctx context.Context, s Scope, name string) error {
	n, err := r.Transformations.DeleteTransformations(ctx, s.ofElement(s.own(name)))
	return orMissing(n, err)
}

// Transformed returns the transformations that count in a scope, by name; only the
// one with a name, unless that is empty.
func (r *Resources) Transformed(ctx context.Context, s Scope, name string) ([]turnstone.Transformation, error) {
	list, err := r.Transformations.Transformations(ctx, s.ofElement(s.seen(name)))
	if err != nil {
		return nil, err
	}
	return effective(list, func(t turnstone.Transformation) (string, int64) { return t.Name, t.InstanceID }), nil
}

// Named returns the transformations of an account that are called name, whatever their
// element; those of its instances are left out.
func (r *Resources) Named(ctx context.Context, accountID int64, name string) ([]turnstone.Transformation, error) {
	return r.Transformations.Transformations(ctx, turnstone.CommonFilter{AccountID: accountID, Name: name})
}

// Applied returns the transformations that count for each of some instances of one
// account, by the instance's id.
func (r *Resources) Applied(ctx context.Context, list []turnstone.Instance) (map[int64][]turnstone.Transformation, error) {
	if len(list) == 0 {
		return nil, nil
	}
	f := turnstone.CommonFilter{AccountID: list[0].AccountID, From: list[0].ID, To: list[0].ID, Wide: true}
	for _, in := range list {
		f.From, f.To = min(f.From, in.ID), max(f.To, in.ID)
	}
	all, err := r.Transformations.Transformations(ctx, f)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	applied := make(map[int64][]turnstone.Transformation)
	for _, in := range list {
		var own []turnstone.Transformation
		for _, t := range all {
			if t.InstanceID == in.ID || t.InstanceID == 0 && t.Element == in.Element {
				own = append(own, t)
			}
		}
		applied[in.ID] = effective(own, func(t turnstone.Transformation) (string, int64) { return t.Name, t.InstanceID })
	}
	return applied, nil
}

// effective returns one of each name, that of an instance before that of the account,
// sorted by name.
func effective[T any](list []T, key func(T) (name string, instance int64)) []T {
	slices.SortStableFunc(list, func(a, b T) int {
		nameA, instanceA := key(a)
		nameB, instanceB := key(b)
		if c := strings.Compare(nameA, nameB); c != 0 {
			return c
		}
		return int(min(max(instanceB-instanceA, -1), 1))
	})
	return slices.CompactFunc(list, func(a, b T) bool {
		nameA, _ := key(a)
		nameB, _ := key(b)
		return nameA == nameB
	})
}

func orMissing(n int64, err error) error {
	if err == nil && n == 0 {
		return turnstone.ErrNotFound
	}
	return err
}
