package discovery_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pb33f/libopenapi"
	"pgregory.net/rapid"

	"turnstone"
	"turnstone/elements"
	"turnstone/internal/discovery"
	"turnstone/internal/element"
)

// site is where the hubs of the tests are called.
var site = discovery.Site{Scheme: "https", Host: "api.example.com", BasePath: "/elements/api-v2"}

// catalogue returns the elements that come with the program.
func catalogue(t testing.TB) []*element.Element {
	t.Helper()
	c, err := element.Load(elements.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c.All()
}

// conforms returns what is wrong with a document by the rules of Swagger 2.0 that it
// could break.
func conforms(d discovery.Document) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	document, err := libopenapi.NewDocument(text)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	model, err := document.BuildV2Model()
	if err != nil {
		return fmt.Errorf("build: %w", err)
	}
	if model.Model.Swagger != "2.0" || model.Model.Info == nil {
		return fmt.Errorf("swagger %q, info %v", model.Model.Swagger, model.Model.Info)
	}
	if refs := regexp.MustCompile(`"#/definitions/([^"]*)"`).FindAllStringSubmatch(string(text), -1); refs != nil {
		for _, ref := range refs {
			if _, defined := d.Definitions[ref[1]]; !defined {
				return fmt.Errorf("%s is not defined", ref[0])
			}
		}
	}
	return operationsConform(d)
}

func operationsConform(d discovery.Document) error {
	ids, shapes := map[string]bool{}, map[string]bool{}
	parameter := regexp.MustCompile(`\{([^{}]*)\}`)
	for path, item := range d.Paths {
		shape := parameter.ReplaceAllString(path, "{}")
		if shapes[shape] {
			return fmt.Errorf("%s is the same path as another", path)
		}
		shapes[shape] = true
		for method, operation := range item {
			if ids[operation.OperationID] || operation.OperationID == "" || len(operation.Responses) == 0 {
				return fmt.Errorf("%s %s: operationId %q is empty or stands twice, or there are no responses", method, path, operation.OperationID)
			}
			ids[operation.OperationID] = true
			for _, found := range parameter.FindAllStringSubmatch(path, -1) {
				declared := slices.ContainsFunc(operation.Parameters, func(p discovery.Parameter) bool {
					return p.Name == found[1] && p.In == "path" && p.Required
				})
				if !declared {
					return fmt.Errorf("%s %s: {%s} is not declared", method, path, found[1])
				}
			}
		}
	}
	return nil
}

func TestDocumentsAreValid(t *testing.T) {
	for _, el := range catalogue(t) {
		d := discovery.Swagger(el, discovery.ObjectsOf(el), site)
		if err := conforms(d); err != nil {
			t.Errorf("%s: %v", el.Key, err)
		}
		if err := conforms(d.Resolved()); err != nil {
			t.Errorf("%s without references: %v", el.Key, err)
		}
		for _, id := range d.OperationIDs() {
			one, known := d.Only(id)
			if !known || len(one.Paths) != 1 {
				t.Errorf("%s: Only(%s) = %v, %v, want one path", el.Key, id, one.Paths, known)
			}
			if err := conforms(one); err != nil {
				t.Errorf("%s of %s: %v", id, el.Key, err)
			}
		}
	}
}

func TestDocumentsAreValidWhateverTheNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"a", "a-b", "a/b", "a b", "a/{x}", "a/{y}/b", "a/{id}", "ErrorResponse", "é", "x_1"})
		el := &element.Element{Key: "x", Name: "X", Hub: "hub"}
		for range rapid.IntRange(0, 6).Draw(t, "resources") {
			el.Resources = append(el.Resources, element.Resource{
				Name: name.Draw(t, "name"), PrimaryKey: "id", Retriever: &element.Retriever{},
				Operations: map[string]*element.Requester{"retrieve": {}, "update": {}, "delete": {}, "create": {}},
			})
		}
		if err := conforms(discovery.Swagger(el, discovery.ObjectsOf(el), site)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAnOperationThatIsNotThereIsNotFound(t *testing.T) {
	el := catalogue(t)[0]
	if d, known := discovery.Swagger(el, discovery.ObjectsOf(el), site).Only("GET-nothing"); known {
		t.Errorf("Only = %v, want none", d)
	}
}

// spendings is a common resource made of reports.
func spendings(t testing.TB) discovery.Object {
	t.Helper()
	transformation := turnstone.Transformation{Name: "spendings", Mapping: turnstone.Mapping{VendorName: "reports", Strict: true, Fields: []turnstone.MappedField{
		{Path: "id", VendorPath: "ID", Type: "string"}, {Path: "lines[*].amount", VendorPath: "Lines[*].Amount"},
	}}}
	r := element.Resource{Name: "spendings", PrimaryKey: "id", Retriever: &element.Retriever{}, Fields: []string{"Other"}}
	return discovery.CommonObject(transformation, r, []turnstone.ObjectField{
		{Path: "lines[*].amount", Type: "number"}, {Path: "tags[*]", Type: "string"}, {Path: "extra", Type: "array"}, {Path: "when", Type: "dateTime"},
	})
}

func TestACommonResourceHasTheFieldsOfItsDefinition(t *testing.T) {
	el := &element.Element{Key: "x", Name: "X", Hub: "expense"}
	d := discovery.Swagger(el, []discovery.Object{spendings(t)}, site)
	if err := conforms(d); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(d.Definitions["spendings"])
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"object","properties":{"extra":{"type":"array","items":{}},"id":{"type":"string"},` +
		`"lines":{"type":"array","items":{"type":"object","properties":{"amount":{"type":"number"}}}},` +
		`"tags":{"type":"array","items":{"type":"string"}},"when":{"type":"string"}}}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("definition (-want +got):\n%s", diff)
	}
}

