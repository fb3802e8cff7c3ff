package change_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/change"
)

// lines are field changes, one a line.
func lines(changes []turnstone.FieldChange) []string {
	var text []string
	for _, c := range changes {
		side := func(value json.RawMessage) string {
			if value == nil {
				return "nothing"
			}
			return string(value)
		}
		text = append(text, c.Field+": "+side(c.Old)+" → "+side(c.New))
	}
	return text
}

func TestDiffNamesTheFieldsThatDiffer(t *testing.T) {
	tests := map[string]struct {
		before, after string
		ignore        []string
		want          []string
	}{
		"nothing":            {`{"a":1}`, `{"a":1}`, nil, nil},
		"another spelling":   {`{"a":1.0,"b":"é","c":{"x":null}}`, ` { "c" : {} , "b":"\u00e9","a":1 }`, nil, nil},
		"a value":            {`{"a":1}`, `{"a":2.50}`, nil, []string{"a: 1 → 2.50"}},
		"another type":       {`{"a":1}`, `{"a":"1"}`, nil, []string{`a: 1 → "1"`}},
		"a new field":        {`{}`, `{"a":{"x":1}}`, nil, []string{`a: nothing → {"x":1}`}},
		"a lost field":       {`{"a":[1, 2]}`, `{}`, nil, []string{"a: [1, 2] → nothing"}},
		"null says nothing":  {`{"a":null}`, `{"b":null}`, nil, nil},
		"null gets a value":  {`{"a":null}`, `{"a":1}`, nil, []string{"a: null → 1"}},
		"a value gets null":  {`{"a":1}`, `{"a":null}`, nil, []string{"a: 1 → null"}},
		"nested":             {`{"a":{"b":{"c":1,"d":1}}}`, `{"a":{"b":{"c":2,"d":1}}}`, nil, []string{"a.b.c: 1 → 2"}},
		"an object is empty": {`{"a":{}}`, `{}`, nil, []string{"a: {} → nothing"}},
		"an object is gone":  {`{"a":{"b":1}}`, `{"a":1}`, nil, []string{`a: {"b":1} → 1`}},
		"a list as a whole":  {`{"a":[{"b":1},{"b":2}]}`, `{"a":[{"b":1},{"b":3}]}`, nil, []string{`a: [{"b":1},{"b":2}] → [{"b":1},{"b":3}]`}},
		"a list respelt":     {`{"a":[{"b":1,"c":null}]}`, `{"a":[ {"b":1.0} ]}`, nil, nil},
		"in order":           {`{"b":1,"a":{"z":1,"c":1},"c":1}`, `{"c":2,"a":{"c":2,"z":2},"b":2}`, nil, []string{"a.c: 1 → 2", "a.z: 1 → 2", "b: 1 → 2", "c: 1 → 2"}},
		"ignored":            {`{"a":1,"b":{"c":1,"d":1}}`, `{"a":2,"b":{"c":2,"d":2}}`, []string{"a", "b.c"}, []string{"b.d: 1 → 2"}},
		"ignored in a list":  {`{"a":[{"b":1}]}`, `{"a":[{"b":2}]}`, []string{"a.b"}, nil},
		"dots in names":      {`{"a.b":1,"a":{"b":1,"":1},"x\\":{".":1}}`, `{"a.b":2,"a":{"b":2,"":2},"x\\":{".":2}}`, nil, []string{`a.: 1 → 2`, `a.b: 1 → 2`, `a\.b: 1 → 2`, `x\\.\.: 1 → 2`}},
		"an empty name":      {`{"":{"a":1},"a":1}`, `{"":{"a":2},"a":2}`, nil, []string{`.a: 1 → 2`, `a: 1 → 2`}},
		"the last counts":    {`{"a":1,"a":2}`, `{"a":3,"a":2}`, nil, nil},
		"no records":         {`[1]`, `[2]`, nil, nil},
		"nothing to compare": {``, `{"a":1}`, nil, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := lines(change.Diff([]byte(tt.before), []byte(tt.after), tt.ignore))
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("Diff (-want +got):\n%s", d)
			}
		})
	}
}

func TestADiffIsNilOnlyWhereThereIsNothingToCompare(t *testing.T) {
	if got := change.Diff([]byte(`{"a":1}`), []byte(`{"a":1.0}`), nil); got == nil || len(got) > 0 {
		t.Errorf("Diff of the same content = %#v, want an empty list", got)
	}
	if got := change.Diff(nil, []byte(`{"a":1}`), nil); got != nil {
		t.Errorf("Diff with nothing = %#v, want nil", got)
	}
}

