package change_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"turnstone/internal/change"
)

func TestTheSameContentHasTheSameFingerprint(t *testing.T) {
	const record = `{"ID":"A","Total":1900,"Note":"é\"/","Custom1":{"Type":"List","Code":null},"Lines":[{"a":1,"b":null},null]}`
	tests := map[string]string{
		"other order":        `{"Custom1":{"Code":null,"Type":"List"},"Lines":[{"b":null,"a":1},null],"Note":"é\"/","Total":1900,"ID":"A"}`,
		"white space":        " {\n\t\"ID\" : \"A\" , \"Total\":1900,\"Note\":\"é\\\"/\",\"Custom1\":{ \"Type\":\"List\",\"Code\":null},\"Lines\":[ {\"a\":1,\"b\":null} , null ] } ",
		"escapes":            `{"\u0049D":"\u0041","Total":1900,"Note":"\u00e9\u0022\/","Custom1":{"Type":"List","Code":null},"Lines":[{"a":1,"b":null},null]}`,
		"without its nulls":  `{"ID":"A","Total":1900,"Note":"é\"/","Custom1":{"Type":"List"},"Lines":[{"a":1},null]}`,
		"trailing zeros":     `{"ID":"A","Total":1900.00,"Note":"é\"/","Custom1":{"Type":"List","Code":null},"Lines":[{"a":1.0,"b":null},null]}`,
		"more null members":  `{"ID":"A","Total":1900,"Note":"é\"/","Custom1":{"Type":"List","Code":null},"Lines":[{"a":1,"b":null},null],"Custom2":null}`,
		"the very same text": record,
	}
	want := change.Fingerprint([]byte(record))
	for name, other := range tests {
		t.Run(name, func(t *testing.T) {
			if got := change.Fingerprint([]byte(other)); got != want {
				t.Errorf("Fingerprint(%s) = %x, want %x", other, got, want)
			}
		})
	}
}

// Fingerprints are stored: another one for the same content is an event that tells
// nothing.
func TestFingerprintsStayTheSameFromReleaseToRelease(t *testing.T) {
	tests := map[string]string{
		`{}`: "44136fa355b3678a1146ad16f7e8649e",
		`{"ID":"A","Total":1900.00,"Note":"é\u00e9\"\\/\n","Custom1":{"Type":"List","Code":null},"Lines":[{"b":-0.0,"a":1e3},null,[true,false]]}`: "73dedcbe3ea1ee0550e9922fd732f331",
		`{"b":1,"a":{"z":0.50,"y":[]},"b":"twice"}`:                                                   "6702b9befb5e241fdf55b4a0ba4edcf7",
		` { "URI" : "/x" , "Meta" : { "Seen" : 1 , "By" : "x" } , "ID" : 12345678901234567890.120 } `: "edf34940afcad9d80657b8404c875ad1",
		`{"s":"\ud83d\ude00 \ud800 \u0000 \"q\" \\ \/ \b\f\n\r\t","n":[-0,0.0,1E5,-1.50,100]}`:        "e7cc90b01d5562676cff2e4f8afba333",
		`[1,"x",null]`:          "d53089fba3b0ce433e25434f688ad81c",
		`"text"`:                "1e1d0f251d3a76fa2b1bfc8116407857",
		`null`:                  "74234e98afe7498fb5daf1f36ac2d78a",
		`7.0`:                   "7902699be42c8a8e46fbbb4501726517",
		string(concurPage()[0]): "7dda2bf0f4ade5212c57e5ed246b9f72",
	}
	for record, want := range tests {
		got := change.Fingerprint([]byte(record), "URI", "Meta.Seen", "WorkflowActionUrl")
		if fmt.Sprintf("%x", got) != want {
			t.Errorf("Fingerprint(%s) = %x, want %s", record, got, want)
		}
	}
}

