package transform_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/transform"
)

// mapping compiles pairs of paths, the common one first.
func mapping(t testing.TB, pairs ...string) transform.Mapping {
	t.Helper()
	return compiled(t, turnstone.Mapping{Fields: fields(pairs...)})
}

func fields(pairs ...string) []turnstone.MappedField {
	var list []turnstone.MappedField
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, turnstone.MappedField{Path: pairs[i], VendorPath: pairs[i+1]})
	}
	return list
}

func compiled(t testing.TB, m turnstone.Mapping) transform.Mapping {
	t.Helper()
	c, err := transform.Compile(m)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestADroppedFieldIsInNoRecordOrInNothingThatIsWritten(t *testing.T) {
	m := compiled(t, turnstone.Mapping{Fields: []turnstone.MappedField{
		{Path: "id", VendorPath: "ID", DroppedWrites: true},
		{Path: "owner", VendorPath: "Owner.Name", Dropped: true},
		{Path: "Secret", Dropped: true, DroppedWrites: true},
	}})
	if got, want := string(m.ToCommon(json.RawMessage(`{"ID":1,"Owner":{"Name":"Ann"},"Secret":2,"Name":"x"}`))), `{"Name":"x","id":1}`; got != want {
		t.Errorf("ToCommon = %s, want %s", got, want)
	}
	if got, want := string(m.ToVendor(json.RawMessage(`{"id":1,"owner":"Ann","Secret":2,"Name":"x"}`))), `{"Name":"x","Owner":{"Name":"Ann"}}`; got != want {
		t.Errorf("ToVendor = %s, want %s", got, want)
	}
}

func TestFieldsAreRenamedAndRenamedBack(t *testing.T) {
	tests := map[string]struct {
		pairs          []string
		vendor, common string
	}{
		"a member":               {[]string{"id", "ID"}, `{"ID":"R1","Name":"x"}`, `{"Name":"x","id":"R1"}`},
		"the text of a number":   {[]string{"total", "Total"}, `{"Total":12.500000000000000001}`, `{"total":12.500000000000000001}`},
		"an escaped text":        {[]string{"name", "Name"}, `{"Name":"\u00e9\/"}`, `{"name":"\u00e9\/"}`},
		"null":                   {[]string{"name", "Name"}, `{"Name":null}`, `{"name":null}`},
		"an object as a whole":   {[]string{"owner", "Owner"}, `{"Owner":{"a": 1}}`, `{"owner":{"a": 1}}`},
		"into an object":         {[]string{"owner.name", "OwnerName"}, `{"OwnerName":"Ann"}`, `{"owner":{"name":"Ann"}}`},
		"out of an object":       {[]string{"ownerName", "Owner.Name"}, `{"Owner":{"Name":"Ann"}}`, `{"ownerName":"Ann"}`},
		"beside what stays":      {[]string{"ownerName", "Owner.Name"}, `{"Owner":{"Name":"Ann","Id":7}}`, `{"Owner":{"Id":7},"ownerName":"Ann"}`},
		"a swap":                 {[]string{"a", "b", "b", "a"}, `{"a":1,"b":2}`, `{"a":2,"b":1}`},
		"of each item":           {[]string{"lines[*].id", "Lines[*].ID"}, `{"Lines":[{"ID":1},{"ID":2}]}`, `{"lines":[{"id":1},{"id":2}]}`},
		"items keep their place": {[]string{"lines[*].id", "Lines[*].ID"}, `{"Lines":[{"ID":1,"x":0},{"y":0}]}`, `{"Lines":[{"x":0},{"y":0}],"lines":[{"id":1}]}`},
		"items themselves":       {[]string{"tags[*]", "Tags[*]"}, `{"Tags":["a",null,3]}`, `{"tags":["a",null,3]}`},
		"an empty array":         {[]string{"lines[*].id", "Lines[*].ID"}, `{"Lines":[]}`, `{"lines":[]}`},
		"arrays in arrays":       {[]string{"a[*].b[*].c", "A[*].B[*].C"}, `{"A":[{"B":[{"C":1},{"C":2}]},{"B":[]}]}`, `{"a":[{"b":[{"c":1},{"c":2}]},{"b":[]}]}`},
		"arrays right in arrays": {[]string{"grid[*][*]", "Grid[*][*]"}, `{"Grid":[[1,2],[3]]}`, `{"grid":[[1,2],[3]]}`},
		"one item":               {[]string{"phone", "Phones[0].Number"}, `{"Phones":[{"Number":"1"},{"Number":"2"}]}`, `{"Phones":[null,{"Number":"2"}],"phone":"1"}`},
		"what is not there":      {[]string{"id", "ID", "x[*]", "X[*].Y"}, `{"Name":1}`, `{"Name":1}`},
		"what is of other kinds": {[]string{"a", "A.b", "c[*]", "C[*].d"}, `{"A":"text","C":{"d":1}}`, `{"A":"text","C":{"d":1}}`},
		"a name to be escaped":   {[]string{`q"\`, "Q"}, `{"Q":1}`, `{"q\"\\":1}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := mapping(t, tt.pairs...)
			if got := string(m.ToCommon(json.RawMessage(tt.vendor))); got != tt.common {
				t.Errorf("ToCommon = %s, want %s", got, tt.common)
			}
			back := m.ToVendor(json.RawMessage(tt.common))
			if diff := cmp.Diff(plain(t, tt.vendor), plain(t, string(back))); diff != "" {
				t.Errorf("ToVendor (-want +got):\n%s", diff)
			}
		})
	}
}

// plain returns what JSON says, whatever the order of its members.
func plain(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestFieldsThatStandTwiceOrMeetOthersAreDecided(t *testing.T) {
	tests := map[string]struct {
		pairs           []string
		record, written string
		common, vendor  string
	}{
		"two names for one":         {[]string{"id", "ID", "key", "ID"}, `{"ID":1}`, `{"id":1,"key":1}`, `{"id":1,"key":1}`, `{"ID":1}`},
		"a whole and its part":      {[]string{"all", "A", "part", "A.b"}, `{"A":{"b":1,"c":2}}`, `{"all":{"b":1,"c":2},"part":3}`, `{"all":{"b":1,"c":2},"part":1}`, `{"A":{"b":3,"c":2}}`},
		"in the place of another":   {[]string{"id", "ID"}, `{"ID":1,"id":2}`, `{"id":1}`, `{"id":1}`, `{"ID":1}`},
		"through what is no object": {[]string{"a.b", "B"}, `{"a":"text","B":1}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`, `{"B":1}`},
		"a member twice":            {[]string{"id", "ID"}, `{"ID":1,"ID":2}`, `{"id":1}`, `{"id":2}`, `{"ID":1}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := mapping(t, tt.pairs...)
			if got := string(m.ToCommon(json.RawMessage(tt.record))); got != tt.common {
				t.Errorf("ToCommon = %s, want %s", got, tt.common)
			}
			if got := string(m.ToVendor(json.RawMessage(tt.written))); got != tt.vendor {
				t.Errorf("ToVendor = %s, want %s", got, tt.vendor)
			}
		})
	}
}

func TestStrictMappingsLeaveTheRestOut(t *testing.T) {
	m := compiled(t, turnstone.Mapping{Fields: fields("id", "ID"), Strict: true, StrictWrites: true})
	if got := string(m.ToCommon(json.RawMessage(`{"ID":1,"Name":2}`))); got != `{"id":1}` {
		t.Errorf("ToCommon = %s, want the id alone", got)
	}
	if got := string(m.ToVendor(json.RawMessage(`{"id":1,"Name":2}`))); got != `{"ID":1}` {
		t.Errorf("ToVendor = %s, want the id alone", got)
	}
}

func TestWhatIsNoObjectStays(t *testing.T) {
	m := mapping(t, "id", "ID")
	for _, text := range []string{``, `null`, `[{"ID":1}]`, `"ID"`, `7`} {
		if got := string(m.ToCommon(json.RawMessage(text))); got != text {
			t.Errorf("ToCommon(%s) = %s, want it as it is", text, got)
		}
	}
}

func TestMappedFieldsComeBackWhateverTheRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Common names are in small letters and vendor names are not, so that nothing
		// stands in the place of anything else.
		vendor := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"A", "B", "C.D", "C.E", "F[*].G", "F[*].H", "I[*]"}), 1, 7, rapid.ID).Draw(t, "vendor")
		var pairs []string
		for i, path := range vendor {
			common := fmt.Sprintf("f%d", i)
			if rapid.Bool().Draw(t, "nested") {
				common = fmt.Sprintf("o.f%d", i)
			}
			if strings.Contains(path, "[*]") {
				common += "[*].x"
			}
			pairs = append(pairs, common, path)
		}
		m, err := transform.Compile(turnstone.Mapping{Fields: fields(pairs...)})
		if err != nil {
			t.Fatal(err)
		}
		record := drawRecord(t)
		back := m.ToVendor(m.ToCommon(json.RawMessage(record)))
		var want, got any
		if json.Unmarshal([]byte(record), &want) != nil || json.Unmarshal(back, &got) != nil {
			t.Fatalf("back = %s, want JSON", back)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("there and back with %v (-want +got):\n%s", pairs, diff)
		}
	})
}

// drawRecord returns a record of which each object and array has something in it: what
// a move leaves empty is taken away.
func drawRecord(t *rapid.T) string {
	leaf := rapid.SampledFrom([]string{`1.50`, `"x"`, `null`, `true`, `"é"`})
	var members []string
	for _, name := range []string{"A", "B", "Z"} {
		if rapid.Bool().Draw(t, name) {
			members = append(members, fmt.Sprintf(`%q:%s`, name, leaf.Draw(t, "leaf")))
		}
	}
	members = append(members, fmt.Sprintf(`"C":{"D":%s,"E":%s}`, leaf.Draw(t, "leaf"), leaf.Draw(t, "leaf")))
	var items, plain []string
	for range rapid.IntRange(0, 3).Draw(t, "items") {
		items = append(items, fmt.Sprintf(`{"G":%s,"H":%s,"K":%s}`, leaf.Draw(t, "leaf"), leaf.Draw(t, "leaf"), leaf.Draw(t, "leaf")))
		plain = append(plain, leaf.Draw(t, "leaf"))
	}
	members = append(members, `"F":[`+strings.Join(items, ",")+`]`, `"I":[`+strings.Join(plain, ",")+`]`)
	return "{" + strings.Join(members, ",") + "}"
}

func TestMappingsThatCannotBeCarriedOutAreRefused(t *testing.T) {
	tests := map[string]struct {
		pairs []string
		want  string
	}{
		"no path":             {[]string{"", "ID"}, "fields.0.path: is missing"},
		"an empty name":       {[]string{"a..b", "ID"}, `fields.0.path: "a..b" has an empty name`},
		"an open bracket":     {[]string{"a", "B[*"}, "fields.0.vendorPath: \"B[*\" has [* behind a name"},
		"a word as an index":  {[]string{"a[x]", "B"}, "write [*] for each item"},
		"a large index":       {[]string{"a[100]", "B"}, "[0] to [99]"},
		"a negative index":    {[]string{"a[-1]", "B"}, "write [*]"},
		"text behind":         {[]string{"a[0]b", "B"}, "write [*]"},
		"more arrays":         {[]string{"a[*]", "B"}, "fields.0.vendorPath: goes into all items of 0 arrays, and path into those of 1"},
		"a path twice":        {[]string{"a", "B", "a", "C"}, "fields.1.path: a and a are the same place"},
		"a path in another":   {[]string{"a", "B", "a.b", "C"}, "fields.1.path: a.b and a are the same place, or one is inside the other"},
		"another in the path": {[]string{"a.b", "B", "a", "C"}, "one is inside the other"},
		"much too deep":       {[]string{strings.Repeat("a.", 30) + "a", "B"}, "more than 30 steps"},
		"too many copies":     {[]string{"a", "X", "b", "X", "c", "X", "d", "X", "e", "X", "f", "X", "g", "X", "h", "X", "i", "X.y"}, "fields.8.vendorPath: X.y is in more than 8 fields"},
		"two problems":        {[]string{"", "B", "a", "["}, "fields.0.path: is missing; write the name of the field\nfields.1.vendorPath"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := transform.Compile(turnstone.Mapping{Fields: fields(tt.pairs...)})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Compile = %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestFieldsOfNoVendorAreNoMapping(t *testing.T) {
	m := mapping(t, "id", "")
	if got := string(m.ToCommon(json.RawMessage(`{"ID":1}`))); got != `{"ID":1}` {
		t.Errorf("ToCommon = %s, want the record as it is", got)
	}
}

func FuzzRename(f *testing.F) {
	f.Add("id", "ID", `{"ID":1}`)
	f.Add("a[*].b", "A[*].B[0]", `{"A":[{"B":[1,2]},{"B":3}]}`)
	f.Fuzz(func(t *testing.T, common, vendor, record string) {
		m, err := transform.Compile(turnstone.Mapping{Fields: fields(common, vendor)})
		if err != nil || !json.Valid([]byte(record)) {
			return
		}
		for _, renamed := range []json.RawMessage{m.ToCommon(json.RawMessage(record)), m.ToVendor(json.RawMessage(record))} {
			if !json.Valid(renamed) {
				t.Errorf("%q and %q make %s of %s", common, vendor, renamed, record)
			}
		}
	})
}

func ExampleMapping_ToCommon() {
	m, err := transform.Compile(turnstone.Mapping{VendorName: "reports", Fields: []turnstone.MappedField{
		{Path: "id", VendorPath: "ID"},
		{Path: "owner.name", VendorPath: "OwnerName"},
	}})
	fmt.Println(string(m.ToCommon([]byte(`{"ID":"7C1E","OwnerName":"Ann","Total":12.50}`))), err)
	// Output: {"Total":12.50,"id":"7C1E","owner":{"name":"Ann"}} <nil>
}
