package expense_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone/internal/concursim/expense"
)

var start = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

func everything(*expense.State) bool { return true }

// log spells out the whole log of a ledger.
func log(l *expense.Ledger) []string {
	var lines []string
	for _, v := range l.Log {
		lines = append(lines, fmt.Sprintf("%d %d %s %d %s %v %v %v %s", v.Sequence, v.Company, v.Kind(), v.Number,
			v.LastModified(), v.CommittedAt, v.VisibleAt, v.ShownUntil, v.AppendJSON(nil, expense.Reader{})))
	}
	return lines
}

func TestTheLogIsEverything(t *testing.T) {
	rules := expense.Rules{LateShare: 0.2, LateSeconds: 3}
	first := expense.Open(9, 3)
	for _, c := range first.Companies {
		first.Populate(c, 10, start, rules)
	}
	first.Rest(start)
	first.Step(start.Add(10*time.Second), 20, rules)
	saved, err := first.Save()
	if err != nil {
		t.Fatal(err)
	}
	second, err := saved.Restore()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []*expense.Ledger{first, second} {
		l.Rest(start.Add(20 * time.Second))
		l.Step(start.Add(30*time.Second), 20, rules)
	}
	if diff := cmp.Diff(log(first), log(second)); diff != "" {
		t.Errorf("a restored ledger goes another way (-first +restored):\n%s", diff)
	}
	if want := 3*10 + 2*200; len(first.Log) != want {
		t.Errorf("%d versions, want %d", len(first.Log), want)
	}
}

// Find by the order of modification must agree with looking at everything,
// also when the vendor's clock jumps.
func TestFindIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := expense.Open(rapid.Uint64().Draw(t, "seed"), 1)
		c, now := l.Companies[0], start
		for range rapid.IntRange(1, 150).Draw(t, "changes") {
			rules := expense.Rules{LateShare: 0.3, LateSeconds: 3, ClockOffset: float64(rapid.IntRange(-5, 5).Draw(t, "offset"))}
			now = now.Add(time.Duration(rapid.IntRange(0, 1000).Draw(t, "pause")) * time.Millisecond)
			l.Change(expense.Choice{}, now, rules)
		}
		since := start.Add(time.Duration(rapid.IntRange(-5, 90).Draw(t, "since")) * time.Second)
		late := func(st *expense.State) bool { return !st.Modified.Before(since) }
		order := rapid.SampledFrom([]expense.Order{expense.ByCreation, expense.ByID}).Draw(t, "order")
		all := expense.Search{Limit: 1000, Order: order, Matches: late}
		want := ids(c.Find(all, now))
		var got []string
		search := expense.Search{Limit: 7, Order: order, Since: since, Matches: late}
		for {
			page := c.Find(search, now)
			got = append(got, ids(page)...)
			if !page.More {
				break
			}
			search.After = page.Versions[len(page.Versions)-1].Report
		}
		if !slices.Equal(got, want) {
			t.Errorf("Find = %v, want %v", got, want)
		}
	})
}

func ids(p expense.Page) []string {
	var all []string
	for _, v := range p.Versions {
		all = append(all, v.Report.ID)
	}
	return all
}

func TestJSONAndXMLSayTheSame(t *testing.T) {
	l := expense.Open(4, 1)
	c := l.Companies[0]
	l.Populate(c, 200, start, expense.Rules{})
	who := expense.Reader{Base: "https://concur.test", Query: `user=ALL&name="<é>"`}
	for _, v := range c.Find(expense.Search{Limit: 200, Matches: everything}, start).Versions {
		var fromJSON map[string]any
		if err := json.Unmarshal(v.AppendJSON(nil, who), &fromJSON); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		v.AppendXML(&b, expense.Namespaces, who)
		var fromXML struct {
			Fields []struct {
				XMLName xml.Name
				Text    string `xml:",chardata"`
				Code    string
			} `xml:",any"`
		}
		if err := xml.Unmarshal(b.Bytes(), &fromXML); err != nil {
			t.Fatalf("decoding %s: %v", b.String(), err)
		}
		if len(fromXML.Fields) != 59 || len(fromJSON) != 59 {
			t.Errorf("%d fields in XML and %d in JSON, want 59", len(fromXML.Fields), len(fromJSON))
		}
		for _, f := range fromXML.Fields {
			if text, isText := fromJSON[f.XMLName.Local].(string); isText && text != f.Text {
				t.Errorf("%s is %q in XML and %q in JSON", f.XMLName.Local, f.Text, text)
			}
		}
	}
}

func TestRefusedEditsLeaveNoTrace(t *testing.T) {
	l := expense.Open(1, 1)
	refuse := func(*expense.State) error { return fmt.Errorf("no") }
	if _, err := l.Write(l.Companies[0], expense.Edit{Owner: l.Companies[0].Users[1], Apply: refuse}, start, expense.Rules{}); err == nil || len(l.Log) != 0 {
		t.Errorf("Write = %v and %d versions, want an error and none", err, len(l.Log))
	}
}

func TestSnapshotsThatDoNotFitAreRefused(t *testing.T) {
	l := expense.Open(1, 2)
	l.Change(expense.Choice{Company: 2}, start, expense.Rules{})
	for name, spoil := range map[string]func(*expense.Saved){
		"no companies":      func(s *expense.Saved) { s.Companies = 0 },
		"too few companies": func(s *expense.Saved) { s.Companies = 1 },
		"no chance":         func(s *expense.Saved) { s.Chance = nil },
	} {
		saved, err := l.Save()
		if err != nil {
			t.Fatal(err)
		}
		spoil(&saved)
		if _, err := saved.Restore(); err == nil {
			t.Errorf("%s: Restore = nil, want an error", name)
		}
	}
}

func TestProtectedKeysComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		key := expense.Protect(want)
		if got, err := expense.Unprotect(key); err != nil || !bytes.Equal(got, want) {
			t.Errorf("Unprotect(%s) = %v, %v, want %v", key, got, err, want)
		}
		if !regexp.MustCompile(`^gW[A-Za-z0-9$]*$`).MatchString(key) {
			t.Errorf("Protect = %s, want letters, digits and $", key)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, text := range []string{"2026-03-02", "2026-03-02T09:30:00.57", "2026-03-02T09:30:00Z", "2026-03-02T09:30:00.125+02:00", "soon", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := expense.ParseDate(text)
		if err != nil {
			return
		}
		if at.Location() != time.UTC || len(text) < len(time.DateOnly) {
			t.Errorf("ParseDate(%q) = %v", text, at)
		}
	})
}

func FuzzUnprotect(f *testing.F) {
	f.Add("gWo5tQ$pZr8Kc1sVb2Nf7Yx0LmD4hJgTqWe")
	f.Fuzz(func(t *testing.T, key string) {
		b, err := expense.Unprotect(key)
		if again, err2 := expense.Unprotect(expense.Protect(b)); err == nil && (err2 != nil || !bytes.Equal(again, b)) {
			t.Errorf("Unprotect(%q) = %v, which does not come back: %v, %v", key, b, again, err2)
		}
	})
}

func Example() {
	l := expense.Open(1, 1)
	v := l.Change(expense.Choice{Kind: expense.Created}, start, expense.Rules{})
	fmt.Println(v.Kind(), v.Number, v.LastModified())
	v = l.Change(expense.Choice{Kind: expense.Updated}, start.Add(time.Minute), expense.Rules{})
	fmt.Println(v.Kind(), v.Number, v.LastModified())
	// Output:
	// created 1 2026-03-02T09:30:00
	// updated 2 2026-03-02T09:31:00
}
