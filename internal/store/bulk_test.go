package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// bulkJob returns a job of an instance that is to be created.
func bulkJob(i turnstone.Instance) turnstone.BulkJob {
	return turnstone.BulkJob{
		AccountID: i.AccountID, InstanceID: i.ID, Element: i.Element, State: turnstone.BulkCreated,
		Query:     turnstone.BulkQuery{Text: "select ID from reports", Resource: "reports", Fields: []string{"ID"}},
		Callback:  turnstone.BulkCallback{URL: "https://receiver.example/done"},
		CreatedAt: storetest.Start(), NextAt: storetest.Start(),
	}
}

func createBulk(t *testing.T, db *store.DB, i turnstone.Instance) turnstone.BulkJob {
	t.Helper()
	job, err := db.BulkJobs().CreateBulkJob(t.Context(), bulkJob(i))
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// claimBulk claims the one job that is due.
func claimBulk(t *testing.T, db *store.DB, length time.Duration) turnstone.BulkLease {
	t.Helper()
	leases, err := db.BulkJobs().ClaimBulkJobs(t.Context(), 10, length)
	if err != nil || len(leases) != 1 {
		t.Fatalf("ClaimBulkJobs = %d leases, %v, want 1", len(leases), err)
	}
	return leases[0]
}

// readBulk returns the commit of the next page of a job.
func readBulk(job turnstone.BulkJob) turnstone.BulkCommit {
	job.State, job.Pages, job.Records, job.Bytes = turnstone.BulkRunning, job.Pages+1, job.Records+2, job.Bytes+10
	job.Place = turnstone.BulkPlace{Next: fmt.Sprint("page ", job.Pages+1), Asked: job.Pages}
	return turnstone.BulkCommit{Job: job, Page: &turnstone.BulkPage{
		Number: job.Pages, Records: 2, Columns: []string{"ID", "Owner.Name"}, Body: []byte{1, 0, 0xff, byte(job.Pages)},
	}}
}

// completed returns the commit with which a job ends.
func completed(job turnstone.BulkJob) turnstone.BulkCommit {
	job.State, job.EndedAt, job.NextAt, job.Place = turnstone.BulkCompleted, storetest.Start(), time.Time{}, turnstone.BulkPlace{}
	return turnstone.BulkCommit{Job: job, Release: true}
}

func commitBulk(t *testing.T, db *store.DB, l turnstone.BulkLease, c turnstone.BulkCommit) turnstone.BulkLease {
	t.Helper()
	if err := db.BulkJobs().CommitBulk(t.Context(), l, lease, c); err != nil {
		t.Fatal(err)
	}
	l.Job = c.Job
	return l
}

func TestABulkJobIsReadPageByPage(t *testing.T) { //nolint:cyclop // one story from its begin to its end
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		job := createBulk(t, db, i)
		l := claimBulk(t, db, lease)
		if diff := cmp.Diff(job, l.Job); diff != "" {
			t.Errorf("the claimed job (-want +got)\n%s", diff)
		}
		for range 3 {
			l = commitBulk(t, db, l, readBulk(l.Job))
		}
		commitBulk(t, db, l, completed(l.Job))

		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = open()
		got, err := db.BulkJobs().BulkJob(t.Context(), i.AccountID, i.ID, job.ID)
		if diff := cmp.Diff(completed(l.Job).Job, got); diff != "" || err != nil {
			t.Errorf("BulkJob = %v (-want +got)\n%s", err, diff)
		}
		var columns int
		for p, err := range db.BulkJobs().BulkColumns(t.Context(), job) {
			if columns++; err != nil || p.Number != columns || len(p.Columns) != 2 {
				t.Errorf("BulkColumns yields %+v, %v, want page %d", p, err, columns)
			}
		}
		page, err := db.BulkJobs().BulkPage(t.Context(), job, 3)
		want := turnstone.BulkPage{Number: 3, Records: 2, Columns: []string{"ID", "Owner.Name"}, Body: []byte{1, 0, 0xff, 3}}
		if diff := cmp.Diff(want, page); diff != "" || err != nil || columns != 3 {
			t.Errorf("BulkPage = %v, of %d pages (-want +got)\n%s", err, columns, diff)
		}
		use, err := db.BulkJobs().BulkUse(t.Context(), i.AccountID)
		if want := (turnstone.BulkUse{Bytes: 30}); use != want || err != nil {
			t.Errorf("BulkUse = %+v, %v, want %+v", use, err, want)
		}
		if leases, err := db.BulkJobs().ClaimBulkJobs(t.Context(), 1, lease); len(leases) != 0 || err != nil {
			t.Errorf("ClaimBulkJobs of a job that has ended = %v, %v, want none", leases, err)
		}
	})
}

