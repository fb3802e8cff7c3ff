package bulk_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/bulk"
	"turnstone/internal/hub"
	"turnstone/internal/store/storetest"
)

func TestAJobAsksForWhatItsQuerySays(t *testing.T) {
	w := newWorld(t, numbered(3)...)
	job := w.create(t, "select ID, Owner.Name from reports where Name = 'x'")
	if w.created != 1 || job.State != turnstone.BulkCreated {
		t.Errorf("Create = %s after %d rings, want CREATED after 1", job.State, w.created)
	}
	job = w.once(t, job)
	if job.State != turnstone.BulkCompleted || job.Records != 3 || job.Pages != 2 || job.EndedAt != start || job.Bytes == 0 {
		t.Errorf("the job is %+v, want it complete with 3 records on 2 pages", job)
	}
	first := hub.Request{Resource: "reports", Where: "Name = 'x'", Fields: []string{"ID", "Owner"}, Background: true}
	second := first
	second.Next = "2"
	if diff := cmp.Diff([]hub.Request{first, second}, w.vendor.asked); diff != "" {
		t.Errorf("asked (-want +got)\n%s", diff)
	}
}

func TestAFailureOfTheStoreAnywhereChangesNoResult(t *testing.T) {
	records := numbered(5)
	want := "[" + strings.Join(records, ",") + "]"
	calm := newWorld(t, records...)
	calls := calm.count(func(int) bool { return false })
	calm.once(t, calm.create(t, "select * from x"))
	if *calls < 10 {
		t.Fatalf("a job makes %d calls, which proves little", *calls)
	}
	for n := 1; n <= *calls; n++ {
		for name, fails := range map[string]func(call int) bool{
			"a call fails":     func(call int) bool { return call == n },
			"the process dies": func(call int) bool { return call >= n },
		} {
			w := newWorld(t, records...)
			w.count(fails)
			job := w.create(t, "select * from x")
			_, _ = w.loop.Once(t.Context())
			w.trouble = nil
			for range 2 {
				w.open(t) // as a process that died is started again: its leases are free
				job = w.once(t, job)
			}
			if text, _ := w.fetch(t, job); text != want || job.Records != len(records) {
				t.Fatalf("%s at moment %d of %d: %d records, %s, want %s", name, n, *calls, job.Records, text, want)
			}
		}
	}
}

// count counts the moments before and after calls of the loop's store, some of which
// fail.
func (w *world) count(fails func(call int) bool) *int {
	count := 0
	w.trouble = func(string) error {
		if count++; fails(count) {
			return errors.New("connection lost")
		}
		return nil
	}
	return &count
}

func TestAThrottledJobWaitsAndGoesOnWhereItWas(t *testing.T) {
	w := newWorld(t, numbered(5)...)
	w.vendor.fail = func(call int) error {
		if call == 2 {
			return &turnstone.VendorError{Action: turnstone.VendorWait, Status: 429, Wait: 90 * time.Second, URL: "https://vendor.example/reports"}
		}
		return nil
	}
	job := w.once(t, w.create(t, "select * from x"))
	if job.State != turnstone.BulkRunning || job.Records != 2 || !job.NextAt.Equal(start.Add(90*time.Second)) || job.Place.Failures != 0 {
		t.Errorf("the throttled job is %+v, want it to wait 90 s with 2 records", job)
	}
	if got := bulk.Show(job); !strings.Contains(got.StatusMessage, "2 records read so far; waits, as the vendor asked") || got.ContinuesAt == 0 {
		t.Errorf("Show = %+v, want that it waits, and until when", got)
	}
	job = w.once(t, job)
	if text, _ := w.fetch(t, job); text != "["+strings.Join(numbered(5), ",")+"]" {
		t.Errorf("the result is %s", text)
	}
}

