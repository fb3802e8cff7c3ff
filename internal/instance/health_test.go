package instance_test

import (
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/instance"
)

func TestHealthIsTwoFacts(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	good, old := now.Add(-time.Minute), now.Add(-time.Hour)
	poller := func(change func(p *turnstone.Poller)) turnstone.Poller {
		p := turnstone.Poller{Resource: "reports", State: turnstone.PollerActive, Interval: 15 * time.Minute, LastGoodAt: good, NextAt: now.Add(time.Minute)}
		change(&p)
		return p
	}
	destination := func(change func(d *turnstone.Destination)) turnstone.Destination {
		d := turnstone.Destination{ID: 3, State: turnstone.DestinationActive, LastGoodAt: good}
		change(&d)
		return d
	}
	well := poller(func(*turnstone.Poller) {})
	kept := destination(func(*turnstone.Destination) {})
	tests := map[string]struct {
		disabled            bool
		pollers             []turnstone.Poller
		destinations        []turnstone.Destination
		reading, delivering instance.Condition
		ok                  [2]bool
		says                string // in a problem or remedy
	}{
		"all is well":                {false, []turnstone.Poller{well}, []turnstone.Destination{kept}, "ok", "ok", [2]bool{true, true}, ""},
		"nothing to do":              {false, nil, nil, "idle", "idle", [2]bool{true, true}, "event.notification.callback.url"},
		"disabled":                   {true, []turnstone.Poller{well}, []turnstone.Destination{kept}, "off", "ok", [2]bool{false, true}, "PUT /instances/{id}/enabled"},
		"not authorised":             {false, []turnstone.Poller{poller(func(p *turnstone.Poller) { p.State = turnstone.PollerAwaiting })}, nil, "stopped", "idle", [2]bool{false, true}, "oauth/url"},
		"events are off":             {false, []turnstone.Poller{poller(func(p *turnstone.Poller) { p.State = turnstone.PollerPaused })}, nil, "idle", "idle", [2]bool{true, true}, "events are off"},
		"parked":                     {false, []turnstone.Poller{poller(func(p *turnstone.Poller) { p.State, p.Problem = turnstone.PollerParked, "the vendor answered 500" })}, nil, "stopped", "idle", [2]bool{false, true}, "the vendor answered 500"},
		"one of two fails":           {false, []turnstone.Poller{well, poller(func(p *turnstone.Poller) { p.Resource, p.Problem = "items", "the vendor answered 500" })}, nil, "failing", "idle", [2]bool{false, true}, "items: the vendor answered 500"},
		"not read yet":               {false, []turnstone.Poller{poller(func(p *turnstone.Poller) { p.LastGoodAt = time.Time{} })}, nil, "starting", "idle", [2]bool{true, true}, "not complete yet"},
		"nobody polls":               {false, []turnstone.Poller{poller(func(p *turnstone.Poller) { p.NextAt = old })}, nil, "behind", "idle", [2]bool{false, true}, "was due at 2026-11-23T11:00:00Z"},
		"a filter that fits nothing": {false, []turnstone.Poller{poller(func(p *turnstone.Poller) { p.Memo.Blind = "none of the records has updated_att" })}, nil, "behind", "idle", [2]bool{false, true}, "none of the records has updated_att"},
		"deletions held back":        {false, []turnstone.Poller{poller(func(p *turnstone.Poller) { p.Memo.Held = "40 of 100 objects would be gone" })}, nil, "behind", "idle", [2]bool{false, true}, "maxDeletedShare"},
		"the receiver fails":         {false, []turnstone.Poller{well}, []turnstone.Destination{destination(func(d *turnstone.Destination) { d.Failures, d.Problem = 1, "the receiver answered 500" })}, "ok", "failing", [2]bool{true, false}, "the receiver answered 500"},
		"given up":                   {false, []turnstone.Poller{well}, []turnstone.Destination{kept, destination(func(d *turnstone.Destination) { d.ID, d.State, d.Problem = 4, turnstone.DestinationInactive, "gone" })}, "ok", "stopped", [2]bool{true, false}, "4: gone"},
		"the client is refused": {false, []turnstone.Poller{poller(func(p *turnstone.Poller) {
			p.State, p.Problem = turnstone.PollerAwaiting, "the vendor answered 401: client not found"
		})}, nil, "stopped", "idle", [2]bool{false, true}, "oauth.api.key"},
		"a redirect": {false, []turnstone.Poller{well}, []turnstone.Destination{destination(func(d *turnstone.Destination) {
			d.Failures, d.Problem = 1, "the receiver answered 301 with a redirect, which is not followed; configure the final address"
		})}, "ok", "failing", [2]bool{true, false}, "configure the final address; it is tried again by itself"},
		"the handshake is refused": {false, []turnstone.Poller{well}, []turnstone.Destination{destination(func(d *turnstone.Destination) {
			d.State, d.Problem = turnstone.DestinationInactive, "the receiver answered the handshake with another origin; let it answer OPTIONS"
		})}, "ok", "stopped", [2]bool{true, false}, "let it answer OPTIONS; then POST"},
		"some wait":           {false, []turnstone.Poller{well}, []turnstone.Destination{destination(func(d *turnstone.Destination) { d.Owed, d.Queued = 5, 2 })}, "ok", "behind", [2]bool{true, false}, "2 deliveries failed and wait"},
		"owed, and not tried": {false, []turnstone.Poller{well}, []turnstone.Destination{destination(func(d *turnstone.Destination) { d.LastGoodAt, d.Owed = time.Time{}, 3 })}, "ok", "starting", [2]bool{true, true}, ""},
		"nothing sent yet":    {false, []turnstone.Poller{well}, []turnstone.Destination{destination(func(d *turnstone.Destination) { d.LastGoodAt = time.Time{} })}, "ok", "starting", [2]bool{true, true}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := instance.HealthOf(turnstone.Instance{Element: "concur", Disabled: tt.disabled}, tt.pollers, tt.destinations, now)
			if h.Reading.Condition != tt.reading || h.Delivering.Condition != tt.delivering {
				t.Errorf("HealthOf = %s, %s, want %s, %s", h.Reading.Condition, h.Delivering.Condition, tt.reading, tt.delivering)
			}
			if got := [2]bool{h.Reading.OK(), h.Delivering.OK()}; got != tt.ok {
				t.Errorf("OK = %v, want %v", got, tt.ok)
			}
			said := strings.Join([]string{h.Reading.Problem, h.Reading.Remedy, h.Delivering.Problem, h.Delivering.Remedy}, "\n")
			if !strings.Contains(said, tt.says) {
				t.Errorf("it says %q, want %q in it", said, tt.says)
			}
		})
	}
}

