package format_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/element/format"
)

// garden is a small format that has one of everything.
type garden struct {
	Name   string         `yaml:"name" need:"yes" example:"Kew" doc:"Name of the garden."`
	Soil   string         `yaml:"soil" default:"loam" enum:"loam,clay,sand" doc:"What things grow in."`
	Beds   []bed          `yaml:"beds" doc:"Where things grow."`
	Walls  *walls         `yaml:"walls" doc:"What is around it."`
	Open   bool           `yaml:"open" default:"true" doc:"Whether people may come in."`
	Tools  map[string]int `yaml:"tools" enum:"rake,spade" doc:"How many there are of each."`
	Notes  map[string]any `yaml:"notes" doc:"What else is to be said."`
	Season span           `yaml:"season" doc:"When it is open."`
}

type bed struct {
	Plants []string `yaml:"plants" need:"yes" doc:"What grows here."`
	Width  int      `yaml:"width" default:"2" doc:"In steps."`
}

type walls struct {
	Height int `yaml:"height" doc:"In feet."`
}

// span is two texts with a dash between them.
type span struct{ from, to string }

func (s *span) UnmarshalText(text []byte) error {
	from, to, ok := strings.Cut(string(text), "-")
	if !ok {
		return fmt.Errorf("%q is no season; write it like May-June", text)
	}
	*s = span{from, to}
	return nil
}

func TestAFileFillsItsStruct(t *testing.T) {
	var got garden
	doc := format.Decode("kew.yaml", []byte(`
name: Kew
beds:
  - plants: roses
    width: 3
  - {plants: [leeks, peas]}
tools: {rake: 2}
notes: {year: 1759, shape: [1.50, true, {"odd": null-ish}]}
season: May-June
open: false
`), &got)
	if err := doc.Err(); err != nil {
		t.Fatal(err)
	}
	if got.Season != (span{"May", "June"}) || fmt.Sprint(got.Notes) != "map[shape:[1.50 true map[odd:null-ish]] year:1759]" {
		t.Errorf("Decode = %+v, want the season and the notes as written", got)
	}
	got.Season, got.Notes = span{}, nil
	want := garden{
		Name:  "Kew",
		Soil:  "loam",
		Beds:  []bed{{Plants: []string{"roses"}, Width: 3}, {Plants: []string{"leeks", "peas"}, Width: 2}},
		Tools: map[string]int{"rake": 2},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(span{})); diff != "" {
		t.Errorf("Decode differs (-want +got):\n%s", diff)
	}
}

func TestWhatTheTypesCannotSayIsReportedOnce(t *testing.T) {
	var g garden
	doc := format.Decode("kew.yaml", []byte("soil: peat\nbeds: [{width: wide}]\nwalls: {height: 3}\n"), &g)
	if !doc.Says("walls.height") || doc.Says("name") || doc.Says("walls.width") {
		t.Error("Says is true of what the file does not say, or the other way round")
	}
	if !doc.Faulty("beds") || !doc.Faulty("beds[0].width") || doc.Faulty("walls") {
		t.Error("Faulty is true of what is right, or the other way round")
	}
	for _, path := range []string{"soil", "name", "beds[0].plants[3]", "walls.height", "walls.colour"} {
		doc.Report(path, "is too high; write less")
	}
	want := []string{
		"kew.yaml:1:1: name: is missing; write it, as in name: Kew",
		`kew.yaml:1:7: soil: "peat" is not known; write one of loam, clay, sand`,
		"kew.yaml:2:9: beds[0].plants: is missing; write it (what grows here)",
		`kew.yaml:2:16: beds[0].width: is "wide"; write a whole number of at most 18 digits, without quotes`,
		"kew.yaml:3:9: walls.colour: is too high; write less",
		"kew.yaml:3:17: walls.height: is too high; write less",
	}
	if diff := cmp.Diff(want, strings.Split(doc.Err().Error(), "\n")); diff != "" {
		t.Errorf("problems differ (-want +got):\n%s", diff)
	}
}

