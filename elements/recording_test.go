package elements_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"turnstone"
)

// recording is an archive of recorded exchanges. docs/elements.md describes its
// files.
type recording struct {
	text     []byte // the whole archive as it was read
	comment  []byte // which quirk of the vendor it shows
	instance []byte // instance.json: what a client sends, and perhaps a credential
	creation *round // of the instance
	polls    []*round
}

// round is what belongs to the creation of the instance, or to one poll. Its
// clock and its answers are recorded; the rest is expected.
type round struct {
	number    int // 0 is the creation
	clock     time.Time
	exchanges []*exchange
	poll      string
	events    string
}

// exchange is a request and the answer to it.
type exchange struct {
	round, number     int // its round, and its place in that, from 1
	request, response string
}

// name returns the name of a part of the exchange in the archive.
func (e *exchange) name(part string) string { return fmt.Sprintf("%s-%d.%d", part, e.round, e.number) }

// readRecording reads an archive. What is expected in it is left out: it is to be
// found out again.
func readRecording(text []byte) (*recording, error) {
	archive := txtar.Parse(text)
	r := &recording{text: text, comment: archive.Comment}
	if len(bytes.TrimSpace(r.comment)) == 0 {
		return nil, errors.New("does not begin with a comment; say which quirk of the vendor it shows")
	}
	for _, file := range archive.Files {
		if err := r.read(file); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name, err)
		}
	}
	switch {
	case r.instance == nil:
		return nil, errors.New("has no instance.json; add one with its configuration")
	case len(r.polls) == 0:
		return nil, errors.New("has no poll; add clock-0, when the instance is created, and clock-1, when it is polled first")
	}
	return r, nil
}

// read reads one file of an archive.
func (r *recording) read(file txtar.File) error {
	if file.Name == "instance.json" {
		r.instance = file.Data
		return nil
	}
	part, place, _ := strings.Cut(file.Name, "-")
	group, member, _ := strings.Cut(place, ".")
	number, err := strconv.Atoi(group)
	if err != nil {
		return errors.New("is no part of a recording; see docs/elements.md")
	}
	if part == "clock" {
		return r.begin(number, string(file.Data))
	}
	current := r.last()
	if current == nil || number != current.number {
		return fmt.Errorf("does not follow its clock-%d", number)
	}
	switch part {
	case "poll", "events", "request": // expected
	case "response":
		next := len(current.exchanges) + 1
		if member != strconv.Itoa(next) {
			return fmt.Errorf("is out of order; the next answer is response-%d.%d", number, next)
		}
		current.exchanges = append(current.exchanges, &exchange{round: number, number: next, response: string(file.Data)})
	default:
		return errors.New("is no part of a recording; see docs/elements.md")
	}
	return nil
}

// begin begins the round that a clock stands at the head of.
func (r *recording) begin(number int, text string) error {
	clock, err := time.Parse(time.RFC3339, strings.TrimSpace(text))
	if err != nil {
		return fmt.Errorf("is no date like 2024-03-04T15:20:00Z: %w", err)
	}
	next := 0
	if r.creation != nil {
		next = len(r.polls) + 1
	}
	switch {
	case number != next:
		return fmt.Errorf("is out of order; the next one is clock-%d", next)
	case number == 0:
		r.creation = &round{clock: clock}
	default:
		r.polls = append(r.polls, &round{number: number, clock: clock})
	}
	return nil
}

// last returns the round that was begun last; nil before the first.
func (r *recording) last() *round {
	if len(r.polls) == 0 {
		return r.creation
	}
	return r.polls[len(r.polls)-1]
}

