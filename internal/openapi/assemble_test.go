package openapi_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"turnstone/internal/openapi"
)

const base = `
paths:
  /instances/{id}/things:
    x-of-instance: true
    parameters: [{$ref: "#/components/parameters/InstanceID"}, {name: more, in: query}]
    get:
      operationId: listThings
      summary: List things
      tags: [Things]
      x-errors: [404]
      responses:
        "200": {description: Things., content: {application/json: {x-golden: things}}}
`

func assemble(t *testing.T, files ...string) (string, error) {
	t.Helper()
	parts := fstest.MapFS{}
	for i, file := range files {
		parts[string(rune('a'+i))+".yaml"] = &fstest.MapFile{Data: []byte(file)}
	}
	golden := fstest.MapFS{"things.golden": &fstest.MapFile{Data: []byte("200\nContent-Type: application/json\n\n[{\"z\":1,\"a\":2}]\n")}}
	text, err := openapi.Assemble(parts, golden)
	return string(text), err
}

func TestAPathOfAnInstanceIsWrittenThreeTimes(t *testing.T) {
	text, err := assemble(t, base)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Paths map[string]struct {
			Parameters []map[string]string
			Get        struct {
				OperationID string `yaml:"operationId"`
				Responses   map[string]map[string]any
			}
		}
	}
	if err := yaml.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	more := map[string]string{"name": "more", "in": "query"}
	element, id := map[string]string{"$ref": "#/components/parameters/Element"}, map[string]string{"$ref": "#/components/parameters/InstanceID"}
	for path, want := range map[string]struct {
		id         string
		parameters []map[string]string
	}{
		"/instances/{id}/things":                    {"listThings", []map[string]string{id, more}},
		"/elements/{element}/instances/{id}/things": {"listThingsOfElement", []map[string]string{element, id, more}},
		"/instances/things":                         {"listThingsOfToken", []map[string]string{more}},
	} {
		item := got.Paths[path]
		if item.Get.OperationID != want.id {
			t.Errorf("the operation of %s is %q, want %q", path, item.Get.OperationID, want.id)
		}
		if diff := cmp.Diff(want.parameters, item.Parameters); diff != "" {
			t.Errorf("parameters of %s (-want +got):\n%s", path, diff)
		}
		for _, status := range []string{"200", "401", "404", "429", "500", "503"} {
			if item.Get.Responses[status] == nil {
				t.Errorf("%s lacks the response %s", path, status)
			}
		}
	}
	if want := "#/paths/~1instances~1{id}~1things/get/responses/200"; got.Paths["/instances/things"].Get.Responses["200"]["$ref"] != want {
		t.Errorf("the response of the alias is %v, want a reference to %s", got.Paths["/instances/things"].Get.Responses["200"], want)
	}
	if strings.Index(text, "z: 1") > strings.Index(text, "a: 2") {
		t.Errorf("the members of an example changed places:\n%s", text)
	}
}

func TestPartsThatDoNotFitAreRefused(t *testing.T) {
	tests := map[string]struct {
		parts []string
		want  string
	}{
		"twice the same":       {[]string{base, `paths: {"/instances/{id}/things": {get: {summary: Another}}}`}, "/paths//instances/{id}/things/get/summary stands in another part already"},
		"a list for a mapping": {[]string{base, "paths: [1]"}, "/paths is no mapping here"},
		"no paths":             {[]string{"info: {}"}, "no part has paths"},
		"no YAML":              {[]string{"paths: ["}, "a.yaml"},
		"a missing example":    {[]string{"paths: {/a: {get: {x-golden: gone}}}"}, "gone.golden"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := assemble(t, tt.parts...); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Assemble = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestWhatAPartDescribesIsNoAlias(t *testing.T) {
	own := `
paths:
  /instances/things:
    get: {operationId: listAllThings, summary: List all things, tags: [Things], responses: {}}
`
	for name, parts := range map[string][]string{"before": {own, base}, "behind": {base, own}} {
		text, err := assemble(t, parts...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if strings.Contains(text, "listThingsOfToken") || !strings.Contains(text, "listAllThings") || !strings.Contains(text, "listThingsOfElement") {
			t.Errorf("%s: the path of tokens is not as its part says:\n%s", name, text)
		}
	}
}

func TestAPathOfAnAccountIsWrittenThreeTimes(t *testing.T) {
	text, err := assemble(t, `
paths:
  /organizations/things:
    x-of-account: true
    get: {operationId: listThings, summary: List things, tags: [Things], responses: {"200": {description: Things.}}}
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/accounts/things:", "/accounts/{account}/things:", "listThingsBelowAccounts", "listThingsBelowAnyAccount", "#/components/parameters/Account"} {
		if !strings.Contains(text, want) {
			t.Errorf("the document lacks %s:\n%s", want, text)
		}
	}
	if strings.Contains(text, "x-of-account") {
		t.Error("what parts say in short is still there")
	}
}
