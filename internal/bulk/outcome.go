package bulk

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/hub"
)

const (
	// maxFailures spans an hour and a half of tries that grow apart: longer than most
	// outages, and short enough to hear of it on the same day.
	maxFailures = 12
	// firstBackoff and maxBackoff bound the wait after a failure.
	firstBackoff = 5 * time.Second
	maxBackoff   = 15 * time.Minute
	// minWait is our own floor for a vendor that says "wait 0 seconds", maxWait what it
	// may ask for.
	minWait = time.Second
	maxWait = time.Hour
	// maxAge is when a job is given up, however it stands: a vendor may throttle for
	// ever.
	maxAge = 72 * time.Hour
	// maxPages bounds what is asked for, also by lists that have no end and no records.
	maxPages = 100_000
)

// ended returns a job that has ended in a state, and why. What it has read is gone,
// unless that is all.
func ended(job turnstone.BulkJob, state turnstone.BulkState, problem string, now time.Time) turnstone.BulkJob {
	job.State, job.Problem, job.EndedAt, job.NextAt = state, problem, now, time.Time{}
	job.Place = turnstone.BulkPlace{Asked: job.Place.Asked}
	if state != turnstone.BulkCompleted {
		job.Pages, job.Records, job.Bytes = 0, 0, 0
	}
	if job.Callback.URL != "" {
		job.NextAt = now
	}
	return job
}

// turned returns a job after the page at its place was read. next is the token of the
// one behind it; empty: it was the last.
func turned(job turnstone.BulkJob, next string, now time.Time) turnstone.BulkJob {
	asked := job.Place.Asked + 1
	again := next == job.Place.Next
	job.State, job.Problem, job.NextAt = turnstone.BulkRunning, "", now
	job.Place = turnstone.BulkPlace{Next: next, Asked: asked}
	switch {
	case next == "":
		return ended(job, turnstone.BulkCompleted, "", now)
	case again:
		return ended(job, turnstone.BulkFailed, "the vendor names the same page as the next one again, so the list has no end; nothing can be done but to ask for less, with where", now)
	case asked >= maxPages:
		return ended(job, turnstone.BulkAborted, fmt.Sprintf("%d pages were read, which is the most; ask for less, with where", asked), now)
	}
	return job
}

// failed returns a job after the page at its place could not be read.
func failed(job turnstone.BulkJob, cause error, now time.Time) turnstone.BulkJob {
	if wrong, ok := errors.AsType[*hub.RequestError](cause); ok {
		return ended(job, turnstone.BulkAborted, "the query cannot be carried out any more: "+wrong.Error(), now)
	}
	vendor, answered := errors.AsType[*turnstone.VendorError](cause)
	switch {
	case answered && vendor.Action == turnstone.VendorRestart:
		return ended(job, turnstone.BulkFailed, "the vendor does not know any more where the list was read up to; post the query again: "+cause.Error(), now)
	case answered && vendor.Action == turnstone.VendorWait:
		job.Place.Waits++
		job.Problem = "waits, as the vendor asked: " + cause.Error()
		job.NextAt = now.Add(throttle(vendor, job.Place.Waits))
	default:
		job.Place.Failures++
		job.Problem = cause.Error()
		job.NextAt = now.Add(doubled(firstBackoff, job.Place.Failures-1, maxBackoff))
	}
	if job.Place.Failures < maxFailures && job.NextAt.Sub(job.CreatedAt) < maxAge {
		return job
	}
	state := turnstone.BulkAborted
	if answered || errors.Is(cause, turnstone.ErrUnauthenticated) {
		state = turnstone.BulkFailed
	}
	return ended(job, state, fmt.Sprintf("given up after %d failures in a row and %v; mend the cause and post the query again: %v",
		job.Place.Failures, now.Sub(job.CreatedAt).Round(time.Second), cause), now)
}

// throttle returns how long to wait for a vendor that asked to: as long as it said, or,
// if it did not say, longer with each time in a row.
func throttle(v *turnstone.VendorError, times int) time.Duration {
	wait := v.Wait
	if wait <= 0 {
		first, longest := cmp.Or(v.MinWait, firstBackoff), cmp.Or(v.MaxWait, time.Minute)
		wait = doubled(first, times-1, max(first, longest))
	}
	return min(max(wait, minWait), maxWait)
}

// doubled returns a wait that was doubled so many times, up to a limit.
func doubled(wait time.Duration, times int, limit time.Duration) time.Duration {
	for range times {
		if wait *= 2; wait >= limit {
			return limit
		}
	}
	return wait
}
