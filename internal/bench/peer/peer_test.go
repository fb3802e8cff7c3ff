package peer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone/internal/bench/peer"
	"turnstone/webhook"
)

const key = "signature-key"

func start(t *testing.T, p peer.Plan) (*peer.Server, peer.Client) {
	t.Helper()
	server, err := peer.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	client := peer.Client{Control: server.Addresses.Control}
	if err := client.Set(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return server, client
}

// deliver posts an event that tells of objects and returns the status.
func deliver(t *testing.T, url, signedWith string, objects ...int) int {
	t.Helper()
	type change struct {
		ObjectID string `json:"objectId"`
	}
	var changes []change
	for _, n := range objects {
		changes = append(changes, change{peer.ObjectID(n)})
	}
	body, err := json.Marshal(map[string]any{"message": map[string]any{"events": changes}})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set(webhook.HeaderSignature, webhook.Sign(signedWith, body))
	status, _ := do(t, request)
	return status
}

func do(t *testing.T, request *http.Request) (int, []byte) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
}

func TestEachObjectIsToArriveOnce(t *testing.T) {
	server, client := start(t, peer.Plan{Key: key, Objects: 5})
	before := time.Now()
	for _, objects := range [][]int{{0, 1}, {4}, {1}, {2, 3}} {
		if status := deliver(t, server.Addresses.Destinations[objects[0]], key, objects...); status != http.StatusOK {
			t.Errorf("deliver %v = %d, want 200", objects, status)
		}
	}
	tally, err := client.Complete(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if last := tally.Last(); last.Before(before.Truncate(time.Microsecond)) || last.After(time.Now()) {
		t.Errorf("Last = %v, want a moment of this test, which began at %v", last, before)
	}
	tally.LastAt = 0
	if diff := cmp.Diff(peer.Tally{Events: 4, Objects: 5, Repeats: 1, Complete: true}, tally); diff != "" {
		t.Errorf("Complete (-want +got):\n%s", diff)
	}
	arrivals, err := client.Arrivals(t.Context())
	if err != nil || len(arrivals) != 5 || slices.Contains(arrivals, 0) || arrivals[4] > arrivals[2] {
		t.Errorf("Arrivals = %v, %v, want five moments, the fifth before the third", arrivals, err)
	}
}

func TestEventsThatAreNotInOrderAreRefused(t *testing.T) {
	server, client := start(t, peer.Plan{Key: key, Objects: 2, Patience: 10 * time.Millisecond})
	tests := map[string]struct {
		key     string
		objects []int
	}{
		"signed with another key": {"another", []int{0}},
		"about no object":         {key, nil},
		"about an unknown object": {key, []int{1, 2}},
	}
	for name, tt := range tests {
		if status := deliver(t, server.Addresses.Destinations[0], tt.key, tt.objects...); status != http.StatusBadRequest {
			t.Errorf("an event %s: %d, want 400", name, status)
		}
	}
	tally, err := client.Complete(t.Context())
	if want := (peer.Tally{Refused: len(tests)}); err != nil || tally != want {
		t.Errorf("Complete = %+v, %v, want %+v once nothing comes any more", tally, err, want)
	}
}

func TestAPlanForgetsTheOneBefore(t *testing.T) {
	server, client := start(t, peer.Plan{Key: key, Objects: 1})
	deliver(t, server.Addresses.Destinations[0], key, 0)
	if err := client.Set(t.Context(), peer.Plan{Key: key, Objects: 1}); err != nil {
		t.Fatal(err)
	}
	if tally, err := client.Tally(t.Context()); err != nil || tally != (peer.Tally{}) {
		t.Errorf("Tally = %+v, %v, want nothing", tally, err)
	}
}

func TestADestinationHangsUntilTheNextPlan(t *testing.T) {
	server, client := start(t, peer.Plan{Key: key})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	answered := make(chan error)
	go func() {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.Addresses.Hanging, bytes.NewReader([]byte("{}")))
		if err == nil {
			var response *http.Response
			if response, err = http.DefaultClient.Do(request); err == nil {
				err = response.Body.Close()
			}
		}
		answered <- err
	}()
	select {
	case err := <-answered:
		t.Fatalf("the request was answered (%v), want it to hang", err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := client.Set(t.Context(), peer.Plan{Key: key}); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Errorf("the request = %v, want it to end with the plan", err)
	}
}

// list reads all pages of a company and returns the numbers of its objects.
func list(t *testing.T, server *peer.Server, company int) (numbers []int, pages int) {
	t.Helper()
	for url := server.Addresses.Vendor + peer.ListPath + "?limit=100"; url != ""; pages++ {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+peer.Token(company))
		_, body := do(t, request)
		var page struct {
			Items []struct {
				ID, CreateDate, LastModifiedDate string
			}
			NextPage string
		}
		if err := json.Unmarshal(body, &page); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		for _, item := range page.Items {
			n, ok := peer.Number(item.ID)
			if !ok || item.CreateDate != "today" || item.LastModifiedDate != "today" {
				t.Fatalf("record = %+v, want an object of ours, made today", item)
			}
			numbers = append(numbers, n)
		}
		url = page.NextPage
	}
	return numbers, pages
}

