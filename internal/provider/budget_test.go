package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/provider"
)

// meter is a vendor that allows so many requests in an interval, and says so.
type meter struct {
	limit    int
	interval time.Duration
	takes    time.Duration // for an answer

	mu      sync.Mutex
	began   time.Time
	used    int
	refused int
	at      []time.Time
}

func (m *meter) RoundTrip(*http.Request) (*http.Response, error) {
	<-time.After(m.takes)
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if now.Sub(m.began) >= m.interval {
		m.began, m.used = now, 0
	}
	status := http.StatusOK
	if m.used++; m.used > m.limit {
		status, m.refused = http.StatusTooManyRequests, m.refused+1
	} else {
		m.at = append(m.at, now)
	}
	rest := m.began.Add(m.interval).Sub(now).Seconds()
	header := http.Header{"Ratelimit-Limit": {fmt.Sprint(m.limit)}, "Ratelimit-Remaining": {fmt.Sprint(max(m.limit-m.used, 0))}, "Ratelimit-Reset": {fmt.Sprint(rest)}}
	return &http.Response{StatusCode: status, Header: header, Body: http.NoBody}, nil
}

// metered returns a client of the vendor, and a call whose answers may be empty.
func metered(t *testing.T, vendor http.RoundTripper) (*provider.Client, provider.Call) {
	t.Helper()
	client, call := limited(t, element.RateLimit{}, nil)
	client.HTTP.Transport = vendor
	call.Requester.RateLimit = nil
	call.Requester.ErrorHandler.Filters = []element.ResponseFilter{{Action: "IGNORE", Match: element.Match{Codes: []int{200}}}}
	return client, call
}

func TestNothingIsAskedWhereNothingIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := &meter{limit: 3, interval: time.Minute}
		client, call := metered(t, vendor)
		for i := range 3 {
			got, err := client.Do(t.Context(), call)
			if want := (turnstone.RateLimit{Limit: 3, Remaining: 2 - i, Reset: time.Minute}); err != nil || got.RateLimit != want {
				t.Fatalf("Do = %+v, %v, want %+v", got.RateLimit, err, want)
			}
		}
		_, err := client.Do(t.Context(), call)
		got := vendorError(t, err)
		if got.Action != turnstone.VendorWait || got.Status != 0 || got.Wait != time.Minute || !strings.Contains(err.Error(), "the 0 of 3 requests that the vendor says are left until") {
			t.Errorf("Do = %+v, want to wait for a minute without having asked", got)
		}
		call.Instance.ID++
		if _, err := client.Do(t.Context(), call); vendorError(t, err).Status != http.StatusTooManyRequests {
			t.Errorf("Do of another credential = %v, want the vendor's own answer", err)
		}
		call.Instance.ID--
		_ = wait(t.Context(), time.Minute)
		if _, err := client.Do(t.Context(), call); err != nil {
			t.Errorf("Do after a minute: %v", err)
		}
	})
}

func TestAnUnsuccessfulAnswerTellsOfTheLimitToo(t *testing.T) {
	for _, status := range []int{429, 500, 403, 404} {
		client, call := metered(t, answering(func() *http.Response {
			header := http.Header{"X-Ratelimit-Remaining": {"4"}, "X-Ratelimit-Limit": {"9"}, "X-Ratelimit-Reset": {"30"}}
			return &http.Response{StatusCode: status, Header: header, Body: http.NoBody}
		}))
		_, err := client.Do(t.Context(), call)
		want := turnstone.RateLimit{Limit: 9, Remaining: 4, Reset: 30 * time.Second}
		if got := vendorError(t, err).RateLimit; got != want {
			t.Errorf("RateLimit of a %d = %+v, want %+v", status, got, want)
		}
	}
}

func TestALongHoldIsTestedNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		client, call := metered(t, answering(func() *http.Response {
			requests++
			header := http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"36000"}}
			return &http.Response{StatusCode: http.StatusOK, Header: header, Body: http.NoBody}
		}))
		for begun := time.Now(); time.Since(begun) < time.Hour; {
			if _, err := client.Do(t.Context(), call); err != nil {
				_ = wait(t.Context(), vendorError(t, err).Wait)
			}
		}
		if requests < 11 || requests > 13 {
			t.Errorf("%d requests in an hour, want one in five minutes", requests)
		}
	})
}

func TestWhatIsLeftIsSpreadAndClientsGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := &meter{limit: 100, interval: 10 * time.Minute, began: time.Now(), used: 80}
		client, call := metered(t, vendor)
		begun := time.Now()
		background := call
		background.Turn = "orders"
		clients, waits := 0, 0
		for time.Since(begun) < 9*time.Minute {
			if _, err := client.Do(t.Context(), background); err != nil {
				_ = wait(t.Context(), vendorError(t, err).Wait)
				if waits++; waits%3 == 0 { // a client calls
					if _, err := client.Do(t.Context(), call); err != nil {
						t.Errorf("Do of a client after %v: %v", time.Since(begun), err)
					}
					clients++
				}
			}
		}
		if vendor.refused > 0 || clients < 2 || len(vendor.at) < 17 {
			t.Errorf("%d requests, %d of clients, %d refused, want nearly 20, some of clients, none refused", len(vendor.at), clients, vendor.refused)
		}
		if tenth := vendor.at[9]; tenth.Sub(begun) > time.Second {
			t.Errorf("the tenth request came after %v, want no wait while there is enough", tenth.Sub(begun))
		}
		if last := vendor.at[len(vendor.at)-1].Sub(begun); last < 7*time.Minute {
			t.Errorf("the last request came after %v, want what is left to last for the interval", last)
		}
	})
}

func TestResourcesTakeTurnsWithWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := &meter{limit: 120, interval: 2 * time.Minute, takes: 50 * time.Millisecond}
		client, call := metered(t, vendor)
		all := readers(t, []*provider.Client{client}, call, make([]time.Duration, 8), time.Hour)
		least, most := len(all[0].times), 0
		for _, r := range all {
			least, most = min(least, len(r.times)), max(most, len(r.times))
		}
		if 2*least < most || vendor.refused > len(vendor.at)/100 {
			t.Errorf("readers got from %d to %d pages, and %d requests were refused; want no such difference, and none", least, most, vendor.refused)
		}
		if len(vendor.at) < 30*120*85/100 {
			t.Errorf("%d requests in an hour, want most of %d", len(vendor.at), 30*120)
		}
	})
}

func TestALimitIsNotChargedForWhatWasNotSent(t *testing.T) {
	requests := 0
	client, call := metered(t, answering(func() *http.Response {
		requests++
		header := http.Header{"X-Ratelimit-Remaining": {"1"}, "X-Ratelimit-Reset": {"60"}}
		return &http.Response{StatusCode: http.StatusOK, Header: header, Body: http.NoBody}
	}))
	call.Requester.RateLimit = &element.RateLimit{Requests: 1, Per: element.Duration(time.Hour)}
	for range 5 {
		_, _ = client.Do(t.Context(), call) // the limit of the element refuses all but one
	}
	call.Requester.RateLimit = nil
	if _, err := client.Do(t.Context(), call); err != nil || requests != 2 {
		t.Errorf("Do = %v after %d requests, want the one that the vendor says is left", err, requests)
	}
}
