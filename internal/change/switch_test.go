package change_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/change"
)

// with returns the rule with some switches set.
func with(alter ...func(r *change.Rule)) change.Rule {
	r := rule()
	for _, a := range alter {
		a(&r)
	}
	return r
}

// The switches of a configuration.
func ignoreUpdated(r *change.Rule) { r.IgnoreUpdated = true }
func baseline(r *change.Rule)      { r.From, r.Baseline = time.Time{}, true }
func everything(r *change.Rule)    { r.Since, r.From = time.Time{}, time.Time{} }
func noCreated(r *change.Rule)     { r.Created = change.Date{} }
func noDates(r *change.Rule)       { r.Updated, r.Created = change.Date{}, change.Date{} }
func leaveLater(r *change.Rule)    { r.Before = since.Add(time.Minute) }
func datesDecide(r *change.Rule)   { r.DatesDecide, r.Tolerance = true, 10*time.Second }
func again(r *change.Rule) {
	r.Again, r.Since, r.From = true, since.Add(-time.Minute), since.Add(-time.Minute)
}

func TestSwitchesDecideOnUnknownObjects(t *testing.T) {
	tests := map[string]struct {
		rule             change.Rule
		created, updated string
		want             string
	}{
		"the updated date does not count, old":                {with(ignoreUpdated), at(-time.Hour), at(time.Second), "earlier learn remember"},
		"the updated date does not count, older than window":  {with(ignoreUpdated), at(-time.Hour), at(-time.Hour), "earlier learn remember"},
		"the updated date does not count, new":                {with(ignoreUpdated), at(0), at(-time.Hour), "CREATED new learn remember"},
		"the updated date does not count, no other":           {with(ignoreUpdated, noCreated), "", at(-time.Hour), "CREATED new learn remember"},
		"the updated date does not count, no other, baseline": {with(ignoreUpdated, noCreated, baseline), "", at(time.Second), "there learn remember"},
		"the updated date does not count, unreadable":         {with(ignoreUpdated), "soon", at(-time.Hour), "CREATED new learn remember"},
		"the updated date does not count, new, baseline":      {with(ignoreUpdated, baseline), at(time.Second), at(time.Second), "CREATED new learn remember"},

		"everything is news, old":            {with(everything), at(-time.Hour), at(-time.Hour), "CREATED new learn remember"},
		"everything is news, no created":     {with(everything, noCreated), "", at(-time.Hour), "CREATED new learn remember"},
		"everything is news, unreadable":     {with(everything), "soon", "later", "CREATED new learn remember"},
		"everything is news, no dates":       {with(everything, noDates), "", "", "CREATED new learn remember"},
		"everything is news, dates say old":  {with(everything, datesDecide), at(-time.Hour), at(-time.Minute), "UPDATED seen learn remember"},
		"everything is news, dates are same": {with(everything, datesDecide), at(-time.Hour), at(-time.Hour), "CREATED new learn remember"},

		"left to the next poll":              {with(leaveLater), at(0), at(time.Minute + time.Millisecond), "later remember"},
		"at the moment the poll began":       {with(leaveLater), at(0), at(time.Minute), "CREATED new learn remember"},
		"undated is not left":                {with(leaveLater), at(0), "", "CREATED new learn remember"},
		"from the future is not left":        {with(leaveLater), at(0), at(time.Hour + time.Second), "CREATED new learn remember"},
		"later than the moment it came":      {with(leaveLater), at(0), at(time.Hour), "later remember"},
		"later, and the date does not count": {with(leaveLater, ignoreUpdated), at(0), at(time.Hour), "later remember"},

		"dates are the same":              {with(datesDecide), at(-30 * time.Second), at(-30 * time.Second), "earlier learn remember"},
		"dates are the same, since":       {with(datesDecide), at(time.Second), at(time.Second), "CREATED new learn remember"},
		"dates at the tolerance":          {with(datesDecide), at(time.Second), at(11 * time.Second), "CREATED new learn remember"},
		"dates past the tolerance":        {with(datesDecide), at(time.Second), at(11*time.Second + time.Millisecond), "UPDATED seen learn remember"},
		"dates the other way round":       {with(datesDecide), at(11 * time.Second), at(time.Second), "CREATED new learn remember"},
		"dates, one cannot be read":       {with(datesDecide), "soon", at(time.Second), "UPDATED seen learn remember"},
		"dates, created recently":         {with(datesDecide), at(time.Second), at(time.Minute), "UPDATED seen learn remember"},
		"dates, imported with an old one": {with(datesDecide), at(time.Second), at(-time.Hour), "outside"},
		"dates, and updated is ignored":   {with(datesDecide, ignoreUpdated), at(time.Second), at(-time.Hour), "UPDATED seen learn remember"},
		"dates, none":                     {with(datesDecide, noDates), "", "", "CREATED new learn remember"},

		"again, from before the window": {with(again), at(-time.Hour), at(-time.Hour), "earlier"},
		"again, unknown":                {with(again), at(-time.Hour), at(0), "UPDATED replay learn remember"},
		"again, unknown and new":        {with(again), at(0), at(0), "CREATED replay learn remember"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			objects := identify(t, tt.rule, record("A", tt.created, tt.updated, ""))
			if got := told(tt.rule.Judge(objects, nil)[0]); got != tt.want {
				t.Errorf("Judge = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestSwitchesDecideOnKnownObjects(t *testing.T) {
	tests := map[string]struct {
		rule       change.Rule
		known, now json.RawMessage
		want       string
	}{
		"the updated date does not count": {
			with(ignoreUpdated), record("A", at(-time.Hour), at(-time.Hour), "x"), record("A", at(-time.Hour), at(-time.Hour), "y"), "UPDATED differs learn remember",
		},
		"left to the next poll": {
			with(leaveLater), record("A", at(0), at(0), "x"), record("A", at(0), at(2*time.Minute), "y"), "later remember",
		},
		"known, and later": {
			with(leaveLater), record("A", at(0), at(2*time.Minute), "x"), record("A", at(0), at(2*time.Minute), "x"), "same",
		},
		"dates say created": {
			with(datesDecide), record("A", at(0), at(time.Second), "x"), record("A", at(0), at(5*time.Second), "y"), "CREATED differs learn remember",
		},
		"dates say updated": {
			with(datesDecide), record("A", at(0), at(time.Second), "x"), record("A", at(0), at(time.Minute), "y"), "UPDATED differs learn remember",
		},
		"dates, the same content": {
			with(datesDecide), record("A", at(0), at(time.Second), "x"), record("A", at(0), at(time.Second), "x"), "same",
		},
		"dates, before the window": {
			with(datesDecide), record("A", at(-time.Hour), at(-time.Hour), "x"), record("A", at(-time.Hour), at(-time.Hour/2), "y"), "outside",
		},
		"dates, before the window, and updated is ignored": {
			with(datesDecide, ignoreUpdated), record("A", at(-time.Hour), at(-time.Hour), "x"), record("A", at(-time.Hour), at(-time.Hour/2), "y"), "UPDATED differs learn remember",
		},
		"again, the same": {
			with(again), record("A", at(-time.Hour), at(0), "x"), record("A", at(-time.Hour), at(0), "x"), "UPDATED replay remember",
		},
		"again, created since": {
			with(again), record("A", at(0), at(0), "x"), record("A", at(0), at(0), "x"), "CREATED replay remember",
		},
		"again, and the dates decide": {
			with(again, datesDecide), record("A", at(0), at(time.Minute), "x"), record("A", at(0), at(time.Minute), "x"), "UPDATED replay remember",
		},
		"again, without a date": {
			with(again, noDates), record("A", "", "", "x"), record("A", "", "", "x"), "UPDATED replay remember",
		},
		"again, another": {
			with(again), record("A", at(0), at(0), "x"), record("A", at(0), at(time.Second), "y"), "UPDATED differs learn remember",
		},
		"again, before the window": {
			with(again), record("A", at(-time.Hour), at(-time.Hour), "x"), record("A", at(-time.Hour), at(-time.Hour), "x"), "same",
		},
		"again, at the edge of the window": {
			with(again), record("A", at(-time.Hour), cut(-time.Minute), "x"), record("A", at(-time.Hour), cut(-time.Minute), "x"), "UPDATED replay remember",
		},
		"again, a replica that lags": {
			with(again), record("A", at(0), at(time.Second), "y"), record("A", at(0), at(0), "x"), "stale remember",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			versions := known(t, tt.rule, tt.known)
			if got := told(tt.rule.Judge(identify(t, tt.rule, tt.now), versions)[0]); got != tt.want {
				t.Errorf("Judge = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestADeletedObjectIsToldAgainIfItWasToldAtAll(t *testing.T) {
	r := marking()
	again(&r)
	gone := known(t, r, dead(at(0), "x"))
	tests := map[string]struct {
		known map[string]turnstone.Version
		page  []json.RawMessage
		want  []string
	}{
		"known as deleted": {gone, []json.RawMessage{dead(at(0), "x")}, []string{"DELETED replay gone remember"}},
		"in another form":  {gone, []json.RawMessage{dead(at(time.Second), "y")}, []string{"DELETED replay gone learn remember"}},
		"not known":        {nil, []json.RawMessage{dead(at(0), "x"), dead(at(0), "x")}, []string{"marked gone learn remember", "same gone"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, v := range r.Judge(identify(t, r, tt.page...), tt.known) {
				got = append(got, told(v))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("Judge = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAReplayTellsWhatAPageHoldsTwiceOnce(t *testing.T) {
	r := with(again)
	x, y := record("A", at(0), at(0), "x"), record("A", at(0), at(0), "y")
	tests := map[string]struct {
		page []json.RawMessage
		want []string
	}{
		"the same":              {[]json.RawMessage{x, x}, []string{"CREATED replay remember", "same"}},
		"another with its date": {[]json.RawMessage{x, y, x}, []string{"CREATED replay remember", "twin remember", "same"}},
		"the other first":       {[]json.RawMessage{y, x}, []string{"twin remember", "CREATED replay remember"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, v := range r.Judge(identify(t, r, tt.page...), known(t, r, x)) {
				got = append(got, told(v))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("Judge = %q, want %q", got, tt.want)
			}
		})
	}
}
