package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// nameThings gives an account a definition and a transformation of its own, and an
// instance of it one of each.
func nameThings(t *testing.T, db *store.DB, in turnstone.Instance) {
	t.Helper()
	m := db.Mappings()
	for _, instance := range []int64{0, in.ID} {
		if err := m.CreateDefinition(t.Context(), definition(in, instance)); err != nil {
			t.Fatal(err)
		}
		if err := m.CreateTransformation(t.Context(), transformation(in, instance)); err != nil {
			t.Fatal(err)
		}
	}
}

func definition(in turnstone.Instance, instance int64) turnstone.ObjectDefinition {
	return turnstone.ObjectDefinition{
		AccountID: in.AccountID, InstanceID: instance, Name: "spendings",
		Fields: []turnstone.ObjectField{{Path: "lines[*].id", Type: "string"}, {Path: "Ärger"}},
	}
}

// transformation returns one of an instance, or of its account and element.
func transformation(in turnstone.Instance, instance int64) turnstone.Transformation {
	tr := turnstone.Transformation{AccountID: in.AccountID, InstanceID: instance, Name: "spendings", Mapping: turnstone.Mapping{
		VendorName: "reports", Strict: true, Fields: []turnstone.MappedField{{Path: "id", VendorPath: "ID", Type: "string", VendorType: "text"}},
	}}
	if instance == 0 {
		tr.Element = in.Element
	}
	return tr
}

func TestMappingsAreFoundByAccountInstanceAndName(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		in, other := storetest.Instance(t, db, 1), storetest.Instance(t, db, 2)
		nameThings(t, db, in)
		nameThings(t, db, other)
		tests := map[string]struct {
			filter turnstone.CommonFilter
			want   []turnstone.Transformation
		}{
			"of the account":   {turnstone.CommonFilter{Element: "concur"}, []turnstone.Transformation{transformation(in, 0)}},
			"of the instance":  {turnstone.CommonFilter{From: in.ID, To: in.ID}, []turnstone.Transformation{transformation(in, in.ID)}},
			"of both":          {turnstone.CommonFilter{From: in.ID, To: in.ID, Wide: true, Element: "concur"}, []turnstone.Transformation{transformation(in, 0), transformation(in, in.ID)}},
			"another element":  {turnstone.CommonFilter{From: in.ID, To: in.ID, Wide: true, Element: "other"}, []turnstone.Transformation{transformation(in, in.ID)}},
			"by name":          {turnstone.CommonFilter{Name: "spendings"}, []turnstone.Transformation{transformation(in, 0)}},
			"by another name":  {turnstone.CommonFilter{Name: "x", From: 0, To: in.ID}, nil},
			"another instance": {turnstone.CommonFilter{From: other.ID, To: other.ID}, nil},
		}
		for name, tt := range tests {
			tt.filter.AccountID = in.AccountID
			got, err := db.Mappings().Transformations(t.Context(), tt.filter)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" && len(got)+len(tt.want) > 0 {
				t.Errorf("%s: Transformations (-want +got):\n%s", name, diff)
			}
		}
		got, err := db.Mappings().Definitions(t.Context(), turnstone.CommonFilter{AccountID: in.AccountID, From: in.ID, To: in.ID, Wide: true})
		if diff := cmp.Diff([]turnstone.ObjectDefinition{definition(in, 0), definition(in, in.ID)}, got); err != nil || diff != "" {
			t.Errorf("Definitions = %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestANameIsGivenOnce(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		in := storetest.Instance(t, db, 1)
		m := db.Mappings()
		nameThings(t, db, in)
		if err := m.CreateDefinition(t.Context(), definition(in, in.ID)); !errors.Is(err, turnstone.ErrConflict) {
			t.Errorf("CreateDefinition again = %v, want ErrConflict", err)
		}
		if err := m.CreateTransformation(t.Context(), transformation(in, 0)); !errors.Is(err, turnstone.ErrConflict) {
			t.Errorf("CreateTransformation again = %v, want ErrConflict", err)
		}
		if err := m.CreateTransformation(t.Context(), transformation(in, 99)); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("CreateTransformation of no instance = %v, want ErrNotFound", err)
		}
		foreign := definition(in, in.ID)
		foreign.AccountID++
		if err := m.CreateDefinition(t.Context(), foreign); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("CreateDefinition in another account = %v, want ErrNotFound", err)
		}
		if err := m.ReplaceDefinition(t.Context(), foreign); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("ReplaceDefinition in another account = %v, want ErrNotFound", err)
		}
	})
}

func TestMappingsAreReplacedAndRemovedOneByOne(t *testing.T) { //nolint:cyclop // one story from its begin to its end
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		in := storetest.Instance(t, db, 1)
		m := db.Mappings()
		nameThings(t, db, in)
		tr, d := transformation(in, in.ID), definition(in, in.ID)
		tr.Mapping.VendorName, d.Fields = "expenses", nil
		if err := errors.Join(m.ReplaceTransformation(t.Context(), tr), m.ReplaceDefinition(t.Context(), d)); err != nil {
			t.Fatal(err)
		}
		own := turnstone.CommonFilter{AccountID: in.AccountID, From: in.ID, To: in.ID, Name: "spendings"}
		if got, err := m.Transformations(t.Context(), own); err != nil || len(got) != 1 || got[0].Mapping.VendorName != "expenses" {
			t.Errorf("Transformations = %v, %v, want the new one", got, err)
		}
		n, err := m.DeleteTransformations(t.Context(), own)
		if again, _ := m.DeleteTransformations(t.Context(), own); err != nil || n != 1 || again != 0 {
			t.Errorf("DeleteTransformations = %d, %v, then %d, want 1 and 0", n, err, again)
		}
		if err := m.ReplaceTransformation(t.Context(), tr); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("ReplaceTransformation of none = %v, want ErrNotFound", err)
		}
		if n, err := m.DeleteDefinitions(t.Context(), own); err != nil || n != 1 {
			t.Errorf("DeleteDefinitions = %d, %v, want 1", n, err)
		}
		left, err := m.Transformations(t.Context(), turnstone.CommonFilter{AccountID: in.AccountID, To: in.ID})
		if err != nil || len(left) != 1 || left[0].InstanceID != 0 {
			t.Errorf("Transformations = %v, %v, want the account's alone", left, err)
		}
	})
}

func TestAnInstanceTakesItsMappingsWithIt(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		in := storetest.Instance(t, db, 1)
		nameThings(t, db, in)
		if err := db.DeleteInstance(t.Context(), in.AccountID, in.ID); err != nil {
			t.Fatal(err)
		}
		all := turnstone.CommonFilter{AccountID: in.AccountID, To: in.ID}
		transformations, err := db.Mappings().Transformations(t.Context(), all)
		if err != nil || len(transformations) != 1 {
			t.Errorf("Transformations = %v, %v, want the account's alone", transformations, err)
		}
		definitions, err := db.Mappings().Definitions(t.Context(), all)
		if err != nil || len(definitions) != 1 {
			t.Errorf("Definitions = %v, %v, want the account's alone", definitions, err)
		}
	})
}
