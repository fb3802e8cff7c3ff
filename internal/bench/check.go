package bench

import (
	"fmt"
	"time"
)

// Check is a figure beside the one to reach.
type Check struct {
	What string `json:"what"`
	Want string `json:"want"`
	Got  string `json:"got"`
	OK   bool   `json:"ok"`
}

// check compares a row with what it should reach. It returns false if it does not
// apply. Earlier finds the row of another work on the same engine.
type check func(r Row, earlier func(work string) (Row, bool)) (Check, bool)

// ratioAtLeast wants a share of the ceiling, for each engine its own.
func ratioAtLeast(want map[string]float64) check {
	return func(r Row, _ func(string) (Row, bool)) (Check, bool) {
		least, ok := want[r.Engine]
		return Check{
			What: "ratio", Want: fmt.Sprintf("≥ %.2f", least), Got: fmt.Sprintf("%.2f", r.Ratio.Median), OK: r.Ratio.Median >= least,
		}, ok
	}
}

// rateAtLeast wants a rate, where the ceiling reaches it.
func rateAtLeast(least float64) check {
	return func(r Row, _ func(string) (Row, bool)) (Check, bool) {
		return Check{
			What: "rate", Want: "≥ " + count(least) + "/s", Got: count(r.Ours.Rate.Median) + "/s", OK: r.Ours.Rate.Median >= least,
		}, r.Ceiling != nil && r.Ceiling.Rate.Median >= least
	}
}

// noSlowerThan wants the rate of another work, divided by a factor.
func noSlowerThan(other string, factor float64) check {
	return func(r Row, earlier func(string) (Row, bool)) (Check, bool) {
		beside, ok := earlier(other)
		slower := beside.Ours.Rate.Median / r.Ours.Rate.Median
		return Check{
			What: "time of " + other, Want: fmt.Sprintf("≤ × %.1f", factor), Got: fmt.Sprintf("× %.2f", slower), OK: slower <= factor,
		}, ok
	}
}

// cpuAtMost wants little CPU time for each thing done.
func cpuAtMost(most time.Duration) check {
	return func(r Row, _ func(string) (Row, bool)) (Check, bool) {
		each := time.Duration(r.Ours.CPU.Median / 1000 * float64(time.Millisecond))
		return Check{
			What: "CPU a poll", Want: "≤ " + brief(most), Got: brief(each), OK: each <= most,
		}, true
	}
}

// memoryAtMost wants little memory, in MB.
func memoryAtMost(most float64) check {
	return func(r Row, _ func(string) (Row, bool)) (Check, bool) {
		return Check{
			What: "RSS", Want: fmt.Sprintf("≤ %.0f MB", most), Got: fmt.Sprintf("%.0f MB", r.Ours.RSS.Median), OK: r.Ours.RSS.Median <= most,
		}, true
	}
}

// keepsUp wants 99 of a hundred polls to start on time.
func keepsUp(most time.Duration) check {
	return func(r Row, _ func(string) (Row, bool)) (Check, bool) {
		late := time.Duration(r.Ours.P99.Median * float64(time.Millisecond))
		return Check{What: "p99 late", Want: "≤ " + brief(most), Got: brief(late), OK: late <= most}, true
	}
}

// claimAtMost wants a claim to take as long as that of another work, times a
// factor.
func claimAtMost(other string, factor float64) check {
	return func(r Row, earlier func(string) (Row, bool)) (Check, bool) {
		beside, ok := earlier(other)
		longer := r.Ours.Claim.Median / beside.Ours.Claim.Median
		return Check{
			What: "claim of " + other, Want: fmt.Sprintf("≤ × %.1f", factor), Got: fmt.Sprintf("× %.2f", longer), OK: longer <= factor,
		}, ok
	}
}

// waitAtMost wants half of the things, if p50 is not 0, and 99 of a hundred, to
// wait no longer.
func waitAtMost(p50, p99 time.Duration) check {
	return func(r Row, _ func(string) (Row, bool)) (Check, bool) {
		half := time.Duration(r.Ours.P50.Median * float64(time.Millisecond))
		most := time.Duration(r.Ours.P99.Median * float64(time.Millisecond))
		c := Check{What: "p99", Want: "≤ " + brief(p99), Got: brief(most), OK: most <= p99}
		if p50 > 0 {
			c.What, c.Want, c.Got = "p50, p99", "≤ "+brief(p50)+", "+brief(p99), brief(half)+", "+brief(most)
			c.OK = c.OK && half <= p50
		}
		return c, true
	}
}