func TestAJobIsGivenUpWithAReason(t *testing.T) {
	refused := &turnstone.VendorError{Action: turnstone.VendorFail, Status: 500, Message: "out of order", URL: "https://vendor.example/x"}
	always := func(err error) func(*world) { return func(w *world) { w.vendor.fail = func(int) error { return err } } }
	tests := map[string]struct {
		spoil func(w *world)
		state turnstone.BulkState
		want  string
		turns int
	}{
		"the vendor refuses":        {always(refused), turnstone.BulkFailed, "given up after 12 failures in a row", bulk.MaxFailures},
		"the credential is refused": {always(turnstone.ErrUnauthenticated), turnstone.BulkFailed, "needs authentication", bulk.MaxFailures},
		"something else fails":      {always(errors.New("no idea")), turnstone.BulkAborted, "mend the cause and post the query again: no idea", bulk.MaxFailures},
		"the query is wrong by now": {always(&hub.RequestError{Param: "where", Problem: "no such attribute"}), turnstone.BulkAborted, "where: no such attribute", 1},
		"the vendor lost its place": {always(&turnstone.VendorError{Action: turnstone.VendorRestart, Status: 400}), turnstone.BulkFailed, "post the query again", 1},
		"the list has no end": {
			func(w *world) { w.vendor.next = func(string) string { return "2" } }, turnstone.BulkFailed, "the list has no end", 1,
		},
		"the result is large":   {func(w *world) { w.loop.Limits.JobBytes = 10 }, turnstone.BulkAborted, "the result takes up more than 0.0 KB", 1},
		"the account has much":  {func(w *world) { w.loop.Limits.AccountBytes = 10 }, turnstone.BulkAborted, "the results of all bulk jobs take up more", 1},
		"the instance is off":   {disable, turnstone.BulkAborted, "instance 1 is disabled; enable it", 1},
		"it waits for too long": {always(&turnstone.VendorError{Action: turnstone.VendorWait, Wait: time.Hour}), turnstone.BulkFailed, "given up after 0 failures", int(bulk.MaxAge / time.Hour)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, numbered(5)...)
			tt.spoil(w)
			job := w.create(t, "select * from x")
			for turn := range tt.turns {
				if job.State.Ended() {
					t.Fatalf("it has ended after %d turns: %s", turn, job.Problem)
				}
				w.clock = job.NextAt
				job = w.once(t, job)
			}
			if job.State != tt.state || !strings.Contains(job.Problem, tt.want) || job.EndedAt.IsZero() || !job.NextAt.IsZero() || job.Bytes > 0 {
				t.Errorf("the job is %s (%s), want %s (%s)", job.State, job.Problem, tt.state, tt.want)
			}
		})
	}
}

func disable(w *world) { w.loop.Instances = disabled{w.db} }

// disabled shows instances as if they had been disabled.
type disabled struct{ bulk.Instances }

func (d disabled) Instance(ctx context.Context, accountID, id int64) (turnstone.Instance, error) {
	in, err := d.Instances.Instance(ctx, accountID, id)
	in.Disabled = true
	return in, err
}

func TestOneJobDoesNotKeepTheOthersWaiting(t *testing.T) {
	w := newWorld(t, numbered(6)...)
	w.loop.Slice, w.loop.Concurrency = 0, 1
	first, second := w.create(t, "select * from a"), w.create(t, "select * from b")
	for range 6 {
		w.clock = w.clock.Add(time.Second)
		w.once(t, first)
	}
	var order []string
	for _, r := range w.vendor.asked {
		order = append(order, r.Resource+r.Next)
	}
	if want := []string{"a", "b", "a2", "b2", "a4", "b4"}; !slices.Equal(order, want) {
		t.Errorf("pages are asked for in the order %q, want %q", order, want)
	}
	for _, job := range []turnstone.BulkJob{first, second} {
		if got := w.job(t, job); got.State != turnstone.BulkCompleted {
			t.Errorf("job %d is %s, want COMPLETED", job.ID, got.State)
		}
	}
}

func TestACancelledJobEndsAndItsResultIsGone(t *testing.T) {
	w := newWorld(t, numbered(6)...)
	job := w.create(t, "select * from x")
	w.vendor.fail = func(call int) error {
		if call == 2 {
			if _, err := w.jobs.Remove(t.Context(), w.instance, job.ID); err != nil {
				t.Error(err)
			}
		}
		return nil
	}
	job = w.once(t, job)
	if job.State != turnstone.BulkCancelled || job.Records != 0 || len(w.vendor.asked) != 2 {
		t.Errorf("after %d requests the job is %+v, want it cancelled after 2", len(w.vendor.asked), job)
	}
	if left, err := w.jobs.Remove(t.Context(), w.instance, job.ID); left != nil || err != nil {
		t.Errorf("Remove of a job that has ended = %v, %v, want it removed", left, err)
	}
	if _, err := w.jobs.One(t.Context(), w.instance, job.ID); !errors.Is(err, turnstone.ErrNotFound) {
		t.Errorf("One of a job that was removed = %v, want ErrNotFound", err)
	}
}

