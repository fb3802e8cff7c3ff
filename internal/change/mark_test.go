package change_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/change"
)

// marking is a rule for a vendor that marks deleted records.
func marking() change.Rule {
	r := rule()
	r.Mark = change.Mark{Field: "Deleted", Values: []string{"true", "1"}}
	return r
}

// live and dead are records of an object A with and without the mark.
func live(updated, content string) json.RawMessage {
	return fmt.Appendf(nil, `{"ID":"A","Created":%q,"Updated":%q,"Content":%q,"Deleted":false}`, at(0), updated, content)
}

func dead(updated, content string) json.RawMessage {
	return fmt.Appendf(nil, `{"ID":"A","Created":%q,"Updated":%q,"Content":%q,"Deleted":true}`, at(0), updated, content)
}

// told is a verdict in short.
func told(v change.Verdict) string {
	text := fmt.Sprintf("%s %s", v.Op, v.Reason)
	if v.Op == "" {
		text = string(v.Reason)
	}
	if v.Object.Version.Gone {
		text += " gone"
	}
	if v.Learn {
		text += " learn"
	}
	if v.Remember {
		text += " remember"
	}
	return text
}

func TestTheLifeOfAnObjectThatIsMarkedAsDeleted(t *testing.T) {
	tests := map[string]struct {
		polls []json.RawMessage
		want  []string
	}{
		"deleted, and seen again": {
			[]json.RawMessage{live(at(0), "x"), dead(at(time.Second), "x"), dead(at(time.Second), "x")},
			[]string{"CREATED new learn remember", "DELETED marked gone learn remember", "same gone"},
		},
		"deleted under the same date": {
			[]json.RawMessage{live(at(0), "x"), dead(at(0), "x")},
			[]string{"CREATED new learn remember", "DELETED marked gone learn remember"},
		},
		"never seen alive": {
			[]json.RawMessage{dead(at(0), "x"), dead(at(0), "x")},
			[]string{"marked gone learn remember", "same gone"},
		},
		"edited when deleted": {
			[]json.RawMessage{live(at(0), "x"), dead(at(time.Second), "x"), dead(at(time.Minute), "y")},
			[]string{"CREATED new learn remember", "DELETED marked gone learn remember", "marked gone learn remember"},
		},
		"restored, and deleted again": {
			[]json.RawMessage{live(at(0), "x"), dead(at(time.Second), "x"), live(at(time.Minute), "x"), dead(at(time.Hour), "x")},
			[]string{"CREATED new learn remember", "DELETED marked gone learn remember", "CREATED back learn remember", "DELETED marked gone learn remember"},
		},
		"known as deleted, restored": {
			[]json.RawMessage{dead(at(0), "x"), live(at(time.Second), "x")},
			[]string{"marked gone learn remember", "CREATED back learn remember"},
		},
		"a replica that lags shows it alive": {
			[]json.RawMessage{live(at(0), "x"), dead(at(time.Second), "x"), live(at(0), "x"), dead(at(time.Second), "x")},
			[]string{"CREATED new learn remember", "DELETED marked gone learn remember", "stale remember", "same gone"},
		},
		"a replica that lags shows it deleted": {
			[]json.RawMessage{dead(at(0), "x"), live(at(time.Second), "x"), dead(at(0), "x")},
			[]string{"marked gone learn remember", "CREATED back learn remember", "stale gone remember"},
		},
		"deleted long before the window": {
			[]json.RawMessage{dead(at(-time.Hour), "x")},
			[]string{"marked gone"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, versions := marking(), make(map[string]turnstone.Version)
			for i, record := range tt.polls {
				v := r.Judge(identify(t, r, record), versions)[0]
				store(versions, v)
				if got := told(v); got != tt.want[i] {
					t.Errorf("poll %d of %s = %s, want %s", i+1, record, got, tt.want[i])
				}
			}
		})
	}
}

func TestOnlyTheValuesOfTheMarkMeanDeleted(t *testing.T) {
	tests := map[string]bool{
		`true`: true, `"true"`: true, `1`: true, `"1"`: true,
		`false`: false, `null`: false, `"TRUE"`: false, `0`: false, `1.0`: false, `""`: false, `{"true":true}`: false, `["true"]`: false,
	}
	for value, want := range tests {
		r := marking()
		r.Mark.Field = "Meta.Deleted"
		record := fmt.Appendf(nil, `{"ID":"A","Created":%q,"Updated":%q,"Meta":{"Deleted":%s}}`, at(0), at(0), value)
		if got := r.Judge(identify(t, r, record), nil)[0].Object.Version.Gone; got != want {
			t.Errorf("Gone of a record marked %s = %v, want %v", value, got, want)
		}
	}
}

