package legacy_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/element"
	"turnstone/internal/legacy"
)

var update = flag.Bool("update", false, "write what the exports in testdata make")

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestExportsBecomeElements compares what each export in testdata makes, and what is
// said of it, with the file beside it.
func TestExportsBecomeElements(t *testing.T) {
	exports, err := filepath.Glob("testdata/*.json")
	if err != nil || len(exports) < 4 {
		t.Fatalf("testdata has %d exports (%v), want 4 and more", len(exports), err)
	}
	for _, export := range exports {
		name := filepath.Base(export)
		t.Run(strings.TrimSuffix(name, ".json"), func(t *testing.T) {
			got, err := legacy.Import(read(t, name), legacy.Options{ID: 100001})
			if err != nil {
				t.Fatalf("Import = %v", err)
			}
			text := string(got.File)
			for _, f := range got.Report.Findings {
				text += fmt.Sprintf("%s %s: %s\n", f.Level, f.Path, f.Message)
			}
			golden := strings.TrimSuffix(name, ".json") + ".golden"
			if *update {
				if err := os.WriteFile(filepath.Join("testdata", golden), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(read(t, golden)), text); diff != "" {
				t.Errorf("Import of %s (-want +got):\n%s", name, diff)
			}
			if _, err := element.Parse(name, got.File); err != nil {
				t.Errorf("Parse of what it made = %v", err)
			}
		})
	}
}

// TestEveryTypeOfResourceIsKnown reads an export with everything odd in it: what is not
// for callers must be in the report.
func TestEveryTypeOfResourceIsKnown(t *testing.T) {
	got, err := legacy.Import(read(t, "oddends.json"), legacy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, f := range got.Report.Findings {
		said[strings.Split(f.Path, ".")[0]] = true
	}
	var export struct{ Resources []struct{ Type, Path string } }
	if err := json.Unmarshal(read(t, "oddends.json"), &export); err != nil {
		t.Fatal(err)
	}
	for i, r := range export.Resources {
		if path := fmt.Sprintf("resources[%d]", i); r.Type != "api" && !said[path] {
			t.Errorf("the report says nothing of %s, which is of type %s", path, r.Type)
		}
	}
	if n := got.Report.Count(legacy.Error); n < 15 {
		t.Errorf("the report has %d errors, want 15 and more", n)
	}
}

// export returns an export with so many resources.
func export(resources int) string {
	var all []string
	for n := range resources {
		all = append(all, fmt.Sprintf(`{"type":"api","method":"GET","path":"/hubs/a/things-%d","vendorMethod":"GET","vendorPath":"/things/%[1]d","primaryKey":"id",
			"parameters":[{"name":"page","type":"query","vendorName":"p","vendorType":"query","source":"request"},{"name":"where","type":"query","vendorName":"q","vendorType":"query","source":"request"}]}`, n))
	}
	return `{"key":"a","name":"A","resources":[` + strings.Join(all, ",") + `]}`
}

func TestAnExportOfManyResourcesIsImported(t *testing.T) {
	got, err := legacy.Import([]byte(export(600)), legacy.Options{})
	if err != nil || len(got.Element.Resources) != 600 {
		t.Fatalf("Import = %d resources, %v, want 600", len(got.Report.Resources), err)
	}
}

func TestWhatIsNoExportIsRefused(t *testing.T) {
	tests := map[string]struct{ data, says string }{
		"nothing":        {"", "no JSON"},
		"half an object": {`{"key":`, "no JSON"},
		"a number":       {"7", "no object"},
		"an empty list":  {"[]", "several"},
		"no resources":   {`{"key":"a"}`, "no list of resources"},
		"no name":        {`{"resources":[]}`, "neither key nor name"},
		"no endpoint":    {`{"key":"a","resources":[]}`, "cannot be used"},
		"only oddities":  {`{"key":"a","resources":[{"type":"api","path":"/hubs/a/{x}"},7,null,"x"]}`, "none of the 4 entries in resources can be served; resources[0]"},
		"too much":       {strings.ReplaceAll(export(2000), "/things/", "/"+strings.Repeat("x", 500)+"/"), "the element would have 2000 resources in"},
		"wrapped often":  {strings.Repeat(`[`, 6) + `{"key":"a","resources":[]}` + strings.Repeat(`]`, 6), "wrapped"},
		"too long":       {`{"key":"` + strings.Repeat("x", legacy.MaxExport) + `"}`, "at most"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := legacy.Import([]byte(tt.data), legacy.Options{}); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Import = %v, want ...%s...", err, tt.says)
			}
		})
	}
}

