package ratelimit_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/ratelimit"
)

func TestWhatVendorsTellOfTheirLimits(t *testing.T) {
	var none turnstone.RateLimit
	tests := map[string]struct {
		headers []string
		want    turnstone.RateLimit
	}{
		"nothing":                    {nil, none},
		"IETF":                       {[]string{"RateLimit", `"default";r=50;t=30`}, told(0, 50, 30*time.Second)},
		"IETF with a policy":         {[]string{"RateLimit", `"default";r=50;t=30`, "RateLimit-Policy", `"default";q=100;w=60`}, told(100, 50, 30*time.Second)},
		"IETF with policies":         {[]string{"RateLimit", `"b, c";r=5;t=3`, "RateLimit-Policy", `"a";q=1;w=60, "b, c";q=10;w=60`}, told(10, 5, 3*time.Second)},
		"IETF with another policy":   {[]string{"RateLimit", `"b";r=5;t=3`, "RateLimit-Policy", `"a";q=1;w=60, "c";q=10;w=60`}, told(0, 5, 3*time.Second)},
		"IETF without quotes":        {[]string{"RateLimit", `default; r=50; t=30`}, told(0, 50, 30*time.Second)},
		"IETF, the name a number":    {[]string{"RateLimit", `"7";r=50;t=30`}, told(0, 50, 30*time.Second)},
		"IETF, two quotas":           {[]string{"RateLimit", `"day";r=900;t=3600, "minute";r=2;t=9`}, told(0, 2, 9*time.Second)},
		"IETF, two used up":          {[]string{"RateLimit", `"minute";r=0;t=9, "day";r=0;t=3600`}, told(0, 0, time.Hour)},
		"an older draft of the IETF": {[]string{"RateLimit", "limit=100, remaining=40, reset=50", "RateLimit-Policy", "100;w=60"}, told(100, 40, 50*time.Second)},
		"the oldest of the IETF":     {[]string{"RateLimit-Limit", "100, 100;w=60", "RateLimit-Remaining", "40", "RateLimit-Reset", "50"}, told(100, 40, 50*time.Second)},
		"a policy alone":             {[]string{"RateLimit-Policy", `"default";q=100;w=60`}, none},
		"seconds":                    {[]string{"X-RateLimit-Limit", "100", "X-RateLimit-Remaining", "7", "X-RateLimit-Reset", "60"}, told(100, 7, time.Minute)},
		"GitHub": {[]string{
			"Date", date, "X-RateLimit-Limit", "5000", "X-RateLimit-Remaining", "4987",
			"X-RateLimit-Reset", "1714650360", "X-RateLimit-Used", "13", "X-RateLimit-Resource", "core",
		}, told(5000, 4987, time.Minute)},
		"milliseconds since 1970": {[]string{"Date", date, "X-RateLimit-Remaining", "1", "X-RateLimit-Reset", "1714650360000"}, told(0, 1, time.Minute)},
		"a date":                  {[]string{"Date", date, "X-RateLimit-Remaining", "1", "X-RateLimit-Reset", "2024-05-02T11:46Z"}, told(0, 1, time.Minute)},
		"Okta":                    {[]string{"Date", date, "X-Rate-Limit-Limit", "600", "X-Rate-Limit-Remaining", "0", "X-Rate-Limit-Reset", "1714650310"}, told(600, 0, 10*time.Second)},
		"Zendesk":                 {[]string{"X-Rate-Limit", "700", "X-Rate-Limit-Remaining", "699", "RateLimit-Reset", "41"}, told(700, 699, 41*time.Second)},
		"HubSpot": {[]string{
			"X-HubSpot-RateLimit-Max", "100", "X-HubSpot-RateLimit-Remaining", "3",
			"X-HubSpot-RateLimit-Interval-Milliseconds", "10000", "X-HubSpot-RateLimit-Daily-Remaining", "12",
		}, told(100, 3, 10*time.Second)},
		"per kind of work":           {[]string{"X-RateLimit-Limit-Requests", "60", "X-RateLimit-Remaining-Requests", "59", "X-RateLimit-Reset-Requests", "1s"}, told(60, 59, time.Second)},
		"a limit and no word of it":  {[]string{"X-RateLimit-Limit", "100", "X-RateLimit-Reset", "60"}, none},
		"no word of the end":         {[]string{"X-RateLimit-Limit", "100", "X-RateLimit-Remaining", "4"}, told(100, 4, 0)},
		"words":                      {[]string{"X-RateLimit-Remaining", "unlimited"}, none},
		"a negative number":          {[]string{"X-RateLimit-Remaining", "-1", "X-RateLimit-Reset", "5"}, none},
		"a very large number":        {[]string{"X-RateLimit-Remaining", "99999999999999999999"}, told(0, 1_000_000_000, 0)},
		"Retry-After wins":           {[]string{"Retry-After", "10", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "3600"}, told(0, 0, 10*time.Second)},
		"Retry-After beside more":    {[]string{"Retry-After", "10", "X-RateLimit-Remaining", "8", "X-RateLimit-Reset", "3600"}, told(0, 8, time.Hour)},
		"separators and nothing":     {[]string{"RateLimit", ` ,;;, ;`}, none},
		"a quote that does not end":  {[]string{"RateLimit", `"a;r=1;t=2`}, none},
		"what cannot be read passes": {[]string{"RateLimit", `"a";x=1`, "X-RateLimit-Remaining", "5"}, told(0, 5, 0)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := ratelimit.Told(header(tt.headers...)); got != tt.want {
				t.Errorf("Told = %+v, want %+v", got, tt.want)
			}
		})
	}
}

func told(limit, remaining int, reset time.Duration) turnstone.RateLimit {
	return turnstone.RateLimit{Limit: limit, Remaining: remaining, Reset: reset}
}

func FuzzTold(f *testing.F) {
	f.Add(`"a";r=1;t=5, "b";r=2`, `"a";q=10;w=60`, "100, 100;w=60", "9", "1714650360")
	f.Add("limit=100, remaining=0, reset=50", "100;w=60", "", "", "2024-05-02T11:46Z")
	f.Add(`";,"`, ";", ",", "1e9", "6m0s")
	f.Fuzz(func(t *testing.T, field, policy, limit, remaining, reset string) {
		got := ratelimit.Told(http.Header{
			"Date": {date}, "Ratelimit": {field}, "Ratelimit-Policy": {policy},
			"X-Ratelimit-Limit": {limit}, "X-Ratelimit-Remaining": {remaining}, "X-Ratelimit-Reset": {reset},
		})
		if got.Limit < 0 || got.Remaining < 0 || got.Reset < 0 || got.Reset > ratelimit.MaxWait {
			t.Errorf("Told = %+v, want no negative number and at most %v", got, ratelimit.MaxWait)
		}
	})
}

func ExampleTold() {
	told := ratelimit.Told(http.Header{
		"Ratelimit":        {`"default";r=7;t=30`},
		"Ratelimit-Policy": {`"default";q=100;w=60`},
	})
	fmt.Printf("%d of %d, for another %v\n", told.Remaining, told.Limit, told.Reset)
	// Output: 7 of 100, for another 30s
}
