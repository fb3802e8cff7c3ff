package collection_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone/internal/concursim/collection"
)

func ExampleRecord() {
	r, err := collection.ParseRecord(strings.NewReader(`{"ID": "7C1E", "Total": 1284.350, "meta": {"version": 1}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	r = r.With("meta.version", collection.Number("2")).With("URI", collection.Link("/reports/7C1E"))
	fmt.Printf("%s\n", r.AppendJSON(nil, "https://us2.test"))
	// Output: {"ID":"7C1E","Total":1284.350,"meta":{"version":2},"URI":"https://us2.test/reports/7C1E"}
}

func TestRecordsAreCopied(t *testing.T) {
	r := collection.Record{{Name: "a", Value: "old"}, {Name: "b", Value: collection.Record{{Name: "c", Value: "old"}}}}
	_ = r.With("a", "new").With("b.c", "new").With("d", "new").Without("b")
	if got := string(r.AppendJSON(nil, "")); got != `{"a":"old","b":{"c":"old"}}` {
		t.Errorf("the record changed to %s", got)
	}
}

func TestXMLShowsWhatJSONShows(t *testing.T) {
	r := collection.Record{
		{Name: "Name", Value: "Paper & Co"},
		{Name: "None"},
		{Name: "Custom1", Value: collection.Record{{Name: "Value", Value: "x"}}},
		{Name: "LineItems", Value: collection.List{collection.Record{{Name: "Total", Value: collection.Number("1.50")}}}},
		{Name: "URI", Value: collection.Link("/a")},
	}
	var b bytes.Buffer
	r.AppendXML(&b, "Report", "", "https://us2.test")
	want := `<Report><Name>Paper &amp; Co</Name><None xsi:nil="true" /><Custom1><Value>x</Value></Custom1>` +
		`<LineItems><LineItem><Total>1.50</Total></LineItem></LineItems><URI>https://us2.test/a</URI></Report>`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("AppendXML:\n%s", diff)
	}
}

func TestAmountsAreRead(t *testing.T) {
	for text, want := range map[string]string{"12.5": "12.50", "12": "12.00", "-0.07": "-0.07", "480.00000000": "480.00", ".5": "", "1.234": "", "much": "", "--1": "", "": ""} {
		got, err := collection.CentsOf(text)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("CentsOf(%q) = %v, %v, want %q", text, got, err, want)
		}
	}
}

func TestAmountsSurviveBeingSpelled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := collection.Cents(rapid.Int64Range(-1e15, 1e15).Draw(t, "cents"))
		for _, text := range []string{want.String(), string(want.Number())} {
			if got, err := collection.CentsOf(text); err != nil || got != want {
				t.Errorf("CentsOf(%q) = %v, %v, want %v", text, got, err, want)
			}
		}
	})
}

func FuzzParseRecord(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,{"b":null}],"c":1.50e2}`, `[]`, `{"a":`, `{"a":1}{}`, strings.Repeat(`{"a":`, 60)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := collection.ParseRecord(bytes.NewReader(text))
		if err != nil {
			return
		}
		spelled := r.AppendJSON(nil, "")
		if !json.Valid(spelled) {
			t.Fatalf("ParseRecord(%q) spells %q, which is no JSON", text, spelled)
		}
		again, err := collection.ParseRecord(bytes.NewReader(spelled))
		if err != nil || !cmp.Equal(again, r) {
			t.Errorf("ParseRecord(%q) = %v, %v, want %v", spelled, again, err, r)
		}
	})
}
