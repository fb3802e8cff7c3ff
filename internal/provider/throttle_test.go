package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"turnstone"
	"turnstone/internal/element"
)

func TestAThrottledInstanceAsksNoMore(t *testing.T) {
	const asked = 90 * time.Second
	tests := map[string]struct {
		status int
		header http.Header
		quiet  time.Duration // how long no other call is made
	}{
		"too many requests":          {http.StatusTooManyRequests, http.Header{"Retry-After": {"90"}}, asked},
		"maintenance":                {http.StatusServiceUnavailable, http.Header{"Retry-After": {"90"}}, asked},
		"a quota that is used up":    {http.StatusTooManyRequests, http.Header{"Ratelimit": {"limit=10, remaining=0, reset=90"}}, asked},
		"a quota of the day":         {http.StatusTooManyRequests, http.Header{"Retry-After": {"80000"}}, 5 * time.Minute},
		"no word of how long":        {http.StatusTooManyRequests, nil, 0},
		"a deadlock of this request": {http.StatusBadRequest, http.Header{"Retry-After": {"90"}}, 0},
		"an error":                   {http.StatusBadGateway, http.Header{"Retry-After": {"90"}}, 0},
		"success":                    {http.StatusOK, http.Header{"Ratelimit": {"limit=10, remaining=9, reset=90"}}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				requests := 0
				client, call := limited(t, element.RateLimit{Requests: 100, Per: element.Duration(time.Second)}, nil)
				client.HTTP.Transport = answering(func() *http.Response {
					requests++
					return &http.Response{StatusCode: tt.status, Header: tt.header, Body: http.NoBody}
				})
				call.Requester.ErrorHandler.Filters = []element.ResponseFilter{{Action: "RATE_LIMITED", Match: element.Match{Codes: []int{400}}}}
				_, _ = client.Do(t.Context(), call)

				begun := time.Now()
				_, err := client.Do(t.Context(), call)
				for requests == 1 {
					got := vendorError(t, err)
					if got.Action != turnstone.VendorWait || got.Status != 0 || !strings.Contains(got.Error(), "the vendor told this instance to wait until") {
						t.Fatalf("Do = %+v, want to wait without having asked", got)
					}
					if err := wait(t.Context(), got.Wait); err != nil {
						t.Fatal(err)
					}
					_, err = client.Do(t.Context(), call)
				}
				if quiet := time.Since(begun); quiet.Round(time.Second) != tt.quiet {
					t.Errorf("the next request came after %v, want %v", quiet, tt.quiet)
				}
			})
		})
	}
}

// answering answers requests without a network.
type answering func() *http.Response

func (f answering) RoundTrip(*http.Request) (*http.Response, error) { return f(), nil }

func TestAnotherInstanceIsNotThrottled(t *testing.T) {
	var status int
	client, call := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("{}"))
	})
	status = http.StatusTooManyRequests
	if _, err := client.Do(t.Context(), call); vendorError(t, err).Wait != time.Minute {
		t.Errorf("Do = %v, want to wait a minute", err)
	}
	status = http.StatusOK
	call.Instance.ID++
	if _, err := client.Do(t.Context(), call); err != nil {
		t.Errorf("Do of another instance: %v", err)
	}
}
