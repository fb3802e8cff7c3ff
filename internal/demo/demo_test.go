package demo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"turnstone/internal/demo"
)

// terminal is what a demo prints to, and lets a test wait for a line of it.
type terminal struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // holds a token after each write
}

func newTerminal() *terminal { return &terminal{more: make(chan struct{}, 1)} }

// Write prints.
func (w *terminal) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.more <- struct{}{}:
	default:
	}
	return w.text.Write(text)
}

func (w *terminal) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// await waits until what is printed matches a pattern, and returns the match.
func (w *terminal) await(t *testing.T, pattern string) []string {
	t.Helper()
	expression := regexp.MustCompile(pattern)
	tooLong := time.NewTimer(time.Minute)
	defer tooLong.Stop()
	for {
		if found := expression.FindStringSubmatch(w.String()); found != nil {
			return found
		}
		select {
		case <-w.more:
		case <-tooLong.C:
			t.Fatalf("never printed %s, but:\n%s", pattern, w)
		}
	}
}

// lively is a company in a hurry.
func lively(data string) (demo.Options, *terminal) {
	out := newTerminal()
	return demo.Options{
		Data: data, Listen: "127.0.0.1:0", For: 3 * time.Second, Rate: 10, Interval: 200 * time.Millisecond, Seed: 1,
		Out: out, Log: slog.New(slog.DiscardHandler),
	}, out
}

// timed runs a demo for its time, and fails the test unless all is well.
func timed(t *testing.T, o demo.Options, out *terminal) {
	t.Helper()
	report, err := demo.Run(t.Context(), o)
	if err != nil || !report.OK() || report.Changes == 0 {
		t.Fatalf("Run = %s, %v, want changes and nothing wrong\n%s", report, err, out)
	}
}

// background runs a demo until end is called, which returns what Run did.
func background(t *testing.T, o demo.Options) (end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		report, err := demo.Run(ctx, o)
		if err == nil && !report.OK() {
			err = errors.New(report.String())
		}
		done <- err
	}()
	t.Cleanup(cancel)
	return func() error {
		cancel()
		return <-done
	}
}

// line is a line of the story.
var line = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d  (CREATED|UPDATED)  report ([0-9A-F]{20})  signature ok  ".+$`)

func TestDemoTellsAWholeStoryAndGoesOnWithIt(t *testing.T) {
	t.Parallel()
	o, out := lively(t.TempDir())
	timed(t, o, out)
	for _, want := range []string{
		"created instance 1 from the platform's example JSON", "logged in to the simulated Concur as ",
		"/elements/api-v2/instances/1/pollers/reports/polls", "it ends, and starting again goes on", "Nothing missed, nothing invented.",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	told := line.FindAllString(out.String(), -1)
	if len(told) == 0 {
		t.Fatalf("it tells of no change:\n%s", out)
	}

	again, out := lively(o.Data)
	timed(t, again, out)
	if !strings.Contains(out.String(), "goes on with instance 1,") {
		t.Errorf("the second run does not say that it goes on:\n%s", out)
	}
	for _, l := range told {
		if strings.Contains(out.String(), l) {
			t.Errorf("the second run repeats %s", l)
		}
	}
	if strings.Contains(out.String(), "Posted again") {
		t.Errorf("the second run got repeats, although the first had a graceful end:\n%s", out)
	}

	fresh, out := lively(o.Data)
	fresh.Fresh = true
	timed(t, fresh, out)
	if !strings.Contains(out.String(), "created instance 1 ") {
		t.Errorf("a fresh run does not begin anew:\n%s", out)
	}
}

func TestInterruptedDemoEndsCleanlyAndKeepsItsAddresses(t *testing.T) {
	t.Parallel()
	o, out := lively(t.TempDir())
	o.For = 0
	end := background(t, o)
	out.await(t, `signature ok`)
	first := out.await(t, `simulated Concur +(\S+)`)[1]
	if err := end(); err != nil {
		t.Fatalf("Run = %v\n%s", err, out)
	}
	if !strings.Contains(out.String(), "Nothing missed, nothing invented.") {
		t.Errorf("it does not sum up:\n%s", out)
	}
	o.Out = newTerminal()
	end = background(t, o)
	if second := o.Out.(*terminal).await(t, `simulated Concur +(\S+)`)[1]; second != first {
		t.Errorf("the second start has the simulator at %s, want %s as before", second, first)
	}
	if err := end(); err != nil { // in the middle of its start
		t.Errorf("Run = %v", err)
	}
}

func TestOneDemoOnADataDirectory(t *testing.T) {
	t.Parallel()
	o, out := lively(t.TempDir())
	o.For = 0
	end := background(t, o)
	out.await(t, `Ctrl-C ends it`)
	second, _ := lively(o.Data)
	if _, err := demo.Run(t.Context(), second); err == nil || !strings.Contains(err.Error(), "choose another directory") {
		t.Errorf("the second Run = %v, want an error with the remedy", err)
	}
	second.Fresh = true
	if _, err := demo.Run(t.Context(), second); err == nil || !strings.Contains(err.Error(), "end it first") {
		t.Errorf("the second Run with Fresh = %v, want an error with the remedy", err)
	}
	out.await(t, `signature ok`)
	if err := end(); err != nil {
		t.Errorf("the first Run = %v\n%s", err, out)
	}
}

func TestATakenAddressIsReplacedAndSaidSo(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // nothing was written
	o, out := lively(t.TempDir())
	o.Listen, o.For = l.Addr().String(), time.Second
	if _, err := demo.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "(not "+o.Listen+": ") {
		t.Errorf("it does not say that %s is taken:\n%s", o.Listen, out)
	}
}

