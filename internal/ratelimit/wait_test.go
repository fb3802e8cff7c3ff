package ratelimit_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"turnstone/internal/ratelimit"
)

const date = "Thu, 02 May 2024 11:45:00 GMT" // 1714650300

func TestHeadersThatAskUsToWait(t *testing.T) {
	const none = -1 * time.Second
	tests := map[string]struct {
		headers []string
		want    time.Duration
	}{
		"no header":                   {nil, none},
		"seconds":                     {[]string{"Retry-After", "120"}, 2 * time.Minute},
		"seconds with spaces":         {[]string{"Retry-After", " 7 "}, 7 * time.Second},
		"a fraction":                  {[]string{"Retry-After", "1.5"}, 1500 * time.Millisecond},
		"zero":                        {[]string{"Retry-After", "0"}, 0},
		"a moment":                    {[]string{"Date", date, "Retry-After", "Thu, 02 May 2024 11:45:30 GMT"}, 30 * time.Second},
		"a moment in an old format":   {[]string{"Date", date, "Retry-After", "Thursday, 02-May-24 11:45:30 GMT"}, 30 * time.Second},
		"a moment in the past":        {[]string{"Date", date, "Retry-After", "Thu, 02 May 2024 11:40:00 GMT"}, 0},
		"a moment without a Date":     {[]string{"Retry-After", "Thu, 02 May 2024 11:45:30 GMT"}, none},
		"years":                       {[]string{"Retry-After", "99999999999999999999"}, ratelimit.MaxWait},
		"a negative number":           {[]string{"Retry-After", "-5"}, none},
		"an exponent":                 {[]string{"Retry-After", "1e3"}, none},
		"words":                       {[]string{"Retry-After", "soon"}, none},
		"two points":                  {[]string{"Retry-After", "1.2.3"}, none},
		"not a number":                {[]string{"Retry-After", "NaN"}, none},
		"Retry-After goes first":      {[]string{"Retry-After", "3", "RateLimit-Reset", "9"}, 3 * time.Second},
		"bad Retry-After goes not":    {[]string{"Retry-After", "soon", "RateLimit-Reset", "9"}, 9 * time.Second},
		"RateLimit, older draft":      {[]string{"RateLimit", "limit=100, remaining=0, reset=50"}, 50 * time.Second},
		"RateLimit, newer draft":      {[]string{"RateLimit", `"minute";r=0;t=50, "day";r=9;t=3600`}, 50 * time.Second},
		"RateLimit without a reset":   {[]string{"RateLimit", `"default";r=50`}, none},
		"RateLimit-Reset":             {[]string{"RateLimit-Reset", "12"}, 12 * time.Second},
		"X-RateLimit-Reset in epoch":  {[]string{"Date", date, "X-RateLimit-Reset", "1714650360"}, time.Minute},
		"X-RateLimit-Reset in ms":     {[]string{"Date", date, "X-RateLimit-Reset", "1714650360500"}, 60500 * time.Millisecond},
		"X-RateLimit-Reset, past":     {[]string{"Date", date, "X-RateLimit-Reset", "1714650000"}, 0},
		"epoch without a Date":        {[]string{"X-RateLimit-Reset", "1714650360"}, none},
		"X-Rate-Limit-Reset":          {[]string{"Date", date, "X-Rate-Limit-Reset", "1714650310"}, 10 * time.Second},
		"X-RateLimit-Reset-After":     {[]string{"X-RateLimit-Reset-After", "0.65"}, 650 * time.Millisecond},
		"an epoch in a far future":    {[]string{"Date", date, "X-RateLimit-Reset", "9999999999999999"}, ratelimit.MaxWait},
		"two quotas used up":          {[]string{"RateLimit", `"minute";r=0;t=50, "day";r=0;t=3600`}, time.Hour},
		"X-RateLimit-Reset as a date": {[]string{"Date", date, "X-RateLimit-Reset", "2024-05-02T11:46Z"}, time.Minute},
		"a date with a fraction":      {[]string{"Date", date, "X-RateLimit-Reset", "2024-05-02T13:45:01.5+02:00"}, 1500 * time.Millisecond},
		"a date of HTTP":              {[]string{"Date", date, "X-RateLimit-Reset", "Thu, 02 May 2024 11:45:07 GMT"}, 7 * time.Second},
		"a date without a Date":       {[]string{"X-RateLimit-Reset", "2024-05-02T11:46:00Z"}, none},
		"a length of time":            {[]string{"X-RateLimit-Reset-Requests", "6m0.5s"}, 6*time.Minute + 500*time.Millisecond},
		"a wait longer than a season": {[]string{"X-RateLimit-Reset", "99999999"}, ratelimit.MaxWait},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := ratelimit.RetryAfter(header(tt.headers...))
			if !ok {
				got = none
			}
			if got != tt.want {
				t.Errorf("RetryAfter = %v, want %v", got, tt.want)
			}
		})
	}
}

// header returns the header with these names and values.
func header(pairs ...string) http.Header {
	h := make(http.Header)
	for pair := range slices.Chunk(pairs, 2) {
		h.Set(pair[0], pair[1])
	}
	return h
}

func FuzzRetryAfter(f *testing.F) {
	f.Add(date, "120", `"a";t=5`, "1714650360")
	f.Add("", "Thu, 02 May 2024 11:45:30 GMT", "reset=1", "1e400")
	f.Fuzz(func(t *testing.T, date, retryAfter, rateLimit, reset string) {
		h := http.Header{"Date": {date}, "Retry-After": {retryAfter}, "Ratelimit": {rateLimit}, "X-Ratelimit-Reset": {reset}}
		if wait, ok := ratelimit.RetryAfter(h); wait < 0 || wait > ratelimit.MaxWait || !ok && wait != 0 {
			t.Errorf("RetryAfter = %v, %t, want one between 0 and %v", wait, ok, ratelimit.MaxWait)
		}
	})
}

func ExampleRetryAfter() {
	fmt.Println(ratelimit.RetryAfter(http.Header{"Retry-After": {"120"}}))
	fmt.Println(ratelimit.RetryAfter(http.Header{}))
	// Output:
	// 2m0s true
	// 0s false
}
