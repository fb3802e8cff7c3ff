package bulk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/bulk"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// start is what the clock of a world shows first. The database's is months ahead of
// it, so that whatever a job waits for is over when it is claimed next.
var start = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// world is a database, a vendor, and a loop between the two.
type world struct {
	dir      string
	db       *store.DB
	instance turnstone.Instance
	vendor   *vendor
	loop     *bulk.Loop
	jobs     *bulk.Jobs
	clock    time.Time
	created  int                     // rings
	trouble  func(call string) error // of the loop's store; nil: none
}

func newWorld(t testing.TB, records ...string) *world {
	t.Helper()
	w := &world{dir: t.TempDir(), clock: start, vendor: &vendor{size: 2, records: records}}
	w.open(t)
	w.instance = storetest.Instance(t, w.db, 1)
	return w
}

// open opens the database, again if it was open, as after a crash.
func (w *world) open(t testing.TB) {
	t.Helper()
	if w.db != nil {
		_ = w.db.Close()
	}
	w.db = storetest.OpenAt(t, w.dir)
	now := func() time.Time { return w.clock }
	w.loop = &bulk.Loop{
		Store: troubled{w.db.BulkJobs(), w}, Instances: w.db, Source: w.vendor, Client: http.DefaultClient, Bell: bulk.NewBell(),
		Limits: bulk.DefaultLimits, Log: slog.New(slog.DiscardHandler), Now: now,
		Tick: time.Millisecond, Lease: time.Minute, Slice: time.Hour, Concurrency: 3,
	}
	w.jobs = &bulk.Jobs{
		Store: w.db.BulkJobs(), Pages: w.db.BulkJobs(), Elements: w.vendor, Common: w.vendor, Hub: w.vendor, Limits: bulk.DefaultLimits, Now: now,
		CheckURL: func(_ context.Context, address string) error { return w.vendor.badURL },
		Created:  func() { w.created++ },
	}
}

// troubled is the loop's store, of which calls may fail before or after they were done.
type troubled struct {
	bulk.Store
	w *world
}

func (s troubled) told(call string, do func() error) error {
	for _, moment := range []string{"before ", "after "} {
		if s.w.trouble != nil {
			if err := s.w.trouble(moment + call); err != nil {
				return err
			}
		}
		if moment == "before " {
			if err := do(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s troubled) ClaimBulkJobs(ctx context.Context, n int, lease time.Duration) (leases []turnstone.BulkLease, err error) {
	err = s.told("claim", func() error { leases, err = s.Store.ClaimBulkJobs(ctx, n, lease); return err })
	if err != nil {
		return nil, err
	}
	return leases, nil
}

func (s troubled) CommitBulk(ctx context.Context, l turnstone.BulkLease, lease time.Duration, c turnstone.BulkCommit) error {
	return s.told("commit", func() error { return s.Store.CommitBulk(ctx, l, lease, c) })
}

func (s troubled) BulkUse(ctx context.Context, accountID int64) (use turnstone.BulkUse, err error) {
	err = s.told("use", func() error { use, err = s.Store.BulkUse(ctx, accountID); return err })
	return use, err
}

// create creates a job.
func (w *world) create(t testing.TB, query string) turnstone.BulkJob {
	t.Helper()
	job, err := w.jobs.Create(t.Context(), w.instance, bulk.Draft{Query: query})
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// once has the loop carry out what is due, and returns a job as it is then.
func (w *world) once(t testing.TB, job turnstone.BulkJob) turnstone.BulkJob {
	t.Helper()
	if _, err := w.loop.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w.job(t, job)
}

func (w *world) job(t testing.TB, job turnstone.BulkJob) turnstone.BulkJob {
	t.Helper()
	job, err := w.jobs.One(t.Context(), w.instance, job.ID)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// fetch returns the result of a job as JSON and as CSV.
func (w *world) fetch(t testing.TB, job turnstone.BulkJob) (text, table string) {
	t.Helper()
	result, err := w.jobs.Result(job)
	if err != nil {
		t.Fatal(err)
	}
	var asJSON, asCSV strings.Builder
	if err := result.JSON(t.Context(), &asJSON); err != nil {
		t.Fatal(err)
	}
	write, err := result.Table(t.Context())
	if err == nil {
		err = write(t.Context(), &asCSV)
	}
	if err != nil {
		t.Fatal(err)
	}
	return asJSON.String(), asCSV.String()
}

// vendor lists records, some a page. It is also where instances find their element,
// which takes anything.
type vendor struct {
	size    int
	records []string
	asked   []hub.Request
	fail    func(call int) error // of the calls, which count from 1; nil: none does
	next    func(next string) string
	refuse  error // what Check says
	badURL  error
	element.Finder
}

func (v *vendor) List(_ context.Context, _ turnstone.Instance, r hub.Request) (hub.Page, error) {
	v.asked = append(v.asked, r)
	if v.fail != nil {
		if err := v.fail(len(v.asked)); err != nil {
			return hub.Page{}, err
		}
	}
	from, _ := strconv.Atoi(r.Next)
	to := min(from+v.size, len(v.records))
	var page hub.Page
	for _, record := range v.records[from:to] {
		page.Records = append(page.Records, json.RawMessage(record))
	}
	if to < len(v.records) {
		page.Next = strconv.Itoa(to)
	}
	if v.next != nil {
		page.Next = v.next(page.Next)
	}
	return page, nil
}

func (v *vendor) OfInstance(context.Context, turnstone.Instance) (*element.Element, error) {
	return &element.Element{}, nil
}

// Extended adds nothing.
func (v *vendor) Extended(_ context.Context, _ turnstone.Instance, el *element.Element) (*element.Element, error) {
	return el, nil
}

func (v *vendor) Check(*element.Element, hub.Request) error { return v.refuse }

// numbered returns n records.
func numbered(n int) []string {
	records := make([]string, n)
	for i := range records {
		records[i] = fmt.Sprintf(`{"ID":"%d"}`, i+1)
	}
	return records
}