func TestOtherContentHasAnotherFingerprint(t *testing.T) {
	records := []string{
		`{}`, `{"a":""}`, `{"a":{}}`, `{"a":[]}`, `{"a":[null]}`, `{"a":[[]]}`, `{"a":false}`, `{"a":true}`, `{"a":"true"}`, `{"a":"null"}`,
		`{"a":0}`, `{"a":"0"}`, `{"a":1}`, `{"a":-1}`, `{"a":10}`, `{"a":100}`, `{"a":1.1}`, `{"a":1.01}`,
		`{"a":12345678901234567890.123}`, `{"a":12345678901234567890.124}`,
		`{"a":[1,2]}`, `{"a":[2,1]}`, `{"a":[12]}`, `{"a":["1,2"]}`, `{"a":["1","2"]}`, `{"a":[[1],2]}`, `{"a":[1,[2]]}`,
		`{"a":"x","b":"y"}`, `{"a":"x\"b\"y"}`, `{"a":"y","b":"x"}`, `{"a":{"b":"y"}}`, `{"a":"x\\","b":"y"}`, `{"A":"x"}`, `{"a":"x "}`,
	}
	seen := make(map[[16]byte]string)
	for _, record := range records {
		f := change.Fingerprint([]byte(record))
		if other, ok := seen[f]; ok {
			t.Errorf("Fingerprint(%s) = Fingerprint(%s), want them to differ", record, other)
		}
		seen[f] = record
	}
}

func TestWhatIsIgnoredMakesNoNewVersion(t *testing.T) {
	ignore := []string{"URI", "Meta.Seen", "Lines.Rank", "with.dot"}
	const record = `{"ID":"A","URI":"1","Meta":{"Seen":1,"By":"x"},"Lines":[{"Rank":1,"v":1},{"Rank":2,"v":2}],"Seen":1}`
	same := map[string]string{
		"a member":           `{"ID":"A","URI":"2","Meta":{"Seen":1,"By":"x"},"Lines":[{"Rank":1,"v":1},{"Rank":2,"v":2}],"Seen":1}`,
		"its absence":        `{"ID":"A","Meta":{"Seen":1,"By":"x"},"Lines":[{"Rank":1,"v":1},{"Rank":2,"v":2}],"Seen":1}`,
		"another type":       `{"ID":"A","URI":{"x":[1]},"Meta":{"Seen":1,"By":"x"},"Lines":[{"Rank":1,"v":1},{"Rank":2,"v":2}],"Seen":1}`,
		"a nested member":    `{"ID":"A","URI":"1","Meta":{"Seen":9,"By":"x"},"Lines":[{"Rank":1,"v":1},{"Rank":2,"v":2}],"Seen":1}`,
		"members in a list":  `{"ID":"A","URI":"1","Meta":{"Seen":1,"By":"x"},"Lines":[{"Rank":7,"v":1},{"v":2}],"Seen":1}`,
		"a name with a dot":  `{"ID":"A","URI":"1","Meta":{"Seen":1,"By":"x"},"Lines":[{"Rank":1,"v":1},{"Rank":2,"v":2}],"Seen":1,"with.dot":1}`,
		"a path with a dot":  `{"ID":"A","URI":"1","Meta":{"Seen":1,"By":"x"},"Lines":[{"Rank":1,"v":1},{"Rank":2,"v":2}],"Seen":1,"with":{"dot":null}}`,
		"nothing at all new": record,
	}
	want := change.Fingerprint([]byte(record), ignore...)
	for name, other := range same {
		t.Run(name, func(t *testing.T) {
			got := change.Fingerprint([]byte(other), ignore...)
			if name == "a path with a dot" { // leaves an empty object, which is content
				if got == want {
					t.Errorf("Fingerprint(%s) is unchanged, want another", other)
				}
				return
			}
			if got != want {
				t.Errorf("Fingerprint(%s) = %x, want %x", other, got, want)
			}
		})
	}
	if other := strings.Replace(record, `"Seen":1}`, `"Seen":2}`, 1); change.Fingerprint([]byte(other), ignore...) == want {
		t.Error("a member of the same name elsewhere is ignored, want it to count")
	}
}

