package main_test

import (
	"os"
	"strings"
	"testing"
)

const export = "../../internal/legacy/testdata/tidepool.json"

func TestAnImportIsTriedWithoutAService(t *testing.T) {
	got := turnstone(t, call{args: []string{"element", "import", "--dry-run", export}})
	for _, want := range []string{"tidepool_tasks (Tidepool Tasks) would have 2 resources", "projects/{id}/tasks", "resources[2].vendorPath", "nothing says what {nobody} stands for"} {
		if got.code != 0 || !strings.Contains(got.out, want) {
			t.Errorf("element import --dry-run = %+v, want ...%s...", got, want)
		}
	}
	data, err := os.ReadFile(export)
	if err != nil {
		t.Fatal(err)
	}
	shown := turnstone(t, call{args: []string{"element", "import", "--dry-run", "--show", "--key", "mine", "-"}, stdin: string(data)})
	if shown.code != 0 || !strings.Contains(shown.out, `"key": "mine"`) {
		t.Fatalf("element import --show = %+v, want the element in our format", shown)
	}
	if again := turnstone(t, call{args: []string{"element", "lint", file(t, "mine.yaml", shown.out)}}); again.code != 0 {
		t.Errorf("element lint of what import shows = %+v, want no problems", again)
	}
}

func TestAnElementIsImportedAndReplaced(t *testing.T) {
	p := serve(t, serveOptions{data: t.TempDir(), listen: "127.0.0.1:0", env: credentials})
	defer p.terminate(t)
	a := asks{p.url}
	if got := a.ok(t, "element", "import", export); !strings.Contains(got, "tidepool_tasks is element 100001") {
		t.Errorf("element import = %s, want the element and its number", got)
	}
	if got := a.any(t, "element", "import", export); got.code != 1 || !strings.Contains(got.err, "PUT /elements/tidepool_tasks") {
		t.Errorf("importing it again = %+v, want 1 and what to do", got)
	}
	if got := a.ok(t, "element", "import", "--replace", "--output", "json", export); !strings.Contains(got, `"findings"`) {
		t.Errorf("element import --replace --output json = %s, want the report", got)
	}
	if got := a.ok(t, "element", "show", "tidepool_tasks"); !strings.Contains(got, "username") {
		t.Errorf("element show = %s, want its configuration", got)
	}
	for name, text := range map[string]string{"nothing": "", "no element": `{"hello": 1}`, "half an element": "version: 1\nkey: x\n"} {
		if got := a.any(t, "element", "import", file(t, "bad.json", text)); got.code != 1 || got.err == "" {
			t.Errorf("importing %s = %+v, want 1 and a reason", name, got)
		}
	}
}
