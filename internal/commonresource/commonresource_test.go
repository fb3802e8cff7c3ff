package commonresource_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/commonresource"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/store/storetest"
	"turnstone/internal/transform"
)

// vendor is a hub that answers under its own names, and notes what it was asked.
type vendor struct {
	asked   []string
	written string
}

const record = `{"ID":"R1","Name":"Lunch","Total":12.50}`

func (v *vendor) ask(format string, args ...any) {
	v.asked = append(v.asked, fmt.Sprintf(format, args...))
}

func (v *vendor) List(_ context.Context, _ turnstone.Instance, r hub.Request) (hub.Page, error) {
	v.ask("list %s where %s order %s", r.Resource, r.Where, r.OrderBy)
	return hub.Page{Records: []json.RawMessage{json.RawMessage(record)}, Next: "next"}, nil
}

func (v *vendor) Retrieve(_ context.Context, _ turnstone.Instance, ref hub.Ref) (json.RawMessage, error) {
	v.ask("retrieve %s %s %v", ref.Resource, ref.ID, ref.Query)
	return json.RawMessage(record), nil
}

func (v *vendor) Exists(_ context.Context, _ turnstone.Instance, ref hub.Ref) (bool, error) {
	v.ask("exists %s %s", ref.Resource, ref.ID)
	return true, nil
}

func (v *vendor) Create(_ context.Context, _ turnstone.Instance, ref hub.Ref, body []byte) (json.RawMessage, error) {
	v.ask("create %s", ref.Resource)
	v.written = string(body)
	return json.RawMessage(`{"ID":"R2"}`), nil
}

func (v *vendor) Update(_ context.Context, _ turnstone.Instance, ref hub.Ref, body []byte) (json.RawMessage, error) {
	v.ask("update %s %s", ref.Resource, ref.ID)
	v.written = string(body)
	return nil, nil
}

func (v *vendor) Delete(_ context.Context, _ turnstone.Instance, ref hub.Ref) (json.RawMessage, error) {
	v.ask("delete %s %s", ref.Resource, ref.ID)
	return nil, nil
}

// finder has one element.
type finder struct{ el *element.Element }

func (f finder) Find(context.Context, int64, string) (*element.Element, error) { return f.el, nil }

func (f finder) OfInstance(context.Context, turnstone.Instance) (*element.Element, error) {
	return f.el, nil
}

func (f finder) Elements(context.Context, int64) ([]*element.Element, error) {
	return []*element.Element{f.el}, nil
}

// world is an instance of an element with reports and receipts, which calls reports
// spendings, and something else receipts.
type world struct {
	*commonresource.Hub
	vendor *vendor
	in     turnstone.Instance
	el     *element.Element
}

func newWorld(t *testing.T) world {
	t.Helper()
	db := storetest.Open(t)
	el := &element.Element{Key: "concur", Name: "Concur", Resources: []element.Resource{
		{Name: "reports", PrimaryKey: "ID", Retriever: &element.Retriever{}},
		{Name: "receipts", PrimaryKey: "ID", Retriever: &element.Retriever{}},
		{Name: "reports/{reportId}/lines", PrimaryKey: "ID", Retriever: &element.Retriever{}},
	}}
	r := &commonresource.Resources{Definitions: db.Mappings(), Transformations: db.Mappings(), Elements: finder{el}}
	w := world{vendor: &vendor{}, in: storetest.Instance(t, db, 1), el: el}
	w.Hub = &commonresource.Hub{Vendor: w.vendor, Resources: r}
	w.name(t, "spendings", "reports")
	w.name(t, "receipts", "reports")
	return w
}

