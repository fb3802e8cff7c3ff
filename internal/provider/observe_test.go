package provider_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"turnstone/internal/element"
	"turnstone/internal/provider"
)

func TestEachRequestIsObserved(t *testing.T) {
	exchange := func(status int, action provider.Action, size int) provider.Exchange {
		return provider.Exchange{Element: "shop", Instance: 12, Method: "GET", Status: status, Action: action, Bytes: size}
	}
	tests := map[string]struct {
		answer http.HandlerFunc
		want   []provider.Exchange
	}{
		"success":      {answers(http.StatusOK, `{"a":1}`), []provider.Exchange{exchange(200, provider.Success, 7)}},
		"throttled":    {answers(http.StatusTooManyRequests, `slow`), []provider.Exchange{exchange(429, provider.RateLimited, 4)}},
		"no JSON":      {answers(http.StatusOK, `<html>`), []provider.Exchange{exchange(200, provider.Retry, 6)}},
		"broken off":   {halfTheBytes, []provider.Exchange{exchange(200, provider.Retry, 0)}},
		"too large":    {bomb, []provider.Exchange{exchange(200, provider.Fail, 0)}},
		"hung up":      {hangUp, []provider.Exchange{exchange(0, provider.Retry, 0)}},
		"renewed once": {answers(http.StatusUnauthorized, ``), []provider.Exchange{exchange(401, provider.RefreshToken, 0), exchange(401, provider.RefreshToken, 0)}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client, call := vendor(t, tt.answer)
			client.MaxBody = 1000
			var got []provider.Exchange
			client.Observe = func(e provider.Exchange) { got = append(got, e) }
			_, _ = client.Do(t.Context(), call)
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(provider.Exchange{}, "Took")); diff != "" {
				t.Errorf("exchanges differ (-want +got):\n%s", diff)
			}
			for _, e := range got {
				if e.Took <= 0 {
					t.Errorf("Took = %v, want more than nothing", e.Took)
				}
			}
		})
	}
}

// hangUp closes the connection instead of answering.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestARequestThatTheCallerGaveUpIsNobodysFault(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client, call := vendor(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	var got []provider.Action
	client.Observe = func(e provider.Exchange) { got = append(got, e.Action) }
	if _, err := client.Do(ctx, call); !errors.Is(err, context.Canceled) {
		t.Errorf("Do = %v, want %v", err, context.Canceled)
	}
	if diff := cmp.Diff([]provider.Action{""}, got); diff != "" {
		t.Errorf("actions differ (-want +got):\n%s", diff)
	}
}

func TestTheWaitForTheRateLimitIsObserved(t *testing.T) {
	client, call := limited(t, element.RateLimit{Requests: 1, Per: element.Duration(20 * time.Millisecond)}, func() {})
	var got []provider.Exchange
	client.Observe = func(e provider.Exchange) { got = append(got, e) }
	for range 2 {
		if _, err := client.Do(t.Context(), call); err != nil {
			t.Fatalf("Do: %v", err)
		}
	}
	if got[1].Waited <= got[0].Waited {
		t.Errorf("waited %v and then %v, want the second request to have waited", got[0].Waited, got[1].Waited)
	}
}
