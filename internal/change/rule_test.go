package change_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/change"
)

// since is when polling was enabled: between two whole seconds.
var since = time.Date(2026, 11, 23, 12, 0, 10, 500e6, time.UTC)

// stamped reads dates as Concur writes them; one without a fraction may have been
// cut to its second.
func stamped(field string) change.Date {
	return change.Date{Field: field, Parse: func(text string) (time.Time, time.Duration, error) {
		at, err := time.Parse("2006-01-02T15:04:05", text)
		if at.Nanosecond() == 0 {
			return at, time.Second, err
		}
		return at, time.Millisecond, err
	}}
}

// rule is that of a resource with both dates, whose window begins a minute before
// polling was enabled.
func rule() change.Rule {
	return change.Rule{
		IDField: "ID", Updated: stamped("Updated"), Created: stamped("Created"),
		Since: since, From: since.Add(-time.Minute), Until: since.Add(time.Hour),
	}
}

// at returns the stamp of a moment after polling was enabled, to the millisecond.
func at(d time.Duration) string { return since.Add(d).Format("2006-01-02T15:04:05.000") }

// cut returns the same, cut to the second.
func cut(d time.Duration) string { return since.Add(d).Format("2006-01-02T15:04:05") }

func record(id, created, updated, content string) json.RawMessage {
	return fmt.Appendf(nil, `{"ID":%q,"Created":%q,"Updated":%q,"Content":%q}`, id, created, updated, content)
}

// identify identifies records that are all in order.
func identify(t testing.TB, r change.Rule, records ...json.RawMessage) []change.Object {
	t.Helper()
	objects, problems := r.Identify(records)
	if len(problems) > 0 {
		t.Fatalf("Identify = %v, want no problems", problems)
	}
	return objects
}

// known returns what would be stored of records.
func known(t testing.TB, r change.Rule, records ...json.RawMessage) map[string]turnstone.Version {
	t.Helper()
	versions := make(map[string]turnstone.Version)
	for _, v := range r.Judge(identify(t, r, records...), nil) {
		versions[v.Object.Version.ObjectID] = v.Object.Version
	}
	return versions
}

