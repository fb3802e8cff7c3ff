package poll

import (
	"math/bits"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/change"
	"turnstone/internal/element"
	"turnstone/internal/poll/plan"
)

const (
	// lagMemory is about how many changes count for a Lag: when there are more, each
	// weighs half.
	lagMemory = 10_000
	// lagBuckets reach to 2^21 seconds, more than three weeks.
	lagBuckets = 23
	// minOverlap is the least overlap that is suggested: a vendor that was never late
	// by more than a second may be by a minute one day.
	minOverlap = time.Minute
)

// LagReport says how late changes turned up, and what follows for the overlap.
type LagReport struct {
	Changes int64 // that were looked at, of about the last 10,000
	// P50 and P99 are how late half of them, and 99 of 100, turned up at the most; 0:
	// in time.
	P50, P99 time.Duration
	// Suggested is the overlap that would have shown them all with room to spare; that
	// in use where nothing was seen.
	Suggested time.Duration
}

// Summarise says what a lag means for a resource that is read with an overlap. What
// is later than the overlap does not show: if changes are nearly as late, the report
// suggests a longer one.
func Summarise(lag turnstone.Lag, overlap time.Duration) LagReport {
	r := LagReport{Suggested: overlap}
	for _, n := range lag.Counts {
		r.Changes += n
	}
	if r.Changes == 0 {
		return r
	}
	r.P50, r.P99 = quantile(lag, r.Changes, 500), quantile(lag, r.Changes, 990)
	r.Suggested = max(2*quantile(lag, r.Changes, 999), minOverlap)
	return r
}

// Overlap returns how much of the recent past each poll of a poller reads again, as
// its configuration or its element says.
func Overlap(el *element.Element, in turnstone.Instance, p turnstone.Poller) (time.Duration, error) {
	pl, err := plan.Of(el, turnstone.PollLease{Instance: in, Poller: p})
	if err != nil {
		return 0, err
	}
	return pl.Overlap, nil
}

// quantile returns how late so many of a thousand changes were at the most.
func quantile(lag turnstone.Lag, total, perMille int64) time.Duration {
	var sum int64
	for i, n := range lag.Counts {
		if sum += n; sum*1000 >= total*perMille {
			return reach(i)
		}
	}
	return reach(len(lag.Counts) - 1)
}

// reach returns how late the changes of a bucket were at the most.
func reach(bucket int) time.Duration {
	if bucket == 0 {
		return 0
	}
	return time.Second << (bucket - 1)
}

// bucketOf returns the bucket of a change that was so late.
func bucketOf(late time.Duration) int {
	if late <= 0 {
		return 0
	}
	seconds := uint64((late + time.Second - 1) / time.Second)
	return min(1+bits.Len64(seconds-1), lagBuckets-1)
}

// measure notes how late the changes of a page of the live window turned up: dated
// before the sweep that should have shown them.
func (p *poll) measure(verdicts []change.Verdict) {
	cursor := p.lease.Poller.Cursor
	if cursor.IsZero() {
		return
	}
	var lates []time.Duration
	for i := range verdicts {
		o := &verdicts[i].Object
		if verdicts[i].Op == "" || o.Version.Updated.IsZero() || o.UpdatedFineness <= 0 || o.UpdatedFineness > time.Second {
			continue // a date that is known to the day says nothing
		}
		late := cursor.Sub(o.Version.Updated.Add(o.UpdatedFineness))
		if late > 0 {
			p.log.Details.Late++
		}
		lates = append(lates, late)
	}
	p.memo.Lag = withLates(p.memo.Lag, lates)
}

// withLates returns a lag with more changes.
func withLates(lag turnstone.Lag, lates []time.Duration) turnstone.Lag {
	if len(lates) == 0 {
		return lag
	}
	counts := slices.Clone(lag.Counts) // that of the last commit stays
	for _, late := range lates {
		bucket := bucketOf(late)
		for len(counts) <= bucket {
			counts = append(counts, 0)
		}
		counts[bucket]++
	}
	var total int64
	for _, n := range counts {
		total += n
	}
	if total > lagMemory {
		for i := range counts {
			counts[i] /= 2
		}
	}
	return turnstone.Lag{Counts: counts}
}
