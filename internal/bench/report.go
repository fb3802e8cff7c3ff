package bench

import (
	"time"

	"turnstone/internal/bench/gauge"
)

// Report is what a run measured.
type Report struct {
	Machine Machine   `json:"machine"`
	At      time.Time `json:"at"`
	Mode    string    `json:"mode"` // full or short
	Pairs   int       `json:"pairs"`
	Rows    []Row     `json:"rows"`
}

// Row is what was measured of a work on an engine.
type Row struct {
	Work    string       `json:"work"`
	Title   string       `json:"title"`
	Unit    string       `json:"unit"`
	Measure Measure      `json:"measure"`
	Engine  string       `json:"engine"`
	Size    Size         `json:"size"`
	Ours    Figures      `json:"ours"`
	Ceiling *Figures     `json:"ceiling,omitempty"`
	Ratio   gauge.Spread `json:"ratio,omitzero"` // of ours to the ceiling beside it, by the measure
	Growth  *Growth      `json:"growth,omitempty"`
	Checks  []Check      `json:"checks,omitempty"`
	Trials  []Trial      `json:"trials"`
	Failure string       `json:"failure,omitempty"` // why the row is not to be believed
}

// Measure is what tells how good a work was done.
type Measure string

// The measures.
const (
	ByRate Measure = "rate" // how much is done a second
	ByCPU  Measure = "cpu"  // how little CPU time each thing takes, where the pace is given
	ByWait Measure = "wait" // how little things wait, where the pace is given
)

// ratio returns how close ours comes to the ceiling: 1 is as good.
func (m Measure) ratio(ours, ceiling Result) float64 {
	if m == ByCPU {
		return (float64(ceiling.Ours.CPU) / ceiling.Done) / (float64(ours.Ours.CPU) / ours.Done)
	}
	return ours.Rate() / ceiling.Rate()
}

// Trial is one measurement of a pair.
type Trial struct {
	Ours    Result  `json:"ours"`
	Ceiling *Result `json:"ceiling,omitempty"`
}

// Figures sum up the trials of one side.
type Figures struct {
	Rate        gauge.Spread `json:"rate"`              // done a second
	CPU         gauge.Spread `json:"cpu_ms"`            // milliseconds for a thousand
	DatabaseCPU gauge.Spread `json:"database_cpu_ms"`   // of the database's server, likewise
	RSS         gauge.Spread `json:"rss_mb"`            // most memory resident
	DatabaseRSS gauge.Spread `json:"database_rss_mb"`   // of the server's processes, at the end
	Allocs      gauge.Spread `json:"allocs"`            // allocations for each
	Written     gauge.Spread `json:"bytes"`             // written to disk for each, the database's included
	P50         gauge.Spread `json:"p50_ms,omitzero"`   // of the waits
	P99         gauge.Spread `json:"p99_ms,omitzero"`   // of the waits
	Max         gauge.Spread `json:"max_ms,omitzero"`   // of the waits
	Claim       gauge.Spread `json:"claim_µs,omitzero"` // for each poller
}

// Growth is how figures change when the work grows tenfold: 1 is not at all.
type Growth struct {
	From    int     `json:"from"` // objects
	To      int     `json:"to"`
	Rate    float64 `json:"rate"`
	CPU     float64 `json:"cpu"` // ours and the database's
	RSS     float64 `json:"rss"`
	Allocs  float64 `json:"allocs"`
	Written float64 `json:"bytes"`
}

// figures sums up results.
func figures(results []Result) Figures {
	over := func(of func(Result) float64) gauge.Spread {
		var values []float64
		for _, r := range results {
			values = append(values, of(r))
		}
		return gauge.Over(values)
	}
	thousands := func(r Result, d time.Duration) float64 { return millis(d) / r.Done * 1000 }
	return Figures{
		Rate:        over(Result.Rate),
		CPU:         over(func(r Result) float64 { return thousands(r, r.Ours.CPU) }),
		DatabaseCPU: over(func(r Result) float64 { return thousands(r, r.Database.CPU) }),
		RSS:         over(func(r Result) float64 { return float64(r.Ours.Memory) / megabyte }),
		DatabaseRSS: over(func(r Result) float64 { return float64(r.Database.Memory) / megabyte }),
		Allocs:      over(func(r Result) float64 { return float64(r.Ours.Allocs) / r.Done }),
		Written:     over(func(r Result) float64 { return float64(r.Ours.Written+r.Database.Written) / r.Done }),
		P50:         over(func(r Result) float64 { return millis(r.Waits.P50) }),
		P99:         over(func(r Result) float64 { return millis(r.Waits.P99) }),
		Max:         over(func(r Result) float64 { return millis(r.Waits.Max) }),
		Claim:       over(func(r Result) float64 { return float64(r.Claim) / float64(time.Microsecond) }),
	}
}

const megabyte = 1 << 20

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// row sums up the trials of a job.
func row(j job, trials []Trial) Row {
	w := j.work
	r := Row{Work: w.Name, Title: w.Title, Unit: w.Unit, Measure: w.measure, Engine: j.engine.Name, Size: j.size, Trials: trials}
	var ours, ceilings []Result
	var ratios []float64
	for _, t := range trials {
		ours = append(ours, t.Ours)
		if t.Ceiling != nil {
			ceilings = append(ceilings, *t.Ceiling)
			ratios = append(ratios, w.measure.ratio(t.Ours, *t.Ceiling))
		}
	}
	r.Ours, r.Ratio = figures(ours), gauge.Over(ratios)
	if len(ceilings) > 0 {
		f := figures(ceilings)
		r.Ceiling = &f
	}
	return r
}

// growth compares the medians of a row with one more result, at another size.
func growth(r Row, other Size, result Result) *Growth {
	small, large := r.Ours, figures([]Result{result})
	g := &Growth{From: r.Size.Objects, To: other.Objects}
	if g.From > g.To {
		small, large, g.From, g.To = large, small, g.To, g.From
	}
	factor := func(of func(Figures) float64) float64 { return of(large) / max(of(small), 1e-9) }
	g.Rate = factor(func(f Figures) float64 { return f.Rate.Median })
	g.CPU = factor(func(f Figures) float64 { return f.CPU.Median + f.DatabaseCPU.Median })
	g.RSS = factor(func(f Figures) float64 { return f.RSS.Median })
	g.Allocs = factor(func(f Figures) float64 { return f.Allocs.Median })
	g.Written = factor(func(f Figures) float64 { return f.Written.Median })
	return g
}

// check compares a row with what it should reach.
func (r *Report) check(w Work, row *Row) {
	earlier := func(work string) (Row, bool) { return r.find(work, row.Engine) }
	for _, c := range w.checks {
		if got, applies := c(*row, earlier); applies {
			row.Checks = append(row.Checks, got)
		}
	}
}

// find returns the row of a work on an engine that was measured without a failure.
func (r *Report) find(work, engine string) (Row, bool) {
	for _, row := range r.Rows {
		if row.Work == work && row.Engine == engine && row.Failure == "" {
			return row, true
		}
	}
	return Row{}, false
}

// Failed returns the rows that are not to be believed.
func (r *Report) Failed() []Row {
	var failed []Row
	for _, row := range r.Rows {
		if row.Failure != "" {
			failed = append(failed, row)
		}
	}
	return failed
}