func TestTwoContentsUnderOneDateAreNoEndlessSource(t *testing.T) {
	r, stamp := rule(), cut(time.Minute)
	one, two := record("a", stamp, stamp, "one"), record("a", stamp, stamp, "two")
	versions := known(t, r, record("a", stamp, cut(0), "none"))
	for poll, want := range [][]turnstone.Op{{turnstone.Updated, turnstone.Updated}, {"", ""}, {"", ""}} {
		var got []turnstone.Op
		for _, v := range r.Judge(identify(t, r, one, two), versions) {
			if got = append(got, v.Op); v.Learn {
				versions["a"] = v.Object.Version
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("poll %d of a page that holds both = %q, want %q", poll+1, got, want)
		}
	}
	if got := r.Judge(identify(t, r, one), versions)[0]; got.Op != turnstone.Updated {
		t.Errorf("the other one alone = %q because %s, want UPDATED", got.Op, got.Reason)
	}
	if got := r.Judge(identify(t, r, two, record("a", stamp, cut(2*time.Minute), "later")), versions)[1]; got.Op != turnstone.Updated {
		t.Errorf("a later one beside the known = %q because %s, want UPDATED", got.Op, got.Reason)
	}
}

func TestAnUnknownObjectIsJudgedByItsDates(t *testing.T) {
	whole := func(r change.Rule) change.Rule { r.From = time.Time{}; return r }
	first := func(r change.Rule) change.Rule { r.From, r.Baseline = time.Time{}, true; return r }
	without := func(r change.Rule, updated, created bool) change.Rule {
		if updated {
			r.Updated = change.Date{}
		}
		if created {
			r.Created = change.Date{}
		}
		return r
	}
	daily := rule()
	daily.Created.Parse = func(text string) (time.Time, time.Duration, error) {
		at, err := time.Parse("2006-01-02", text)
		return at, 24 * time.Hour, err
	}
	tests := map[string]struct {
		rule             change.Rule
		created, updated string
		op               turnstone.Op
		reason           turnstone.Reason
		learn            bool
	}{
		"created after":                 {rule(), at(time.Second), at(time.Second), turnstone.Created, turnstone.ReasonNew, true},
		"created after, then updated":   {rule(), at(time.Second), at(time.Minute), turnstone.Created, turnstone.ReasonNew, true},
		"created before, updated after": {rule(), at(-time.Hour), at(time.Second), turnstone.Updated, turnstone.ReasonSeen, true},
		"both before":                   {rule(), at(-time.Hour), at(-time.Second), "", turnstone.ReasonEarlier, true},
		"before the window":             {rule(), at(-time.Hour), at(-2 * time.Minute), "", turnstone.ReasonEarlier, false},
		"before the window's second":    {rule(), at(-time.Hour), cut(-time.Minute), "", turnstone.ReasonEarlier, true},
		"at that moment":                {rule(), at(0), at(0), turnstone.Created, turnstone.ReasonNew, true},
		"a millisecond before":          {rule(), at(-time.Millisecond), at(-time.Millisecond), "", turnstone.ReasonEarlier, true},
		"in that second, cut":           {rule(), cut(0), cut(0), turnstone.Created, turnstone.ReasonNew, true},
		"the second before, cut":        {rule(), cut(-time.Second), cut(-time.Second), "", turnstone.ReasonEarlier, true},
		"updated in that second, cut":   {rule(), cut(-time.Hour), cut(0), turnstone.Updated, turnstone.ReasonSeen, true},
		"in the future":                 {rule(), at(1000 * time.Hour), at(1000 * time.Hour), turnstone.Created, turnstone.ReasonNew, true},
		"imported with an old date":     {rule(), at(time.Second), at(-time.Hour), turnstone.Created, turnstone.ReasonNew, true},
		"that day, updated before":      {daily, "2026-11-23", at(-time.Second), "", turnstone.ReasonEarlier, true},
		"that day, updated after":       {daily, "2026-11-23", at(time.Second), turnstone.Created, turnstone.ReasonNew, true},
		"read whole, both before":       {whole(rule()), at(-time.Hour), at(-time.Hour), "", turnstone.ReasonEarlier, true},
		"no created date, after":        {without(rule(), false, true), "", at(time.Second), turnstone.Updated, turnstone.ReasonSeen, true},
		"no created date, before":       {without(rule(), false, true), "", at(-time.Second), "", turnstone.ReasonEarlier, true},
		"no updated date, after":        {without(rule(), true, false), at(time.Second), "", turnstone.Created, turnstone.ReasonNew, true},
		"no updated date, before":       {without(rule(), true, false), at(-time.Second), "", turnstone.Updated, turnstone.ReasonSeen, true},
		"no updated date, first":        {first(without(rule(), true, false)), at(-time.Second), "", "", turnstone.ReasonThere, true},
		"no updated date, first, after": {first(without(rule(), true, false)), at(time.Second), "", turnstone.Created, turnstone.ReasonNew, true},
		"no dates":                      {without(rule(), true, true), "", "", turnstone.Created, turnstone.ReasonNew, true},
		"no dates, first":               {first(without(rule(), true, true)), "", "", "", turnstone.ReasonThere, true},
		"dates, first, after":           {first(rule()), at(-time.Hour), at(time.Second), turnstone.Updated, turnstone.ReasonSeen, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := tt.rule.Judge(identify(t, tt.rule, record("A", tt.created, tt.updated, "")), nil)[0]
			if got.Op != tt.op || got.Reason != tt.reason || got.Learn != tt.learn {
				t.Errorf("Judge = %q, %q, learn %v, want %q, %q, learn %v", got.Op, got.Reason, got.Learn, tt.op, tt.reason, tt.learn)
			}
		})
	}
}