func TestADisabledInstanceSaysSoOfEachPoller(t *testing.T) {
	pollers := []turnstone.Poller{{Resource: "reports", State: turnstone.PollerPaused}}
	h := instance.HealthOf(turnstone.Instance{Disabled: true}, pollers, nil, time.Time{})
	if got := h.Pollers[0]; got.Condition != instance.ConditionOff || got.Problem != "the instance is disabled" || got.Remedy != h.Reading.Remedy {
		t.Errorf("poller = %+v, want what is said of the instance, %+v", got, h.Reading)
	}
}

func TestTheSummaryIsAsOldAsItsOldestPart(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	pollers := []turnstone.Poller{
		{Resource: "a", State: turnstone.PollerActive, LastGoodAt: now, NextAt: now},
		{Resource: "b", State: turnstone.PollerActive, LastGoodAt: now.Add(-time.Hour), NextAt: now},
	}
	destinations := []turnstone.Destination{{ID: 1, Owed: 2, LastGoodAt: now}, {ID: 2, Owed: 3}}
	h := instance.HealthOf(turnstone.Instance{}, pollers, destinations, now)
	if !h.Reading.LastGoodAt.Equal(now.Add(-time.Hour)) || !h.Delivering.LastGoodAt.IsZero() || h.Owed != 5 {
		t.Errorf("HealthOf = %v, %v, %d owed, want the oldest times and 5", h.Reading.LastGoodAt, h.Delivering.LastGoodAt, h.Owed)
	}
}