// value draws any JSON value.
func value(depth int) *rapid.Generator[any] {
	leaves := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.String().AsAny(), rapid.Int64().AsAny(),
	}
	if depth == 0 {
		return rapid.OneOf(leaves...)
	}
	return rapid.OneOf(append(leaves,
		rapid.SliceOfN(value(depth-1), 0, 4).AsAny(),
		rapid.MapOfN(rapid.String(), value(depth-1), 0, 4).AsAny(),
	)...)
}

// shuffled writes v as JSON with its members in any order, white space and
// further null members.
func shuffled(t *rapid.T, v any) string {
	switch v := v.(type) {
	case map[string]any:
		var members []string
		for _, name := range rapid.Permutation(slices.Sorted(maps.Keys(v))).Draw(t, "order") {
			text, err := json.Marshal(name)
			if err != nil {
				t.Fatal(err)
			}
			members = append(members, string(text)+" : "+shuffled(t, v[name]))
		}
		if _, taken := v["\x01"]; !taken && rapid.Bool().Draw(t, "null") {
			members = append(members, `"\u0001":null`)
		}
		return "{" + strings.Join(members, " ,\n") + "}"
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = shuffled(t, item)
		}
		return "[ " + strings.Join(items, ",") + "]"
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// bare returns v without its null members, which do not count.
func bare(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any)
		for name, member := range v {
			if member != nil {
				out[name] = bare(member)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = bare(item)
		}
		return out
	}
	return v
}

func TestFingerprintsAreEqualExactlyWhenContentIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		object := rapid.MapOfN(rapid.String(), value(3), 0, 5)
		a, b := object.Draw(t, "a"), object.Draw(t, "b")
		fa := change.Fingerprint([]byte(shuffled(t, a)))
		if again := change.Fingerprint([]byte(shuffled(t, a))); again != fa {
			t.Fatalf("Fingerprint depends on the spelling of %v", a)
		}
		fb := change.Fingerprint([]byte(shuffled(t, b)))
		ta, _ := json.Marshal(bare(a))
		tb, _ := json.Marshal(bare(b))
		if (fa == fb) != bytes.Equal(ta, tb) {
			t.Fatalf("Fingerprints of %s and %s: equal = %v", ta, tb, fa == fb)
		}
	})
}

// plainly is the canonical form of the next value of a record, written without care
// for speed.
func plainly(d *json.Decoder, path string, ignore []string) string {
	token, err := d.Token()
	if err != nil {
		panic(err) // valid JSON
	}
	switch v := token.(type) {
	case json.Delim:
		defer func() { _, _ = d.Token() }() // its end
		if v == '[' {
			text := "["
			for d.More() {
				text += plainly(d, path, ignore) + ","
			}
			return text + "]"
		}
		return "{" + plainMembers(d, path, ignore) + "}"
	case json.Number:
		if text := string(v); !strings.ContainsAny(text, "eE") && strings.Contains(text, ".") {
			v = json.Number(strings.TrimSuffix(strings.TrimRight(text, "0"), "."))
		}
		if v == "-0" {
			return "0"
		}
		return string(v)
	case string:
		return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(v) + `"`
	case nil:
		return "null"
	}
	return fmt.Sprint(token)
}

