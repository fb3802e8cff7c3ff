package bench_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/bench"
	"turnstone/internal/bench/gauge"
)

// around is a figure that hardly varied.
func around(n float64) gauge.Spread {
	return gauge.Spread{Median: n, Min: n * 0.9, Max: n * 1.1}
}

func ExampleReport_WriteTable() {
	report := bench.Report{
		Machine: bench.Machine{
			Processor: "A processor", Cores: 2, System: "linux/amd64", Go: "go1.26", Commit: "40a0fa0",
			FileSystem: "ext4", Sync: 1234 * time.Microsecond, Engines: map[string]string{bench.PostgreSQL: "15.18"},
		},
		Mode: "full", Pairs: 3,
		Rows: []bench.Row{{
			Work: "deliver-1", Engine: bench.PostgreSQL, Unit: "events", Measure: bench.ByRate,
			Ours: bench.Figures{
				Rate: around(9876), CPU: around(76.54), DatabaseCPU: around(20), RSS: around(29.5),
				DatabaseRSS: around(88), Written: around(3836), Allocs: around(130),
			},
			Ceiling: &bench.Figures{Rate: around(14_436)},
			Ratio:   around(0.684),
			Checks:  []bench.Check{{What: "ratio", Want: "≥ 0.50", Got: "0.68", OK: true}},
		}, {
			Work: "poll-1", Engine: bench.PostgreSQL, Failure: "two events were lost",
		}},
	}
	if err := report.WriteTable(os.Stdout); err != nil {
		panic(err)
	}
	// Output:
	// A processor, 2 cores, linux/amd64, go1.26, ext4 with a durable write in 1.23 ms
	// postgres: 15.18
	// commit 40a0fa0; full mode, median of 3; CPU is in ms for 1,000, ours and the database's, RSS in MB, bytes to disk and allocations for each
	//
	// WORK       ENGINE    OURS     CEILING   RATIO             TO REACH               CPU        RSS        BYTES  ALLOCS  TEN TIMES MORE
	// deliver-1  postgres  9,876/s  14,436/s  0.68 (0.62–0.75)  ✓ ratio ≥ 0.50 (0.68)  76.5 + 20  29.5 + 88  3,836  130     –
	// poll-1     postgres  FAILED   –         –                 –                      –          –          –      –       –
}

func TestRowsAreHeldToTheirTargets(t *testing.T) {
	fast, slow := bench.Figures{Rate: around(100)}, bench.Figures{Rate: around(70)}
	tests := map[string]struct {
		work    string
		row     bench.Row
		earlier []bench.Row
		want    []bench.Check
	}{
		"a ratio that is reached": {
			"deliver-1",
			bench.Row{Engine: bench.PostgreSQL, Ratio: around(0.55)},
			nil,
			[]bench.Check{{What: "ratio", Want: "≥ 0.50", Got: "0.55", OK: true}},
		},
		"a ratio that would do on another engine": {
			"deliver-1",
			bench.Row{Engine: bench.SQLite, Ratio: around(0.55)},
			nil,
			[]bench.Check{{What: "ratio", Want: "≥ 0.60", Got: "0.55"}},
		},
		"a rate that the ceiling allows": {
			"poll-1",
			bench.Row{
				Engine: bench.SQLite, Ratio: around(0.61), Ours: bench.Figures{Rate: around(10_500)},
				Ceiling: &bench.Figures{Rate: around(17_000)},
			},
			nil,
			[]bench.Check{
				{What: "ratio", Want: "≥ 0.60", Got: "0.61", OK: true},
				{What: "rate", Want: "≥ 10,000/s", Got: "10,500/s", OK: true},
			},
		},
		"a rate that the ceiling does not allow": {
			"poll-1",
			bench.Row{
				Engine: bench.SQLite, Ratio: around(0.9), Ours: bench.Figures{Rate: around(8_100)},
				Ceiling: &bench.Figures{Rate: around(9_000)},
			},
			nil,
			[]bench.Check{{What: "ratio", Want: "≥ 0.60", Got: "0.90", OK: true}},
		},
		"slower than with few versions": {
			"unchanged-1m",
			bench.Row{Engine: bench.SQLite, Ratio: around(0.5), Ours: slow},
			[]bench.Row{{Work: "unchanged-10k", Engine: bench.PostgreSQL, Ours: slow}, {Work: "unchanged-10k", Engine: bench.SQLite, Ours: fast}},
			[]bench.Check{
				{What: "ratio", Want: "≥ 0.50", Got: "0.50", OK: true},
				{What: "time of unchanged-10k", Want: "≤ × 1.3", Got: "× 1.43"},
			},
		},
		"nothing to compare with": {
			"unchanged-1m",
			bench.Row{Engine: bench.SQLite, Ratio: around(0.5), Ours: slow},
			[]bench.Row{{Work: "unchanged-10k", Engine: bench.SQLite, Ours: fast, Failure: "it failed"}},
			[]bench.Check{{What: "ratio", Want: "≥ 0.50", Got: "0.50", OK: true}},
		},
		"little CPU time and much memory": {
			"idle",
			bench.Row{Ours: bench.Figures{CPU: around(149), RSS: around(61)}},
			nil,
			[]bench.Check{
				{What: "CPU a poll", Want: "≤ 150 µs", Got: "149 µs", OK: true},
				{What: "RSS", Want: "≤ 60 MB", Got: "61 MB"},
			},
		},
		"a schedule that is kept": {
			"schedule-1m",
			bench.Row{Engine: bench.SQLite, Ours: bench.Figures{P99: around(120), RSS: around(80), Claim: around(22)}},
			[]bench.Row{{Work: "schedule-10k", Engine: bench.SQLite, Ours: bench.Figures{Claim: around(20)}}},
			[]bench.Check{
				{What: "p99 late", Want: "≤ 1 s", Got: "120 ms", OK: true},
				{What: "RSS", Want: "≤ 300 MB", Got: "80 MB", OK: true},
				{What: "claim of schedule-10k", Want: "≤ × 1.3", Got: "× 1.10", OK: true},
			},
		},
		"waits of which the middle is too long": {
			"latency-1000",
			bench.Row{Ours: bench.Figures{P50: around(2.5), P99: around(10)}},
			nil,
			[]bench.Check{{What: "p50, p99", Want: "≤ 2 ms, 11 ms", Got: "2.5 ms, 10 ms"}},
		},
		"waits of which only the end counts": {
			"latency-half",
			bench.Row{Ours: bench.Figures{P50: around(30), P99: around(50)}},
			nil,
			[]bench.Check{{What: "p99", Want: "≤ 50 ms", Got: "50 ms", OK: true}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := bench.Checks(tt.work, tt.row, tt.earlier...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Checks (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWorksHaveNamesOfTheirOwn(t *testing.T) {
	seen := make(map[string]bool)
	for _, w := range bench.Works() {
		if w.Name == "" || strings.ContainsAny(w.Name, " ,") || seen[w.Name] {
			t.Errorf("a work is called %q, want a name of its own without spaces and commas", w.Name)
		}
		seen[w.Name] = true
	}
}