func TestWhoLostABulkJobWritesNothing(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		job := createBulk(t, db, i)
		slow := claimBulk(t, db, expired)
		quick := claimBulk(t, db, lease)
		commitBulk(t, db, quick, readBulk(quick.Job))
		if err := db.BulkJobs().CommitBulk(t.Context(), slow, lease, readBulk(slow.Job)); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("CommitBulk of one who was overtaken = %v, want ErrLeaseLost", err)
		}
		if got := rows(t, db, "bulk_page"); got["bulk_page"] != 1 {
			t.Errorf("pages = %v, want 1", got)
		}
		cancelled, err := db.BulkJobs().CancelBulkJob(t.Context(), job, storetest.Start().Add(time.Minute))
		if err != nil || cancelled.State != turnstone.BulkCancelled || cancelled.Bytes != 0 || cancelled.NextAt.IsZero() {
			t.Errorf("CancelBulkJob = %+v, %v, want a cancelled job that is due to be told of", cancelled, err)
		}
		if err := db.BulkJobs().CommitBulk(t.Context(), quick, lease, readBulk(quick.Job)); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("CommitBulk of a cancelled job = %v, want ErrLeaseLost", err)
		}
		if _, err := db.BulkJobs().CancelBulkJob(t.Context(), job, storetest.Start()); !errors.Is(err, turnstone.ErrConflict) {
			t.Errorf("CancelBulkJob again = %v, want ErrConflict", err)
		}
		purge(t, db, storetest.Start())
		if diff := cmp.Diff(map[string]int64{"bulk_job": 1, "bulk_page": 0, "leftover": 0}, rows(t, db, "bulk_job", "bulk_page", "leftover")); diff != "" {
			t.Errorf("rows (-want +got)\n%s", diff)
		}
	})
}

func TestBulkJobsAreOfOneAccountAndInstance(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		one, other := storetest.Instance(t, db, 1), storetest.Instance(t, db, 2)
		first, last := createBulk(t, db, one), createBulk(t, db, one)
		jobs := db.BulkJobs()
		page, err := jobs.BulkJobs(t.Context(), turnstone.BulkFilter{AccountID: one.AccountID, InstanceID: one.ID, Limit: 1})
		if len(page) != 1 || page[0].ID != last.ID || err != nil {
			t.Errorf("BulkJobs = %v, %v, want the newest", page, err)
		}
		page, err = jobs.BulkJobs(t.Context(), turnstone.BulkFilter{AccountID: one.AccountID, InstanceID: one.ID, Before: last.ID, Limit: 9})
		if len(page) != 1 || page[0].ID != first.ID || err != nil {
			t.Errorf("BulkJobs = %v, %v, want the one before", page, err)
		}
		strange := first
		strange.AccountID, strange.InstanceID = other.AccountID, other.ID
		for name, err := range map[string]error{
			"BulkJob":       second(jobs.BulkJob(t.Context(), other.AccountID, other.ID, first.ID)),
			"DeleteBulkJob": jobs.DeleteBulkJob(t.Context(), other.AccountID, other.ID, first.ID),
			"CancelBulkJob": second(jobs.CancelBulkJob(t.Context(), strange, storetest.Start())),
			"CreateBulkJob": second(jobs.CreateBulkJob(t.Context(), turnstone.BulkJob{AccountID: other.AccountID, InstanceID: one.ID})),
			"BulkPage":      second(jobs.BulkPage(t.Context(), strange, 1)),
		} {
			if !errors.Is(err, turnstone.ErrNotFound) {
				t.Errorf("%s of another account = %v, want ErrNotFound", name, err)
			}
		}
	})
}

