package bulk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/hub"
)

// JobStore is what one may do with jobs that others carry out. What belongs to another
// account or instance is turnstone.ErrNotFound, or missing from lists.
type JobStore interface {
	CreateBulkJob(ctx context.Context, job turnstone.BulkJob) (turnstone.BulkJob, error)
	BulkJob(ctx context.Context, accountID, instanceID, id int64) (turnstone.BulkJob, error)
	// BulkJobs returns the jobs that f selects, newest first.
	BulkJobs(ctx context.Context, f turnstone.BulkFilter) ([]turnstone.BulkJob, error)
	// CancelBulkJob ends a job, and gives up what it has read. It returns
	// turnstone.ErrConflict if the job had ended.
	CancelBulkJob(ctx context.Context, job turnstone.BulkJob, now time.Time) (turnstone.BulkJob, error)
	DeleteBulkJob(ctx context.Context, accountID, instanceID, id int64) error
}

// PageStore is what jobs have read.
type PageStore interface {
	// BulkColumns yields the pages of a job in their order, without their bodies.
	BulkColumns(ctx context.Context, job turnstone.BulkJob) iter.Seq2[turnstone.BulkPage, error]
	BulkPage(ctx context.Context, job turnstone.BulkJob, number int) (turnstone.BulkPage, error)
	BulkUse(ctx context.Context, accountID int64) (turnstone.BulkUse, error)
}

// Checker tells whether an element can be asked for something.
type Checker interface {
	// Check returns a *hub.RequestError if the request cannot be made of the element.
	Check(el *element.Element, r hub.Request) error
}

// Common adds to an element what the account calls by names of its own.
type Common interface {
	Extended(ctx context.Context, in turnstone.Instance, el *element.Element) (*element.Element, error)
}

// Jobs is what clients may do with jobs. All fields must be set. Any number of
// goroutines may use it.
type Jobs struct {
	Store    JobStore
	Pages    PageStore
	Elements element.Finder
	Common   Common
	Hub      Checker
	CheckURL func(ctx context.Context, address string) error // says whether callbacks may go there
	Created  func()                                          // is called after a job was created; it must not block
	Limits   Limits
	Now      func() time.Time
}

// Draft is a job that somebody wants.
type Draft struct {
	Query    string
	Callback string // URL that is told when the job has ended; empty: none
}

// Create creates a job of an instance. It returns a *[QueryError] if the query cannot
// be carried out, and a *[LimitError] if the account has too many jobs.
func (j *Jobs) Create(ctx context.Context, in turnstone.Instance, d Draft) (turnstone.BulkJob, error) {
	query, err := Parse(d.Query)
	if err != nil {
		return turnstone.BulkJob{}, err
	}
	if err := j.check(ctx, in, query); err != nil {
		return turnstone.BulkJob{}, err
	}
	if err := j.checkCallback(ctx, d.Callback); err != nil {
		return turnstone.BulkJob{}, err
	}
	use, err := j.Pages.BulkUse(ctx, in.AccountID)
	if err == nil {
		err = j.Limits.admit(use)
	}
	if err != nil {
		return turnstone.BulkJob{}, err
	}
	now := j.Now()
	job, err := j.Store.CreateBulkJob(ctx, turnstone.BulkJob{
		AccountID: in.AccountID, InstanceID: in.ID, Element: in.Element, Query: query, State: turnstone.BulkCreated,
		Callback: turnstone.BulkCallback{URL: d.Callback}, CreatedAt: now, NextAt: now,
	})
	if err == nil {
		j.Created()
	}
	return job, err
}

// check says what the element does not understand of a query.
func (j *Jobs) check(ctx context.Context, in turnstone.Instance, q turnstone.BulkQuery) error {
	el, err := j.Elements.OfInstance(ctx, in)
	if err == nil {
		el, err = j.Common.Extended(ctx, in, el)
	}
	if err != nil {
		return err
	}
	err = j.Hub.Check(el, hub.Request{Resource: q.Resource, Where: q.Where, Fields: newSelection(q.Fields).names()})
	if wrong, ok := errors.AsType[*hub.RequestError](err); ok {
		return &QueryError{Problem: wrong.Error()}
	}
	return err
}

func (j *Jobs) checkCallback(ctx context.Context, address string) error {
	if address == "" {
		return nil
	}
	if !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
		return &CallbackError{"is no URL that can be posted to; write one such as https://example.com/callback"}
	}
	if err := j.CheckURL(ctx, address); err != nil {
		return &CallbackError{err.Error()}
	}
	return nil
}

// CallbackError says why a job's end cannot be told to a callback URL. Its text is fit
// for the client.
type CallbackError struct{ Problem string }

// Error names the header and the problem.
func (e *CallbackError) Error() string { return "Elements-Async-Callback-Url: " + e.Problem }

// One returns a job of an instance, or turnstone.ErrNotFound.
func (j *Jobs) One(ctx context.Context, in turnstone.Instance, id int64) (turnstone.BulkJob, error) {
	return j.Store.BulkJob(ctx, in.AccountID, in.ID, id)
}

// List returns the jobs of an instance behind the one with the id before, or all if
// that is 0, newest first.
func (j *Jobs) List(ctx context.Context, in turnstone.Instance, before int64, limit int) ([]turnstone.BulkJob, error) {
	return j.Store.BulkJobs(ctx, turnstone.BulkFilter{AccountID: in.AccountID, InstanceID: in.ID, Before: before, Limit: limit})
}

// Remove cancels a job that is under way, which is returned as it is then, and removes
// one that has ended, of which nothing is returned.
func (j *Jobs) Remove(ctx context.Context, in turnstone.Instance, id int64) (*turnstone.BulkJob, error) {
	job, err := j.One(ctx, in, id)
	if err != nil {
		return nil, err
	}
	if !job.State.Ended() {
		cancelled, err := j.Store.CancelBulkJob(ctx, job, j.Now())
		if !errors.Is(err, turnstone.ErrConflict) { // it has ended meanwhile
			return &cancelled, err
		}
	}
	return nil, j.Store.DeleteBulkJob(ctx, in.AccountID, in.ID, id)
}

// NotReadyError says why there is nothing to fetch of a job. Its text is fit for the
// client.
type NotReadyError struct{ Job turnstone.BulkJob }

// Error says how the job stands, and what to do.
func (e *NotReadyError) Error() string {
	if e.Job.State.Ended() {
		return fmt.Sprintf("bulk job %d has no result: it is %s (%s)", e.Job.ID, e.Job.State, message(e.Job))
	}
	return fmt.Sprintf("bulk job %d is %s; ask for its status until that is COMPLETED", e.Job.ID, e.Job.State)
}

// Result returns what a job has read, for its records to be written. It returns a
// *[NotReadyError] unless the job is complete.
func (j *Jobs) Result(job turnstone.BulkJob) (*Result, error) {
	if job.State != turnstone.BulkCompleted {
		return nil, &NotReadyError{job}
	}
	return &Result{job: job, pages: j.Pages}, nil
}