func TestTheRestOfARecordIsDescribedWhereItIsKept(t *testing.T) {
	transformation := turnstone.Transformation{Name: "mine", Mapping: turnstone.Mapping{Fields: []turnstone.MappedField{{Path: "owner.name", VendorPath: "OwnerName"}}}}
	r := element.Resource{Name: "mine", PrimaryKey: "ID", Fields: []string{"ID", "Total", "owner"}}
	var paths []string
	for _, f := range discovery.CommonObject(transformation, r, nil).Fields {
		paths = append(paths, f.Path)
	}
	if want := []string{"owner.name", "ID", "Total"}; !slices.Equal(paths, want) {
		t.Errorf("fields = %v, want %v", paths, want)
	}
}

func TestMetadataSaysHowChangesAreFound(t *testing.T) {
	el := &element.Element{
		Key: "x", ID: 7, Authenticator: element.Authenticator{Type: "BearerAuthenticator"},
		Resources: []element.Resource{
			{Name: "polled", PrimaryKey: "id", Retriever: &element.Retriever{}, Incremental: &element.Incremental{DeletedField: "gone"}},
			{Name: "told", PrimaryKey: "id", Operations: map[string]*element.Requester{"retrieve": {}}},
			{Name: "neither", PrimaryKey: "id"},
		},
		Polling:  element.PollingDefault{Resources: []element.DefaultPoller{{Resource: "polled", URL: "/hubs/x/polled", IDField: "id"}}},
		Webhooks: &element.Webhooks{Wake: []element.WakeRule{{Resource: "told"}, {Resource: "nobody"}}, Events: &element.EventHook{JQ: "."}},
	}
	m := discovery.Expand(el)
	want := discovery.Events{
		Supported: true, Methods: []string{"polling", "webhook"},
		Polling: map[string]discovery.Changes{"polled": {EventTypes: []string{"created", "updated", "deleted"}}},
		Webhook: map[string]discovery.Changes{"told": {EventTypes: []string{"created", "updated", "deleted"}}},
	}
	if diff := cmp.Diff(want, m.Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	var told []string
	for _, r := range m.Resources {
		told = append(told, fmt.Sprintf("%s %v %v", r.Name, r.Events.Supported, r.Events.Methods))
	}
	if want := "polled true [polling]; told true [webhook]; neither false []"; strings.Join(told, "; ") != want {
		t.Errorf("resources = %s, want %s", strings.Join(told, "; "), want)
	}
	if m.Authentication.Type != "apiKey" {
		t.Errorf("authentication = %s, want apiKey", m.Authentication.Type)
	}
}

func ExampleSwagger() {
	el := &element.Element{Key: "x", Name: "X", Hub: "crm", Resources: []element.Resource{
		{Name: "contacts", PrimaryKey: "id", Retriever: &element.Retriever{}},
	}}
	d := discovery.Swagger(el, discovery.ObjectsOf(el), discovery.Site{Scheme: "https", Host: "api.example.com", BasePath: "/elements/api-v2"})
	fmt.Println(d.OperationIDs(), d.Paths["/hubs/crm/contacts"]["get"].Summary)
	// Output: [GET-contacts] List contacts
}

func ExampleDescribe() {
	m := discovery.Describe(&element.Element{Key: "x", Authenticator: element.Authenticator{Type: "NoAuth"}})
	fmt.Println(m.Key, m.Authentication.Type, m.Events.Supported)
	// Output: x none false
}
