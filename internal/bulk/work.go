package bulk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/hub"
)

// errTooSlow is why a page is given up that would outlast the lease.
var errTooSlow = errors.New("the vendor did not answer while the lease lasted")

// saving bounds the write of one that was told to stop.
const saving = 5 * time.Second

// turn is a job in the hands of a loop, for a slice.
type turn struct {
	*Loop
	lease   turnstone.BulkLease
	job     turnstone.BulkJob // how far it is by now
	until   time.Time         // when the lease ends, by our clock
	others  int64             // bytes that the other jobs of the account take up
	packer  packer
	written int // pages
}

// work carries a job on for a slice, and logs what came of it.
func (l *Loop) work(ctx context.Context, lease turnstone.BulkLease, claimed time.Time) {
	t := &turn{Loop: l, lease: lease, job: lease.Job, until: claimed.Add(l.Lease)}
	t.packer.keep = newSelection(t.job.Query.Fields)
	step := t.read
	if t.job.State.Ended() {
		step = t.tell
	}
	err := step(ctx)
	log := l.Log.With("account", t.job.AccountID, "instance", t.job.InstanceID, "bulk", t.job.ID)
	switch {
	case errors.Is(err, turnstone.ErrLeaseLost):
		log.Info("bulk job goes on elsewhere, or was cancelled")
	case err != nil:
		log.Error("bulk job", "err", err)
	default:
		log.Info("bulk job", "state", t.job.State, "pages", t.written, "records", t.job.Records, "problem", t.job.Problem, "took", l.Now().Sub(claimed))
	}
}

// read reads pages until the job has ended or has to wait, the slice is over, or we are
// told to stop. An error is one of the store: what the lease covers is left to whoever
// claims it next.
func (t *turn) read(ctx context.Context) error {
	in, problem, err := t.instance(ctx)
	if err != nil {
		return err
	}
	start := t.Now()
	if t.job.StartedAt.IsZero() {
		t.job.StartedAt = start
	}
	if problem != "" {
		return t.release(ctx, ended(t.job, turnstone.BulkAborted, problem, start))
	}
	for {
		page, err := t.page(ctx, in)
		now := t.Now()
		switch {
		case err != nil && ctx.Err() != nil:
			t.job.NextAt = now
			return t.release(ctx, t.job) // what we were told to stop in is asked for again
		case err != nil:
			return t.release(ctx, failed(t.job, err, now))
		}
		if err := t.keep(ctx, page, now.Sub(start) >= t.Slice || ctx.Err() != nil); err != nil || t.released() {
			return err
		}
	}
}

// instance returns the instance of the job, and why it cannot be asked any more; empty:
// it can.
func (t *turn) instance(ctx context.Context) (turnstone.Instance, string, error) {
	in, err := t.Instances.Instance(ctx, t.job.AccountID, t.job.InstanceID)
	switch {
	case errors.Is(err, turnstone.ErrNotFound):
		return in, "the instance was deleted", nil
	case err != nil:
		return in, "", err
	case in.Disabled:
		return in, fmt.Sprintf("instance %d is disabled; enable it and post the query again", in.ID), nil
	}
	use, err := t.Store.BulkUse(ctx, t.job.AccountID)
	t.others = use.Bytes - t.lease.Job.Bytes
	return in, "", err
}

// page asks for the page at the job's place, within the lease.
func (t *turn) page(ctx context.Context, in turnstone.Instance) (hub.Page, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, t.until.Sub(t.Now())-saving, errTooSlow)
	defer cancel()
	page, err := t.Source.List(ctx, in, hub.Request{
		Resource: t.job.Query.Resource, Where: t.job.Query.Where, Fields: t.packer.keep.names(), Next: t.job.Place.Next, Background: true,
	})
	if err == nil {
		err = page.Broken // what follows could not be read, so the page would be the last one
	}
	if err != nil && errors.Is(context.Cause(ctx), errTooSlow) {
		err = errTooSlow
	}
	return page, err
}

// keep stores a page and how far the job is by it. The job is released when it has
// ended, or rest says so.
func (t *turn) keep(ctx context.Context, page hub.Page, rest bool) error {
	job, now := t.job, t.Now()
	var read *turnstone.BulkPage
	if len(page.Records) > 0 {
		packed, err := t.packer.pack(page.Records, job.Pages+1)
		if err != nil {
			return fmt.Errorf("pack page %d: %w", job.Pages+1, err)
		}
		read = &packed
		job.Pages++
		job.Records += packed.Records
		job.Bytes += int64(len(packed.Body))
	}
	problem := t.Limits.exceeded(job, t.others)
	job = turned(job, page.Next, now)
	if problem != "" {
		job = ended(job, turnstone.BulkAborted, problem, now)
	}
	if drops(job) {
		read = nil
	}
	return t.commit(ctx, turnstone.BulkCommit{Job: job, Page: read, Release: rest || job.State.Ended()})
}

// drops reports whether what a job has read is of no use any more.
func drops(job turnstone.BulkJob) bool {
	return job.State.Ended() && job.State != turnstone.BulkCompleted
}

// release stores how far the job is, and gives it back.
func (t *turn) release(ctx context.Context, job turnstone.BulkJob) error {
	return t.commit(ctx, turnstone.BulkCommit{Job: job, Release: true})
}

// commit writes, also when we were told to stop: what was read need not be read again.
func (t *turn) commit(ctx context.Context, c turnstone.BulkCommit) error {
	c.Drop = drops(c.Job) && !t.job.State.Ended() // else they are gone already
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saving)
	defer cancel()
	asked := t.Now()
	if err := t.Store.CommitBulk(ctx, t.lease, t.Lease, c); err != nil {
		return err
	}
	t.job, t.until = c.Job, asked.Add(t.Lease)
	if c.Page != nil {
		t.written++
	}
	if c.Release {
		t.until = time.Time{}
	}
	return nil
}

// released reports whether the lease was given back.
func (t *turn) released() bool { return t.until.IsZero() }
