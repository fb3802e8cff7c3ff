package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"turnstone"
)

func TestAnAnswerGivesAValidator(t *testing.T) {
	const old, recent = "Thu, 02 May 2024 11:44:00 GMT", "Thu, 02 May 2024 11:44:01 GMT"
	tests := map[string]struct {
		headers            []string
		etag, lastModified string
	}{
		"none":                          {nil, "", ""},
		"ETag":                          {[]string{"ETag", `"a1"`}, `"a1"`, ""},
		"weak ETag":                     {[]string{"ETag", `W/"a1"`}, `W/"a1"`, ""},
		"ETag without quotes":           {[]string{"ETag", `a1`}, "", ""},
		"empty ETag":                    {[]string{"ETag", `""`}, "", ""},
		"ETag with a quote inside":      {[]string{"ETag", `"a", "b"`}, "", ""},
		"ETag with a space":             {[]string{"ETag", `"a b"`}, "", ""},
		"ETag that is very long":        {[]string{"ETag", `"` + strings.Repeat("a", 2000) + `"`}, "", ""},
		"old Last-Modified":             {[]string{"Date", date, "Last-Modified", old}, "", old},
		"recent Last-Modified":          {[]string{"Date", date, "Last-Modified", recent}, "", ""},
		"Last-Modified without a Date":  {[]string{"Last-Modified", old}, "", ""},
		"Last-Modified that is no date": {[]string{"Date", date, "Last-Modified", "yesterday"}, "", ""},
		"both":                          {[]string{"Date", date, "Last-Modified", old, "ETag", `"a1"`}, `"a1"`, old},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client, call := metered(t, answering(func() *http.Response {
				return &http.Response{StatusCode: http.StatusOK, Header: answer(0, "", tt.headers...).Header, Body: http.NoBody}
			}))
			got, err := client.Do(t.Context(), call)
			want := turnstone.Validator{ETag: tt.etag, LastModified: tt.lastModified}
			if want != (turnstone.Validator{}) {
				want.URL = got.URL
			}
			if got.Validator != want || err != nil {
				t.Errorf("Validator = %+v, %v, want %+v", got.Validator, err, want)
			}
		})
	}
}

const date = "Thu, 02 May 2024 11:45:00 GMT"

func TestAConditionIsSentForTheVeryList(t *testing.T) {
	const url = "https://api.shop.example/orders?limit=2"
	whole := turnstone.Validator{URL: url, ETag: `W/"a1"`, LastModified: date}
	tests := map[string]struct {
		validator   turnstone.Validator
		method      string
		etag, since string
	}{
		"none":              {turnstone.Validator{}, "GET", "", ""},
		"both":              {whole, "GET", `W/"a1"`, date},
		"an ETag alone":     {turnstone.Validator{URL: url, ETag: `"b"`}, "", `"b"`, ""},
		"of another list":   {turnstone.Validator{URL: url + "0", ETag: `"b"`}, "GET", "", ""},
		"of no list":        {turnstone.Validator{ETag: `"b"`}, "GET", "", ""},
		"with another verb": {whole, "POST", "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var sent http.Header
			client, call := metered(t, requested(func(r *http.Request) *http.Response {
				sent = r.Header
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}
			}))
			call.Requester.Method, call.Validator = tt.method, tt.validator
			call.Requester.Path = template(t, "/orders")
			call.Parameters = map[string]string{"limit": "2"}
			if _, err := client.Do(t.Context(), call); err != nil {
				t.Fatalf("Do: %v", err)
			}
			if etag, since := sent.Get("If-None-Match"), sent.Get("If-Modified-Since"); etag != tt.etag || since != tt.since {
				t.Errorf("If-None-Match = %q, If-Modified-Since = %q, want %q, %q", etag, since, tt.etag, tt.since)
			}
		})
	}
}

// requested answers requests without a network.
type requested func(*http.Request) *http.Response

func (f requested) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

func TestAListThatIsWhatItWasHasNoRecords(t *testing.T) {
	known := turnstone.Validator{URL: "https://api.shop.example", ETag: `"a1"`, LastModified: date}
	tests := map[string]struct {
		headers []string
		want    turnstone.Validator
	}{
		"that says no more":       {nil, known},
		"that repeats its ETag":   {[]string{"ETag", `"a1"`}, known},
		"that has another ETag":   {[]string{"ETag", `W/"a1"`}, turnstone.Validator{URL: known.URL, ETag: `W/"a1"`, LastModified: date}},
		"that tells of its limit": {[]string{"X-RateLimit-Remaining", "5"}, known},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client, call := metered(t, answering(func() *http.Response {
				return &http.Response{StatusCode: http.StatusNotModified, Header: answer(0, "", append(tt.headers, "Date", date)...).Header, Body: http.NoBody}
			}))
			call.Validator = known
			got, err := client.Do(t.Context(), call)
			if err != nil || !got.Unmodified || got.Body != nil || got.Validator != tt.want || got.Date.IsZero() {
				t.Errorf("Do = %+v, %v, want an unmodified answer with %+v", got, err, tt.want)
			}
		})
	}
}

func TestNotModifiedWithoutAConditionIsAnError(t *testing.T) {
	client, call := metered(t, answering(func() *http.Response {
		return &http.Response{StatusCode: http.StatusNotModified, Body: http.NoBody}
	}))
	call.Validator = turnstone.Validator{URL: "https://api.shop.example/other", ETag: `"a1"`}
	_, err := client.Do(t.Context(), call)
	if got := vendorError(t, err); got.Action != turnstone.VendorFail || !strings.Contains(err.Error(), "which only a request with a condition may be told") {
		t.Errorf("Do = %v, want a failure that says why", err)
	}
}
