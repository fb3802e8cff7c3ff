package bench

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"turnstone/internal/bench/gauge"
)

// WriteTable writes the report for people.
func (r Report) WriteTable(w io.Writer) error {
	m := r.Machine
	fmt.Fprintf(w, "%s, %d cores, %s, %s, %s with a durable write in %s\n", m.Processor, m.Cores, m.System, m.Go, m.FileSystem, brief(m.Sync))
	for _, name := range []string{SQLite, PostgreSQL} {
		if version, ok := m.Engines[name]; ok {
			fmt.Fprintf(w, "%s: %s\n", name, version)
		}
	}
	fmt.Fprintf(w, "commit %s; %s mode, median of %d; CPU is in ms for 1,000, ours and the database's, RSS in MB, bytes to disk and allocations for each\n\n",
		m.Commit, r.Mode, r.Pairs)
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(columns, "WORK\tENGINE\tOURS\tCEILING\tRATIO\tTO REACH\tCPU\tRSS\tBYTES\tALLOCS\tTEN TIMES MORE")
	for _, row := range r.Rows {
		fmt.Fprintln(columns, strings.Join(row.cells(), "\t"))
	}
	return columns.Flush()
}

// String returns the row in one line.
func (r Row) String() string {
	if r.Failure != "" {
		return fmt.Sprintf("%s on %s FAILED: %s", r.Work, r.Engine, r.Failure)
	}
	text := fmt.Sprintf("%s on %s: %s", r.Work, r.Engine, r.headline(r.Ours))
	if r.Ceiling != nil {
		text += fmt.Sprintf(", ceiling %s, ratio %s", r.headline(*r.Ceiling), ratio(r.Ratio))
	}
	if len(r.Checks) > 0 {
		text += "; " + r.verdicts()
	}
	return text
}

// cells returns the row for the table.
func (r Row) cells() []string {
	if r.Failure != "" {
		return []string{r.Work, r.Engine, "FAILED", "–", "–", "–", "–", "–", "–", "–", "–"}
	}
	ceiling, share := "–", "–"
	if r.Ceiling != nil {
		ceiling, share = r.headline(*r.Ceiling), ratio(r.Ratio)
	}
	cpu, rss := figure(r.Ours.CPU.Median), figure(r.Ours.RSS.Median)
	if r.Engine == PostgreSQL {
		cpu += " + " + figure(r.Ours.DatabaseCPU.Median)
		rss += " + " + figure(r.Ours.DatabaseRSS.Median)
	}
	return []string{
		r.Work, r.Engine, r.headline(r.Ours), ceiling, share, r.verdicts(), cpu, rss,
		count(r.Ours.Written.Median), count(r.Ours.Allocs.Median), r.Growth.String(),
	}
}

// headline returns what counts about a side.
func (r Row) headline(f Figures) string {
	switch r.Measure {
	case ByCPU:
		return brief(ofMillis(f.CPU.Median/1000)) + " CPU"
	case ByWait:
		text := "p50 " + brief(ofMillis(f.P50.Median)) + ", p99 " + brief(ofMillis(f.P99.Median))
		if f.Claim.Median > 0 {
			text += ", claim " + brief(ofMillis(f.Claim.Median/1000))
		}
		return text
	case ByRate:
	}
	return count(f.Rate.Median) + "/s"
}

// verdicts returns what was to be reached, and whether it was.
func (r Row) verdicts() string {
	if len(r.Checks) == 0 {
		return "–"
	}
	var texts []string
	for _, c := range r.Checks {
		mark := "✗"
		if c.OK {
			mark = "✓"
		}
		texts = append(texts, fmt.Sprintf("%s %s %s (%s)", mark, c.What, c.Want, c.Got))
	}
	return strings.Join(texts, ", ")
}

// String returns the factors of growth, or a dash for none.
func (g *Growth) String() string {
	if g == nil {
		return "–"
	}
	return fmt.Sprintf("rate ×%.2f, CPU ×%.2f, RSS ×%.2f, bytes ×%.2f", g.Rate, g.CPU, g.RSS, g.Written)
}

func ratio(s gauge.Spread) string { return fmt.Sprintf("%.2f (%.2f–%.2f)", s.Median, s.Min, s.Max) }

// count returns a number without its fraction, thousands apart.
func count(n float64) string {
	digits := strconv.FormatInt(int64(math.Round(n)), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// figure returns a number with three digits that count.
func figure(n float64) string {
	if n >= 100 {
		return count(n)
	}
	return strconv.FormatFloat(n, 'g', 3, 64)
}

// brief returns a duration with three digits that count.
func brief(d time.Duration) string {
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}} {
		if d >= unit.size {
			return figure(float64(d)/float64(unit.size)) + " " + unit.name
		}
	}
	return strconv.FormatInt(int64(d), 10) + " ns"
}

// ofMillis returns so many milliseconds.
func ofMillis(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }
