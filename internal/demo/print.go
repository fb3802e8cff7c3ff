package demo

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"

	"turnstone"
	"turnstone/internal/app"
	"turnstone/internal/audit"
)

// shared lets the receiver and the demo write at the same time, a line at a time.
type shared struct {
	mu sync.Mutex
	to io.Writer
}

// Write writes to the terminal, or wherever the demo is told to.
func (s *shared) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.Write(text)
}

// printer tells what arrives, one line a change.
type printer struct {
	out  io.Writer
	last map[string]string // the last record of each object
	told map[string]bool   // the changes that have arrived, by key
}

func newPrinter(out io.Writer) *printer {
	return &printer{out: out, last: make(map[string]string), told: make(map[string]bool)}
}

// remember takes what an earlier demo received for known.
func (p *printer) remember(changes []audit.Change) {
	for _, c := range changes {
		p.take(c)
	}
}

// take notes a change, and returns the record of the object before it. A change
// that is posted again is no news, and may be older than the last.
func (p *printer) take(c audit.Change) (before string, news bool) {
	if p.told[c.Key()] {
		return "", false
	}
	p.told[c.Key()] = true
	before = p.last[c.ObjectID]
	p.last[c.ObjectID] = string(c.Record)
	return before, true
}

// print prints a change. The receiver has verified its signature already.
func (p *printer) print(c audit.Change) {
	before, news := p.take(c)
	if !news {
		return
	}
	fmt.Fprintf(p.out, "%s  %-7s  report %s  signature ok  %s\n",
		c.At.Local().Format(time.TimeOnly), c.Op, c.ObjectID, story(c, before))
}

// story says what changed. What an object was that is heard of for the first time
// is not known, so its state is told instead.
func story(c audit.Change, before string) string {
	record := gjson.ParseBytes(c.Record)
	name := fmt.Sprintf("%q", record.Get("Name").String())
	what := fmt.Sprintf("%s of %s, %.2f %s, ", name, record.Get("OwnerName"), record.Get("Total").Float(), record.Get("CurrencyCode"))
	switch {
	case c.Op == turnstone.Created:
		return what + record.Get("ApprovalStatusName").String()
	case before == "":
		return what + "now " + record.Get("ApprovalStatusName").String() + " (first heard of)"
	}
	return name + "  " + strings.Join(differences(gjson.Parse(before), record), ", ")
}

// quiet are fields that change along with others and tell nothing new.
var quiet = []string{
	"LastModifiedDate", "WorkflowActionUrl", "URI", "ApprovalStatusCode", "PaymentStatusCode", "ApproverLoginID",
	"AmountDueEmployee", "TotalClaimedAmount", "TotalApprovedAmount", "SubmitDate", "ProcessingPaymentDate",
}

// differences lists the fields that changed, old and new; if only quiet ones did,
// it names those.
func differences(before, after gjson.Result) []string {
	var loud, hushed []string
	note := func(name, was, is string) {
		switch {
		case was == is:
		case slices.Contains(quiet, name):
			hushed = append(hushed, name)
		default:
			loud = append(loud, fmt.Sprintf("%s: %s → %s", name, was, is))
		}
	}
	after.ForEach(func(name, value gjson.Result) bool {
		note(name.String(), shown(before.Get(name.String())), shown(value))
		return true
	})
	before.ForEach(func(name, value gjson.Result) bool {
		if !after.Get(name.String()).Exists() {
			note(name.String(), shown(value), shown(gjson.Result{}))
		}
		return true
	})
	if len(loud) == 0 {
		return []string{"only " + strings.Join(hushed, ", ")}
	}
	return loud
}

// shown returns a value as the story tells it. A custom field is an object that
// has its value in it.
func shown(value gjson.Result) string {
	const most = 40
	if inner := value.Get("Value"); value.IsObject() && inner.Exists() {
		value = inner
	}
	text := []rune(value.String())
	switch {
	case len(text) == 0:
		return "nothing"
	case len(text) > most:
		return string(text[:most]) + "…"
	}
	return string(text)
}

// welcome says what runs where.
func (d *demo) welcome() {
	fmt.Fprintf(d.Out, `Turnstone demo
  the console          %s
  the API              %s%s%s
  a simulated Concur   %s/_sim/
  a callback receiver  %s/callback
  the data directory   %s
`, d.console(), d.service.url, apiPath, d.service.note, d.vendor.url, d.inbox.url, d.Data)
}

// console says where the console is, and how one signs in.
func (d *demo) console() string {
	if d.state.Password == "" {
		return d.service.url + "/"
	}
	return fmt.Sprintf("%s/  (%s, password %s)", d.service.url, app.DefaultEmail, d.state.Password)
}

// suggest shows what to try next.
func (d *demo) suggest() {
	fmt.Fprintf(d.Out, `
Try next, in another terminal:
  the instance, and what its last polls asked and found
    curl -H '%[1]s' %[2]s
    curl -H '%[1]s' %[2]s/pollers/reports/polls
  ten changes in the company at once
    curl -X POST -H 'Content-Type: application/json' -d '{"count": 10}' %[3]s/_sim/changes
  every third answer of the vendor a 429, until you set it back to 0; the polls above tell of it
    curl -X PATCH -H 'Content-Type: application/json' -d '{"limitEvery": 3}' %[3]s/_sim/switches

The company lives, and is polled every %[4]v. %[5]s, and starting again goes on.
`, "Authorization: "+d.authorization(), d.service.url+apiPath+d.path(), d.vendor.url, d.Interval, d.ending())
}

// ending says when the demo ends.
func (d *demo) ending() string {
	if d.For > 0 {
		return fmt.Sprintf("After %v, or with Ctrl-C, it ends", d.For)
	}
	return "Ctrl-C ends it"
}

// summary says what the comparison found.
func (d *demo) summary(r audit.Report) {
	fmt.Fprintf(d.Out, "\nChanges in the company since polling began: %d. Arrived, with the right signature: %d.\n", r.Versions, r.Changes)
	for _, line := range []struct {
		n    int
		text string
	}{
		{r.Pending, "Still to be found by the next poll (starting again delivers them)"},
		{r.Versions - r.Changes - r.Pending - len(r.Missed), "Overtaken by another change of the same report before a poll could see them"},
		{r.Repeats, "Posted again under the same id, as delivery at least once may do"},
		{d.inbox.receiver.Refused(), "POSTs that the receiver refused, since their signature or body was wrong"},
	} {
		if line.n > 0 {
			fmt.Fprintf(d.Out, "%s: %d.\n", line.text, line.n)
		}
	}
	if r.OK() {
		fmt.Fprintln(d.Out, "Nothing missed, nothing invented.")
		return
	}
	fmt.Fprintln(d.Out, r)
}
