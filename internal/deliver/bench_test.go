package deliver_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/deliver"
	"turnstone/webhook"
)

// backlogged is how many events a run of the benchmark delivers.
const backlogged = 5000

// BenchmarkLaneAgainstBareClient delivers a backlog to a receiver on loopback, and
// posts the same signed bodies with a bare client as concurrently as the lane
// does. The ratio is what of the client's speed is left.
func BenchmarkLaneAgainstBareClient(b *testing.B) {
	for name, commit := range map[string]time.Duration{
		"a store in memory":       0,
		"a store that takes 2ms":  2 * time.Millisecond,
		"a store that takes 10ms": 10 * time.Millisecond,
	} {
		b.Run(name, func(b *testing.B) {
			receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
			}))
			defer receiver.Close()
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: deliver.DefaultConcurrency}}
			defer client.CloseIdleConnections()
			d := to(1)
			d.URL = receiver.URL
			postBare(b, client, d)
			var ours, bare time.Duration
			for b.Loop() {
				begun := time.Now()
				postBare(b, client, d)
				middle := time.Now()
				postByLane(b, client, d, commit)
				bare, ours = bare+middle.Sub(begun), ours+time.Since(middle)
			}
			b.ReportMetric(bare.Seconds()/ours.Seconds(), "ratio")
			b.ReportMetric(float64(b.N*backlogged)/ours.Seconds(), "lane/s")
			b.ReportMetric(float64(b.N*backlogged)/bare.Seconds(), "bare/s")
		})
	}
}

// kilobyte is a body of the usual size.
var kilobyte = bytes.Repeat([]byte("x"), 1024)

// postBare posts the backlog without a lane.
func postBare(b *testing.B, client *http.Client, d turnstone.Destination) {
	b.Helper()
	ids := make(chan int64, backlogged)
	for id := range int64(backlogged) {
		ids <- id + 1
	}
	close(ids)
	var posting sync.WaitGroup
	for range deliver.DefaultConcurrency {
		posting.Go(func() {
			for id := range ids {
				postOne(b, client, d, id)
			}
		})
	}
	posting.Wait()
}

// postOne posts an event as plainly as it can be done.
func postOne(b *testing.B, client *http.Client, d turnstone.Destination, id int64) {
	request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, d.URL, bytes.NewReader(kilobyte))
	if err != nil {
		b.Error(err)
		return
	}
	key, now, name := d.Secrets.SignatureKey, time.Now(), strconv.FormatInt(id, 10)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "bare")
	request.Header.Set(webhook.HeaderID, name)
	request.Header.Set(webhook.HeaderStandardID, name)
	request.Header.Set(webhook.HeaderStandardTimestamp, strconv.FormatInt(now.Unix(), 10))
	request.Header.Set(webhook.HeaderSignature, webhook.Sign(key, kilobyte))
	request.Header.Set(webhook.HeaderStandardSignature, webhook.SignStandard(key, name, now, kilobyte))
	response, err := client.Do(request)
	if err != nil {
		b.Error(err)
		return
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		b.Error(err)
	}
}

// postByLane delivers the backlog.
func postByLane(b *testing.B, client *http.Client, d turnstone.Destination, commit time.Duration) {
	b.Helper()
	store := &shelf{destination: d, commit: commit, empty: make(chan struct{}), settled: make([]bool, backlogged+1)}
	l := &deliver.Loop{
		Store: store, Client: client, Bell: deliver.NewBell(),
		Log: slog.New(slog.DiscardHandler),
		Now: time.Now, Spread: rand.Float64, Schedule: deliver.DefaultSchedule,
		Tick: deliver.DefaultTick, Timeout: deliver.DefaultTimeout, Lease: deliver.DefaultLease,
		Concurrency: deliver.DefaultConcurrency, Lanes: deliver.DefaultLanes,
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error)
	go func() { ended <- l.Run(ctx) }()
	l.Bell.Ring(d.InstanceID)
	<-store.empty
	stop()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}

// shelf is a store of a backlog for one destination, quick enough not to be what
// is measured.
type shelf struct {
	destination turnstone.Destination
	commit      time.Duration // how long settling takes
	empty       chan struct{} // closed when all is delivered

	mu      sync.Mutex
	claimed bool
	settled []bool // by event
	first   int64  // all up to it are settled
}

func (s *shelf) ClaimDestinations(context.Context, int, time.Duration) ([]turnstone.DestinationLease, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.claimed {
		return nil, nil
	}
	s.claimed = true
	return []turnstone.DestinationLease{{Destination: s.destination}}, nil
}

func (s *shelf) Deliveries(_ context.Context, _ turnstone.DestinationLease, after int64, n int) (turnstone.Deliveries, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	owed := turnstone.Deliveries{Signal: backlogged}
	for id := max(after, s.first) + 1; id <= backlogged && len(owed.List) < n; id++ {
		if !s.settled[id] {
			owed.List = append(owed.List, turnstone.Delivery{EventID: id, Objects: []string{strconv.FormatInt(id, 10)}, Size: len(kilobyte)})
		}
	}
	return owed, nil
}

func (s *shelf) Bodies(_ context.Context, _ int64, ids []int64) (map[int64][]byte, error) {
	bodies := make(map[int64][]byte, len(ids))
	for _, id := range ids {
		bodies[id] = bytes.Clone(kilobyte)
	}
	return bodies, nil
}

func (s *shelf) SettleDeliveries(_ context.Context, _ turnstone.DestinationLease, _ time.Duration, b turnstone.DeliveryBatch) error {
	if s.commit > 0 {
		<-time.After(s.commit)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range b.Settlements {
		if !t.Done {
			return fmt.Errorf("event %d failed: %s", t.Attempt.EventID, t.Attempt.Problem)
		}
		s.settled[t.Attempt.EventID] = true
	}
	before := s.first
	for s.first < backlogged && s.settled[s.first+1] {
		s.first++
	}
	if s.first == backlogged && before < backlogged {
		close(s.empty)
	}
	return nil
}