func TestAKnownObjectIsJudgedByItsContent(t *testing.T) {
	future := record("A", at(0), at(time.Hour*24), "future")
	tests := map[string]struct {
		known, now json.RawMessage
		op         turnstone.Op
		reason     turnstone.Reason
	}{
		"the same":                        {record("A", at(0), at(time.Second), "x"), record("A", at(0), at(time.Second), "x"), "", turnstone.ReasonSame},
		"another":                         {record("A", at(0), at(time.Second), "x"), record("A", at(0), at(time.Minute), "y"), turnstone.Updated, turnstone.ReasonDiffers},
		"another, with the same stamp":    {record("A", at(0), at(time.Second), "x"), record("A", at(0), at(time.Second), "y"), turnstone.Updated, turnstone.ReasonDiffers},
		"another, in the same second":     {record("A", at(0), cut(time.Second), "x"), record("A", at(0), cut(time.Second), "y"), turnstone.Updated, turnstone.ReasonDiffers},
		"only another stamp":              {record("A", at(0), at(time.Second), "x"), record("A", at(0), at(time.Minute), "x"), turnstone.Updated, turnstone.ReasonDiffers},
		"a replica that lags":             {record("A", at(0), at(time.Minute), "y"), record("A", at(0), at(time.Second), "x"), "", turnstone.ReasonStale},
		"back from the future":            {future, record("A", at(0), at(time.Second), "x"), turnstone.Updated, turnstone.ReasonDiffers},
		"an undated version":              {record("A", at(0), at(time.Minute), "y"), json.RawMessage(`{"ID":"A"}`), turnstone.Updated, turnstone.ReasonDiffers},
		"from before polling began":       {record("A", at(-time.Hour), at(-time.Minute), "x"), record("A", at(-time.Hour), at(-time.Second), "y"), turnstone.Updated, turnstone.ReasonDiffers},
		"with members in another order":   {json.RawMessage(`{"ID":"A","x":1,"y":2}`), json.RawMessage(`{"y":2,"x":1.0,"ID":"A"}`), "", turnstone.ReasonSame},
		"seen again from the same future": {future, future, "", turnstone.ReasonSame},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := rule()
			got := r.Judge(identify(t, r, tt.now), known(t, r, tt.known))[0]
			if got.Op != tt.op || got.Reason != tt.reason || got.Learn != (tt.op != "") {
				t.Errorf("Judge = %q, %q, learn %v, want %q, %q", got.Op, got.Reason, got.Learn, tt.op, tt.reason)
			}
		})
	}
}

func TestAnObjectMayStandOnAPageTwice(t *testing.T) {
	v1, v2 := record("A", at(0), at(time.Second), "1"), record("A", at(0), at(time.Minute), "2")
	old := record("A", at(-time.Hour), at(-time.Hour), "0")
	tests := map[string]struct {
		page []json.RawMessage
		want []turnstone.Op
	}{
		"the same":             {[]json.RawMessage{v1, v1}, []turnstone.Op{turnstone.Created, ""}},
		"then a newer version": {[]json.RawMessage{v1, v2}, []turnstone.Op{turnstone.Created, turnstone.Updated}},
		"then an older one":    {[]json.RawMessage{v2, v1}, []turnstone.Op{turnstone.Created, ""}},
		"there and back":       {[]json.RawMessage{v1, v2, v1, v2}, []turnstone.Op{turnstone.Created, turnstone.Updated, "", ""}},
		"too old, then news":   {[]json.RawMessage{old, v1}, []turnstone.Op{"", turnstone.Created}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := rule()
			var got []turnstone.Op
			for _, v := range r.Judge(identify(t, r, tt.page...), nil) {
				got = append(got, v.Op)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("Judge = %q, want %q", got, tt.want)
			}
		})
	}
}