func TestAMarkThatDoesNotCountAsContentDeletes(t *testing.T) {
	r := marking()
	r.Ignore = []string{"Deleted"}
	versions := known(t, r, live(at(0), "x"))
	for _, step := range []struct {
		record json.RawMessage
		want   string
	}{
		{dead(at(0), "x"), "DELETED marked gone learn remember"},
		{live(at(0), "x"), "CREATED back learn remember"},
	} {
		v := r.Judge(identify(t, r, step.record), versions)[0]
		store(versions, v)
		if got := told(v); got != step.want {
			t.Errorf("Judge(%s) = %s, want %s", step.record, got, step.want)
		}
	}
}

func TestAMarkThatIsLearnedOfLaterDeletesWhatWasKnown(t *testing.T) {
	versions := known(t, rule(), dead(at(0), "x"))
	r := marking()
	v := r.Judge(identify(t, r, dead(at(0), "x")), versions)[0]
	if got, want := told(v), "DELETED marked gone learn remember"; got != want {
		t.Errorf("Judge = %s, want %s", got, want)
	}
}

// A page that always holds an object alive and dead would be an endless source.
func TestDeadAndAliveUnderOneDate(t *testing.T) {
	for name, ignore := range map[string][]string{"the mark counts": nil, "the mark is ignored": {"Deleted"}} {
		t.Run(name, func(t *testing.T) {
			r := marking()
			r.Ignore = ignore
			versions := known(t, r, dead(at(0), "x"))
			for range 3 {
				for _, v := range r.Judge(identify(t, r, live(at(0), "x"), dead(at(0), "x")), versions) {
					store(versions, v)
					if v.Op != "" {
						t.Errorf("Judge(%s) = %s, want no change", v.Object.Record, told(v))
					}
				}
			}
		})
	}
}

func TestWhatVanishedAndIsListedAgainIsBack(t *testing.T) {
	first := record("A", at(0), at(time.Minute), "x")
	tests := map[string]json.RawMessage{
		"as it was":               first,
		"as it was before":        record("A", at(0), at(time.Second), "w"),
		"changed":                 record("A", at(0), at(time.Hour/2), "y"),
		"from before polling":     record("A", at(-time.Hour), at(-time.Hour), "w"),
		"with no date":            json.RawMessage(`{"ID":"A"}`),
		"in another form":         json.RawMessage(" " + string(first)),
		"with a date yet to come": record("A", at(0), at(time.Hour*24), "z"),
	}
	for name, now := range tests {
		t.Run(name, func(t *testing.T) {
			r := rule()
			versions := known(t, r, first)
			v := r.Vanished(versions["A"])
			if got, want := told(v), "DELETED vanished gone learn remember"; got != want || string(v.Object.Record) != `{"ID":"A"}` {
				t.Fatalf("Vanished = %s with %s, want %s with the id alone", got, v.Object.Record, want)
			}
			store(versions, v)
			v = r.Judge(identify(t, r, now), versions)[0]
			store(versions, v)
			if got, want := told(v), "CREATED back learn remember"; got != want {
				t.Errorf("Judge = %s, want %s", got, want)
			}
			if got := told(r.Judge(identify(t, r, now), versions)[0]); got != "same" {
				t.Errorf("Judge of the next poll = %s, want same", got)
			}
		})
	}
}

func TestTheRecordOfWhatVanishedHoldsItsID(t *testing.T) {
	tests := map[string]struct{ field, id, want string }{
		"text":             {"ID", "7C1E", `{"ID":"7C1E"}`},
		"a number is text": {"id", "42", `{"id":"42"}`},
		"nested":           {"user.id", "u", `{"user":{"id":"u"}}`},
		"from JSONPath":    {"$.user.id", "u", `{"user":{"id":"u"}}`},
		"in a list":        {"ids.1", "b", `{"ids":{"1":"b"}}`},
		"odd text":         {`a"b`, "x\\\"\n", `{"a\"b":"x\\\"\n"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := change.Rule{IDField: tt.field}
			got := r.Vanished(turnstone.Version{ObjectID: tt.id})
			if string(got.Object.Record) != tt.want {
				t.Errorf("Record = %s, want %s", got.Object.Record, tt.want)
			}
			if objects, problems := r.Identify([]json.RawMessage{got.Object.Record}); len(problems) > 0 || objects[0].Version.ObjectID != tt.id {
				t.Errorf("Identify of the record = %v, %v, want %q", objects, problems, tt.id)
			}
		})
	}
}
