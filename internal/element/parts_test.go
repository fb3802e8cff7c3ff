package element_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"turnstone/internal/element"
)

const orders = `resources:
  - name: orders
    primary_key: id
    retriever: {requester: {path: /v1/orders}, record_selector: {}}
polling:
  available:
    - {resource: orders, url: /hubs/crm/orders, idField: id}
`

func TestAnElementMayHaveItsResourcesInSeveralFiles(t *testing.T) {
	fsys := folder(t, map[string][]string{"acme": nil})
	fsys["acme/resources/b.yaml"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(orders, "orders", "deals"))}
	fsys["acme/resources/a.yaml"] = &fstest.MapFile{Data: []byte(orders)}
	e, err := element.Read(fsys, "acme")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range e.Resources {
		names = append(names, r.Name)
	}
	if got := strings.Join(names, " "); got != "contacts orders deals" {
		t.Errorf("resources = %s, want contacts orders deals", got)
	}
	if got := len(e.Polling.Available); got != 2 {
		t.Errorf("%d resources can be polled, want 2", got)
	}
	if r, ok := e.Resource("deals"); !ok || r.Retriever.Selector.FieldPath != nil || e.Resources[1].Retriever.Requester.Path.String() != "/v1/orders" {
		t.Errorf("Resource(deals) = %+v, %v", r, ok)
	}
}

func TestProblemsOfAPartAreFoundInIt(t *testing.T) {
	fsys := folder(t, map[string][]string{"acme": nil})
	fsys["acme/resources/a.yaml"] = &fstest.MapFile{Data: []byte(orders)}
	fsys["acme/resources/b.yaml"] = &fstest.MapFile{Data: []byte(strings.NewReplacer(
		"path: /v1/orders", "path: v1/orders").Replace(orders) + "key: other\n")}
	_, err := element.Read(fsys, "acme")
	for _, want := range []string{
		"acme/resources/b.yaml:2:11: resources[2].name: \"orders\" is declared twice; leave one",
		"acme/resources/b.yaml:4:35: resources[2].retriever.requester.path: \"v1/orders\" does not begin with /; add it",
		"acme/resources/b.yaml:7:18: polling.available[1].resource: \"orders\" is polled twice; leave one",
		"acme/resources/b.yaml:8:1: key: unknown key",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Read = %v, want %s", err, want)
		}
	}
}

func TestAFolderWithoutAnElementSaysSo(t *testing.T) {
	if _, err := element.Read(fstest.MapFS{}, "acme"); err == nil || !strings.Contains(err.Error(), "acme/element.yaml") {
		t.Errorf("Read = %v, want the file that is missing", err)
	}
}

func TestSomeOperationsNeedNoID(t *testing.T) {
	e := parse(t, minimal(t)+`    operations:
      update: {path: /v1/contacts, http_method: PUT}
      delete: {path: "/v1/contacts/{{ id }}", http_method: DELETE}
`)
	operations := e.Resources[0].Operations
	if operations["update"].NeedsID() || !operations["delete"].NeedsID() {
		t.Errorf("NeedsID = %v, %v, want false, true", operations["update"].NeedsID(), operations["delete"].NeedsID())
	}
}
