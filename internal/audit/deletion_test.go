package audit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/audit"
	"turnstone/internal/concursim"
)

// census is an expectation of somebody who reads everything every minute.
var census = audit.Expectation{Since: enabled, Shown: time.Second, Whole: time.Minute, Edge: 2 * time.Second}

// lived is the truth of one report: "C10 U20 D100" is created, updated and deleted at
// those seconds, and has a content of its own each time. A "q" is an update that left
// the date as it was.
func lived(t *testing.T, story string) []concursim.Version {
	t.Helper()
	var truth []concursim.Version
	for i, word := range strings.Fields(story) {
		var seconds float64
		if _, err := fmt.Sscan(word[1:], &seconds); err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			truth[i-1].ShownUntil = at(seconds)
		}
		kind := map[byte]concursim.Kind{'C': concursim.Created, 'U': concursim.Updated, 'q': concursim.Updated, 'D': concursim.Deleted}[word[0]]
		truth = append(truth, concursim.Version{
			ReportID: "r", Number: i + 1, Kind: kind, Quiet: word[0] == 'q', CommittedAt: at(seconds), VisibleAt: at(seconds), Record: content(i + 1),
		})
	}
	return truth
}

func TestCompareJudgesDeletions(t *testing.T) {
	tests := map[string]struct{ truth, got, want string }{
		"all is well":                              {"C10 U20 D100", "C1 U2 D3", "3/3 received 3"},
		"a deletion is missed":                     {"C10 D100", "C1", "2/2 received 1, missed 1"},
		"a deletion comes twice":                   {"C10 D100", "C1 D2 D2", "2/2 received 3, invented 1"},
		"a deletion is posted again":               {"C10 D100", "C1 D2 *D2", "2/2 received 2, repeats 1"},
		"an object that exists is told deleted":    {"C10", "C1 D2", "1/1 received 2, invented 1"},
		"a version comes after the deletion":       {"C10 U20 D100", "C1 D3 U2", "3/3 received 3, wrong 1, disorder 1"},
		"an object comes back":                     {"C10 D100 C200", "C1 D2 C3", "3/3 received 3"},
		"an object comes back as updated":          {"C10 D100 C200", "C1 D2 U3", "3/3 received 3, wrong 1"},
		"its return is missed":                     {"C10 D100 C200", "C1 D2", "3/3 received 2, missed 1"},
		"back, and told deleted once more":         {"C10 D100 C200", "C1 D2 C3 D2", "3/3 received 4, invented 1, disorder 1"},
		"back, and deleted once more":              {"C10 D100 C200 D300", "C1 D2 C3 D4", "4/4 received 4"},
		"gone too short a time to be owed":         {"C10 D100 C110", "C1 U3", "3/2 received 2"},
		"gone a short time, and noticed":           {"C10 D100 C110", "C1 D2 C3", "3/2 received 3"},
		"never heard of":                           {"C10 D10.5", "", "2/0 received 0"},
		"missed, so that its end is not owed":      {"C10 D100", "", "2/1 received 0, missed 1"},
		"there before polling, and gone":           {"C-100 D100", "D2", "1/0 received 1"},
		"there before polling, and gone unheard":   {"C-100 D100", "", "1/0 received 0"},
		"there before polling, gone and back":      {"C-100 D100 C200", "U3", "2/1 received 1"},
		"there before, gone and back as new":       {"C-100 D100 C200", "C3", "2/1 received 1"},
		"gone before polling":                      {"C-100 D-50", "D2", "0/0 received 1, invented 1"},
		"back with the content it had":             {"C10 D100 C200", "C1 D2 C1", "3/3 received 3, missed 1, invented 1, disorder 1"},
		"a change without a date is missed":        {"C10 q100", "C1", "2/2 received 1, missed 1"},
		"a change without a date does not last":    {"C10 q100 U110", "C1 U3", "3/2 received 2"},
		"a change without a date is found in time": {"C10 q100 U110", "C1 U2 U3", "3/2 received 3"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := audit.Compare(lived(t, tt.truth), got(t, tt.got), census)
			if got := verdict(r); got != tt.want {
				t.Errorf("Compare = %s, want %s\n%s", got, tt.want, r)
			}
		})
	}
}

func TestAnObjectMayComeBackAsItWas(t *testing.T) {
	truth := contents(lived(t, "C10 D100 C200"), 1, 1, 1)
	tests := map[string]string{
		"C1 D2 C1": "3/3 received 3",
		"C1 D2":    "3/3 received 2, missed 1",
		"C1":       "3/3 received 1, missed 1", // it is what it was, but its end was owed
	}
	for story, want := range tests {
		if got := verdict(audit.Compare(truth, got(t, story), census)); got != want {
			t.Errorf("Compare of %s = %s, want %s", story, got, want)
		}
	}
}

func TestWithoutACensusNoDeletionIsOwed(t *testing.T) {
	for story, want := range map[string]string{"C1": "2/1 received 1", "C1 D2": "2/1 received 2"} {
		if got := verdict(audit.Compare(lived(t, "C10 D100"), got(t, story), expectation)); got != want {
			t.Errorf("Compare of %s = %s, want %s", story, got, want)
		}
	}
	if got, want := verdict(audit.Compare(lived(t, "C10 q100"), got(t, "C1"), expectation)), "2/1 received 1"; got != want {
		t.Errorf("Compare with a change without a date = %s, want %s", got, want)
	}
}

func TestADeletionIsOwedOnceEverythingWasRead(t *testing.T) {
	for until, want := range map[float64]string{159: "2/1 received 1, pending 1", 160: "2/2 received 1, missed 1"} {
		e := census
		e.Until = at(until)
		if got := verdict(audit.Compare(lived(t, "C10 D100"), got(t, "C1"), e)); got != want {
			t.Errorf("Compare at %v = %s, want %s", until, got, want)
		}
	}
}

func TestADeletionToldAheadOfItsTimeIsInvented(t *testing.T) {
	truth := lived(t, "C10 D100")
	truth[1].VisibleAt = at(120) // until then it is listed
	for seconds, want := range map[float64]string{119: "2/2 received 2, missed 1, invented 1", 120: "2/2 received 2"} {
		changes := got(t, "C1 D2")
		changes[1].At = at(seconds)
		if got := verdict(audit.Compare(truth, changes, census)); got != want {
			t.Errorf("Compare of a deletion told at %v = %s, want %s", seconds, got, want)
		}
	}
}

func TestAReportSaysWhatEnded(t *testing.T) {
	r := audit.Compare(lived(t, "C10 D100"), got(t, "C1"), census)
	if len(r.Missed) != 1 || !strings.HasPrefix(r.Missed[0], "r: its end, version 2") {
		t.Errorf("Missed = %q, want the end of r, version 2", r.Missed)
	}
}

func TestReadsDecideWhatVersionsAreOwed(t *testing.T) {
	truth := lived(t, "C10 U20 U30")
	e := expectation
	e.Until = at(60)
	e.Reads = []turnstone.Span{{From: at(19), To: at(21)}, {From: at(22), To: at(23)}, {From: at(40), To: at(41)}}
	for story, want := range map[string]string{"U2 U3": "3/2 received 2, wrong 1", "C1 U3": "3/2 received 2, missed 1", "C1 U2": "3/2 received 2, missed 1"} {
		if got := verdict(audit.Compare(truth, got(t, story), e)); got != want {
			t.Errorf("Compare of %s = %s, want %s", story, got, want)
		}
	}
}
