package hub_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"turnstone/internal/hub"
)

func TestNullMembersAreDropped(t *testing.T) {
	tests := map[string]struct{ value, want string }{
		"first":             {`{"a":null,"b":1}`, `{"b":1}`},
		"middle":            {`{"a":1,"b":null,"c":2}`, `{"a":1,"c":2}`},
		"last":              {`{"a":1,"b":null}`, `{"a":1}`},
		"several":           {`{"a":null,"b":null,"c":1,"d":null,"e":null}`, `{"c":1}`},
		"all":               {`{"a":null,"b":null}`, `{}`},
		"nested":            {`{"a":{"b":null,"c":{"d":null}},"e":[{"f":null}]}`, `{"a":{"c":{}},"e":[{}]}`},
		"in an array":       {`{"a":[null,1,null]}`, `{"a":[null,1,null]}`},
		"alone":             {`null`, `null`},
		"words like null":   {`{"null":"null","a":"{\"b\":null}"}`, `{"null":"null","a":"{\"b\":null}"}`},
		"white space":       {" {\n\t\"a\" : null ,\r\n \"b\" : [ 1 , null ] } ", `{"b":[1,null]}`},
		"exact numbers":     {`{"a":1900,"b":0E-8,"c":12345678901234567890.123,"d":-0.10}`, `{"a":1900,"b":0E-8,"c":12345678901234567890.123,"d":-0.10}`},
		"exact strings":     {`{"a\u00e4":"\/\u003c,}]","b":null}`, `{"a\u00e4":"\/\u003c,}]"}`},
		"truth values":      {`{"a":true,"b":false,"c":null}`, `{"a":true,"b":false}`},
		"after an array":    {`{"a":[],"b":null,"c":{},"d":null}`, `{"a":[],"c":{}}`},
		"names given twice": {`{"a":1,"a":null,"a":2}`, `{"a":1,"a":2}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := hub.WithoutNulls([]byte(tt.value)); string(got) != tt.want {
				t.Errorf("WithoutNulls = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestNothingButNullMembersIsDropped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.MarshalIndent(values(4).Draw(t, "value"), "", " ")
		if err != nil {
			t.Fatalf("MarshalIndent: %v", err)
		}
		checkWithoutNulls(t, text)
	})
}

func FuzzWithoutNulls(f *testing.F) {
	f.Add([]byte(`{"a":null,"b":[null,{"c":null}],"d":0E-8}`))
	f.Add([]byte(` {"a\"":"\\","b" : null } `))
	f.Fuzz(func(t *testing.T, text []byte) {
		if json.Valid(text) {
			checkWithoutNulls(t, text)
		}
	})
}

// checkWithoutNulls compares with what encoding/json reads, member by member.
func checkWithoutNulls(t interface{ Errorf(string, ...any) }, text []byte) {
	got := hub.WithoutNulls(bytes.Clone(text)) // which is overwritten
	want := decode(text, isNull)
	if !json.Valid(got) || !reflect.DeepEqual(decode(got, nil), want) {
		t.Errorf("WithoutNulls(%s) = %s, want the like of %v", text, got, want)
	}
	if again := hub.WithoutNulls(got); !bytes.Equal(again, got) {
		t.Errorf("WithoutNulls(%s) = %s, want it unchanged", got, again)
	}
}

func isNull(v any) bool { return v == nil }

// member is a member of an object. A slice of them keeps their order.
type member struct {
	name  json.Token
	value any
}

// decode reads JSON with numbers as they are spelt, and without the members
// whose value is to be dropped.
func decode(text []byte, drop func(any) bool) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return decodeValue(d, drop)
}

func decodeValue(d *json.Decoder, drop func(any) bool) any {
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('['):
		array := []any{}
		for d.More() {
			array = append(array, decodeValue(d, drop))
		}
		_, _ = d.Token()
		return array
	case json.Delim('{'):
		object := []member{}
		for d.More() {
			name, _ := d.Token()
			if value := decodeValue(d, drop); drop == nil || !drop(value) {
				object = append(object, member{name, value})
			}
		}
		_, _ = d.Token()
		return object
	}
	return token
}

// values generates values as encoding/json knows them.
func values(depth int) *rapid.Generator[any] {
	leaves := rapid.OneOf(
		rapid.Just[any](nil),
		rapid.SampledFrom([]any{true, "null", ",}", json.Number("0E-8"), json.Number("12345678901234567890.123")}),
		rapid.Map(rapid.String(), func(s string) any { return s }),
	)
	if depth == 0 {
		return leaves
	}
	inner := rapid.Deferred(func() *rapid.Generator[any] { return values(depth - 1) })
	return rapid.OneOf(
		leaves,
		rapid.Map(rapid.SliceOfN(inner, 0, 4), func(s []any) any { return s }),
		rapid.Map(rapid.MapOfN(rapid.String(), inner, 0, 5), func(m map[string]any) any { return m }),
	)
}

func TestOnlyTheFieldsAskedForStay(t *testing.T) {
	record := []byte(`{"ID":"1", "Total": 1.50, "Owner": {"Name": "x"}}`)
	tests := map[string]struct {
		fields []string
		want   string
	}{
		"all":                {nil, string(record)},
		"in their own order": {[]string{"Total", "ID"}, `{"ID":"1","Total":1.50}`},
		"unknown ones":       {[]string{"Nothing"}, `{}`},
		"objects whole":      {[]string{"Owner"}, `{"Owner":{"Name": "x"}}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := hub.OnlyFields(record, tt.fields); string(got) != tt.want {
				t.Errorf("OnlyFields = %s, want %s", got, tt.want)
			}
		})
	}
}
