package bulk_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/bulk"
	"turnstone/internal/store/storetest"
	"turnstone/webhook"
)

// receiver answers callbacks with statuses, the last of them again and again.
type receiver struct {
	*httptest.Server
	statuses []int
	got      []*http.Request
	bodies   [][]byte
}

func answers(t *testing.T, statuses ...int) *receiver {
	r := &receiver{statuses: statuses}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.got, r.bodies = append(r.got, request), append(r.bodies, body)
		w.WriteHeader(r.statuses[min(len(r.got), len(r.statuses))-1])
	}))
	t.Cleanup(r.Close)
	return r
}

// signed gives the instance of a world a key to sign with, and another one beside it.
func (w *world) signed(t *testing.T) {
	t.Helper()
	w.instance.Configuration[turnstone.KeySignatureKey], w.instance.Configuration[turnstone.KeySecondaryKey] = "first", "second"
	w.instance = storetest.Save(t, w.db, turnstone.InstanceWrite{Instance: w.instance, Now: start})
}

func TestTheEndOfAJobIsToldSigned(t *testing.T) {
	w, r := newWorld(t, numbered(3)...), answers(t, 200)
	w.signed(t)
	job, err := w.jobs.Create(t.Context(), w.instance, bulk.Draft{Query: "select * from x", Callback: r.URL})
	if err != nil {
		t.Fatal(err)
	}
	job = w.once(t, w.once(t, job)) // to read, and to tell
	if len(r.got) != 1 || job.Callback.ToldAt != start || !job.NextAt.IsZero() {
		t.Fatalf("%d callbacks, %+v, want one, and that it was told", len(r.got), job.Callback)
	}
	var shown bulk.Shown
	if err := json.Unmarshal(r.bodies[0], &shown); err != nil || shown != bulk.Show(job) || shown.RecordsCount != 3 {
		t.Errorf("the callback tells %s, %v, want %+v", r.bodies[0], err, bulk.Show(job))
	}
	checkSignatures(t, r.got[0].Header, r.bodies[0])
}

// checkSignatures checks that a callback is signed with the keys of its instance.
func checkSignatures(t *testing.T, h http.Header, body []byte) {
	t.Helper()
	if err := webhook.Verify(h.Get(webhook.HeaderSignature), body, "first"); err != nil {
		t.Errorf("Verify = %v", err)
	}
	for _, key := range []string{"first", "second"} {
		if err := webhook.VerifyStandard(h, body, start, key); err != nil {
			t.Errorf("VerifyStandard with the key %s = %v", key, err)
		}
	}
	if got := h.Get(webhook.HeaderID); got != "bulk-1" {
		t.Errorf("%s = %q, want bulk-1", webhook.HeaderID, got)
	}
}

func TestACallbackIsRepeatedUntilItIsTaken(t *testing.T) {
	tests := map[string]struct {
		statuses []int
		attempts int
		told     bool
		problem  string
	}{
		"taken the third time": {[]int{500, 502, 202}, 3, true, ""},
		"never":                {[]int{503}, 10, false, "the receiver answered 503"},
		"gone":                 {[]int{500, 410}, 2, false, "the receiver answered 410"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w, r := newWorld(t), answers(t, tt.statuses...)
			job, err := w.jobs.Create(t.Context(), w.instance, bulk.Draft{Query: "select * from x", Callback: r.URL})
			if err != nil {
				t.Fatal(err)
			}
			job = w.once(t, job)
			var waits []time.Duration
			for !job.NextAt.IsZero() && len(r.got) < 20 {
				waits = append(waits, job.NextAt.Sub(start))
				w.clock = job.NextAt
				job = w.once(t, job)
			}
			if len(r.got) != tt.attempts || job.Callback.Problem != tt.problem || job.Callback.ToldAt.IsZero() == tt.told {
				t.Errorf("%d attempts, %+v, want %d and %q", len(r.got), job.Callback, tt.attempts, tt.problem)
			}
			if want := 4 * time.Second; waits[1] != want {
				t.Errorf("the second attempt comes after %v, want %v", waits[1], want)
			}
			if len(waits) == 10 && waits[9] != 262144*time.Second {
				t.Errorf("the last attempt comes after %v, want 4^9 s", waits[9])
			}
		})
	}
}

func TestACallbackThatCannotBePostedIsSaid(t *testing.T) {
	w, r := newWorld(t), answers(t, 200)
	job, err := w.jobs.Create(t.Context(), w.instance, bulk.Draft{Query: "select * from x", Callback: r.URL})
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	if job = w.once(t, w.once(t, job)); !strings.HasPrefix(job.Callback.Problem, "no answer from the receiver: ") || job.Callback.Attempts != 1 {
		t.Errorf("the callback is %+v, want that nobody answers", job.Callback)
	}
}
