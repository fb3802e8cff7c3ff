package instance_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
)

func TestCallbacksAreLimitedAsConfigured(t *testing.T) {
	type destination struct {
		Limits    turnstone.DestinationLimits
		Handshake turnstone.HandshakeMode
	}
	limited := func(pace time.Duration, concurrency int) destination {
		return destination{Limits: turnstone.DestinationLimits{Pace: pace, Concurrency: concurrency}}
	}
	tests := map[string]struct {
		pairs []string
		want  destination
	}{
		"nothing":                  {nil, destination{}},
		"a rate":                   {[]string{turnstone.KeyRate, "5"}, limited(200*time.Millisecond, 0)},
		"a fraction":               {[]string{turnstone.KeyRate, " 0.5 "}, limited(2*time.Second, 0)},
		"the lowest":               {[]string{turnstone.KeyRate, "0.0001"}, limited(10_000*time.Second, 0)},
		"the highest":              {[]string{turnstone.KeyRate, "10000"}, limited(100*time.Microsecond, 0)},
		"no rate":                  {[]string{turnstone.KeyRate, "0"}, destination{}},
		"concurrency":              {[]string{turnstone.KeyConcurrency, " 64"}, limited(0, 64)},
		"asked":                    {[]string{turnstone.KeyHandshake, "Ask"}, destination{Handshake: turnstone.HandshakeAsk}},
		"required":                 {[]string{turnstone.KeyHandshake, "required"}, destination{Handshake: turnstone.HandshakeRequired}},
		"elements":                 {[]string{turnstone.KeyFormat, "elements"}, destination{}},
		"cloudevents":              {[]string{turnstone.KeyFormat, "CloudEvents"}, destination{Handshake: turnstone.HandshakeAsk}},
		"cloudevents, required":    {[]string{turnstone.KeyFormat, "cloudevents", turnstone.KeyHandshake, "required"}, destination{Handshake: turnstone.HandshakeRequired}},
		"cloudevents, never asked": {[]string{turnstone.KeyFormat, "cloudevents", turnstone.KeyHandshake, "OFF"}, destination{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h, store := newSketch(t)
			h.create(input(tt.pairs...))
			w := store.last.Destination
			if diff := cmp.Diff(tt.want, destination{w.Limits, w.Handshake}); diff != "" {
				t.Errorf("destination (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNumbersAndWordsAreStoredAsTheyAreRead(t *testing.T) {
	h, _ := newSketch(t)
	made := h.create(input(
		turnstone.KeyFormat, " CloudEvents ", turnstone.KeyHandshake, "ASK", turnstone.KeyMaxChanges, " 050", turnstone.KeyMaxBytes, "65536",
		turnstone.KeyConcurrency, "8", turnstone.KeyDiff, "TRUE",
	))
	for key, want := range map[string]string{
		turnstone.KeyFormat: "cloudevents", turnstone.KeyHandshake: "ask", turnstone.KeyMaxChanges: "50", turnstone.KeyMaxBytes: "65536",
		turnstone.KeyConcurrency: "8", turnstone.KeyDiff: "true",
	} {
		if got := made.Configuration[key]; got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
}

func TestBadLimitsAreRefused(t *testing.T) {
	tests := map[string]struct {
		pairs []string
		want  map[string]string
	}{
		"words": {
			[]string{turnstone.KeyFormat, "xml", turnstone.KeyHandshake, "maybe", turnstone.KeyDiff, "yes"},
			map[string]string{
				turnstone.KeyFormat:    `is "xml"; write elements or cloudevents`,
				turnstone.KeyHandshake: `is "maybe"; write off, ask or required`,
				turnstone.KeyDiff:      `is "yes"; write true or false`,
			},
		},
		"too little": {
			[]string{turnstone.KeyMaxChanges, "0", turnstone.KeyMaxBytes, "65535", turnstone.KeyConcurrency, "0", turnstone.KeyRate, "0.00001"},
			map[string]string{
				turnstone.KeyMaxChanges: "write a whole number from 1 to 100", turnstone.KeyMaxBytes: "from 65536 to 8388608",
				turnstone.KeyConcurrency: "from 1 to 64", turnstone.KeyRate: `is "0.00001"; write how many callbacks a second there may be, from 0.0001 to 10000`,
			},
		},
		"too much": {
			[]string{turnstone.KeyMaxChanges, "101", turnstone.KeyMaxBytes, "8388609", turnstone.KeyConcurrency, "65", turnstone.KeyRate, "10001"},
			map[string]string{turnstone.KeyMaxChanges: "", turnstone.KeyMaxBytes: "", turnstone.KeyConcurrency: "", turnstone.KeyRate: ""},
		},
		"no numbers": {
			[]string{turnstone.KeyMaxChanges, "1.5", turnstone.KeyMaxBytes, "4MB", turnstone.KeyConcurrency, "-1", turnstone.KeyRate, "1e3"},
			map[string]string{turnstone.KeyMaxChanges: "", turnstone.KeyMaxBytes: "", turnstone.KeyConcurrency: "", turnstone.KeyRate: ""},
		},
		"a rate of points": {[]string{turnstone.KeyRate, "1.2.3"}, map[string]string{turnstone.KeyRate: ""}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h, _ := newSketch(t)
			h.refused(input(tt.pairs...), tt.want)
		})
	}
}

func TestIdlePollersSlowDownToTheMaximum(t *testing.T) {
	tests := map[string]struct {
		pairs []string
		want  time.Duration
	}{
		"none":              {nil, 0},
		"off":               {[]string{turnstone.KeyMaxInterval, "0"}, 0},
		"the same":          {[]string{turnstone.KeyMaxInterval, "15"}, 15 * time.Minute},
		"longer":            {[]string{turnstone.KeyMaxInterval, " 60 ", turnstone.KeyRefreshInterval, "1"}, time.Hour},
		"longer than times": {[]string{turnstone.KeyMaxInterval, "999999999"}, 100 * 365 * 24 * time.Hour},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h, store := newSketch(t)
			h.create(input(tt.pairs...))
			if got := store.last.Pollers[0].MaxInterval; got != tt.want {
				t.Errorf("MaxInterval = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestBadMaximumIntervalsAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"14":   "is 14 minutes, and event.poller.refresh_interval is longer; write at least 15, or leave it out",
		"-5":   "write a number of minutes",
		"long": `is "long"; write a number of minutes, such as 60, or leave it out`,
		"60.5": "write whole minutes",
	} {
		h, _ := newSketch(t)
		h.refused(input(turnstone.KeyMaxInterval, text), map[string]string{turnstone.KeyMaxInterval: want})
	}
}

func TestDisablingKeepsTheMaximumInterval(t *testing.T) {
	h := newHouse(t)
	made := h.create(input(turnstone.KeyMaxInterval, "60"))
	store := h.record()
	if err := h.Disable(t.Context(), made.AccountID, made.ID); err != nil {
		t.Fatal(err)
	}
	if got := store.last.Pollers[0].MaxInterval; got != time.Hour {
		t.Errorf("MaxInterval = %v, want %v", got, time.Hour)
	}
}