func TestDiffIsBoundedWhateverTheVendorWrites(t *testing.T) {
	wide := func(n, value int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"%d":%d,`, i, value)
		}
		return b.String()
	}
	deep := func(value int) string {
		return strings.Repeat(`{"a":`, 5000) + fmt.Sprint(value) + strings.Repeat(`}`, 5000)
	}
	long := strings.Repeat("x", 600)
	tests := map[string]struct {
		before, after string
		fields        int
		first         string
	}{
		"many fields":          {`{` + wide(900, 1) + `"z":0}`, `{` + wide(900, 2) + `"z":0}`, 900, "0"},
		"too many fields":      {`{"a":{` + wide(1001, 1) + `"z":0}}`, `{"a":{` + wide(1001, 2) + `"z":0}}`, 1, "a"},
		"too many of a record": {`{` + wide(2000, 1) + `"z":0}`, `{` + wide(2000, 2) + `"z":0}`, 2000, "0"},
		"deep":                 {deep(1), deep(2), 1, strings.TrimSuffix(strings.Repeat("a.", 16), ".")},
		"long paths":           {`{"` + long + `":{"a":1}}`, `{"` + long + `":{"a":2}}`, 1, long},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := change.Diff([]byte(tt.before), []byte(tt.after), nil)
			if len(got) != tt.fields || got[0].Field != tt.first {
				t.Fatalf("Diff = %d fields, the first of %d bytes, want %d fields from %q on", len(got), len(got[0].Field), tt.fields, tt.first)
			}
		})
	}
}

// tree draws an object of few names, so that two of them have much in common.
func tree(depth int) *rapid.Generator[any] {
	leaves := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Map(rapid.IntRange(0, 2), func(n int) any { return n }),
		rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 1), func(n int) any { return n }), 0, 2).AsAny(),
	}
	if depth > 0 {
		leaves = append(leaves, object(depth-1), object(depth-1))
	}
	return rapid.OneOf(leaves...)
}

func object(depth int) *rapid.Generator[any] {
	names := rapid.SampledFrom([]string{"a", "b", "a.b", `a\`, ".", ""})
	return rapid.Map(rapid.MapOfN(names, tree(depth), 0, 4), func(m map[string]any) any { return m })
}

// apply applies changes to a record: each field becomes what side says.
func apply(t interface{ Fatal(args ...any) }, record []byte, changes []turnstone.FieldChange, side func(turnstone.FieldChange) json.RawMessage) []byte {
	root := decode(t, record)
	for _, c := range changes {
		names := unescape(c.Field)
		at, _ := root.(map[string]any)
		for _, name := range names[:len(names)-1] {
			at, _ = at[name].(map[string]any)
		}
		if at == nil {
			t.Fatal(c.Field, "leads to no object")
		}
		last := names[len(names)-1]
		if delete(at, last); side(c) != nil {
			at[last] = decode(t, side(c))
		}
	}
	text, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decode(t interface{ Fatal(args ...any) }, text []byte) (v any) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// unescape returns the names that the path of a field leads through.
func unescape(field string) []string {
	names := []string{""}
	for i := 0; i < len(field); i++ {
		last := &names[len(names)-1]
		switch field[i] {
		case '\\':
			i++
			*last += field[i : i+1]
		case '.':
			names = append(names, "")
		default:
			*last += field[i : i+1]
		}
	}
	return names
}

func older(c turnstone.FieldChange) json.RawMessage { return c.Old }
func newer(c turnstone.FieldChange) json.RawMessage { return c.New }

func TestADiffLeadsFromOneRecordToTheOtherAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := shuffled(t, object(3).Draw(t, "before")), shuffled(t, object(3).Draw(t, "after"))
		ignore := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "a.b", "a.a", "b.b.a"}), 0, 2).Draw(t, "ignore")
		of := func(record string) turnstone.Fingerprint { return change.Fingerprint([]byte(record), ignore...) }
		got := change.Diff([]byte(before), []byte(after), ignore)
		if same := of(before) == of(after); same != (len(got) == 0) {
			t.Fatalf("Diff of %s and %s = %q; equal fingerprints: %v", before, after, lines(got), same)
		}
		if there := string(apply(t, []byte(before), got, newer)); of(there) != of(after) {
			t.Fatalf("%s with %q = %s, want %s", before, lines(got), there, after)
		}
		if back := string(apply(t, []byte(after), got, older)); of(back) != of(before) {
			t.Fatalf("%s without %q = %s, want %s", after, lines(got), back, before)
		}
		fields := make([]string, len(got))
		for i, c := range got {
			fields[i] = c.Field
		}
		if !slices.IsSorted(fields) || len(slices.Compact(slices.Clone(fields))) != len(fields) {
			t.Fatalf("Diff tells of %q, want each once and in order", fields)
		}
	})
}

func FuzzDiff(f *testing.F) {
	f.Add([]byte(`{"a":{"b":1.0,"c":[1,{"d":null}]},"a.b":"\u00e9","":{"":1}}`), []byte(`{"a":{"b":2,"c":[]},"a.b":"e","":{"":2}}`), "a.b")
	f.Add([]byte(`{"a":1,"a":{"b":2}}`), []byte(`{"a":{"b":3},"a":{"b":2}}`), "")
	f.Add([]byte(concurPage()[0]), []byte(concurPage()[1]), "URI")
	f.Add([]byte(`{"a":`), []byte(`{{{"a"`), "a")
	f.Fuzz(func(t *testing.T, before, after []byte, ignore string) {
		got := change.Diff(before, after, []string{ignore})
		if !json.Valid(before) || !json.Valid(after) || !utf8.Valid(before) || !utf8.Valid(after) {
			return // only JSON has to mean something
		}
		if change.Fingerprint(before, ignore) == change.Fingerprint(after, ignore) && len(got) > 0 {
			t.Errorf("Diff(%s, %s) = %q, want nothing: their fingerprints are the same", before, after, lines(got))
		}
		if len(got) == 0 {
			return
		}
		want, _ := json.Marshal(decode(t, after)) // without members that stand there twice
		if there := apply(t, before, got, newer); change.Fingerprint(there, ignore) != change.Fingerprint(want, ignore) {
			t.Errorf("%s with %q = %s, want %s", before, lines(got), there, want)
		}
	})
}

func BenchmarkDiff(b *testing.B) {
	before := concurPage()[0]
	after := bytes.Replace(before, []byte("Not Submitted"), []byte("Submitted"), 1)
	b.SetBytes(int64(len(before)))
	b.ReportAllocs()
	for b.Loop() {
		if got := change.Diff(before, after, []string{"WorkflowActionUrl", "URI"}); len(got) != 1 {
			b.Fatalf("Diff = %q, want one field", lines(got))
		}
	}
}
