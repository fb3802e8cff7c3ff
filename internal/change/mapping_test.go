package change_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/change"
)

// edits are what somebody may change of how records are read.
var edits = map[string]func(r *change.Rule){
	"the id field":        func(r *change.Rule) { r.IDField = "$.ID" },
	"the updated date":    func(r *change.Rule) { r.Updated = stamped("Created") },
	"the created date":    func(r *change.Rule) { r.Created = stamped("Updated") },
	"the zone of a date":  func(r *change.Rule) { r.Updated.Spelling = "another zone" },
	"no dates":            func(r *change.Rule) { r.Updated, r.Created = change.Date{}, change.Date{} },
	"an ignored field":    func(r *change.Rule) { r.Ignore = []string{"Content"} },
	"an absent field":     func(r *change.Rule) { r.Ignore = []string{"Nothing"} },
	"the mark of deletes": func(r *change.Rule) { r.Mark = change.Mark{Field: "Deleted", Values: []string{"true"}} },
}

func TestAnEditOfTheMappingTellsNothingOfWhatIsTheSame(t *testing.T) {
	page := []json.RawMessage{record("A", at(0), at(time.Second), "x")}
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			versions := known(t, rule(), page...)
			r := rule()
			edit(&r)
			for poll, learn := range []bool{true, false} {
				got := r.Judge(identify(t, r, page...), versions)[0]
				if got.Op != "" || got.Learn != learn {
					t.Errorf("poll %d after the edit = %q because %s, learn %v, want nothing new, learn %v", poll+1, got.Op, got.Reason, got.Learn, learn)
				}
				store(versions, got)
			}
			fresh := known(t, r, page...)["A"]
			if fresh.Fingerprint != versions["A"].Fingerprint || fresh.Mapping != versions["A"].Mapping || !fresh.Updated.Equal(versions["A"].Updated) {
				t.Errorf("learned %+v, want what the new rule reads, %+v", versions["A"], fresh)
			}
		})
	}
}

func TestAVersionOfAnotherMapping(t *testing.T) {
	before := record("A", at(0), at(time.Second), "x")
	tests := map[string]struct {
		edit   string
		now    json.RawMessage
		op     turnstone.Op
		reason turnstone.Reason
	}{
		"other bytes, the same date":  {"an ignored field", record("A", at(0), at(time.Second), "y"), "", turnstone.ReasonMapping},
		"other bytes, another date":   {"an ignored field", record("A", at(0), at(time.Minute), "y"), turnstone.Updated, turnstone.ReasonDiffers},
		"other bytes, without a date": {"no dates", record("A", at(0), at(time.Second), "y"), turnstone.Updated, turnstone.ReasonDiffers},
		// Dates that were read in another zone do not tell what is older.
		"a change dated before": {"the zone of a date", record("A", at(0), at(0), "y"), turnstone.Updated, turnstone.ReasonDiffers},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			versions := known(t, rule(), before)
			r := rule()
			edits[tt.edit](&r)
			got := r.Judge(identify(t, r, tt.now), versions)[0]
			if got.Op != tt.op || got.Reason != tt.reason || !got.Learn || !got.Remember {
				t.Errorf("Judge = %q because %s, learn %v, remember %v, want %q because %s, learned and remembered",
					got.Op, got.Reason, got.Learn, got.Remember, tt.op, tt.reason)
			}
		})
	}
}

func TestAnEditTellsNothingOfTheSameBytesWithoutADate(t *testing.T) {
	r := rule()
	noDates(&r)
	page := []json.RawMessage{json.RawMessage(`{"ID":"A","Content":"x"}`)}
	versions := known(t, r, page...)
	r.Ignore = []string{"Content"}
	if got, want := told(r.Judge(identify(t, r, page...), versions)[0]), "mapping learn remember"; got != want {
		t.Errorf("Judge = %s, want %s", got, want)
	}
}

func TestAnEditDoesNotMakeATwinAChange(t *testing.T) {
	stamp := at(time.Second)
	one := fmt.Appendf(nil, `{"ID":"A","Created":%q,"Updated":%q,"Content":1,"Views":1}`, stamp, stamp)
	two := bytes.Replace(one, []byte(`"Content":1`), []byte(`"Content":2`), 1)
	r := rule()
	versions := known(t, r, one)
	r.Ignore = []string{"Views"}
	for poll, want := range [][]string{{"mapping learn remember", "twin remember"}, {"same", "twin remember"}} {
		var got []string
		for _, v := range r.Judge(identify(t, r, one, two), versions) {
			store(versions, v)
			got = append(got, told(v))
		}
		if !slices.Equal(got, want) {
			t.Errorf("poll %d after the edit = %q, want %q", poll+1, got, want)
		}
	}
}

func TestVersionsFromBeforeMappingsWereKeptAreNoLicenceToBeSilent(t *testing.T) {
	r := rule()
	old := known(t, r, record("A", at(0), at(time.Second), "x"))["A"]
	old.Mapping = 0
	versions := map[string]turnstone.Version{"A": old}
	tests := map[string]struct {
		now    json.RawMessage
		op     turnstone.Op
		reason turnstone.Reason
	}{
		"the same":                   {record("A", at(0), at(time.Second), "x"), "", turnstone.ReasonSame},
		"another with the same date": {record("A", at(0), at(time.Second), "y"), turnstone.Updated, turnstone.ReasonDiffers},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := r.Judge(identify(t, r, tt.now), versions)[0]
			if got.Op != tt.op || got.Reason != tt.reason || !got.Learn || got.Object.Version.Mapping == 0 {
				t.Errorf("Judge = %q because %s, learn %v, mapping %d, want %q because %s, learned with a mapping",
					got.Op, got.Reason, got.Learn, got.Object.Version.Mapping, tt.op, tt.reason)
			}
		})
	}
	stale := record("A", at(0), at(0), "w")
	if got := r.Judge(identify(t, r, stale), versions)[0]; got.Reason != turnstone.ReasonStale {
		t.Errorf("Judge of an older version = %q because %s, want it to be stale", got.Op, got.Reason)
	}
}

func TestTheOrderOfIgnoredFieldsIsNoMapping(t *testing.T) {
	mapping := func(ignore ...string) uint32 {
		r := rule()
		r.Ignore = ignore
		return known(t, r, record("A", at(0), at(0), "x"))["A"].Mapping
	}
	if a, b := mapping("x", "y"), mapping("y", "x"); a != b {
		t.Errorf("Mapping = %d in one order, %d in the other, want one", a, b)
	}
	if a, b := mapping("x", "y"), mapping(strings.Join([]string{"x", "y"}, `""`)); a == b {
		t.Error("two fields and one that looks like them have the same mapping")
	}
}
