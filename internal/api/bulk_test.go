package api_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"turnstone"
	apibulk "turnstone/internal/api/bulk"
	"turnstone/internal/api/rest"
	"turnstone/internal/bulk"
	"turnstone/internal/commonresource"
	"turnstone/internal/hub"
	"turnstone/internal/store/storetest"
)

// bulkAPI returns the endpoints of bulk jobs, and prepares the loop that carries them
// out.
func (w *world) bulkAPI(server *rest.Server, common *commonresource.Resources, check bulk.Checker, source bulk.Source) *apibulk.API {
	w.carryOut = func(ctx context.Context) error {
		ctx, stop := context.WithCancel(ctx)
		loop := &bulk.Loop{
			Store: w.db.BulkJobs(), Instances: w.db, Source: toTheEnd{source, stop}, Client: http.DefaultClient, Bell: bulk.NewBell(),
			Limits: bulk.DefaultLimits, Log: slog.New(slog.DiscardHandler), Now: time.Now,
			Tick: time.Millisecond, Lease: time.Minute, Slice: time.Minute, Concurrency: 1,
		}
		return loop.Run(ctx)
	}
	return &apibulk.API{Server: server, Jobs: &bulk.Jobs{
		Store: w.db.BulkJobs(), Pages: w.db.BulkJobs(), Elements: server.Elements, Common: common, Hub: check,
		CheckURL: func(context.Context, string) error { return errors.New("is private") },
		Created:  func() {}, Limits: bulk.DefaultLimits, Now: storetest.Start,
	}}
}

// toTheEnd stops the loop with the last page of a list.
type toTheEnd struct {
	bulk.Source
	stop context.CancelFunc
}

func (s toTheEnd) List(ctx context.Context, in turnstone.Instance, r hub.Request) (hub.Page, error) {
	page, err := s.Source.List(ctx, in, r)
	if err != nil || page.Next == "" {
		s.stop()
	}
	return page, err
}

func TestABulkQueryOfConcur(t *testing.T) { //nolint:cyclop // one story from its begin to its end
	w := newWorld(t)
	token := []string{"Authorization", withToken(w.create())}
	if got := w.call("POST", "/hubs/expense/bulk/query?q=select+*+from+reports+where+nothing+%3D%3D+1", "", token...); got.status != 400 || !strings.Contains(got.body, "q, column 37") {
		t.Errorf("a wrong clause = %d %s, want 400 with its column", got.status, got.body)
	}
	if got := w.call("POST", "/bulk/query", `{"q":"select * from report"}`, token...); got.status != 400 || !strings.Contains(got.body, "reports") {
		t.Errorf("a wrong resource = %d %s, want 400 with a better one", got.status, got.body)
	}
	created := w.ok("POST", "/hubs/expense/bulk/query?q=select+ID,+Name+from+reports", "", token...)
	w.golden(t, "bulk_created", created)
	if err := w.carryOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.ok("GET", "/hubs/expense/bulk/1/status", "", token...); !strings.Contains(got.body, `"status":"COMPLETED","statusMessage":"5 records read"`) {
		t.Errorf("status = %s, want COMPLETED with 5 records", got.body)
	}
	records := decode[[]map[string]string](t, w.ok("GET", "/hubs/expense/bulk/1/reports", "", token...))
	if len(records) != 5 || len(records[0]) != 2 || records[0]["ID"] == "" {
		t.Errorf("the records are %v, want ID and Name of 5", records)
	}
	table := w.ok("GET", "/bulk/1/reports", "", append(token, "Accept", "text/csv")...)
	if !strings.HasPrefix(table.body, "ID,Name\n") || strings.Count(table.body, "\n") != 6 {
		t.Errorf("the table is %q, want a heading and 5 rows", table.body)
	}
	w.ok("GET", "/bulk", "", token...)
	w.ok("GET", "/bulk/1/errors", "", token...)
	w.ok("DELETE", "/bulk/1", "", token...)
	if got := w.call("GET", "/bulk/1/status", "", token...); got.status != 404 {
		t.Errorf("status of a deleted job = %d %s, want 404", got.status, got.body)
	}
}
