package provider_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/provider"
)

// limited returns a client without a network, and a call that the vendor allows
// that often. Each request is told to asked.
func limited(t *testing.T, limit element.RateLimit, asked func()) (*provider.Client, provider.Call) {
	t.Helper()
	client := &provider.Client{Now: time.Now, HTTP: &http.Client{Transport: roundTrip(func(*http.Request) string {
		asked()
		return "{}"
	})}}
	return client, provider.Call{
		Element: &element.Element{Key: "shop", Hosts: []string{"api.shop.example"}},
		Requester: element.Requester{
			URLBase:   []element.Template{template(t, "https://api.shop.example")},
			RateLimit: &limit,
		},
	}
}

func TestTheRateLimitIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const requests, interval = 20, 10 * time.Second
		var asked []time.Time
		client, call := limited(t, element.RateLimit{Requests: requests, Per: element.Duration(interval)}, func() {
			asked = append(asked, time.Now())
		})
		for range 3 * requests {
			if _, err := client.Do(t.Context(), call); err != nil {
				t.Fatalf("Do: %v", err)
			}
		}
		for i := requests; i < len(asked); i++ {
			if since := asked[i].Sub(asked[i-requests]); since < interval {
				t.Errorf("request %d came %v after request %d, want %v", i, since, i-requests, interval)
			}
		}
	})
}

func TestALongWaitForTheRateLimitIsLeftToTheCaller(t *testing.T) {
	client, call := limited(t, element.RateLimit{Requests: 1, Per: element.Duration(time.Hour)}, func() {})
	if _, err := client.Do(t.Context(), call); err != nil {
		t.Fatalf("Do: %v", err)
	}
	_, err := client.Do(t.Context(), call)
	got := vendorError(t, err)
	if got.Action != turnstone.VendorWait || got.Wait <= 59*time.Minute || got.Wait > time.Hour {
		t.Errorf("Do = %+v, want to wait for what is left of an hour", got)
	}
	call.Instance.ID++
	if _, err := client.Do(t.Context(), call); err != nil {
		t.Errorf("Do for another credential: %v", err)
	}
}

func TestIdleLimitersAreForgotten(t *testing.T) {
	client, call := limited(t, element.RateLimit{Requests: 1, Per: element.Duration(time.Minute)}, func() {})
	now := time.Unix(0, 0)
	client.Now = func() time.Time { return now }
	const many = 10_000
	for range many {
		call.Instance.ID++
		if _, err := client.Do(t.Context(), call); err != nil {
			t.Fatalf("Do: %v", err)
		}
	}
	now = now.Add(time.Hour)
	call.Instance.ID++
	if _, err := client.Do(t.Context(), call); err != nil {
		t.Fatalf("Do: %v", err)
	}
	if got := client.Limiters(); got != 1 {
		t.Errorf("the client holds %d limiters, want the one in use", got)
	}
}