func TestBulkJobsGoWithTheirInstanceAndWithTime(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		createBulk(t, db, i)
		l := claimBulk(t, db, lease)
		for range 5 {
			l = commitBulk(t, db, l, readBulk(l.Job))
		}
		commitBulk(t, db, l, completed(l.Job))
		removed := createBulk(t, db, i)
		if err := db.BulkJobs().DeleteBulkJob(t.Context(), i.AccountID, i.ID, removed.ID); err != nil {
			t.Fatal(err)
		}

		purge(t, db, storetest.Start())
		tables := []string{"bulk_job", "bulk_page", "leftover"}
		if diff := cmp.Diff(map[string]int64{"bulk_job": 1, "bulk_page": 5, "leftover": 0}, rows(t, db, tables...)); diff != "" {
			t.Errorf("rows before the time has come (-want +got)\n%s", diff)
		}
		failed := createBulk(t, db, i)
		l = claimBulk(t, db, lease)
		l = commitBulk(t, db, l, readBulk(l.Job))
		given := completed(failed)
		given.Job.State, given.Drop = turnstone.BulkFailed, true
		commitBulk(t, db, l, given)
		purge(t, db, storetest.Start())
		if diff := cmp.Diff(map[string]int64{"bulk_job": 2, "bulk_page": 5, "leftover": 0}, rows(t, db, tables...)); diff != "" {
			t.Errorf("rows after a job has failed (-want +got)\n%s", diff)
		}
		purge(t, db, storetest.Start().Add(time.Second))
		none := map[string]int64{"bulk_job": 0, "bulk_page": 0, "leftover": 0}
		if diff := cmp.Diff(none, rows(t, db, tables...)); diff != "" {
			t.Errorf("rows of an old job (-want +got)\n%s", diff)
		}

		createBulk(t, db, i)
		l = claimBulk(t, db, lease)
		commitBulk(t, db, l, readBulk(l.Job))
		if err := db.DeleteInstance(t.Context(), i.AccountID, i.ID); err != nil {
			t.Fatal(err)
		}
		if err := db.BulkJobs().CommitBulk(t.Context(), l, lease, readBulk(l.Job)); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("CommitBulk of a deleted instance's job = %v, want ErrLeaseLost", err)
		}
		purge(t, db, storetest.Start())
		if diff := cmp.Diff(none, rows(t, db, tables...)); diff != "" {
			t.Errorf("rows of a deleted instance (-want +got)\n%s", diff)
		}
	})
}

// useBulk runs each statement about bulk jobs, and leaves one that has read a page.
func useBulk(t *testing.T, db *store.DB, i turnstone.Instance) {
	t.Helper()
	ctx, jobs := t.Context(), db.BulkJobs()
	job := createBulk(t, db, i)
	l := claimBulk(t, db, lease)
	commitBulk(t, db, l, readBulk(l.Job))
	for _, err := range jobs.BulkColumns(ctx, job) {
		if err != nil {
			t.Fatal(err)
		}
	}
	other := createBulk(t, db, i)
	for _, err := range []error{
		second(jobs.BulkJob(ctx, i.AccountID, i.ID, job.ID)),
		second(jobs.BulkJobs(ctx, turnstone.BulkFilter{AccountID: i.AccountID, InstanceID: i.ID, Limit: 1})),
		second(jobs.BulkPage(ctx, job, 1)),
		second(jobs.BulkUse(ctx, i.AccountID)),
		second(jobs.CancelBulkJob(ctx, other, storetest.Start())),
		jobs.DeleteBulkJob(ctx, i.AccountID, i.ID, other.ID),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}
