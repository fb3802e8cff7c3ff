package telemetry_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/provider"
)

// The files that people who watch over the service go by, besides the metrics.
const (
	operations = "../../docs/operations.md"
	alertRules = "../../deploy/prometheus/alerts.yaml"
	dashboard  = "../../deploy/grafana/turnstone.json"
)

// family is all that is told of one metric.
type family struct {
	name, kind, help string
	labels           []string
}

var (
	sampleSyntax = regexp.MustCompile(`^([a-z_]+)(?:\{(.*)\})? `)
	labelSyntax  = regexp.MustCompile(`(\w+)="`)
)

// families returns every metric by its name, once everything has been reported at
// least once.
func families(t *testing.T) map[string]*family {
	t.Helper()
	m, _ := newMetrics()
	m.Poll(polled("concur", turnstone.Poll{Outcome: turnstone.PollComplete}, nil))
	m.Attempt(attempted(http.StatusOK))
	m.Exchange(asked(http.StatusOK, provider.Success))
	m.Backlog(waiting, noon)
	m.Requests(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))

	all := map[string]*family{}
	var last *family
	for line := range strings.Lines(scrape(t, m)) {
		words := strings.SplitN(strings.TrimSpace(line), " ", 4)
		switch words[1] {
		case "HELP":
			last = &family{name: words[2], help: words[3]}
			all[last.name] = last
		case "TYPE":
			last.kind = words[3]
		default:
			for _, label := range labelSyntax.FindAllStringSubmatch(sampleSyntax.FindStringSubmatch(line)[2], -1) {
				if name := label[1]; name != "le" && !slices.Contains(last.labels, name) {
					last.labels = append(last.labels, name)
				}
			}
		}
	}
	return all
}

// section returns the part of a page between two marks.
func section(t *testing.T, page, begin, end string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, begin)
	part, _, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("the page has no part from %s to %s", begin, end)
	}
	return part
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheTableOfMetricsIsComplete(t *testing.T) {
	all := families(t)
	var want strings.Builder
	want.WriteString("\n| metric | kind | labels | meaning |\n|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if f := all[name]; strings.HasPrefix(name, "turnstone_") {
			fmt.Fprintf(&want, "| `%s` | %s | %s | %s |\n", f.name, f.kind, strings.Join(f.labels, ", "), f.help)
		}
	}
	got := section(t, read(t, operations), "<!-- metrics -->\n", "<!-- end of metrics -->")
	if diff := cmp.Diff(strings.TrimSpace(want.String()), strings.TrimSpace(got)); diff != "" {
		t.Errorf("the table of metrics in %s is out of date; put this into it:\n%s\n(-want +got)\n%s", operations, want.String(), diff)
	}
}

// metricSyntax matches the names of our metrics, and of those of the process, in a
// query.
var metricSyntax = regexp.MustCompile(`\b(?:turnstone|go|process)_[a-z0-9_]+`)

// checkQuery reports the metrics of a query that nobody measures.
func checkQuery(t *testing.T, all map[string]*family, where, query string) {
	t.Helper()
	names := metricSyntax.FindAllString(query, -1)
	if len(names) == 0 && !strings.HasPrefix(query, "up{") {
		t.Errorf("%s asks for nothing of ours: %s", where, query)
	}
	for _, name := range names {
		f := all[name]
		if base, bucket := strings.CutSuffix(name, "_bucket"); bucket && all[base] != nil && all[base].kind == "histogram" {
			f = all[base]
		}
		if f == nil {
			t.Errorf("%s asks for %s, which there is not: %s", where, name, query)
		} else if f.kind == "counter" && !strings.Contains(query, "rate(") {
			t.Errorf("%s asks for the counter %s without its rate: %s", where, name, query)
		}
	}
}

// rules is a file of alerts.
type rules struct {
	Groups []struct {
		Name  string
		Rules []alert
	}
}

// alert is one of them.
type alert struct {
	Alert, Expr, For string
	Labels           struct{ Severity string }
	Annotations      struct {
		Summary, Description string
		RunbookURL           string `yaml:"runbook_url"`
	}
}

// complete reports whether the people who are woken are told enough.
func (a alert) complete() bool {
	return a.For != "" && a.Annotations.Summary != "" && a.Annotations.Description != "" &&
		slices.Contains([]string{"page", "ticket"}, a.Labels.Severity)
}

// explained returns the titles of the sections about alerts.
func explained(t *testing.T) map[string]bool {
	t.Helper()
	titles := map[string]bool{}
	for line := range strings.Lines(section(t, read(t, operations), "## Alerts\n", "\n## ")) {
		if title, found := strings.CutPrefix(line, "### "); found {
			titles[strings.TrimSpace(title)] = true
		}
	}
	return titles
}

func TestAlertsAskForWhatIsMeasuredAndAreExplained(t *testing.T) {
	var file rules
	if err := yaml.UnmarshalWithOptions([]byte(read(t, alertRules)), &file, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	all, titles := families(t), explained(t)
	for _, group := range file.Groups {
		for _, a := range group.Rules {
			checkQuery(t, all, a.Alert, a.Expr)
			if !titles[a.Alert] {
				t.Errorf("%s has no section among the alerts of %s", a.Alert, operations)
			}
			delete(titles, a.Alert)
			if want := "docs/operations.md#" + strings.ToLower(a.Alert); a.Annotations.RunbookURL != want {
				t.Errorf("runbook_url of %s = %q, want %q", a.Alert, a.Annotations.RunbookURL, want)
			}
			if !a.complete() {
				t.Errorf("%s lacks its time, its summary, its description or its severity: %+v", a.Alert, a)
			}
		}
	}
	for title := range titles {
		t.Errorf("%s explains %s, which is no alert", operations, title)
	}
}

// panel is one of a dashboard.
type panel struct {
	ID      int
	Title   string
	GridPos struct{ X, Y, W, H int }
	Targets []struct{ Expr string }
}

func TestTheDashboardAsksForWhatIsMeasured(t *testing.T) {
	var board struct{ Panels []panel }
	if err := json.Unmarshal([]byte(read(t, dashboard)), &board); err != nil {
		t.Fatal(err)
	}
	all, shown, taken := families(t), map[string]bool{}, map[[2]int]string{}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			checkQuery(t, all, p.Title, target.Expr)
			for _, name := range metricSyntax.FindAllString(target.Expr, -1) {
				shown[strings.TrimSuffix(name, "_bucket")] = true
			}
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, double := taken[[2]int{x, y}]; double || x >= 24 {
					t.Fatalf("%s lies on %s, or beyond the edge", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
	for name := range all {
		if strings.HasPrefix(name, "turnstone_") && !shown[name] {
			t.Errorf("no panel shows %s", name)
		}
	}
}