func TestALoopThatIsToldToStopSavesWhereItStands(t *testing.T) {
	w := newWorld(t, numbered(6)...)
	job := w.create(t, "select * from x")
	ctx, stop := context.WithCancel(t.Context())
	w.vendor.fail = func(call int) error {
		if call == 2 {
			stop()
			return context.Canceled
		}
		return nil
	}
	if _, err := w.loop.Once(ctx); err != nil {
		t.Fatal(err)
	}
	if got := w.job(t, job); got.Records != 2 || got.Place.Failures != 0 || got.Problem != "" {
		t.Errorf("the job is %+v, want 2 records and no failure", got)
	}
	if got := w.once(t, job); got.Records != 6 || got.State != turnstone.BulkCompleted {
		t.Errorf("the job is %+v, want it complete", got)
	}
}

func TestRunBeginsWhenTheBellRings(t *testing.T) {
	w := newWorld(t, numbered(3)...)
	ended := make(chan struct{})
	w.loop.Tick = time.Hour
	w.vendor.next = func(next string) string {
		if next == "" {
			close(ended)
		}
		return next
	}
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error)
	go func() { stopped <- w.loop.Run(ctx) }()
	job := w.create(t, "select * from x")
	w.loop.Bell.Ring()
	<-ended
	stop()
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	if got := w.job(t, job); got.State != turnstone.BulkCompleted {
		t.Errorf("the job is %s, want COMPLETED", got.State)
	}
}

func TestCreateRefusesWhatCannotBeDone(t *testing.T) {
	tests := map[string]struct {
		spoil func(w *world)
		draft bulk.Draft
		want  string
	}{
		"a wrong query":      {nil, bulk.Draft{Query: "select"}, "q, column 7: a name is expected"},
		"a wrong resource":   {func(w *world) { w.vendor.refuse = &hub.RequestError{Param: "resource", Problem: "none"} }, bulk.Draft{Query: "select * from x"}, "q: resource: none"},
		"no callback URL":    {nil, bulk.Draft{Query: "select * from x", Callback: "receiver"}, "Elements-Async-Callback-Url: is no URL"},
		"a private receiver": {func(w *world) { w.vendor.badURL = errors.New("is private") }, bulk.Draft{Query: "select * from x", Callback: "http://10.0.0.1/"}, "Elements-Async-Callback-Url: is private"},
		"too many jobs":      {func(w *world) { w.jobs.Limits.Open = 0 }, bulk.Draft{Query: "select * from x"}, "wait until one has ended, or cancel one"},
		"too much stored":    {func(w *world) { w.jobs.Limits.AccountBytes = 0 }, bulk.Draft{Query: "select * from x"}, "delete what was fetched"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if tt.spoil != nil {
				tt.spoil(w)
			}
			if _, err := w.jobs.Create(t.Context(), w.instance, tt.draft); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Create = %v, want %q", err, tt.want)
			}
			if list, err := w.jobs.List(t.Context(), w.instance, 0, 10); len(list) > 0 || err != nil || w.created > 0 {
				t.Errorf("List = %v, %v, want no job", list, err)
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	record := `{"ID":"%d","Name":"` + strings.Repeat("report ", 20) + `","Owner":{"Name":"Ada","ID":7},"Total":12.50}`
	records := make([]string, 10_000)
	for i := range records {
		records[i] = strings.Replace(record, "%d", storetest.Start().Add(time.Duration(i)).String(), 1)
	}
	w := newWorld(b, records...)
	w.vendor.size = 100
	read := 0
	for b.Loop() {
		read += w.once(b, w.create(b, "select * from x")).Records
	}
	b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "records/s")
}
