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

// anyRule draws a rule with any of its switches set.
func anyRule(t *rapid.T) change.Rule {
	r := rule()
	r.Ignore = []string{"Views"}
	r.IgnoreUpdated = rapid.Bool().Draw(t, "ignore updated")
	r.DatesDecide = rapid.Bool().Draw(t, "dates decide")
	r.Tolerance = rapid.SampledFrom([]time.Duration{0, time.Second}).Draw(t, "tolerance")
	r.Since = rapid.SampledFrom([]time.Time{{}, since, since.Add(time.Second)}).Draw(t, "since")
	r.From = rapid.SampledFrom([]time.Time{{}, since.Add(-time.Minute), since.Add(time.Second)}).Draw(t, "from")
	if rapid.Bool().Draw(t, "marks") {
		r.Mark = change.Mark{Field: "Deleted", Values: []string{"true"}}
	}
	if rapid.Bool().Draw(t, "no created date") {
		r.Created = change.Date{}
	}
	if rapid.Bool().Draw(t, "no updated date") {
		r.Updated = change.Date{}
	}
	return r
}

// story is a vendor's history of three objects: their versions, each with a content
// and a date of its own.
type story struct {
	rule    change.Rule
	created [3]time.Duration
	stamp   func(version int) string
	dead    [12]bool // versions that are marked as deleted
}

func anyStory(t *rapid.T) *story {
	s := &story{rule: anyRule(t)}
	for i := range s.created {
		s.created[i] = rapid.SampledFrom([]time.Duration{-time.Hour, 0, time.Second}).Draw(t, "created")
	}
	for i := range s.dead {
		s.dead[i] = rapid.IntRange(0, 3).Draw(t, "dead") == 0
	}
	s.stamp = func(version int) string { return at(70 * time.Millisecond * time.Duration(version)) }
	if rapid.Bool().Draw(t, "whole seconds") { // in which two or three versions have the same
		s.stamp = func(version int) string { return cut(400 * time.Millisecond * time.Duration(version)) }
	}
	return s
}

// record is a version of an object as the vendor may write it.
func (s *story) record(t *rapid.T, object, version int, updated string) json.RawMessage {
	members := rapid.Permutation([]string{
		fmt.Sprintf(`"ID":"%d"`, object),
		fmt.Sprintf(`"Created":%q`, at(s.created[object])),
		fmt.Sprintf(`"Updated":%q`, updated),
		fmt.Sprintf(`"Content":%d`, version),
		fmt.Sprintf(`"Deleted":%v`, s.dead[version]),
		fmt.Sprintf(`"Views":%d`, rapid.IntRange(1, 2).Draw(t, "views")),
	}).Draw(t, "order")
	return json.RawMessage("{" + strings.Join(members, ",") + "}")
}

// A vendor may show versions late, often, on any page and from replicas that lag;
// but of two that have the same date, or none, it does not go back to the first.
func TestNoContentIsToldTwiceUnderAnyRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyStory(t)
		known := make(map[string]turnstone.Version)
		told, shown := make(map[string]bool), make(map[string]int)
		for newest := range 12 {
			var page []json.RawMessage
			for range rapid.IntRange(0, 4).Draw(t, "records") {
				object, version := rapid.IntRange(0, 2).Draw(t, "object"), rapid.IntRange(0, newest).Draw(t, "version")
				date := fmt.Sprint(object, s.stamp(version))
				if s.rule.Updated.Field == "" {
					date = fmt.Sprint(object)
				}
				shown[date] = max(version, shown[date])
				version = shown[date]
				page = append(page, s.record(t, object, version, s.stamp(version)))
			}
			s.rule.Before = rapid.SampledFrom([]time.Time{{}, since.Add(time.Duration(newest) * 100 * time.Millisecond)}).Draw(t, "before")
			s.rule.Baseline = newest == 0
			objects, _ := s.rule.Identify(page)
			for _, v := range s.rule.Judge(objects, known) {
				store(known, v)
				content := fmt.Sprintf("%x", change.Fingerprint(v.Object.Record, "Views"))
				if v.Op != "" && told[content] {
					t.Fatalf("%s was told twice, now as %s because %s", v.Object.Record, v.Op, v.Reason)
				}
				told[content] = told[content] || v.Op != ""
			}
		}
	})
}

// excused reports whether what stands on a page need not be known after it, whoever
// showed what before.
func excused(r change.Rule, page []change.Verdict, v change.Verdict, known turnstone.Version) bool {
	updated := v.Object.Version.Updated
	switch v.Reason {
	case turnstone.ReasonStale:
		return updated.Before(known.Updated)
	case turnstone.ReasonLater:
		return updated.After(r.Before)
	case turnstone.ReasonOutside, turnstone.ReasonEarlier, turnstone.ReasonMarked:
		return !updated.IsZero() && !updated.After(r.From)
	case turnstone.ReasonTwin:
		return slices.ContainsFunc(page, func(other change.Verdict) bool {
			o := other.Object.Version
			return o.ObjectID == known.ObjectID && o.Fingerprint == known.Fingerprint && updated.Equal(o.Updated)
		})
	}
	return false
}

// isKnown judges a page, learns from it, and checks that what stands on it is known.
func isKnown(t *rapid.T, r change.Rule, page []json.RawMessage, known map[string]turnstone.Version) {
	objects, _ := r.Identify(page)
	verdicts := r.Judge(objects, known)
	last := make(map[string]change.Verdict)
	for _, v := range verdicts {
		id := v.Object.Version.ObjectID
		if store(known, v); v.Op != "" && known[id].Gone != (v.Op == turnstone.Deleted) {
			t.Fatalf("%s was told as %s, and is known as gone: %v", v.Object.Record, v.Op, known[id].Gone)
		}
		last[id] = v
	}
	for id, v := range last {
		k, ok := known[id]
		if (!ok || k.Fingerprint != change.Fingerprint(v.Object.Record, "Views")) && !excused(r, verdicts, v, k) {
			t.Fatalf("%s is not known after the page, because %s; known: %+v", v.Object.Record, v.Reason, k)
		}
	}
}

// A vendor may show anything: versions in any order, with dates that are equal, from
// the future, or no dates at all; and objects may vanish.
func TestWhatStandsOnThePageIsKnownAfterwards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyStory(t)
		known := make(map[string]turnstone.Version)
		for range 6 {
			var page []json.RawMessage
			for range rapid.IntRange(0, 4).Draw(t, "records") {
				updated := s.stamp(rapid.IntRange(0, 11).Draw(t, "stamp"))
				updated = rapid.SampledFrom([]string{updated, updated, at(-time.Hour), at(2 * time.Hour), "soon"}).Draw(t, "updated")
				page = append(page, s.record(t, rapid.IntRange(0, 2).Draw(t, "object"), rapid.IntRange(0, 11).Draw(t, "version"), updated))
			}
			s.rule.Before = rapid.SampledFrom([]time.Time{{}, since, since.Add(time.Second)}).Draw(t, "before")
			s.rule.Baseline = rapid.Bool().Draw(t, "baseline")
			s.rule.Again = rapid.Bool().Draw(t, "again")
			isKnown(t, s.rule, page, known)
			for id, v := range known {
				if !v.Gone && rapid.IntRange(0, 4).Draw(t, "vanishes") == 0 {
					known[id] = s.rule.Vanished(v).Object.Version
				}
			}
		}
	})
}
