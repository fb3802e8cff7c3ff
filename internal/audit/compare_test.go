package audit_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/audit"
	"turnstone/internal/concursim"
)

// enabled is when polling was enabled; at is a moment some seconds later.
var enabled = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time {
	return enabled.Add(time.Duration(seconds * float64(time.Second)))
}

// expectation is that of an interval of a second and a vendor that speaks in whole
// seconds.
var expectation = audit.Expectation{Since: enabled, Shown: time.Second, Edge: 2 * time.Second}

// content is a record that is different for each total.
func content(total int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"ID":"r","Total":%d}`, total))
}

// shown is the truth of one report: version after version, each committed and
// shown at a moment and with a content of its own.
func shown(seconds ...float64) []concursim.Version {
	var truth []concursim.Version
	for i, s := range seconds {
		kind := concursim.Updated
		if i == 0 {
			kind = concursim.Created
		} else {
			truth[i-1].ShownUntil = at(s)
		}
		truth = append(truth, concursim.Version{
			ReportID: "r", Number: i + 1, Kind: kind, CommittedAt: at(s), VisibleAt: at(s), Record: content(i + 1),
		})
	}
	return truth
}

// contents gives the versions of a truth other contents.
func contents(truth []concursim.Version, totals ...int) []concursim.Version {
	for i, total := range totals {
		truth[i].Record = content(total)
	}
	return truth
}

// got is what arrived: "C1 U2" is a CREATED with the content of version 1 and an
// UPDATED with that of version 2, each in an event of its own. A "*" before one
// says that it is posted under the id of the event before.
func got(t *testing.T, story string) []audit.Change {
	t.Helper()
	var changes []audit.Change
	id := 0
	for word := range strings.FieldsSeq(story) {
		rest, again := strings.CutPrefix(word, "*")
		if !again {
			id++
		}
		var total int
		if _, err := fmt.Sscan(rest[1:], &total); err != nil {
			t.Fatal(err)
		}
		op := map[byte]turnstone.Op{'C': turnstone.Created, 'U': turnstone.Updated, 'D': turnstone.Deleted}[rest[0]]
		changes = append(changes, audit.Change{NotificationID: fmt.Sprint(id), Op: op, ObjectID: "r", Record: content(total)})
	}
	return changes
}

// verdict is a report in short: its counts, and the lists that are not empty.
func verdict(r audit.Report) string {
	text := fmt.Sprintf("%d/%d received %d", r.Versions, r.Expected, r.Changes)
	for _, part := range []struct {
		name string
		n    int
	}{
		{"repeats", r.Repeats},
		{"pending", r.Pending},
		{"missed", len(r.Missed)},
		{"invented", len(r.Invented)},
		{"wrong", len(r.Wrong)},
		{"disorder", len(r.Disorder)},
	} {
		if part.n > 0 {
			text += fmt.Sprintf(", %s %d", part.name, part.n)
		}
	}
	return text
}

func TestCompareFindsWhatWentWrong(t *testing.T) {
	tests := map[string]struct {
		truth []concursim.Version
		got   string
		want  string
	}{
		"all is well":                              {shown(10, 20), "C1 U2", "2/2 received 2"},
		"nothing happened":                         {nil, "", "0/0 received 0"},
		"a version is missed":                      {shown(10, 20), "U2", "2/2 received 1, missed 1, wrong 1"},
		"the last version is missed":               {shown(10, 20), "C1", "2/2 received 1, missed 1"},
		"a version too short-lived is not owed":    {shown(10, 20, 20.5), "C1 U3", "3/2 received 2"},
		"a version too short-lived may arrive":     {shown(10, 20, 20.5), "C1 U2 U3", "3/2 received 3"},
		"no version has the content":               {shown(10), "C1 U7", "1/1 received 2, invented 1"},
		"a version comes in two events":            {shown(10), "C1 U1", "1/1 received 2, invented 1"},
		"an event is posted again":                 {shown(10, 20), "C1 *C1 U2 *U2 *U2", "2/2 received 2, repeats 3"},
		"a created comes as updated":               {shown(10), "U1", "1/1 received 1, wrong 1"},
		"an update comes as created":               {shown(10, 20), "C1 C2", "2/2 received 2, wrong 1"},
		"an update comes as deleted":               {shown(10, 20), "C1 D2", "2/2 received 2, missed 1, invented 1"},
		"an earlier version comes later":           {shown(10, 20, 30), "C1 U3 U2", "3/3 received 3, disorder 1"},
		"what was there before is no news":         {shown(-100), "", "0/0 received 0"},
		"what was there before comes as news":      {shown(-100), "U1", "0/0 received 1, invented 1"},
		"what was there before changes":            {shown(-100, 10), "U2", "1/1 received 1"},
		"what was there before comes as created":   {shown(-100, 10), "C2", "1/1 received 1, wrong 1"},
		"created at the edge may be either":        {shown(1), "U1", "1/0 received 1"},
		"committed at the edge need not come":      {shown(1), "", "1/0 received 0, pending 1"},
		"committed just before the edge may come":  {shown(-1), "C1", "0/0 received 1"},
		"an edit without effect is no version":     {contents(shown(10, 20), 1, 1), "C1", "1/1 received 1"},
		"an edit without effect counts as showing": {contents(shown(10, 10.6, 11.2), 1, 1, 3), "U3", "2/2 received 1, missed 1, wrong 1"},
		"a content comes back and is seen":         {contents(shown(10, 20, 30), 1, 2, 1), "C1 U2 U1", "3/3 received 3"},
		"a content comes back once too often":      {contents(shown(10, 20, 30), 1, 2, 1), "C1 U2 U1 U1", "3/3 received 4, invented 1"},
		"a content comes back before a poll":       {contents(shown(10, 20, 20.5), 1, 2, 1), "C1", "3/2 received 1"},
		"a content comes back and is missed":       {contents(shown(10, 20, 30), 1, 2, 1), "C1 U2", "3/3 received 2, missed 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := audit.Compare(tt.truth, got(t, tt.got), expectation)
			if got := verdict(r); got != tt.want {
				t.Errorf("Compare = %s, want %s\n%s", got, tt.want, r)
			}
			wrong := regexp.MustCompile(`missed|invented|wrong|disorder`).MatchString(tt.want)
			if r.OK() == wrong {
				t.Errorf("OK = %v for %s", r.OK(), tt.want)
			}
		})
	}
}

func TestWhatIsStillShownIsOwedOnceAPollCouldSeeIt(t *testing.T) {
	tests := map[string]struct {
		until float64
		want  string
	}{
		"a moment after the commit": {20.5, "2/1 received 1, pending 1"},
		"an interval later":         {21, "2/2 received 1, missed 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := expectation
			e.Until = at(tt.until)
			if got := verdict(audit.Compare(shown(10, 20), got(t, "C1"), e)); got != tt.want {
				t.Errorf("Compare = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAVersionNeverShownIsNotOwed(t *testing.T) {
	truth := shown(10, 20, 21)
	truth[1].VisibleAt = at(25) // late, and overtaken by then
	if got := verdict(audit.Compare(truth, got(t, "C1 U3"), expectation)); got != "3/2 received 2" {
		t.Errorf("Compare = %s, want 3/2 received 2", got)
	}
}

// A report that was made, deleted and restored within an instant: the first of two
// versions with one content was shown to nobody, so what came is the other one.
func TestWhatComesIsAboutAVersionThatWasShown(t *testing.T) {
	truth := contents(shown(10, 10, 10, 20), 1, 2, 1, 3)
	truth[1].Kind = concursim.Deleted
	e := expectation
	e.Whole = time.Hour
	e.Reads = []turnstone.Span{{From: at(12), To: at(13)}, {From: at(30), To: at(31)}}
	if r := audit.Compare(truth, got(t, "C1 U3"), e); !r.OK() {
		t.Errorf("Compare = %v, want nothing wrong", r)
	}
}

func TestTheReadersOwnAddressIsNoContent(t *testing.T) {
	truth := shown(10)
	truth[0].Record = json.RawMessage(`{"ID":"r","URI":"http://a","WorkflowActionUrl":"http://a/x"}`)
	change := audit.Change{NotificationID: "1", Op: turnstone.Created, ObjectID: "r", Record: json.RawMessage(`{"URI":"http://b","ID":"r"}`)}
	if r := audit.Compare(truth, []audit.Change{change}, expectation); !r.OK() {
		t.Errorf("Compare = %s, want nothing wrong", r)
	}
}

func TestAnUnknownObjectIsInvented(t *testing.T) {
	change := audit.Change{NotificationID: "1", Op: turnstone.Created, ObjectID: "nobody", Record: content(1)}
	r := audit.Compare(shown(10), []audit.Change{change}, expectation)
	if len(r.Invented) != 1 || !strings.Contains(r.Invented[0], "nobody") {
		t.Errorf("Invented = %v, want one entry that names the object", r.Invented)
	}
}

func TestReportNamesTheFirstFewOfEachList(t *testing.T) {
	r := audit.Report{Versions: 9, Missed: []string{"a", "b", "c", "d", "e", "f"}, Disorder: []string{"g"}}
	text := r.String()
	if !strings.HasPrefix(text, "9 versions, ") || !strings.Contains(text, "6 missed") {
		t.Errorf("String = %q, want the counts first", text)
	}
	if !strings.HasSuffix(text, "\n  a\n  b\n  c\n  d\n  e\n  g") {
		t.Errorf("String = %q, want five of the missed and the one out of order", text)
	}
}

func ExampleCompare() {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	truth := []concursim.Version{{
		ReportID: "A1", Number: 1, Kind: concursim.Created, LastModified: "2026-11-23T12:00:10.5",
		CommittedAt: now.Add(10 * time.Second), VisibleAt: now.Add(10 * time.Second), Record: []byte(`{"ID":"A1"}`),
	}}
	fmt.Println(audit.Compare(truth, nil, audit.Expectation{Since: now, Shown: time.Second}))
	// Output:
	// 1 versions, 1 expected, 0 changes received, 0 repeats: 1 missed, 0 invented, 0 of the wrong type, 0 out of order
	//   A1: version 1 of 2026-11-23T12:00:10.5, shown from 2026-11-23T12:00:10Z
}
