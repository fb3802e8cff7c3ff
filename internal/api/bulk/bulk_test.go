package bulk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"turnstone"
	api "turnstone/internal/api/bulk"
	"turnstone/internal/api/rest"
	"turnstone/internal/auth"
	"turnstone/internal/bulk"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// world serves the endpoints to two instances of different accounts, whose tokens are
// one and other.
type world struct {
	db        *store.DB
	instances map[string]turnstone.Instance
	records   []string // of the vendor
	handler   http.Handler
	stop      context.CancelFunc // ends the loop, when the vendor has given everything
	element.Finder
}

func newWorld(t *testing.T, records ...string) *world {
	t.Helper()
	w := &world{db: storetest.Open(t), records: records}
	w.instances = map[string]turnstone.Instance{"one": storetest.Instance(t, w.db, 1), "other": storetest.Instance(t, w.db, 2)}
	off := storetest.Write(turnstone.User{AccountID: w.instances["one"].AccountID, ID: w.instances["one"].UserID}, 3)
	off.Instance.Disabled = true
	w.instances["off"] = storetest.Save(t, w.db, off)
	e := &api.API{
		Server: &rest.Server{Auth: w, Instances: w, Elements: w, Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		Jobs: &bulk.Jobs{
			Store: w.db.BulkJobs(), Pages: w.db.BulkJobs(), Elements: w, Common: w, Hub: w, Created: func() {}, Limits: bulk.Limits{Open: 2, AccountBytes: 1 << 20}, Now: time.Now,
			CheckURL: func(context.Context, string) error { return errors.New("is private") },
		},
	}
	w.handler = e.Handler(e.Routes(), nil)
	return w
}

// Identify takes the token of an instance, or nothing but an account.
func (w *world) Identify(_ context.Context, header string) (auth.Identity, error) {
	in, known := w.instances[header]
	if !known {
		return auth.Identity{AccountID: w.instances["one"].AccountID, WholeAccount: true}, nil
	}
	return auth.Identity{AccountID: in.AccountID, Instance: &in}, nil
}

func (w *world) One(context.Context, int64, int64) (turnstone.Instance, error) {
	return turnstone.Instance{}, turnstone.ErrNotFound
}

func (w *world) OfInstance(context.Context, turnstone.Instance) (*element.Element, error) {
	return &element.Element{}, nil
}

// Extended adds nothing.
func (w *world) Extended(_ context.Context, _ turnstone.Instance, el *element.Element) (*element.Element, error) {
	return el, nil
}

func (w *world) Check(_ *element.Element, r hub.Request) error {
	if r.Resource == "unknown" {
		return &hub.RequestError{Param: "resource", Problem: "Concur has no resource unknown"}
	}
	return nil
}

func (w *world) List(context.Context, turnstone.Instance, hub.Request) (hub.Page, error) {
	defer w.stop()
	var page hub.Page
	for _, r := range w.records {
		page.Records = append(page.Records, json.RawMessage(r))
	}
	return page, nil
}

// carryOut carries out the one job that is due.
func (w *world) carryOut(t *testing.T) {
	t.Helper()
	var ctx context.Context
	ctx, w.stop = context.WithCancel(t.Context())
	loop := bulk.Loop{
		Store: w.db.BulkJobs(), Instances: w.db, Source: w, Client: http.DefaultClient, Bell: bulk.NewBell(), Limits: bulk.DefaultLimits,
		Log: slog.New(slog.DiscardHandler), Now: time.Now, Tick: time.Millisecond, Lease: time.Minute, Slice: time.Minute, Concurrency: 1,
	}
	if err := loop.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// call sends a request, which is written as its method and path, its body, and pairs
// of headers.
func (w *world) call(t *testing.T, request, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, "/elements/api-v2"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "one")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	return recorder
}

// ok is call for what has to succeed.
func (w *world) ok(t *testing.T, request, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	got := w.call(t, request, body, headers...)
	if got.Code != http.StatusOK {
		t.Fatalf("%s = %d %s, want 200", request, got.Code, got.Body)
	}
	return got
}

// shown reads a job.
func shown(t *testing.T, r *httptest.ResponseRecorder) bulk.Shown {
	t.Helper()
	var job bulk.Shown
	if err := json.Unmarshal(r.Body.Bytes(), &job); err != nil {
		t.Fatalf("%s: %v", r.Body, err)
	}
	return job
}

const query = "/hubs/crm/bulk/query?q=select+*+from+reports"

func TestABulkQueryIsPostedWatchedAndFetched(t *testing.T) {
	w := newWorld(t, `{"ID":1.50,"Name":"A, <b>"}`, `{"ID":2}`)
	created := w.ok(t, "POST "+query, "")
	job := shown(t, created)
	if job.ID != 1 || job.Status != turnstone.BulkCreated || created.Header().Get(rest.HeaderInstanceID) != "1" {
		t.Fatalf("the job is %s, want job 1, CREATED, of instance 1", created.Body)
	}
	if got := w.call(t, "GET /bulk/1/reports", ""); got.Code != http.StatusConflict || !strings.Contains(got.Body.String(), "ask for its status until that is COMPLETED") {
		t.Errorf("an early fetch = %d %s, want 409", got.Code, got.Body)
	}
	w.carryOut(t)
	if job = shown(t, w.ok(t, "GET /hubs/anything/bulk/1/status", "")); job.Status != turnstone.BulkCompleted || job.RecordsCount != 2 || job.StatusMessage != "2 records read" {
		t.Errorf("the job is %+v, want it complete with 2 records", job)
	}
	if got := w.ok(t, "GET /hubs/crm/bulk/1/errors", ""); got.Body.String() != "[]" {
		t.Errorf("errors = %s, want none", got.Body)
	}
}

func TestAResultIsFetchedInTheFormThatIsAccepted(t *testing.T) {
	w := newWorld(t, `{"ID":1.50,"Name":"A, <b>"}`, `{"ID":2}`)
	w.ok(t, "POST "+query, "")
	w.carryOut(t)
	tests := map[string]struct{ accept, kind, file, body string }{
		"JSON": {"application/json", "application/json;charset=UTF-8", "attachment; filename=reports-1.json", `[{"ID":1.50,"Name":"A, <b>"},{"ID":2}]`},
		"CSV":  {"text/csv", "text/csv;charset=UTF-8", "attachment; filename=reports-1.csv", "ID,Name\n1.50,\"A, <b>\"\n2,\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := w.ok(t, "GET /hubs/crm/bulk/1/Reports", "", "Accept", tt.accept)
			if got.Body.String() != tt.body || got.Header().Get("Content-Type") != tt.kind || got.Header().Get("Content-Disposition") != tt.file {
				t.Errorf("fetched %q with %v, want %q", got.Body, got.Header(), tt.body)
			}
		})
	}
}

