package provider_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"turnstone/internal/provider"
)

// sameJSON reports whether two JSON texts mean the same.
func sameJSON(t testing.TB, a, b string) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal([]byte(a), &x); err != nil {
		t.Fatalf("Unmarshal(%s): %v", a, err)
	}
	if err := json.Unmarshal([]byte(b), &y); err != nil {
		t.Fatalf("Unmarshal(%s): %v", b, err)
	}
	return reflect.DeepEqual(x, y)
}

func TestJSONIsToldFromOtherText(t *testing.T) {
	deep := func(n int) string { return strings.Repeat(`{"a":[`, n) + strings.Repeat(`]}`, n) }
	tests := map[string]struct {
		text string
		want bool
	}{
		"nothing":                   {"", false},
		"white space":               {" \r\n\t", false},
		"around a value":            {" \r\n\t1\t\n\r ", true},
		"two values":                {"1 2", false},
		"words":                     {"[true,false,null]", true},
		"half a word":               {"tru", false},
		"a longer word":             {"nullx", false},
		"numbers":                   {"[0,-0,10,1.50,0E-8,1e+9,12345678901234567890.123]", true},
		"a zero in front":           {"01", false},
		"a plus":                    {"+1", false},
		"a sign alone":              {"-", false},
		"a dot at the end":          {"1.", false},
		"no exponent":               {"1e", false},
		"not a number":              {"NaN", false},
		"escapes":                   {`"\"\\\/\b\f\n\r\t\u00e4\uD83D\uDE00"`, true},
		"another escape":            {`"\x41"`, false},
		"half an escape":            {`"\u00e"`, false},
		"an escape at the end":      {`"\`, false},
		"a line feed in a string":   {"\"a\nb\"", false},
		"one far behind":            {"\"" + strings.Repeat("ä", 20) + "\n\"", false},
		"bytes that are no text":    {"\"\xff\x80\"", true}, // as everybody else reads it
		"an open string":            {`"` + strings.Repeat("a", 64), false},
		"an open object":            {`{"a":1`, false},
		"an open array":             {`[1`, false},
		"a comma at the end":        {`[1,]`, false},
		"a comma after a member":    {`{"a":1,}`, false},
		"no comma":                  {`{"a":1 "b":2}`, false},
		"a member without a colon":  {`{"a" 1}`, false},
		"a member without a value":  {`{"a":}`, false},
		"a name that is no string":  {`{a:1}`, false},
		"brackets that do not pair": {`[1}`, false},
		"empty ones":                {`[{},[],"",{ },[ ]]`, true},
		"500 deep":                  {deep(250), true},
		"501 deep":                  {"[" + deep(250) + "]", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := provider.IsJSON([]byte(tt.text)); got != tt.want {
				t.Errorf("IsJSON(%.80s) = %v, want %v", tt.text, got, tt.want)
			}
		})
	}
}

func FuzzIsJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,-0.5e+3,"\u00e4\\",null],"b":{"c":true}}`))
	f.Add([]byte(" [\"0123456789\x1f\"] "))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, want := provider.IsJSON(text), json.Valid(text)
		if got != want && len(text) < 500 { // so that it is not too deep for us
			t.Errorf("IsJSON(%q) = %v, want %v", text, got, want)
		}
	})
}

func TestPathsFindWhatGJSONFinds(t *testing.T) {
	names := rapid.SampledFrom([]string{"a", "b", "Items", "", "a.b", "0", "ä", `q"`, "x-y", "#", "@this"})
	paths := rapid.OneOf(
		rapid.Map(rapid.SliceOfN(names, 1, 3), func(path []string) string { return strings.Join(path, ".") }),
		rapid.SampledFrom([]string{"a.#", "a.#.b", "*", "a|b", `a\.b`, `Items.#(b=="x").a`, "a.0.b", "@this.a", "a.@this", "{a,b}", "..0"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		members := rapid.SliceOfN(names, 0, 5).Draw(t, "names")
		texts := make([]string, len(members))
		for i, name := range members {
			value := rapid.SampledFrom([]string{
				"null", `""`, `"{\"a\":1}"`, "7", "{}", `{"a":1, "b":{"a":"x"}}`, `[]`, `[{"b":"x","a":2},3]`, `{"Items":[ ]}`,
			}).Draw(t, "value")
			quoted, err := json.Marshal(name)
			if err != nil {
				t.Fatal(err)
			}
			texts[i] = string(quoted) + " : " + value
		}
		body := " {" + strings.Join(texts, " , ") + "} "
		path := paths.Draw(t, "path")
		found := gjson.Get(body, path)
		if got := provider.Find([]byte(body), path); got != found.Raw {
			t.Errorf("Find(%s, %q) = %q, want %q", body, path, got, found.Raw)
		}
		if provider.Lacks([]byte(body), path) && found.Exists() {
			t.Errorf("Lacks(%s, %q) = true, want false: there is %s", body, path, found.Raw)
		}
	})
}
