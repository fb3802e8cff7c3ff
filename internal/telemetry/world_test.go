package telemetry_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/deliver"
	"turnstone/internal/poll"
	"turnstone/internal/provider"
	"turnstone/internal/telemetry"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// clock is a clock that stands until it is moved.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

// newMetrics returns metrics of a catalogue with one element, and their clock.
func newMetrics() (*telemetry.Metrics, *clock) {
	c := &clock{noon}
	return telemetry.New(telemetry.Options{Version: "v1.2.3", Elements: []string{"concur"}, Now: c.read}), c
}

// polled is the report of a poll that was due a quarter of a second before it
// started and took a second and a half.
func polled(element string, p turnstone.Poll, err error) poll.Report {
	p.StartedAt, p.Took = noon, 1500*time.Millisecond
	return poll.Report{
		Lease: turnstone.PollLease{
			Instance: turnstone.Instance{ID: 7, Element: element},
			Poller:   turnstone.Poller{NextAt: noon.Add(-250 * time.Millisecond)},
		},
		Poll: p, Err: err,
	}
}

// attempted is the report of an attempt whose answer came 40 ms after its event
// was made.
func attempted(status int) deliver.Report {
	return deliver.Report{
		Delivery: turnstone.Delivery{StoredAt: noon.Add(-20 * time.Millisecond), Size: 1000},
		Attempt:  turnstone.Attempt{At: noon, Took: 20 * time.Millisecond, Status: status},
		Done:     status/100 == 2,
	}
}

// asked is the exchange of a request that was held back for half a second.
func asked(status int, action provider.Action) provider.Exchange {
	return provider.Exchange{
		Element: "concur", Instance: 7, Method: http.MethodGet, Status: status, Action: action,
		Took: 300 * time.Millisecond, Waited: 500 * time.Millisecond, Bytes: 2000,
	}
}

// waiting is a backlog in which no two numbers are the same.
var waiting = turnstone.Backlog{
	DuePollers: 1, OldestDue: noon.Add(-time.Minute), Awaiting: 2, Parked: 3,
	Owed: 4, OldestOwed: noon.Add(-time.Hour), Waiting: 5, Failing: 6, Inactive: 7, InactiveOwed: 8, Queued: 9,
}

// errLost is what a commit without a lease ends with.
var errLost = fmt.Errorf("page 3: %w", turnstone.ErrLeaseLost)

// errElse is anything else that can go wrong.
var errElse = errors.New("settle poll: disk full")

// scrape returns what a scraper gets.
func scrape(t *testing.T, m *telemetry.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("GET /metrics = %d, %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// ours returns the lines of a scrape that tell of this program's work.
func ours(t *testing.T, m *telemetry.Metrics) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(scrape(t, m)) {
		if strings.HasPrefix(line, "turnstone_") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}
