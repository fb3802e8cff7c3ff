package deliver_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"turnstone"
	"turnstone/internal/deliver"
)

const (
	crowd   = 3000            // destinations
	dying   = 1000            // of them are dead, a quarter each way
	news    = 3               // events for each
	between = 4 * time.Minute // two of them, longer than a dead receiver's probe takes
)

// drip is an answer that sends a byte a second, for as long as it is read.
type drip struct{ ctx context.Context }

func (d drip) Read(p []byte) (int, error) {
	if err := busy(d.ctx, time.Second); err != nil {
		return 0, err
	}
	p[0] = ' '
	return 1, nil
}

func (d drip) Close() error { return nil }

// crowded is a network of many receivers, some of which are dead: they hang, refuse,
// fail, or answer a byte a second.
type crowded struct {
	*receivers
	dead           int64 // the first so many
	underWay, most atomic.Int64
}

func (c *crowded) RoundTrip(r *http.Request) (*http.Response, error) {
	c.most.Store(max(c.most.Load(), c.underWay.Add(1)))
	defer c.underWay.Add(-1)
	response, err := c.receivers.RoundTrip(r)
	if number(r) <= c.dead && number(r)%4 == 3 && err == nil {
		response.Body = drip{r.Context()}
	}
	return response, err
}

// answer is what the receivers do with a post.
func (c *crowded) answer(r *http.Request, _ int64) (int, error) {
	if number(r) > c.dead {
		return 200, busy(r.Context(), 20*time.Millisecond)
	}
	switch number(r) % 4 {
	case 0:
		return 0, busy(r.Context(), 24*time.Hour)
	case 1:
		return 0, errors.New("connection refused")
	case 2:
		return 500, nil
	}
	return 200, nil
}

// number returns which receiver a request is for.
func number(r *http.Request) (n int64) {
	if _, err := fmt.Sscanf(r.URL.Host, "r%d.", &n); err != nil {
		panic(err)
	}
	return n
}

// deliverToCrowd lets a crowd, some of which are dead, be sent news for 12
// minutes, and returns the world after that.
func deliverToCrowd(t *testing.T, dead int64) (*world, *crowded) {
	t.Helper()
	var destinations []turnstone.Destination
	for id := range int64(crowd) {
		destinations = append(destinations, to(id+1))
	}
	w := newWorld(destinations...)
	w.loop.Log = slog.New(slog.DiscardHandler)
	w.loop.Tick = time.Second // a claim of the store in memory looks at all
	network := &crowded{receivers: w.net, dead: dead}
	w.net.answer = network.answer
	w.loop.Client = &http.Client{Transport: network}
	stop := w.running(t)
	for n := range int64(news) {
		for d := range int64(crowd) {
			w.store.publish(d+1, n*crowd+d+1, fmt.Sprint(n%3))
		}
		after(between)
	}
	stop()
	return w, network
}

// worst returns how long after it was stored the last of the living's posts ended.
func worst(w *world, dead int64, begun time.Time) (late time.Duration, posts int) {
	for _, p := range w.net.got() {
		if d := (p.id-1)%crowd + 1; d > dead {
			stored := begun.Add(time.Duration((p.id-1)/crowd) * between)
			late, posts = max(late, p.end.Sub(stored)), posts+1
		}
	}
	return late, posts
}

// A third of all receivers is dead, each in its way. The others get every event as
// soon as they would among the living alone; the dead cost a slot each while they are
// probed, and are probed on schedule.
func TestManyDeadReceiversDelayNobody(t *testing.T) {
	var alone time.Duration
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		w, _ := deliverToCrowd(t, 0)
		late, posts := worst(w, 0, begun)
		if alone = late; posts != crowd*news {
			t.Fatalf("%d posts among the living, want %d", posts, crowd*news)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		w, network := deliverToCrowd(t, dying)
		late, posts := worst(w, dying, begun)
		if posts != (crowd-dying)*news {
			t.Errorf("the living got %d posts, want %d", posts, (crowd-dying)*news)
		}
		if late > alone+w.loop.Tick {
			t.Errorf("an event reached a living receiver after %v, want %v as among the living alone", late, alone)
		}
		if most := network.most.Load(); most > int64(w.loop.Lanes) {
			t.Errorf("%d posts were under way at a time, want no more than lanes", most)
		}
		w.probedOnSchedule(t)
	})
}

// probedOnSchedule fails the test unless each dead receiver was tried one at a time,
// each event no earlier than its schedule has it, and no attempt held its slot beyond
// the timeout.
func (w *world) probedOnSchedule(t *testing.T) {
	t.Helper()
	for id := range int64(dying) {
		d := w.store.read(id + 1)
		if len(d.owed) != news || d.lease.Destination.Failures != len(d.attempts) {
			t.Fatalf("dead receiver %d is owed %d after %d failures, want all %d", id+1, len(d.owed), d.lease.Destination.Failures, news)
		}
		if err := onEachSchedule(d.attempts, w.loop.Timeout); err != nil {
			t.Fatalf("dead receiver %d: %v", id+1, err)
		}
		if n := d.owed[id+1].Attempts; n < 4 {
			t.Fatalf("dead receiver %d was sent its first event %d times in 12 minutes, want its schedule", id+1, n)
		}
	}
}

// onEachSchedule returns what is wrong with the attempts at a dead receiver.
func onEachSchedule(attempts []turnstone.Attempt, timeout time.Duration) error {
	var ended time.Time
	first, due := make(map[int64]time.Time), make(map[int64]time.Time)
	for i, a := range attempts {
		end := a.At.Add(a.Took)
		switch {
		case a.Took > timeout:
			return fmt.Errorf("an attempt took %v, want %v at most", a.Took, timeout)
		case i >= 3 && a.At.Before(ended): // the first three may be under way together
			return fmt.Errorf("event %d was tried while another was", a.EventID)
		case a.At.Before(due[a.EventID]):
			return fmt.Errorf("event %d was tried %v early", a.EventID, due[a.EventID].Sub(a.At))
		}
		if ended = end; first[a.EventID].IsZero() {
			first[a.EventID] = end
		}
		due[a.EventID], _ = deliver.DefaultSchedule.Next(first[a.EventID], end, 0)
	}
	return nil
}

// An answer of a byte a second holds its slot for the timeout, not for its length.
func TestASlowAnswerIsCutAtTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(3))
		network := &crowded{receivers: w.net, dead: 3}
		w.net.answer = network.answer
		w.loop.Client = &http.Client{Transport: network}
		w.store.publish(3, 1, "a")
		stop := w.running(t)
		after(32 * time.Second)
		stop()
		a := w.store.read(3).attempts[0]
		if a.Took != deliver.DefaultTimeout || a.Status != 200 || !strings.Contains(a.Problem, "but not to its end") {
			t.Errorf("attempt = %+v, want it cut after the timeout, and a failure", a)
		}
	})
}
