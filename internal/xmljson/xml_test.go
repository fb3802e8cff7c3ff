package xmljson_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"turnstone/internal/xmljson"
)

func TestXMLBecomesJSON(t *testing.T) {
	tests := map[string]struct{ xml, want string }{
		"members":            {`<a><b>1</b><c>x</c></a>`, `{"a":{"b":"1","c":"x"}}`},
		"one is no array":    {`<a><b/></a>`, `{"a":{"b":""}}`},
		"two are an array":   {`<a><b>1</b><c/><b>2</b></a>`, `{"a":{"b":["1","2"],"c":""}}`},
		"nil":                {`<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><b i:nil="true" /><c i:nil="false">x</c></a>`, `{"a":{"b":null,"c":"x"}}`},
		"attributes":         {`<a id="7"><b k="v">t</b></a>`, `{"a":{"@id":"7","b":{"@k":"v","#text":"t"}}}`},
		"text between":       {`<a> x <b>1</b> y </a>`, `{"a":{"b":"1","#text":"x  y"}}`},
		"namespaces":         {`<n:a xmlns:n="urn:x" xmlns="urn:y"><n:b>1</n:b></n:a>`, `{"a":{"b":"1"}}`},
		"exact text":         {`<a> 0E-8 </a>`, `{"a":" 0E-8 "}`},
		"escapes":            {`<a>&lt;b&gt; &amp; "&#xe4;"</a>`, `{"a":"<b> & \"ä\""}`},
		"CDATA":              {`<a><![CDATA[<x>]]></a>`, `{"a":"<x>"}`},
		"comments":           {`<?xml version="1.0" encoding="utf-8"?><!-- hi --><a><!-- ho -->1</a>`, `{"a":"1"}`},
		"empty list":         {`<Reports><Items /></Reports>`, `{"Reports":{"Items":""}}`},
		"white space around": {"\n<a>1</a>\n", `{"a":"1"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := xmljson.Convert([]byte(tt.xml))
			if err != nil || string(got) != tt.want {
				t.Errorf("Convert = %s, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestBadXMLIsRefused(t *testing.T) {
	tests := map[string]struct{ xml, text string }{
		"nothing":           {``, "0 root elements"},
		"broken off":        {`<a><b>1</b>`, "unexpected EOF"},
		"two roots":         {`<a/><b/>`, "2 root elements"},
		"crossed":           {`<a><b></a></b>`, "closed by"},
		"another encoding":  {`<?xml version="1.0" encoding="utf-16"?><a/>`, `"utf-16"`},
		"entity of its own": {`<!DOCTYPE a [<!ENTITY x "boom">]><a>&x;</a>`, "entity"},
		"too deep":          {strings.Repeat("<a>", 10_000), "deep"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := xmljson.Convert([]byte(tt.xml)); err == nil || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("Convert = %s, %v, want ...%s...", got, err, tt.text)
			}
		})
	}
}

func FuzzConvert(f *testing.F) {
	f.Add([]byte(`<a id="7"><b>1</b>t<b/><c xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="1"/></a>`))
	f.Add([]byte("<a>\xff&#0;&lt;</a>"))
	f.Fuzz(func(t *testing.T, document []byte) {
		if got, err := xmljson.Convert(document); err == nil && !json.Valid(got) {
			t.Errorf("Convert(%q) = %q, want valid JSON", document, got)
		}
	})
}

func ExampleConvert() {
	got, err := xmljson.Convert([]byte(`<Reports><Items><Report><ID>A1</ID></Report><Report><ID>B2</ID></Report></Items></Reports>`))
	fmt.Printf("%s %v\n", got, err)
	// Output: {"Reports":{"Items":{"Report":[{"ID":"A1"},{"ID":"B2"}]}}} <nil>
}
