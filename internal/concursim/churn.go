package concursim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"turnstone/internal/concursim/expense"
)

// Order asks for changes by hand.
type Order struct {
	// Count is how many changes to make.
	Count int `json:"count"`
	// Company is the number of the company they befall; 0 leaves it to chance.
	Company int `json:"company"`
	// Resource names the resource whose objects change, as the index of the control
	// endpoints lists them; empty: reports.
	Resource string `json:"resource"`
	// Kind restricts the changes to new reports, to known ones, or to their deletion;
	// empty leaves it to chance. Where no report can be updated or deleted any more
	// one is created.
	Kind Kind `json:"kind"`
}

// maxOrder keeps one request from filling the memory.
const maxOrder = 1_000_000

func (o Order) validate() error {
	var problems []error
	if o.Count < 1 || o.Count > maxOrder {
		problems = append(problems, fmt.Errorf("count is %d; use 1 to %d", o.Count, maxOrder))
	}
	if o.Kind != "" && o.Kind != Created && o.Kind != Updated && o.Kind != Deleted {
		problems = append(problems, fmt.Errorf("kind is %q; use %s, %s or %s, or leave it out", o.Kind, Created, Updated, Deleted))
	}
	return errors.Join(problems...)
}

// Change makes the changes of the order at once and returns them, with their
// ShownUntil as it was when each was made. Unless the clock moves meanwhile they
// are stamped with the same instant. It returns an error, with the changes made until
// then, if the resource has no such change, or nothing left to change.
func (s *Simulator) Change(o Order) ([]Version, error) {
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("ordering changes: %w", err)
	}
	if o.Resource != "" {
		return s.changeOthers(o)
	}
	made, err := s.make(o)
	if err != nil {
		return nil, fmt.Errorf("ordering changes: %w", err)
	}
	return slices.Collect(reveal(made, s.lastBase())), nil
}

func (s *Simulator) make(o Order) ([]finding, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.Company != 0 {
		if _, err := s.ledger.Company(o.Company); err != nil {
			return nil, err
		}
	}
	defer s.announce()
	made := make([]finding, o.Count)
	for i := range made {
		made[i] = find(s.ledger.Change(expense.Choice{Company: o.Company, Kind: o.Kind}, s.now(), s.Switches().Rules()))
	}
	return made, nil
}

// Step makes the changes that have become due at Options.Rate since the step
// before, or since New, as of now, and returns how many. The first step after
// Load makes none: nothing happens while the simulator is on paper.
func (s *Simulator) Step(now time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.step(now.UTC())
}

// step makes the changes that have become due, and tells of them.
func (s *Simulator) step(now time.Time) int {
	defer s.announce()
	rules := s.Switches().Rules()
	return s.ledger.Step(now, s.rate, rules) + s.book.Step(now, s.otherRate, rules)
}

// Run makes changes at Options.Rate and Options.OtherRate, and delivers events, until
// ctx ends; then it returns nil.
func (s *Simulator) Run(ctx context.Context) error {
	var delivering sync.WaitGroup
	delivering.Go(func() { s.events.Run(ctx) })
	defer delivering.Wait()
	rate := s.rate + s.otherRate
	if rate <= 0 {
		<-ctx.Done()
		return nil
	}
	ticker := time.NewTicker(pace(rate))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			s.tick()
		}
	}
}

// pace is how often Run looks for changes that are due: once a change, so that
// they have stamps of their own, within limits that spare the processor.
func pace(rate float64) time.Duration {
	return min(max(time.Duration(float64(time.Second)/rate), 5*time.Millisecond), time.Second)
}

// maxGap bounds the changes that Run makes up for: a machine that slept all
// night does not wake up to a night's worth of them.
const maxGap = 5 * time.Second

// tick reads the clock under the lock: no client may see a time later than the
// stamp of a change before it sees the change.
func (s *Simulator) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if now.Sub(s.ledger.Last()) > maxGap {
		s.ledger.Rest(now)
		s.book.Rest(now)
	}
	s.step(now)
}
