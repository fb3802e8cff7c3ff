package element_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/element"
)

func TestARequesterWinsOverItsBase(t *testing.T) {
	text := func(s string) element.Template { return template(t, s) }
	rate := &element.RateLimit{Requests: 10, Per: element.Duration(time.Minute)}
	base := element.Requester{
		URLBase:    []element.Template{text("https://api.example.com")},
		Method:     "GET",
		Parameters: map[string]element.Template{"user": text("ALL"), "view": text("full")},
		Headers:    map[string]element.Template{"accept": text("application/json"), "X-Trace": text("{{ uuid }}")},
		Decoder:    "JsonDecoder",
		Timeout:    element.Duration(time.Minute),
		RateLimit:  rate,
		ErrorHandler: element.ErrorHandler{
			Filters:  []element.ResponseFilter{{Action: "RETRY"}},
			Messages: []string{"error"},
			MinWait:  element.Duration(time.Second),
		},
	}
	over := element.Requester{
		Path:         text("/reports"),
		Method:       "POST",
		Parameters:   map[string]element.Template{"user": text("")},
		Headers:      map[string]element.Template{"Accept": text("application/xml")},
		Decoder:      "XmlDecoder",
		ErrorHandler: element.ErrorHandler{Filters: []element.ResponseFilter{{Action: "IGNORE"}}},
	}
	want := element.Requester{
		URLBase:    base.URLBase,
		Path:       over.Path,
		Method:     "POST",
		Parameters: map[string]element.Template{"user": text(""), "view": text("full")},
		Headers:    map[string]element.Template{"Accept": text("application/xml"), "X-Trace": text("{{ uuid }}")},
		Decoder:    "XmlDecoder",
		Timeout:    base.Timeout,
		RateLimit:  rate,
		ErrorHandler: element.ErrorHandler{
			Filters:  []element.ResponseFilter{{Action: "IGNORE"}, {Action: "RETRY"}},
			Messages: []string{"error"},
			MinWait:  element.Duration(time.Second),
		},
	}
	if diff := cmp.Diff(want, over.Over(base)); diff != "" {
		t.Errorf("Over differs (-want +got):\n%s", diff)
	}
	if len(base.Headers) != 2 || len(over.Headers) != 1 || len(base.ErrorHandler.Filters) != 1 {
		t.Error("Over changed what it was given")
	}
}

func TestNothingOverABaseIsTheBase(t *testing.T) {
	base := parse(t, minimal(t)).Requester
	base.Parameters, base.Headers = map[string]element.Template{}, map[string]element.Template{}
	if diff := cmp.Diff(base, element.Requester{}.Over(base), cmp.Transformer("empty", func(l []element.ResponseFilter) int { return len(l) })); diff != "" {
		t.Errorf("Over differs (-base +got):\n%s", diff)
	}
}
