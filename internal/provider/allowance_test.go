package provider_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/provider"
	"turnstone/internal/store/storetest"
)

// ledger is the store's table of allowances in small. A booking takes as long as
// the latency says.
type ledger struct {
	latency time.Duration
	err     error

	mu     sync.Mutex
	booked map[turnstone.Allowance]time.Time
	costs  []time.Duration // of what was booked
}

func (l *ledger) Book(ctx context.Context, a turnstone.Allowance, b turnstone.Booking) (time.Duration, error) {
	if l.err != nil {
		return 0, l.err
	}
	if err := wait(ctx, l.latency/2); err != nil {
		return 0, err
	}
	ahead := l.book(a, b)
	return ahead, wait(ctx, l.latency/2)
}

func (l *ledger) book(a turnstone.Allowance, b turnstone.Booking) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	until := now
	if booked := l.booked[a]; booked.After(now) {
		until = booked
	}
	until = until.Add(b.Cost)
	if ahead := until.Sub(now); ahead > b.Ahead {
		return ahead
	}
	if l.booked == nil {
		l.booked = make(map[turnstone.Allowance]time.Time)
	}
	l.booked[a] = until
	l.costs = append(l.costs, b.Cost)
	return until.Sub(now)
}

// wait returns after d, or when ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// requests are the times at which a vendor was asked.
type requests struct {
	mu sync.Mutex
	at []time.Time
}

func (r *requests) add() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = append(r.at, time.Now())
}

// nodes returns clients that share a ledger, and a call of them with that limit.
func nodes(t *testing.T, n int, limit element.RateLimit, l *ledger) ([]*provider.Client, provider.Call, *requests) {
	t.Helper()
	asked := &requests{}
	var clients []*provider.Client
	var call provider.Call
	for range n {
		var client *provider.Client
		client, call = limited(t, limit, asked.add)
		client.Allowances = l
		clients = append(clients, client)
	}
	return clients, call, asked
}

// insist sends a call until the limit admits it.
func insist(t *testing.T, client *provider.Client, call provider.Call) {
	t.Helper()
	for {
		_, err := client.Do(t.Context(), call)
		if err == nil {
			return
		}
		wanted := waitOf(t, err)
		if wanted <= 0 || wait(t.Context(), wanted) != nil {
			return
		}
	}
}

// waitOf returns how long to wait before a call is sent again. Any other error is
// none to expect of a limit.
func waitOf(t *testing.T, err error) time.Duration {
	t.Helper()
	problem, ok := errors.AsType[*turnstone.VendorError](err)
	if !ok || problem.Action != turnstone.VendorWait || problem.Wait <= 0 {
		t.Errorf("Do = %v, want to wait at most", err)
		return 0
	}
	return problem.Wait
}

func TestNodesTogetherKeepTheRateLimit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		interval := rapid.SampledFrom([]time.Duration{time.Second, 10 * time.Second, time.Minute}).Draw(rt, "interval")
		limit := element.RateLimit{Requests: rapid.IntRange(1, 120).Draw(rt, "limit"), Per: element.Duration(interval)}
		// Of the interval: short ones let rations grow, long ones let limits recover.
		pauses := rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0, 0, 0.0005, 0.003, 0.02, 0.2, 1}), 1, 20).Draw(rt, "pauses")
		pollers := rapid.IntRange(1, 8).Draw(rt, "pollers")
		processes := rapid.IntRange(1, 4).Draw(rt, "processes")
		latency := time.Duration(rapid.IntRange(0, 20).Draw(rt, "latency in ms")) * time.Millisecond
		synctest.Test(t, func(t *testing.T) {
			clients, call, asked := nodes(t, processes, limit, &ledger{latency: latency})
			var wg sync.WaitGroup
			for i := range pollers {
				wg.Go(func() {
					for n := range 1 + 3*limit.Requests/pollers {
						insist(t, clients[i%processes], call)
						_ = wait(t.Context(), time.Duration(pauses[(i+n)%len(pauses)]*float64(interval)))
					}
				})
			}
			wg.Wait()
			if most := mostIn(interval, asked.at); most > limit.Requests {
				rt.Errorf("%d requests in %v, want at most %d", most, interval, limit.Requests)
			}
		})
	})
}

// mostIn returns the most requests that any interval saw, of all that are open at
// their end.
func mostIn(interval time.Duration, at []time.Time) int {
	slices.SortFunc(at, time.Time.Compare)
	most, first := 0, 0
	for i := range at {
		for at[i].Sub(at[first]) >= interval {
			first++
		}
		most = max(most, i+1-first)
	}
	return most
}

func TestNodesKeepTheRateLimitWithRealDatabases(t *testing.T) {
	const limit, callers = 40, 6 // a tenth of the limit at once
	for _, name := range []string{"sqlite", "postgres"} {
		t.Run(name, func(t *testing.T) {
			db := storetest.Open(t)
			books := []provider.Allowances{db, db, db}
			if name == "postgres" {
				dir, url := t.TempDir(), storetest.Postgres(t)
				db = storetest.OpenURL(t, url, dir)
				books = []provider.Allowances{db, storetest.OpenURL(t, url, dir), storetest.OpenURL(t, url, dir)}
			}
			in := storetest.Instance(t, db, 1)
			asked := &requests{}
			var wg sync.WaitGroup
			for _, book := range books {
				client, call := limited(t, element.RateLimit{Requests: limit, Per: element.Duration(time.Hour)}, asked.add)
				client.Allowances, call.Instance = book, in
				for range callers {
					wg.Go(func() {
						if _, err := client.Do(t.Context(), call); err != nil {
							waitOf(t, err)
						}
					})
				}
			}
			wg.Wait()
			if got := len(asked.at); got < 1 || got > limit/10 {
				t.Errorf("%d requests at once, want between 1 and %d", got, limit/10)
			}
		})
	}
}

func TestASharedLimitIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit, interval = 100, 10 * time.Second
		clients, call, asked := nodes(t, 3, element.RateLimit{Requests: limit, Per: element.Duration(interval)}, &ledger{latency: time.Millisecond})
		begun := time.Now()
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				for time.Since(begun) < 10*interval {
					insist(t, clients[i%3], call)
				}
			})
		}
		wg.Wait()
		// Nine tenths are what one process alone would get.
		if least := 10 * limit * 85 / 100; len(asked.at) < least {
			t.Errorf("%d requests in ten intervals, want at least %d", len(asked.at), least)
		}
	})
}

func TestABusyInstanceBooksSeveralRequestsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &ledger{}
		clients, call, asked := nodes(t, 1, element.RateLimit{Requests: 10_000, Per: element.Duration(time.Minute)}, book)
		for range 200 {
			insist(t, clients[0], call)
			_ = wait(t.Context(), 5*time.Millisecond)
		}
		if len(asked.at) != 200 || len(book.costs) > 20 {
			t.Errorf("%d bookings for %d requests, want at most 20 for 200", len(book.costs), len(asked.at))
		}
	})
}

func TestAQuietInstanceBooksNoMoreThanItUses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &ledger{}
		clients, call, _ := nodes(t, 1, element.RateLimit{Requests: 1000, Per: element.Duration(time.Minute)}, book)
		for range 10 {
			insist(t, clients[0], call)
			_ = wait(t.Context(), time.Second)
		}
		if len(book.costs) != 10 || slices.Max(book.costs) != slices.Min(book.costs) {
			t.Errorf("booked %v for 10 requests, want 10 times the same", book.costs)
		}
	})
}

func TestALimitThatOthersUsedUpIsLeftToTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &ledger{}
		clients, call, asked := nodes(t, 2, element.RateLimit{Requests: 1, Per: element.Duration(time.Hour)}, book)
		insist(t, clients[0], call)
		_, err := clients[1].Do(t.Context(), call)
		got := vendorError(t, err)
		if got.Action != turnstone.VendorWait || got.Wait <= 59*time.Minute || got.Wait > time.Hour+time.Minute {
			t.Errorf("Do = %+v, want to wait for an hour", got)
		}
		call.Instance.ID++
		if _, err := clients[1].Do(t.Context(), call); err != nil {
			t.Errorf("Do for another credential: %v", err)
		}
		if len(asked.at) != 2 {
			t.Errorf("%d requests, want 2", len(asked.at))
		}
	})
}

func TestARequestThatCannotBeBookedIsNotMade(t *testing.T) {
	away := errors.New("database away")
	book := &ledger{err: away}
	clients, call, asked := nodes(t, 1, element.RateLimit{Requests: 10, Per: element.Duration(time.Minute)}, book)
	_, err := clients[0].Do(t.Context(), call)
	if _, blamed := errors.AsType[*turnstone.VendorError](err); blamed || !errors.Is(err, away) {
		t.Errorf("Do = %v, want %v, and no VendorError", err, away)
	}
	if !strings.Contains(err.Error(), "not asked: book 10 requests in 1m0s for instance 0") {
		t.Errorf("Do = %v, want what was not booked", err)
	}
	book.err = nil
	if _, err := clients[0].Do(t.Context(), call); err != nil || len(asked.at) != 1 {
		t.Errorf("Do = %v after %d requests, want one request once the database is back", err, len(asked.at))
	}
}

func TestACallerMayLeaveWhileAnotherBooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clients, call, asked := nodes(t, 1, element.RateLimit{Requests: 10, Per: element.Duration(time.Minute)}, &ledger{latency: time.Second})
		var wg sync.WaitGroup
		wg.Go(func() { insist(t, clients[0], call) })
		synctest.Wait() // the other books
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := clients[0].Do(ctx, call); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Do = %v, want %v", err, context.DeadlineExceeded)
		}
		wg.Wait()
		if len(asked.at) != 1 {
			t.Errorf("%d requests, want 1", len(asked.at))
		}
	})
}

func TestIdleRationsAreForgotten(t *testing.T) {
	now := time.Unix(0, 0)
	clients, call, _ := nodes(t, 1, element.RateLimit{Requests: 1, Per: element.Duration(time.Minute)}, &ledger{})
	clients[0].Now = func() time.Time { return now }
	for range 10_001 {
		call.Instance.ID++
		if _, err := clients[0].Do(t.Context(), call); err != nil {
			t.Fatalf("Do: %v", err)
		}
		now = now.Add(time.Second)
	}
	if got := clients[0].Rations(); got > 10 {
		t.Errorf("the client holds %d rations, want those in use", got)
	}
}