// format returns the recording as an archive.
func (r *recording) format() []byte {
	archive := &txtar.Archive{Comment: r.comment}
	add := func(name, text string) {
		if text != "" {
			archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
		}
	}
	add("instance.json", string(r.instance))
	for _, part := range append([]*round{r.creation}, r.polls...) {
		add(fmt.Sprintf("clock-%d", part.number), part.clock.Format(time.RFC3339Nano)+"\n")
		for _, e := range part.exchanges {
			add(e.name("request"), e.request)
			add(e.name("response"), e.response)
		}
		add(fmt.Sprintf("poll-%d", part.number), part.poll)
		add(fmt.Sprintf("events-%d", part.number), part.events)
	}
	return txtar.Format(archive)
}

// pollText says what became of a poll, and how it left the poller.
func pollText(log turnstone.Poll, poller turnstone.Poller) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-8s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("outcome", "%s", log.Outcome)
	line("window", "from %s", moment(log.From))
	line("pages", "%d", log.Pages)
	line("records", "%d: %d created, %d updated, %d unchanged, %d learned, %d ignored",
		log.Records, log.Created, log.Updated, log.Unchanged, log.Learned, log.Ignored)
	line("events", "%d", log.Events)
	for _, problem := range log.Problems {
		line("problem", "%s", problem)
	}
	if log.RetryAfter > 0 {
		line("wait", "%s", log.RetryAfter)
	}
	line("poller", "%s", poller.State)
	line("failures", "%d", poller.Failures)
	line("cursor", "%s", moment(poller.Cursor))
	return b.String()
}

func moment(at time.Time) string {
	if at.IsZero() {
		return "the beginning of time"
	}
	return at.Format(time.RFC3339Nano)
}

// eventsText returns the bodies of events for people to read.
func eventsText(t *testing.T, events []turnstone.Event) string {
	t.Helper()
	var b bytes.Buffer
	for _, e := range events {
		if err := json.Indent(&b, e.Body, "", "  "); err != nil {
			t.Fatalf("event %d: %v", e.ID, err)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestBrokenRecordingsSayWhatToDo tests the tests: who writes an archive has only
// these messages to go by.
func TestBrokenRecordingsSayWhatToDo(t *testing.T) {
	const start = "A quirk.\n-- instance.json --\n{}\n-- clock-0 --\n2024-03-04T15:20:00Z\n"
	for name, tt := range map[string]struct{ archive, want string }{
		"no comment":       {"-- instance.json --\n{}\n", "does not begin with a comment; say which quirk of the vendor it shows"},
		"no instance":      {strings.Replace(start, "instance", "instances", 1), "instances.json: is no part of a recording; see docs/elements.md"},
		"no poll":          {start, "has no poll; add clock-0, when the instance is created, and clock-1, when it is polled first"},
		"clock left out":   {start + "-- clock-2 --\n2024-03-04T15:22:00Z\n", "clock-2: is out of order; the next one is clock-1"},
		"answer left out":  {start + "-- response-0.2 --\n", "response-0.2: is out of order; the next answer is response-0.1"},
		"in another round": {start + "-- response-1.1 --\n", "response-1.1: does not follow its clock-1"},
		"misspelt":         {start + "-- answer-0.1 --\n", "answer-0.1: is no part of a recording; see docs/elements.md"},
		"no date": {
			start + "-- clock-1 --\nnoon\n",
			`clock-1: is no date like 2024-03-04T15:20:00Z: parsing time "noon" as "2006-01-02T15:04:05Z07:00": cannot parse "noon" as "2006"`,
		},
	} {
		if _, err := readRecording([]byte(tt.archive)); err == nil || err.Error() != tt.want {
			t.Errorf("%s: readRecording = %v, want %v", name, err, tt.want)
		}
	}
}

func TestTheExampleOfARecordingReads(t *testing.T) {
	page, err := os.ReadFile("../docs/elements.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "### Recorded exchanges\n")
	_, rest, _ := strings.Cut(section, "\n```\n")
	example, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("docs/elements.md has no example of a recording")
	}
	if _, err := readRecording([]byte(example)); err != nil {
		t.Errorf("the example in docs/elements.md: %v", err)
	}
}