// plainMembers is the canonical form of the members of an object.
func plainMembers(d *json.Decoder, path string, ignore []string) string {
	var members [][2]string
	for d.More() {
		token, _ := d.Token()
		name, _ := token.(string)
		at := name
		if path != "" {
			at = path + "." + name
		}
		if value := plainly(d, at, ignore); value != "null" && !slices.Contains(ignore, at) {
			quoted := `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(name) + `"`
			members = append(members, [2]string{name, quoted + value})
		}
	}
	slices.SortStableFunc(members, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	text := ""
	for _, m := range members {
		text += m[1]
	}
	return text
}

func FuzzFingerprint(f *testing.F) {
	f.Add([]byte(` [ {"b":-0.0,"a.b":2,"a":{"b":1,"c":{"\"":1,"#":2,"\\":3}}}, "x" ,null ] `))
	f.Add([]byte(concurPage()[0]))
	f.Add([]byte(`{"a":[1.50,{"b":null}],"c":"\u00e9"}`))
	f.Add([]byte(`{"a":`))
	f.Add([]byte(`[[[`))
	f.Fuzz(func(t *testing.T, record []byte) {
		got := change.Fingerprint(record, "a.b")
		var compact bytes.Buffer
		if json.Compact(&compact, record) != nil {
			return // only valid JSON has to mean something
		}
		if change.Exact(record) == change.Exact(compact.Bytes()) != bytes.Equal(record, compact.Bytes()) {
			t.Errorf("Exact(%q) does not tell it from %q", record, compact.Bytes())
		}
		if again := change.Fingerprint(compact.Bytes(), "a.b"); again != got {
			t.Errorf("Fingerprint(%s) = %x, compact %x", record, got, again)
		}
		if !utf8.Valid(record) {
			return // the decoder would mend it
		}
		d := json.NewDecoder(bytes.NewReader(record))
		d.UseNumber()
		sum := sha256.Sum256([]byte(plainly(d, "", []string{"a.b"})))
		if want := sum[:16]; !bytes.Equal(got[:], want) {
			t.Errorf("Fingerprint(%s) = %x, want %x", record, got, want)
		}
	})
}

// concurPage is a page as Concur's default limit of 100 fills it: 59 members,
// 1.4 kB a record.
func concurPage() []json.RawMessage {
	var empty strings.Builder
	for i := 2; i <= 20; i++ {
		fmt.Fprintf(&empty, `"Custom%d":null,`, i)
	}
	page := make([]json.RawMessage, 100)
	for i := range page {
		page[i] = fmt.Appendf(nil, `{"Name":"Client visit - Denver","Total":1284.35,"CurrencyCode":"USD","Country":"US","CountrySubdivision":"US-CO",`+
			`"CreateDate":"2024-03-04T15:21:09.417","SubmitDate":null,"ProcessingPaymentDate":null,"PaidDate":null,"ReceiptsReceived":false,`+
			`"UserDefinedDate":"2024-03-04T00:00:00","LastComment":"","OwnerLoginID":"ana.ruiz@example-co.test","OwnerName":"Ruiz, Ana",`+
			`"ApproverLoginID":null,"ApproverName":null,"ApprovalStatusName":"Not Submitted","ApprovalStatusCode":"A_NOTF",`+
			`"PaymentStatusName":"Not Paid","PaymentStatusCode":"P_NOTP","LastModifiedDate":"2024-03-04T15:21:09.82","PersonalAmount":0,`+
			`"AmountDueEmployee":1284.35,"AmountDueCompanyCard":0,"TotalClaimedAmount":1284.35,"TotalApprovedAmount":1284.35,"LedgerName":"DEFAULT",`+
			`"PolicyID":"gWmQ4tT1uYpWk2sN8cR6vB3xZ9aLdE0fHjQ","EverSentBack":false,"HasException":false,"WorkflowActionUrl":"",`+
			`"OrgUnit1":{"Type":"List","Value":"Sales West","Code":"SW","ListItemID":"gWqW1aB2cD3eF4gH5iJ6kL7mN8oP9qR0sTw"},`+
			`"OrgUnit2":null,"OrgUnit3":null,"OrgUnit4":null,"OrgUnit5":null,"OrgUnit6":null,`+
			`"Custom1":{"Type":"Text","Value":"PRJ-0042","Code":null,"ListItemID":null},%s"ID":"7C1E0B6A94D84F0F%04X",`+
			`"URI":"https://us2.api.concursolutions.com/api/v3.0/expense/reports/7C1E0B6A94D84F0F%04X"}`, empty.String(), i, i)
	}
	return page
}

func BenchmarkFingerprint(b *testing.B) {
	page := concurPage()
	b.SetBytes(int64(len(page[0])))
	b.ReportAllocs()
	for b.Loop() {
		change.Fingerprint(page[0], "WorkflowActionUrl", "URI")
	}
}
