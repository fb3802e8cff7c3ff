package change_test

import (
	"encoding/json"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/change"
)

// A webhook told at minute 10 that the object was deleted, of which a poll had seen the
// content "one", changed at minute 5; the list is read a moment later.
func TestAListThatLagsBehindAWebhookTellsNothing(t *testing.T) {
	const told = 10 * time.Minute
	one := record("a", at(time.Minute), at(5*time.Minute), "one")
	tests := map[string]struct {
		rule   func(r *change.Rule)
		unseen bool // no poll had seen it
		shown  json.RawMessage
		op     turnstone.Op
		reason turnstone.Reason
	}{
		"as it was":                          {shown: one, reason: turnstone.ReasonLagging},
		"an older state":                     {shown: record("a", at(time.Minute), at(4*time.Minute), "zero"), reason: turnstone.ReasonStale},
		"a change shortly before":            {shown: record("a", at(time.Minute), at(9*time.Minute), "two"), reason: turnstone.ReasonLagging},
		"changed since":                      {shown: record("a", at(time.Minute), at(11*time.Minute), "two"), op: turnstone.Created, reason: turnstone.ReasonBack},
		"as it was, when lists surely know":  {rule: func(r *change.Rule) { r.Lag.Since = since.Add(told + 1) }, shown: one, op: turnstone.Created, reason: turnstone.ReasonBack},
		"where lists do not lag":             {rule: func(r *change.Rule) { r.Lag = change.Lag{} }, shown: one, op: turnstone.Created, reason: turnstone.ReasonBack},
		"a change by a clock that is ahead":  {rule: func(r *change.Rule) { r.Lag.Ahead = time.Hour }, shown: record("a", at(time.Minute), at(11*time.Minute), "two"), reason: turnstone.ReasonLagging},
		"a change by a clock that is behind": {rule: func(r *change.Rule) { r.Lag.Ahead = -time.Hour }, shown: record("a", at(time.Minute), at(9*time.Minute), "two"), op: turnstone.Created, reason: turnstone.ReasonBack},
		"never seen":                         {unseen: true, shown: one, reason: turnstone.ReasonLagging},
		"never seen, and changed since":      {unseen: true, shown: record("a", at(-time.Hour), at(11*time.Minute), "two"), op: turnstone.Updated, reason: turnstone.ReasonSeen},
		"never seen, and old": {
			rule:   func(r *change.Rule) { r.Lag.Since = since.Add(told + 1) },
			unseen: true, shown: record("a", at(-time.Hour), at(-time.Minute), "one"), reason: turnstone.ReasonEarlier,
		},
		"undated": {
			rule:  func(r *change.Rule) { r.Updated, r.Created = change.Date{}, change.Date{} },
			shown: one, reason: turnstone.ReasonLagging,
		},
		"undated, never seen": {
			rule:   func(r *change.Rule) { r.Updated, r.Created = change.Date{}, change.Date{} },
			unseen: true, shown: one, reason: turnstone.ReasonLagging,
		},
		"undated, and other than it was": {
			rule:  func(r *change.Rule) { r.Updated, r.Created = change.Date{}, change.Date{} },
			shown: record("a", "", "", "two"), op: turnstone.Created, reason: turnstone.ReasonBack,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := rule()
			r.Lag.Since = since.Add(told - time.Minute)
			if tt.rule != nil {
				tt.rule(&r)
			}
			version := known(t, r, one)["a"]
			if tt.unseen {
				version = turnstone.Version{ObjectID: "a"}
			}
			version.Gone, version.ToldGone = true, since.Add(told)
			got := r.Judge(identify(t, r, tt.shown), map[string]turnstone.Version{"a": version})[0]
			if got.Op != tt.op || got.Reason != tt.reason {
				t.Errorf("Judge = %q because %s, want %q because %s", got.Op, got.Reason, tt.op, tt.reason)
			}
			if lags := tt.reason == turnstone.ReasonLagging; lags && (got.Learn || !got.Remember) {
				t.Errorf("Judge = learn %v, remember %v, want what lags in the history and nowhere else", got.Learn, got.Remember)
			}
		})
	}
}

func TestATombstoneIsNoVersionToCompareWith(t *testing.T) {
	r := rule()
	r.Mark = change.Mark{Field: "Deleted", Values: []string{"true"}}
	tombstone := map[string]turnstone.Version{"a": {ObjectID: "a", Gone: true, ToldGone: since}}
	marked := json.RawMessage(`{"ID":"a","Created":"` + at(0) + `","Updated":"` + at(time.Second) + `","Deleted":true}`)
	got := r.Judge(identify(t, r, marked), tombstone)[0]
	if got.Op != "" || got.Reason != turnstone.ReasonMarked || !got.Learn {
		t.Errorf("Judge of a marked record = %q because %s, learn %v, want that it is learned and not told again", got.Op, got.Reason, got.Learn)
	}
}
