package deliver_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestBodiesAreReadAheadWithinBounds(t *testing.T) {
	tests := map[string]struct {
		size     int // of each body
		failures int // of the destination so far
		want     []int
	}{
		"small":               {1 << 10, 0, []int{64, 64, 64, 8}},
		"large":               {100 << 10, 0, []int{2, 2, 2}},
		"larger than allowed": {1 << 20, 0, []int{1, 1, 1}},
		"failing":             {1 << 10, 5, []int{1, 64, 64, 64, 7}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := to(1)
				d.Failures = tt.failures
				w := newWorld(d)
				w.store.size = tt.size
				w.net.answer = func(r *http.Request, _ int64) (int, error) { return 200, busy(r.Context(), 100*time.Millisecond) }
				var got []int
				w.store.reading = func(ids []int64) { got = append(got, len(ids)) }
				for id := range int64(200) {
					w.store.publish(1, id+1, fmt.Sprint(id))
				}
				stop := w.running(t)
				defer stop()
				after(2 * time.Minute)
				w.owedNothing(t, 1, 1)
				if !slices.Equal(got[:len(tt.want)], tt.want) {
					t.Errorf("bodies were read %v at a time, want %v to begin with", got, tt.want)
				}
			})
		})
	}
}

// A body that is gone ends the lane, and what was posted before is settled.
func TestAMissingBodyEndsTheLaneInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.store.takes = 100 * time.Millisecond
		w.net.answer = func(r *http.Request, _ int64) (int, error) { return 200, busy(r.Context(), time.Second) }
		for id := range int64(100) {
			w.store.publish(1, id+1, fmt.Sprint(id))
		}
		delete(w.store.bodies, 70)
		stop := w.running(t)
		defer stop()
		after(30 * time.Second)
		if owes, posts := w.store.owes(1), len(w.net.got()); owes < 36 || owes+posts != 100 {
			t.Errorf("destination is owed %d after %d posts, want what was not posted, with the 36 that could not be read", owes, posts)
		}
		if !strings.Contains(w.logs.String(), "read events: 1 of 36 bodies are missing") {
			t.Errorf("logs = %s, want what was missing", w.logs.String())
		}
	})
}