// A vendor may show a history of versions late, often, in any order and on any
// page: each is told at most once, the newest always, and never one after a newer.
func TestNoVersionIsToldTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rule()
		n := rapid.IntRange(1, 6).Draw(t, "versions")
		shown := rapid.SliceOfN(rapid.IntRange(1, n), 0, 20).Draw(t, "shown")
		shown = append(shown, n) // the last stays visible
		versions := make(map[string]turnstone.Version)
		told, newest := make(map[string]bool), ""
		for len(shown) > 0 {
			size := rapid.IntRange(1, len(shown)).Draw(t, "page size")
			var page []json.RawMessage
			for _, v := range shown[:size] {
				page = append(page, record("A", at(time.Second), at(time.Duration(v)*time.Second), fmt.Sprint(v)))
			}
			shown = shown[size:]
			objects, _ := r.Identify(page)
			for _, v := range r.Judge(objects, versions) {
				text := string(v.Object.Record)
				switch {
				case v.Op != "" && told[text]:
					t.Fatalf("%s was told twice", text)
				case v.Op != "" && text < newest:
					t.Fatalf("%s was told after %s", text, newest)
				case v.Op != "":
					told[text], newest = true, text
				}
				if v.Learn {
					versions["A"] = v.Object.Version
				}
			}
		}
		if last := string(record("A", at(time.Second), at(time.Duration(n)*time.Second), fmt.Sprint(n))); newest != last {
			t.Fatalf("told last %s, want %s", newest, last)
		}
	})
}

func TestOutsideCountsWhatTheFilterShouldHaveLeftOut(t *testing.T) {
	r := rule()
	page := identify(t, r,
		record("A", at(-time.Hour), at(-time.Hour), ""),
		record("B", at(-time.Hour), cut(-time.Minute), ""), // its second reaches into the window
		record("C", at(-time.Hour), at(-time.Minute), ""),
		record("D", at(0), at(0), ""),
	)
	verdicts := r.Judge(page, nil)
	if got := r.Outside(verdicts); got != 1 {
		t.Errorf("Outside = %d, want 1", got)
	}
	known := make(map[string]turnstone.Version)
	for _, v := range verdicts {
		known[v.Object.Version.ObjectID] = v.Object.Version
	}
	if got := r.Outside(r.Judge(page, known)); got != 1 {
		t.Errorf("Outside when all are known = %d, want 1", got)
	}
	r.From = time.Time{}
	if got := r.Outside(verdicts); got != 0 {
		t.Errorf("Outside without a window = %d, want 0", got)
	}
}

func TestIdentifyFindsIDs(t *testing.T) {
	tests := map[string]struct {
		field, record string
		want          string
	}{
		"text":                {"ID", `{"ID":"7C1E"}`, "7C1E"},
		"a number":            {"id", `{"id":12345678901234567890}`, "12345678901234567890"},
		"a decimal":           {"id", `{"id":1.50}`, "1.50"},
		"nested":              {"user.id", `{"user":{"id":"u"}}`, "u"},
		"in a list":           {"ids.1", `{"ids":["a","b"]}`, "b"},
		"signs":               {"@id", `{"@id":"u"}`, "u"},
		"from JSONPath":       {"$.user.id", `{"user":{"id":"u"}}`, "u"},
		"odd JSONPath":        {"@.@id", `{"@id":"u"}`, "u"},
		"no pattern":          {"i*", `{"id":"x","i*":"u"}`, "u"},
		"no query":            {"#(a==1)", `{"#(a==1)":"u"}`, "u"},
		"no modifier":         {"@this", `{"@this":"u"}`, "u"},
		"no literal":          {"!\"x\"", `{"!\"x\"":"u"}`, "u"},
		"escaped in the text": {"ID", `{"\u0049D":"\u0041"}`, "A"},
		"zero":                {"id", `{"id":0}`, "0"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			objects, problems := change.Rule{IDField: tt.field}.Identify([]json.RawMessage{json.RawMessage(tt.record)})
			if len(problems) > 0 || len(objects) != 1 || objects[0].Version.ObjectID != tt.want {
				t.Errorf("Identify = %v, %v, want %q", objects, problems, tt.want)
			}
		})
	}
}