func TestDeepNestingIsRefusedAndNoCrash(t *testing.T) {
	tests := map[string]string{
		"lists":                 strings.Repeat("[", 50_000),
		"mappings":              strings.Repeat("{a: ", 15_000),
		"dashes":                strings.Repeat("- ", 25_000) + "a",
		"question marks":        strings.Repeat("? ", 25_000) + "a",
		"indentation":           indented(500),
		"tags":                  strings.Repeat("!a ", 20_000),
		"keys in a list":        "[" + strings.Repeat("? ", 25_000) + "a",
		"dashes in a list":      "[" + strings.Repeat("- ", 25_000) + "a",
		"colons in a list":      "[" + strings.Repeat("a: ", 15_000) + "a",
		"tags in a list":        "[" + strings.Repeat("!a ", 15_000) + "a",
		"anchors in a list":     "[" + strings.Repeat("&a ", 15_000) + "a",
		"keys on many lines":    "[" + strings.Repeat("?\n", 20_000) + "a",
		"tags on many lines":    strings.Repeat("!a\n", 20_000),
		"anchors on many lines": strings.Repeat("&a\n", 20_000),
		"keys below each other": strings.Repeat("?\n", 20_000),
		"quotes":                strings.Repeat(`"`, 50_001),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			if err := decode(text); err == nil {
				t.Error("Decode = nil, want a problem")
			}
		})
	}
}

func TestAFileThatIsTooLargeIsRefused(t *testing.T) {
	err := decode("name: Kew\n" + strings.Repeat("# nothing\n", 120_000))
	if err == nil || !strings.Contains(err.Error(), "the most is 1048576; leave out resources") {
		t.Errorf("Decode = %v, want the limit", err)
	}
}

func TestAHundredProblemsAreEnough(t *testing.T) {
	err := decode("name: Kew\nbeds:" + strings.Repeat("\n  - {}", 5_000))
	if got := strings.Count(err.Error(), "\n") + 1; got != 100 {
		t.Errorf("Decode reports %d problems, want 100", got)
	}
}

func TestALongLineIsNotADeepOne(t *testing.T) {
	if err := decode("name: Kew\nnotes: {" + numbered(200) + "}"); err != nil {
		t.Errorf("Decode = %v, want no problem", err)
	}
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "note%d: %d, ", i, i)
	}
	return b.String()
}

func TestTheNearestNameIsSuggested(t *testing.T) {
	known := []string{"name", "soil", "beds", "retriever", "request_parameters"}
	tests := map[string]string{
		"retreiver":               "did you mean retriever?",
		"Name":                    "did you mean name?",
		"request_params":          "did you mean request_parameters?",
		"colour":                  "write one of " + strings.Join(known, ", "),
		"":                        "write one of " + strings.Join(known, ", "),
		strings.Repeat("a", 5000): "write one of " + strings.Join(known, ", "),
	}
	for name, want := range tests {
		if got := format.Suggestion(name, known); got != want {
			t.Errorf("Suggestion(%.20q) = %q, want %q", name, got, want)
		}
	}
}

func TestEachFindsEveryValueOfAType(t *testing.T) {
	g := garden{
		Walls: &walls{Height: 3},
		Beds:  []bed{{Width: 1}, {Width: 2}},
		Tools: map[string]int{"rake": 4},
	}
	var got []string
	format.Each(g, "g", func(path string, n int) { got = append(got, fmt.Sprint(path, "=", n)) })
	slices.Sort(got)
	want := []string{"g.beds[0].width=1", "g.beds[1].width=2", "g.tools.rake=4", "g.walls.height=3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Each differs (-want +got):\n%s", diff)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"name: Kew", "beds: [{plants: a}]", "a: &x b\nc: *x", "? a\n: b", "--- a\n--- b", "notes: {a: .nan}", "name: |\n  a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var g garden
		doc := format.Decode("fuzz.yaml", []byte(text), &g)
		if err := doc.Err(); err == nil && g.Name == "" {
			t.Errorf("Decode(%q) = %+v, want a problem with the name", text, g)
		}
	})
}

func decode(text string) error {
	var g garden
	return format.Decode("garden.yaml", []byte(text), &g).Err()
}

func indented(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}
