package element_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"turnstone/internal/element"
)

// folder is a catalogue with the minimal element in each folder, changed by a
// replacement of old by new.
func folder(t *testing.T, changes map[string][]string) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{"README.md": {Data: []byte("not an element")}}
	for name, oldnew := range changes {
		fsys[name+"/element.yaml"] = &fstest.MapFile{Data: []byte(strings.NewReplacer(oldnew...).Replace(minimal(t)))}
	}
	return fsys
}

func TestElementsAreFoundByKeyAndID(t *testing.T) {
	c, err := element.Load(folder(t, map[string][]string{
		"zeta": {"key: acme", "key: zeta", "id: 9001", "id: 7"},
		"acme": nil,
	}))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"acme": "acme", "9001": "acme", "zeta": "zeta", "7": "zeta"} {
		if e, ok := c.Lookup(name); !ok || e.Key != want {
			t.Errorf("Lookup(%q) = %v, %v, want %s", name, e, ok, want)
		}
	}
	for _, name := range []string{"", "Acme", "07", "8", "README.md"} {
		if e, ok := c.Lookup(name); ok {
			t.Errorf("Lookup(%q) = %s, want none", name, e.Key)
		}
	}
	if all := c.All(); len(all) != 2 || all[0].Key != "acme" || all[1].Key != "zeta" {
		t.Errorf("All = %v, want acme and zeta", all)
	}
}

func TestACatalogueReportsTheProblemsOfAllFiles(t *testing.T) {
	_, err := element.Load(folder(t, map[string][]string{
		"acme":  nil,
		"beta":  {"key: acme", "key: beta"},
		"gamma": nil,
		"delta": {"key: acme", "key: delta", "id: 9001", "id: 0"},
	}))
	if err == nil {
		t.Fatal("Load = nil, want problems")
	}
	for _, want := range []string{
		`beta/element.yaml: id 9001 is that of element "acme"`,
		`gamma/element.yaml: key is "acme" in the folder "gamma"`,
		`delta/element.yaml:3:5: id: 0 is no id`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Load = %v, want it to say %s", err, want)
		}
	}
}

func TestAnEmptyCatalogueIsOne(t *testing.T) {
	c, err := element.Load(fstest.MapFS{})
	if err != nil || len(c.All()) != 0 {
		t.Errorf("Load = %v, %v, want nothing", c, err)
	}
}