func TestARecordThatCannotBeToldFromOthersIsNamed(t *testing.T) {
	tests := map[string]struct {
		record string
		noID   bool
		want   string
	}{
		"no id":         {`{"id":"A","Name":"x"}`, true, `record 2 of the page: no id in "ID"; name the member that holds it as idField: did you mean id?`},
		"null":          {`{"ID":null}`, true, `record 2 of the page: no id in "ID"`},
		"empty":         {`{"ID":""}`, true, `record 2 of the page: no id in "ID"`},
		"an object":     {`{"ID":{"a":1}}`, true, `no id in "ID" but {"a":1}; name a member that holds text or a number`},
		"true":          {`{"ID":true}`, true, `no id in "ID" but true`},
		"no members":    {`{}`, true, `the record has no members`},
		"text":          {`"A"`, false, `record 2 of the page: "A" is no JSON object; check the record_selector`},
		"a long list":   {`[` + strings.Repeat("1,", 100) + `1]`, false, "… is no JSON object"},
		"nothing there": {``, false, "is no JSON object"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			objects, problems := rule().Identify([]json.RawMessage{record("A", at(0), at(0), ""), json.RawMessage(tt.record), record("B", at(0), at(0), "")})
			if len(objects) != 2 || len(problems) != 1 {
				t.Fatalf("Identify = %d objects, %v, want 2 objects and 1 problem", len(objects), problems)
			}
			if !strings.Contains(problems[0].Error(), tt.want) || errors.Is(problems[0], change.ErrNoID) != tt.noID {
				t.Errorf("problem = %v, want %q in it", problems[0], tt.want)
			}
		})
	}
}

func TestADateThatCannotBeReadIsAProblemAndStillNews(t *testing.T) {
	tests := map[string]struct {
		record string
		op     turnstone.Op
		want   string
	}{
		"unparsable": {`{"ID":"A","Created":"2026-11-23T11:00:00","Updated":"yesterday"}`, turnstone.Updated, `object A: the date in "Updated": parsing time "yesterday"`},
		"missing":    {`{"ID":"A","Created":"2026-11-23T11:00:00"}`, turnstone.Updated, `object A: no date in "Updated"; check the name`},
		"null":       {`{"ID":"A","Created":"2026-11-23T13:00:00","Updated":null}`, turnstone.Created, `object A: no date in "Updated"`},
		"both":       {`{"ID":"A","Created":7,"Updated":""}`, turnstone.Updated, `object A: no date in "Updated"; check the name; the date in "Created": parsing time "7"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			objects, problems := rule().Identify([]json.RawMessage{json.RawMessage(tt.record)})
			if len(objects) != 1 || len(problems) > 0 {
				t.Fatalf("Identify = %v, %v, want one object", objects, problems)
			}
			got := rule().Judge(objects, nil)[0]
			if got.Op != tt.op || !strings.HasPrefix(got.Object.Problem, tt.want) {
				t.Errorf("Judge = %q with problem %q, want %q, %q first", got.Op, got.Object.Problem, tt.op, tt.want)
			}
			known := map[string]turnstone.Version{"A": got.Object.Version}
			if again := rule().Judge(objects, known)[0]; again.Op != "" || again.Object.Problem != got.Object.Problem {
				t.Errorf("Judge of the known = %q with problem %q, want none with the same problem", again.Op, again.Object.Problem)
			}
		})
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add([]byte(`{"ID":"A","Created":"2026-11-23T11:00:00","Updated":"x"}`), "ID")
	f.Add([]byte(`{"a":{"@b":[1,{"c":"d"}]}}`), "$.a.@b.1.c")
	f.Fuzz(func(t *testing.T, text []byte, field string) {
		r := rule()
		r.IDField = field
		objects, problems := r.Identify([]json.RawMessage{text, text})
		if len(objects)+len(problems) != 2 {
			t.Fatalf("Identify = %d objects and %d problems of 2 records", len(objects), len(problems))
		}
		for i, v := range r.Judge(objects, nil) {
			if i == 1 && v.Op != "" {
				t.Errorf("Judge tells %q of the same record twice", v.Op)
			}
		}
	})
}

func BenchmarkPage(b *testing.B) {
	page := concurPage()
	r := change.Rule{
		IDField: "ID", Updated: stamped("LastModifiedDate"), Created: stamped("CreateDate"),
		Ignore: []string{"WorkflowActionUrl", "URI"}, Since: since,
	}
	versions := known(b, r, page...)
	b.ReportAllocs()
	for b.Loop() {
		objects, problems := r.Identify(page)
		if len(problems) > 0 {
			b.Fatal(problems)
		}
		for _, v := range r.Judge(objects, versions) {
			if v.Op != "" {
				b.Fatalf("Judge = %q, want nothing", v.Op)
			}
		}
	}
}