func TestAQueryMayStandInTheBody(t *testing.T) {
	const text = "select ID from reports where Name = 'a&b'"
	tests := map[string]struct{ path, body, kind string }{
		"URL":         {"/bulk/query?q=" + url.QueryEscape(text), "", ""},
		"URL, not {}": {"/bulk/query?q=" + url.QueryEscape(text), "{}", "application/json"},
		"JSON":        {"/hubs/crm/bulk/query", `{"q":"` + text + `"}`, "application/json"},
		"form":        {"/bulk/query", url.Values{"q": {text}}.Encode(), "application/x-www-form-urlencoded"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			got := shown(t, w.ok(t, "POST "+tt.path, tt.body, "Content-Type", tt.kind))
			if got.Query != text || got.ObjectName != "reports" || got.JobDirection != "DOWNLOAD" {
				t.Errorf("the job is %+v, want the query %q", got, text)
			}
		})
	}
}

func TestJobsAreListedCancelledAndDeleted(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		w.ok(t, "POST "+query, "")
	}
	if got := w.call(t, "POST "+query, ""); got.Code != http.StatusTooManyRequests || !strings.Contains(got.Body.String(), "2 bulk jobs are under way") {
		t.Errorf("a third job = %d %s, want 429", got.Code, got.Body)
	}
	first := w.ok(t, "GET /hubs/crm/bulk?pageSize=1", "")
	token := first.Header().Get(rest.HeaderNextPage)
	second := w.ok(t, "GET /bulk?pageSize=1&nextPage="+token, "")
	if !strings.Contains(first.Body.String(), `[{"id":2,`) || !strings.Contains(second.Body.String(), `[{"id":1,`) || second.Header().Get(rest.HeaderNextPage) != "" {
		t.Errorf("pages of 1 are %s and %s, want job 2, then job 1 and no more", first.Body, second.Body)
	}
	for i, want := range []string{`"status":"CANCELLED"`, `{}`} {
		if got := w.ok(t, "DELETE /hubs/crm/bulk/2", ""); !strings.Contains(got.Body.String(), want) {
			t.Errorf("DELETE number %d = %s, want %s", i+1, got.Body, want)
		}
	}
	if got := w.ok(t, "GET /bulk", ""); got.Header().Get(rest.HeaderReturned) != "1" {
		t.Errorf("the list is %s, want one job", got.Body)
	}
	if got := w.ok(t, "GET /bulk", "", "Authorization", "other"); got.Body.String() != "[]" {
		t.Errorf("the list of another account is %s, want nothing", got.Body)
	}
}

func TestAFailedJobSaysWhy(t *testing.T) {
	w := newWorld(t)
	w.ok(t, "POST "+query, "")
	leases, err := w.db.BulkJobs().ClaimBulkJobs(t.Context(), 1, time.Minute)
	if err != nil || len(leases) != 1 {
		t.Fatalf("ClaimBulkJobs = %v, %v, want the job", leases, err)
	}
	failed := leases[0].Job
	failed.State, failed.Problem, failed.EndedAt = turnstone.BulkFailed, "given up after 12 failures", time.Now()
	if err := w.db.BulkJobs().CommitBulk(t.Context(), leases[0], time.Minute, turnstone.BulkCommit{Job: failed, Release: true}); err != nil {
		t.Fatal(err)
	}
	if got := w.ok(t, "GET /bulk/1/errors", ""); got.Body.String() != `[{"status":"ERROR","message":"given up after 12 failures"}]` {
		t.Errorf("errors = %s, want why", got.Body)
	}
	if got := w.call(t, "GET /bulk/1/reports", ""); got.Code != http.StatusConflict || !strings.Contains(got.Body.String(), "has no result: it is ERROR (given up") {
		t.Errorf("the result = %d %s, want 409", got.Code, got.Body)
	}
}

func TestRecordsThatAreTooWideAreNoCSV(t *testing.T) {
	var record strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&record, `,"m%d":1`, i)
	}
	w := newWorld(t, "{"+record.String()[1:]+"}")
	w.ok(t, "POST "+query, "")
	w.carryOut(t)
	if got := w.call(t, "GET /bulk/1/reports", "", "Accept", "text/csv"); got.Code != http.StatusNotAcceptable || !strings.Contains(got.Body.String(), "fetch them with Accept: application/json") {
		t.Errorf("the table = %d %s, want 406", got.Code, got.Body)
	}
}
