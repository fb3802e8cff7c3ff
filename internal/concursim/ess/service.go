package ess

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"turnstone/internal/concursim/fault"
)

// Options say how the service lives.
type Options struct {
	// Clock is its time.
	Clock func() time.Time
	// Switches are read for each event.
	Switches func() fault.Switches
	// Networks are those besides loopback that may be posted to.
	Networks []netip.Prefix
}

// Service keeps subscriptions and delivers events. Its methods are safe for concurrent
// use.
type Service struct {
	clock    func() time.Time
	switches func() fault.Switches
	client   *http.Client
	sign     signer
	wake     chan struct{} // holds one signal that the queue has changed

	mu    sync.Mutex // guards the following
	apps  map[string]*app
	queue []*Delivery
	log   []*Delivery
}

// New returns a service without subscriptions.
func New(o Options) *Service {
	return &Service{
		clock: o.Clock, switches: o.Switches, client: newClient(o.Networks), sign: newSigner(),
		wake: make(chan struct{}, 1), apps: map[string]*app{},
	}
}

// Delivery is one event owed to one subscription, and what became of it.
type Delivery struct {
	Subscription string    `json:"subscription"`
	Endpoint     string    `json:"endpoint"`
	Event        Event     `json:"event"`
	Published    time.Time `json:"published"`
	// State is pending, delivered, refused (with a status after which Concur does not
	// try again) or expired.
	State    string    `json:"state"`
	Attempts []Attempt `json:"attempts"`

	body []byte
	busy bool
}

// Attempt is one POST.
type Attempt struct {
	Time time.Time `json:"time"`
	// Status is 0 if there was no answer; Err then says why.
	Status int    `json:"status,omitempty"`
	Err    string `json:"err,omitempty"`
}

// Limits of what the real service promises, and of our memory.
const (
	retention = 72 * time.Hour
	ackWithin = 60 * time.Second
	threads   = 24
	maxWait   = 5 * time.Minute
	maxLog    = 20_000
)

// Publish makes a delivery for every subscription that wants the event.
func (s *Service) Publish(events ...Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sw := s.switches()
	for _, e := range events {
		for id := range s.apps {
			for _, sub := range s.subscriptions(id) {
				if sub.wants(e) {
					s.enqueue(sub, e, sw)
				}
			}
		}
	}
}

// enqueue owes the event to the subscription: once, or twice.
func (s *Service) enqueue(sub Subscription, e Event, sw fault.Switches) {
	body, err := json.Marshal(e)
	if err != nil { // an event always has a JSON form
		return
	}
	times := 1
	if sw.EventRepeatShare > 0 && rand.Float64() < sw.EventRepeatShare {
		times = 2
	}
	for range times {
		d := &Delivery{Subscription: sub.ID, Endpoint: sub.Webhook.Endpoint, Event: e, Published: s.clock(), State: "pending", body: body}
		s.queue = append(s.queue, d)
		s.log = append(s.log, d)
	}
	if len(s.log) > maxLog {
		s.log = slices.Delete(s.log, 0, maxLog/2)
	}
	s.signal()
}

func (s *Service) signal() {
	select {
	case s.wake <- struct{}{}:
	default: // a signal is waiting already
	}
}

// Deliveries returns the latest deliveries in the order in which they came up.
func (s *Service) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []Delivery{}
	for _, d := range s.log {
		c := *d
		c.Attempts = append([]Attempt{}, d.Attempts...)
		all = append(all, c)
	}
	return all
}

// Run delivers until ctx ends, and then waits for the attempts under way.
func (s *Service) Run(ctx context.Context) {
	var attempts sync.WaitGroup
	defer attempts.Wait()
	for {
		for _, d := range s.take() {
			attempts.Go(func() { s.attempt(ctx, d) })
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		}
	}
}

// take returns what may be sent now: one delivery for each subscription, in order; or,
// when events are shuffled, any.
func (s *Service) take() []*Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	sw := s.switches()
	running, busy := 0, map[string]bool{}
	for _, d := range s.queue {
		if d.busy {
			running++
			busy[d.Subscription] = true
		}
	}
	order := slices.Clone(s.queue)
	if sw.EventShuffle {
		rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	var taken []*Delivery
	for _, d := range order {
		if d.busy || running == threads || busy[d.Subscription] && !sw.EventShuffle {
			continue
		}
		d.busy, busy[d.Subscription] = true, true
		running++
		taken = append(taken, d)
	}
	return taken
}

// attempt posts the delivery once. One that is to be repeated waits outside the queue,
// so that it holds up no other.
func (s *Service) attempt(ctx context.Context, d *Delivery) {
	a := Attempt{Time: s.clock()}
	status, err := s.post(ctx, d)
	a.Status = status
	if err != nil {
		a.Err = err.Error()
	}
	s.mu.Lock()
	d.Attempts = append(d.Attempts, a)
	d.State = stateAfter(status, s.clock().Sub(d.Published))
	s.queue = slices.DeleteFunc(s.queue, func(other *Delivery) bool { return other == d })
	d.busy = false
	wait := s.backoff(len(d.Attempts))
	again := d.State == "pending"
	s.mu.Unlock()
	s.signal()
	if !again {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	s.mu.Lock()
	s.queue = append(s.queue, d)
	s.mu.Unlock()
	s.signal()
}

// stateAfter is what becomes of a delivery of an age that was answered with a status,
// or not at all.
func stateAfter(status int, age time.Duration) string {
	again := status == 0 || status >= 500 ||
		status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusTooManyRequests
	switch {
	case status >= 200 && status < 300:
		return "delivered"
	case !again:
		return "refused"
	case age > retention:
		return "expired"
	}
	return "pending"
}

func (s *Service) backoff(attempts int) time.Duration {
	first := time.Duration(s.switches().EventRetrySeconds * float64(time.Second))
	return min(first<<min(attempts-1, 16), maxWait)
}

// post sends the event and returns the status of the answer; 0 if there was none.
func (s *Service) post(ctx context.Context, d *Delivery) (int, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, ackWithin, errors.New("no answer within 60 seconds"))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Endpoint, bytes.NewReader(d.body))
	if err != nil {
		return 0, fmt.Errorf("posting to %s: %w", d.Endpoint, err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Concur-Correlationid", d.Event.CorrelationID)
	if signature := s.sign.signature(d.body, s.switches().EventSignature); signature != "" {
		request.Header.Set("Concur-Signature", signature)
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return 0, cmp.Or(context.Cause(ctx), err)
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 64<<10) // so that the connection can be used again
	return answer.StatusCode, nil
}
