package change_test

import (
	"encoding/json"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/change"
)

// While daylight saving ends, an hour of local times stands for two: a date in it is
// known to the hour, and is taken for the earlier one.
func TestAChangeInTheHourThatOccursTwiceIsNotStale(t *testing.T) {
	r := rule()
	r.Updated.Parse = func(text string) (time.Time, time.Duration, error) {
		at, err := time.Parse("2006-01-02T15:04:05.000", text)
		return at, time.Hour, err
	}
	tests := map[string]struct {
		known, now time.Duration
		reason     turnstone.Reason
	}{
		"later by less than its text":  {30 * time.Minute, 10 * time.Minute, turnstone.ReasonDiffers},
		"older by less than an hour":   {time.Hour, time.Millisecond, turnstone.ReasonDiffers},
		"older by an hour":             {time.Hour, 0, turnstone.ReasonStale},
		"older by more than that hour": {time.Hour, -time.Minute, turnstone.ReasonStale},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			versions := known(t, r, record("A", at(0), at(tt.known), "y"))
			got := r.Judge(identify(t, r, record("A", at(0), at(tt.now), "x")), versions)[0]
			if got.Reason != tt.reason {
				t.Errorf("Judge = %q because %s, want %s", got.Op, got.Reason, tt.reason)
			}
		})
	}
}

func TestADateWithoutFinenessIsOlderOnlyIfItIsBefore(t *testing.T) {
	r := rule()
	r.Updated.Parse = func(text string) (time.Time, time.Duration, error) {
		at, err := time.Parse("2006-01-02T15:04:05.000", text)
		return at, 0, err
	}
	versions := known(t, r, record("A", at(0), at(time.Second), "y"))
	for updated, want := range map[string]turnstone.Reason{
		at(time.Second): turnstone.ReasonDiffers, at(time.Second - time.Millisecond): turnstone.ReasonStale,
	} {
		if got := r.Judge(identify(t, r, record("A", at(0), updated, "x")), versions)[0]; got.Reason != want {
			t.Errorf("Judge of %s = %q because %s, want %s", updated, got.Op, got.Reason, want)
		}
	}
}

// A clock that was wrong and was put back dates new versions before known ones: by
// then nothing dated after the moment it was put to is proof of anything.
func TestAfterAClockStepsBackNothingIsStale(t *testing.T) {
	r := rule()
	versions := known(t, r, record("A", at(0), at(10*time.Minute), "x"))
	r.Until = since.Add(5 * time.Minute)
	got := r.Judge(identify(t, r, record("A", at(0), at(6*time.Minute), "y")), versions)[0]
	if got.Op != turnstone.Updated {
		t.Errorf("Judge = %q because %s, want UPDATED", got.Op, got.Reason)
	}
}

func TestEveryChangeSaysHowFineItsDatesAre(t *testing.T) {
	r := rule()
	page := []json.RawMessage{record("A", at(0), cut(time.Second), "x")}
	versions := known(t, r, page...)
	fine := func(v change.Verdict) [2]time.Duration {
		return [2]time.Duration{v.Object.UpdatedFineness, v.Object.CreatedFineness}
	}
	want := [2]time.Duration{time.Second, time.Millisecond}
	if got := fine(r.Judge(identify(t, r, page...), nil)[0]); got != want {
		t.Errorf("fineness of what is new = %v, want %v", got, want)
	}
	if got := fine(r.Judge(identify(t, r, page...), versions)[0]); got != [2]time.Duration{} {
		t.Errorf("fineness of what was not read = %v, want none", got)
	}
	store(versions, r.Vanished(versions["A"]))
	if got := fine(r.Judge(identify(t, r, page...), versions)[0]); got != want {
		t.Errorf("fineness of what is back = %v, want %v", got, want)
	}
	again(&r)
	if got := fine(r.Judge(identify(t, r, page...), known(t, r, page...))[0]); got != want {
		t.Errorf("fineness of what is told again = %v, want %v", got, want)
	}
}

func TestAListThatIsSortedHasBeenReadOnceAllOfAPageLiesBefore(t *testing.T) {
	old, edge, fresh := record("A", at(0), at(-time.Hour), ""), record("B", at(0), cut(-time.Minute), ""), record("C", at(0), at(0), "")
	undated := json.RawMessage(`{"ID":"D"}`)
	tests := map[string]struct {
		page []json.RawMessage
		want bool
	}{
		"all before":            {[]json.RawMessage{old, old}, true},
		"some before":           {[]json.RawMessage{fresh, old}, false},
		"at the edge":           {[]json.RawMessage{edge, old}, false},
		"undated among them":    {[]json.RawMessage{undated, old}, true},
		"nothing but undated":   {[]json.RawMessage{undated}, false},
		"nothing at all":        {nil, false},
		"nothing that is older": {[]json.RawMessage{fresh}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := rule()
			for state, versions := range map[string]map[string]turnstone.Version{"unknown": nil, "known": known(t, r, tt.page...)} {
				if got := r.Passed(r.Judge(identify(t, r, tt.page...), versions)); got != tt.want {
					t.Errorf("Passed of what is %s = %v, want %v", state, got, tt.want)
				}
			}
		})
	}
	r := rule()
	r.From = time.Time{}
	if r.Passed(r.Judge(identify(t, r, old), nil)) {
		t.Error("Passed without a window = true, want false")
	}
}