func TestWhatAnExportSpellsInItsOwnWayIsReadOrReported(t *testing.T) {
	const resource = `"resources":[{"method":"GET","path":"/hubs/a/b","vendorPath":"/b"%s}]`
	tests := map[string]struct {
		members, ofResource string
		inFile, finding     string // what the element, or the report, says; empty: nothing of it
	}{
		"rootKey in response":             {``, `,"response":{"rootKey":"data"}`, `"data"`, ""},
		"authentication as a word":        {`,"authentication":"hmac"`, ``, "NoAuth", `"hmac" is not known`},
		"hooks that are no list":          {`,"hooks":"q"`, ``, "", "hooks: is no list"},
		"parameters that are no list":     {`,"parameters":{"a":1}`, ``, "", "parameters: is no list"},
		"a base.url that is not kept":     {`,"configuration":[{"key":"base.url","required":true,"defaultValue":"http://10.0.0.1/v1"}]`, ``, `"required": true`, "is not served over https"},
		"a base.url that the element has": {`,"configuration":[{"key":"base.url","required":true,"defaultValue":"https://api.example.com/v1"}]`, ``, "https://api.example.com/v1", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := legacy.Import([]byte(`{"key":"a","name":"A",`+fmt.Sprintf(resource, tt.ofResource)+tt.members+`}`), legacy.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var report strings.Builder
			for _, f := range got.Report.Findings {
				fmt.Fprintf(&report, "%s: %s\n", f.Path, f.Message)
			}
			if !strings.Contains(string(got.File), tt.inFile) || !strings.Contains(report.String(), tt.finding) {
				t.Errorf("Import = %s\n%s, want %q in the element and %q in the report", got.File, &report, tt.inFile, tt.finding)
			}
		})
	}
}

func TestSecretsOfTheExporterAreDropped(t *testing.T) {
	o, err := legacy.ReadObject(read(t, "harbour.json"))
	if err != nil {
		t.Fatal(err)
	}
	o.DropSecrets()
	text, err := o.Text()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"not-to-be-kept", "an-app-of-somebody"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("Text has %q in it after DropSecrets", secret)
		}
	}
	got, err := legacy.Import(read(t, "harbour.json"), legacy.Options{})
	if err != nil || strings.Contains(string(got.File), "not-to-be-kept") {
		t.Errorf("Import = %v, and the element has the secret in it, want none", err)
	}
}

// TestAnExportOfOursImports takes what is made of an export, writes it in the platform's
// form, and imports that.
func TestAnExportOfOursImports(t *testing.T) {
	for _, name := range []string{"birdhouse.json", "tidepool.json", "harbour.json"} {
		first, err := legacy.Import(read(t, name), legacy.Options{})
		if err != nil {
			t.Fatal(err)
		}
		text, err := legacy.Export(first.Element).Text()
		if err != nil {
			t.Fatal(err)
		}
		second, err := legacy.Import(text, legacy.Options{})
		if err != nil {
			t.Fatalf("Import of the export of %s = %v", name, err)
		}
		if diff := cmp.Diff(shape(first.Element), shape(second.Element)); diff != "" {
			t.Errorf("%s written and imported again (-first +second):\n%s", name, diff)
		}
	}
}

// shape returns what of an element must survive: what is asked, and where.
func shape(el *element.Element) []string {
	lines := []string{el.Key, el.Hub, el.Authenticator.Type, strings.Join(el.Hosts, " "), el.PollerConfiguration()}
	for _, r := range el.Resources {
		line := r.Name + " " + r.PrimaryKey
		if f := r.Retriever; f != nil {
			line += fmt.Sprintf(" list %s %v %v", f.Requester.Path, f.Selector.FieldPath, f.Filter.Attributes)
			if f.Paginator != nil {
				line += " " + f.Paginator.Type + " " + f.Paginator.TokenOption.FieldName
			}
		}
		for _, verb := range []string{"create", "delete", "retrieve", "update"} {
			if o := r.Operations[verb]; o != nil {
				line += fmt.Sprintf(" %s %s %s|%s", verb, o.Path, o.BodyRoot, o.Record)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// FuzzImport looks for exports that end the program, or of which an element is made that
// is none.
func FuzzImport(f *testing.F) {
	for _, name := range []string{"birdhouse.json", "tidepool.json", "harbour.json", "oddends.json"} {
		f.Add(read(f, name))
	}
	f.Add([]byte(`{"key":"a","hub":"b","resources":[{"path":"/hubs/b/c","rootKey":"|","parameters":[{"type":"value","name":"{{ id }}","vendorType":"query"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := legacy.Import(data, legacy.Options{ID: 7})
		if err != nil {
			return
		}
		if _, err := element.Parse("import", got.File); err != nil {
			t.Errorf("Parse of what Import made = %v", err)
		}
		if _, err := legacy.Export(got.Element).Text(); err != nil {
			t.Errorf("Export = %v", err)
		}
	})
}

func ExampleImport() {
	export := `{"key": "kiosk", "name": "Kiosk", "hub": "commerce", "authentication": {"type": "oauth1"},
		"configuration": [{"key": "base.url", "defaultValue": "https://api.kiosk.example"}],
		"resources": [{"type": "api", "method": "GET", "path": "/hubs/commerce/sales", "vendorPath": "/v1/sales", "primaryKey": "no"}]}`
	got, err := legacy.Import([]byte(export), legacy.Options{})
	fmt.Println(got.Report.Resources, err)
	for _, f := range got.Report.Findings {
		fmt.Printf("%s at %s: %s\n", f.Level, f.Path, f.Message)
	}
	// Output:
	// [sales] <nil>
	// error at authentication.type: OAuth 1 is not spoken here; requests are sent without it
}