func TestBadInputGetsARemedy(t *testing.T) {
	t.Parallel()
	garbage := func(name string) func(t *testing.T, o *demo.Options) {
		return func(t *testing.T, o *demo.Options) {
			o.For = time.Second
			if _, err := demo.Run(t.Context(), *o); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(o.Data, name), []byte("garbage\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := map[string]struct {
		spoil  func(t *testing.T, o *demo.Options)
		remedy string
	}{
		"garbage for the state":         {garbage("demo.json"), "--fresh"},
		"garbage for the company":       {garbage("company.json"), "--fresh"},
		"garbage for what was received": {garbage("received.jsonl"), "--fresh"},
		"a state without secrets": {func(t *testing.T, o *demo.Options) {
			if err := os.WriteFile(filepath.Join(o.Data, "demo.json"), []byte("{}"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "--fresh"},
		"an instance that is gone": {func(t *testing.T, o *demo.Options) {
			o.For = time.Second
			if _, err := demo.Run(t.Context(), *o); err != nil {
				t.Fatal(err)
			}
			edit(t, filepath.Join(o.Data, "demo.json"), "instanceId", 99)
		}, "--fresh"},
		"no address":   {func(_ *testing.T, o *demo.Options) { o.Listen = "nowhere:at:all" }, "--listen"},
		"no interval":  {func(_ *testing.T, o *demo.Options) { o.Interval = 0 }, "--interval"},
		"no rate":      {func(_ *testing.T, o *demo.Options) { o.Rate = -1 }, "--rate"},
		"endless rate": {func(_ *testing.T, o *demo.Options) { o.Rate = math.Inf(1) }, "--rate"},
		"no time":      {func(_ *testing.T, o *demo.Options) { o.For = -time.Second }, "--for"},
		"data in a file": {func(t *testing.T, o *demo.Options) {
			o.Data = filepath.Join(o.Data, "file")
			if err := os.WriteFile(o.Data, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "data directory"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, out := lively(t.TempDir())
			tt.spoil(t, &o)
			if _, err := demo.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), tt.remedy) {
				t.Fatalf("Run = %v, want an error with %q", err, tt.remedy)
			}
			if tt.remedy != "--fresh" {
				return
			}
			o.Fresh, o.For = true, time.Second
			if _, err := demo.Run(t.Context(), o); err != nil {
				t.Errorf("with the remedy Run = %v\n%s", err, out)
			}
		})
	}
}

// edit sets a member of a JSON file.
func edit(t *testing.T, path, member string, value any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	object[member] = value
	if text, err = json.Marshal(object); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFreshForgetsNothingElse(t *testing.T) {
	t.Parallel()
	o, _ := lively(t.TempDir())
	mine := filepath.Join(o.Data, "mine")
	if err := os.WriteFile(mine, []byte("keep me"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Fresh, o.For = true, time.Second
	if _, err := demo.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(mine); errors.Is(err, fs.ErrNotExist) {
		t.Error("Fresh deleted a file that no demo made")
	}
}