// name gives a resource of the vendor a name in the instance.
func (w world) name(t *testing.T, name, vendorName string) {
	t.Helper()
	err := w.Resources.Transform(t.Context(), w.scope(), turnstone.Transformation{Name: name, Mapping: turnstone.Mapping{
		VendorName: vendorName, Fields: []turnstone.MappedField{{Path: "id", VendorPath: "ID"}, {Path: "what.title", VendorPath: "Name"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func (w world) scope() commonresource.Scope {
	return commonresource.Scope{AccountID: w.in.AccountID, InstanceID: w.in.ID, Element: w.el}
}

func TestListsAreAskedForAndShownUnderTheNamesOfEach(t *testing.T) {
	w := newWorld(t)
	page, err := w.List(t.Context(), w.in, hub.Request{
		Resource: "spendings", Where: "what.title = 'x'", OrderBy: "id desc", Fields: []string{"id", "Total"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(page.Records[0]); got != `{"Total":12.50,"id":"R1"}` || page.Next != "next" {
		t.Errorf("List = %s, %q, want the id and the total, and the next page", got, page.Next)
	}
	if want := []string{"list reports where Name = 'x' order ID desc"}; !cmp.Equal(w.vendor.asked, want) {
		t.Errorf("asked %q, want %q", w.vendor.asked, want)
	}
	w.vendor.asked = nil
	if _, err := w.List(t.Context(), w.in, hub.Request{Resource: "spendings", Where: "id ="}); err != nil || w.vendor.asked[0] != "list reports where id = order " {
		t.Errorf("List = %v, asked %q, want the vendor's hub to say what is wrong with half a clause", err, w.vendor.asked)
	}
}

func TestSingleRecordsAreReadAndWrittenUnderTheNamesOfEach(t *testing.T) {
	w := newWorld(t)
	ref := hub.Ref{Resource: "spendings", ID: "R1", Query: map[string]string{"fields": "what, id", "where": "id = 'R1'", "user": "u"}}
	got, err := w.Retrieve(t.Context(), w.in, ref)
	if err != nil || string(got) != `{"id":"R1","what":{"title":"Lunch"}}` {
		t.Errorf("Retrieve = %s, %v, want what and id", got, err)
	}
	if got, err := w.Create(t.Context(), w.in, hub.Ref{Resource: "spendings"}, []byte(`{"what":{"title":"New"},"Total":1.0}`)); err != nil || string(got) != `{"id":"R2"}` {
		t.Errorf("Create = %s, %v, want the id", got, err)
	}
	if w.vendor.written != `{"Total":1.0,"Name":"New"}` {
		t.Errorf("written = %s, want the vendor's names", w.vendor.written)
	}
	w.checkOthers(t, ref)
	want := []string{"retrieve reports R1 map[user:u where:ID = 'R1']", "create reports", "update reports R1", "delete reports R1", "exists reports R1"}
	if diff := cmp.Diff(want, w.vendor.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if ref.Query["fields"] == "" {
		t.Error("the caller's query was changed")
	}
}

// checkOthers calls what shows no record.
func (w world) checkOthers(t *testing.T, ref hub.Ref) {
	t.Helper()
	if _, err := w.Update(t.Context(), w.in, ref, []byte(`{"id":"R9"}`)); err != nil || w.vendor.written != `{"ID":"R9"}` {
		t.Errorf("Update = %v, written %s, want the vendor's names", err, w.vendor.written)
	}
	if _, err := w.Delete(t.Context(), w.in, ref); err != nil {
		t.Error(err)
	}
	if there, err := w.Exists(t.Context(), w.in, ref); !there || err != nil {
		t.Errorf("Exists = %v, %v, want true", there, err)
	}
}

func TestPollsAreNotDisturbedByACommonName(t *testing.T) {
	w := newWorld(t)
	for _, r := range []hub.Request{
		{Resource: "receipts"},
		{Resource: "receipts", Background: true},
		{Resource: "spendings", Background: true},
		{Resource: "reports/1/lines"},
		{Resource: "nobody"},
	} {
		if _, err := w.List(t.Context(), w.in, r); err != nil {
			t.Fatal(err)
		}
	}
	want := "reports receipts reports reports/1/lines nobody"
	var got []string
	for _, asked := range w.vendor.asked {
		got = append(got, strings.Fields(asked)[1])
	}
	if strings.Join(got, " ") != want {
		t.Errorf("asked for %v, want %s", got, want)
	}
	extended, err := w.Resources.Extended(t.Context(), w.in, w.el)
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := extended.Resource("receipts"); r.PrimaryKey != "ID" {
		t.Errorf("receipts = %+v, want the element's own", r)
	}
	if r, known := extended.Resource("spendings"); !known || r.PrimaryKey != "id" {
		t.Errorf("spendings = %+v, %v, want the common resource", r, known)
	}
	if len(w.el.Resources) != 3 {
		t.Error("the element was changed")
	}
}

func TestTheNameOfAVendorsResourceIsFound(t *testing.T) {
	w := newWorld(t)
	name, mapping, err := w.Resources.CommonName(t.Context(), w.in, "reports")
	if err != nil || name != "receipts" || string(mapping.ToCommon([]byte(`{"ID":1}`))) != `{"id":1}` {
		t.Errorf("CommonName = %s, %v, want receipts, the first by name", name, err)
	}
	if name, _, err := w.Resources.CommonName(t.Context(), w.in, "receipts"); name != "" || err != nil {
		t.Errorf("CommonName of receipts = %s, %v, want none", name, err)
	}
}

func TestATransformationThatLostItsResourceIsPassedOver(t *testing.T) {
	w := newWorld(t)
	w.el.Resources = w.el.Resources[1:]
	served, err := w.Resources.Served(t.Context(), w.scope())
	if err != nil || len(served) != 0 {
		t.Errorf("Served = %v, %v, want none", served, err)
	}
	if el, err := w.Resources.Extended(t.Context(), w.in, w.el); el != w.el || err != nil {
		t.Errorf("Extended = %p, %v, want the element itself, %p", el, err, w.el)
	}
}

func TestTransformationsOfManyInstancesAreReadAtOnce(t *testing.T) {
	w := newWorld(t)
	account := commonresource.Scope{AccountID: w.in.AccountID, Element: w.el}
	for _, name := range []string{"spendings", "wide"} {
		err := w.Resources.Transform(t.Context(), account, turnstone.Transformation{Name: name, Mapping: turnstone.Mapping{VendorName: "receipts"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	second := turnstone.Instance{ID: w.in.ID + 5, AccountID: w.in.AccountID, Element: "concur"}
	third := turnstone.Instance{ID: w.in.ID + 9, AccountID: w.in.AccountID, Element: "another"}
	applied, err := w.Resources.Applied(t.Context(), []turnstone.Instance{third, w.in, second})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[int64]string)
	for id, list := range applied {
		for _, tr := range list {
			got[id-w.in.ID] += tr.Name + "=" + tr.Mapping.VendorName + " "
		}
	}
	want := map[int64]string{0: "receipts=reports spendings=reports wide=receipts ", 5: "spendings=receipts wide=receipts "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Applied (-want +got):\n%s", diff)
	}
	if none, err := w.Resources.Applied(t.Context(), nil); none != nil || err != nil {
		t.Errorf("Applied of nobody = %v, %v, want nothing", none, err)
	}
}

func TestWhatCannotBeNamedIsRefused(t *testing.T) {
	w := newWorld(t)
	tests := map[string]struct {
		name, vendor, want string
	}{
		"no name":         {"", "reports", "is no name of a common resource"},
		"dots":            {"..", "reports", "is no name"},
		"a path":          {"a/b", "reports", "is no name"},
		"a long name":     {strings.Repeat("a", 101), "reports", "at most 100"},
		"a taken name":    {"objects", "reports", "choose another name"},
		"an open path":    {"x", "reports/{reportId}/lines", "is no resource of Concur"},
		"a typo":          {"x", "report", "did you mean reports?"},
		"no vendor name":  {"x", "", "vendorName: is missing"},
		"a common vendor": {"x", "spendings", "is no resource of Concur"},
	}
	for name, tt := range tests {
		err := w.Resources.Transform(t.Context(), w.scope(), turnstone.Transformation{Name: tt.name, Mapping: turnstone.Mapping{VendorName: tt.vendor}})
		if _, explained := errors.AsType[transform.Problems](err); !explained || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Transform = %v, want problems with %q", name, err, tt.want)
		}
	}
	filled := turnstone.Transformation{Name: "lines", Mapping: turnstone.Mapping{VendorName: "reports/7C1E/lines"}}
	if err := w.Resources.Transform(t.Context(), w.scope(), filled); err != nil {
		t.Errorf("Transform of a resource with its parameter = %v, want it stored", err)
	}
	if err := w.Resources.Untransform(t.Context(), w.scope(), "nobody"); !errors.Is(err, turnstone.ErrNotFound) {
		t.Errorf("Untransform of none = %v, want ErrNotFound", err)
	}
}