func TestTheVendorListsItsObjects(t *testing.T) {
	tests := map[string]struct {
		records, objects int
		third            int // of the second company
		last             int
		pages            int
	}{
		"each once":            {250, 250, 252, 499, 3},
		"a full last page":     {200, 200, 202, 399, 2},
		"some from everywhere": {100, 1000, 1020, 1990, 1},
		"again and again":      {250, 150, 152, 249, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server, client := start(t, peer.Plan{Polls: tt.pages, Vendor: peer.Vendor{
				Records: tt.records, Objects: tt.objects, Date: "today", Size: 700,
			}})
			got, pages := list(t, server, 1)
			if len(got) != tt.records || pages != tt.pages {
				t.Fatalf("%d records on %d pages, want %d on %d", len(got), pages, tt.records, tt.pages)
			}
			if got[2] != tt.third || got[len(got)-1] != tt.last {
				t.Errorf("the third object is %d and the last %d, want %d and %d", got[2], got[len(got)-1], tt.third, tt.last)
			}
			if tally, err := client.Complete(t.Context()); err != nil || tally.Polls != tt.pages || !tally.Complete {
				t.Errorf("Complete = %+v, %v, want %d polls", tally, err, tt.pages)
			}
		})
	}
}

func TestTheVendorWithoutRecordsHasAnEmptyPage(t *testing.T) {
	server, _ := start(t, peer.Plan{})
	if numbers, pages := list(t, server, 0); len(numbers) != 0 || pages != 1 {
		t.Errorf("%d records on %d pages, want none on one", len(numbers), pages)
	}
}

func TestIDsHoldNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 1<<31-1).Draw(t, "number")
		if got, ok := peer.Number(peer.ObjectID(n)); !ok || got != n {
			t.Fatalf("Number(%q) = %d, %v, want %d", peer.ObjectID(n), got, ok, n)
		}
	})
	for _, stranger := range []string{"", "RPT", "RPT-1", "ABC000000001", "RPT99999999999"} {
		if n, ok := peer.Number(stranger); ok {
			t.Errorf("Number(%q) = %d, want none", stranger, n)
		}
	}
}

func TestRecordsHaveTheirSize(t *testing.T) {
	for _, size := range []int{600, 1024, 4096} {
		record := peer.AppendRecord(nil, 7, "2026-11-23T12:00:00.000", size)
		if len(record) != size || !json.Valid(record) {
			t.Errorf("AppendRecord of %d bytes = %d bytes, %s", size, len(record), record)
		}
	}
}

func ExampleAppendRecord() {
	fmt.Println(string(peer.AppendRecord(nil, 42, "2026-11-23T12:00:00.000", 0))[:40])
	// Output: {"ID":"RPT000000042","CreateDate":"2026-
}
