package change_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/change"
)

func TestTheBytesOfAVersionAreLearnedOnce(t *testing.T) {
	r := rule()
	r.Ignore = []string{"Views"}
	first := json.RawMessage(`{"ID":"A","Updated":"2026-11-23T13:00:00","Created":"2026-11-23T13:00:00","Views":1}`)
	viewed := json.RawMessage(`{"ID":"A","Updated":"2026-11-23T13:00:00","Created":"2026-11-23T13:00:00","Views":2}`)
	versions := known(t, r, first)
	old := versions["A"]
	old.Exact = turnstone.Fingerprint{}
	tests := map[string]struct {
		known  turnstone.Version
		record json.RawMessage
		learn  bool
	}{
		"known":                           {versions["A"], first, false},
		"other bytes of the same content": {versions["A"], viewed, false},
		"from before bytes were kept":     {old, first, true},
		"the same, in another form":       {old, viewed, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := r.Judge(identify(t, r, tt.record), map[string]turnstone.Version{"A": tt.known})[0]
			if got.Op != "" || got.Reason != turnstone.ReasonSame || got.Learn != tt.learn {
				t.Errorf("Judge = %q because %s, learn %v, want nothing new, learn %v", got.Op, got.Reason, got.Learn, tt.learn)
			}
			if want := change.Exact(tt.record); tt.learn && got.Object.Version.Exact != want {
				t.Errorf("learned %x, want the bytes seen, %x", got.Object.Version.Exact, want)
			}
		})
	}
}

// shown draws a record of one of three objects: an older or newer version of it,
// with its members in some order and an ignored one that changes as it likes.
func shown(t *rapid.T, newest int) json.RawMessage {
	version := rapid.IntRange(max(0, newest-2), newest).Draw(t, "version")
	seconds := time.Duration(version/2) * time.Second // two versions under each date
	members := rapid.Permutation([]string{
		fmt.Sprintf(`"ID":"%d"`, rapid.IntRange(1, 3).Draw(t, "object")),
		fmt.Sprintf(`"Created":%q`, at(-time.Second)),
		fmt.Sprintf(`"Updated":%q`, at(seconds-2*time.Minute)),
		fmt.Sprintf(`"Content":%d`, version),
		fmt.Sprintf(`"Views":%d`, rapid.IntRange(1, 2).Draw(t, "views")),
	}).Draw(t, "order")
	return json.RawMessage("{" + strings.Join(members, ",") + "}")
}

// What is known byte for byte need not be read: that is all the bytes may change.
func TestKnowingTheBytesChangesNoVerdict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rule()
		r.Ignore = []string{"Views"}
		with, without := make(map[string]turnstone.Version), make(map[string]turnstone.Version)
		var page []json.RawMessage
		for newest := range rapid.IntRange(1, 60).Draw(t, "versions") {
			if newest%3 > 0 || len(page) == 0 { // the page is shown again as it is
				page = nil
				for range rapid.IntRange(1, 6).Draw(t, "records") {
					page = append(page, shown(t, newest))
				}
			}
			objects, _ := r.Identify(page)
			got, want := r.Judge(objects, with), r.Judge(objects, without)
			if g, w := r.Outside(got), r.Outside(want); g != w {
				t.Fatalf("Outside of %s = %d with the bytes known, %d without", page, g, w)
			}
			for i, v := range got {
				if v.Op != want[i].Op || v.Reason != want[i].Reason || v.Object.Problem != want[i].Object.Problem {
					t.Fatalf("Judge of %s on %s = %q because %s with the bytes known, %q because %s without",
						v.Object.Record, page, v.Op, v.Reason, want[i].Op, want[i].Reason)
				}
				store(with, v)
				if store(without, want[i]) {
					forgetBytes(without, want[i].Object.Version.ObjectID)
				}
			}
		}
	})
}

// store keeps the version of a verdict if it is to be kept.
func store(known map[string]turnstone.Version, v change.Verdict) bool {
	if v.Learn {
		known[v.Object.Version.ObjectID] = v.Object.Version
	}
	return v.Learn
}

// forgetBytes leaves of a version what was kept of it before bytes were.
func forgetBytes(known map[string]turnstone.Version, id string) {
	v := known[id]
	v.Exact = turnstone.Fingerprint{}
	known[id] = v
}

func TestOnlyWhatDiffersIsRead(t *testing.T) {
	r := rule()
	page := []json.RawMessage{record("A", at(0), at(time.Second), "x"), record("B", at(0), at(time.Second), "x")}
	versions := known(t, r, page...)
	var read []string
	updated := r.Updated.Parse
	r.Updated.Parse = func(text string) (time.Time, time.Duration, error) {
		read = append(read, text)
		return updated(text)
	}
	page[1] = record("B", at(0), at(time.Minute), "y")
	r.Judge(identify(t, r, page...), versions)
	if want := []string{at(time.Minute)}; !slices.Equal(read, want) {
		t.Errorf("dates read = %q, want %q", read, want)
	}
}
