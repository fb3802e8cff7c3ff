//go:build unix && !race

package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/app"
	"turnstone/internal/concursim"
	"turnstone/internal/fleet"
	"turnstone/internal/store/storetest"
)

const (
	// unowed is longer than any report has been shown: only what the vendor shows to the
	// end is owed, since the service is down more than up, and the first reports, which
	// are news to it, may change before it reads them.
	unowed = 100 * 365 * 24 * time.Hour
	// settledWithin is for what waits for a credential: who dies renewing it keeps it for
	// a minute from those who share the database.
	settledWithin = 2 * time.Minute
	// reachedWithin is many times what it takes for a call to be made.
	reachedWithin = 3 * time.Minute
)

// polled is a configuration that reads all there ever was, in pages so small that this
// takes many commits, and does more.
func polled(more string) string {
	return `{"reports":{"url":"/hubs/expense/reports?where=modifiedDateAfter='${gmtDate:yyyy-MM-dd'T'HH:mm:ss.SSS}'",` +
		`"idField":"ID","pageSize":5,"backfill":"all"` + more + `}}`
}

// searching is for what was deleted, however many that is.
const searching = `,"detectDeletes":1,"maxDeletedShare":1`

// trial is a fleet, and the services that poll it one after the other.
type trial struct {
	fleet  *fleet.Fleet
	life   life
	client *client
	// interrupted are the kinds of rescans that a service found under way when it began.
	interrupted map[string]bool
}

// newTrial starts a service, and connects a fleet to it in which so many changes a
// second happen.
func newTrial(t *testing.T, s app.Storage, rate float64, more string) (*trial, *process) {
	t.Helper()
	f := newFleet(t, companies(rate), nil)
	f.Configuration = map[string]any{"event.poller.configuration": polled(more), "event.notification.diff": true}
	sink := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(sink.Close)
	company := f.Sim.Companies()[0]
	w := &trial{
		fleet: f, life: life{Data: s.Data, Database: string(s.Database)}, interrupted: make(map[string]bool),
		client: &client{http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, names: map[string]string{
			"vendor": f.Vendor(), "login": company.Login, "password": company.Password, "sink": sink.URL,
			"object": f.Sim.Versions(concursim.VersionFilter{Company: 1})[0].ReportID,
		}},
	}
	p := born(t, w.life)
	if err := f.Connect(t.Context(), p.url, authorization, 500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	switches := f.Sim.Switches()
	switches.TokenErrorShare = 0.2 // so that leases of credentials are given back
	if err := f.Sim.SetSwitches(switches); err != nil {
		t.Fatal(err)
	}
	return w, p
}

// companies are what the services poll.
func companies(rate float64) concursim.Options {
	return concursim.Options{Seed: 17, Companies: 6, Reports: 60, Rate: rate, Switches: concursim.Switches{
		TokenSeconds: 3, DeleteShare: 0.1,
		SlowShare: 1, SlowMillis: 50, // so that reading everything takes longer than to die
	}}
}

// living lets the companies live until the function is called that it returns.
func (w *trial) living(t *testing.T) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	lived := make(chan error, 1)
	go func() { lived <- w.fleet.Live(ctx, unowed) }()
	return func() {
		cancel()
		if err := <-lived; err != nil {
			t.Error(err)
		}
	}
}

// rounds lets the client make rounds until the service dies, ctx ends or it has made n.
func (w *trial) rounds(ctx context.Context, t *testing.T, p *process, n int) {
	t.Helper()
	for made := 0; made < n && ctx.Err() == nil; {
		if changes := w.fleet.Receiver.Changes(); len(changes) > 0 {
			w.client.names["notification"] = changes[0].NotificationID
		}
		switch err := w.client.round(ctx, p.url); {
		case errors.Is(err, errDied), ctx.Err() != nil:
			return
		case err == nil:
			made++
		case !errors.Is(err, errVendor):
			t.Fatal(err)
		}
	}
}

// dies starts a service, and has it called until it dies at the moment.
func (w *trial) dies(t *testing.T, m moment) {
	t.Helper()
	l := w.life
	l.Dies = m
	p := born(t, l)
	ctx, cancel := context.WithTimeout(t.Context(), reachedWithin)
	defer cancel()
	if _, err := w.look(ctx, t, p); err == nil {
		w.rounds(ctx, t, p, math.MaxInt)
	}
	if ctx.Err() != nil {
		t.Fatalf("%s was not called %d times in %v; see %s", m.Method, m.N, reachedWithin, p.log.Name())
	}
	p.dead(t)
}

// beside returns another storage of the same kind.
func beside(t *testing.T, s app.Storage) app.Storage {
	t.Helper()
	another := app.Storage{Data: t.TempDir()}
	if s.Database != "" {
		another.Database = turnstone.Secret(storetest.Postgres(t))
	}
	return another
}

// look notes which rescans are under way, and returns how many there are. It returns
// errDied if that cannot be told any more.
func (w *trial) look(ctx context.Context, t *testing.T, p *process) (found int, err error) {
	t.Helper()
	for n := range w.fleet.Sim.Companies() {
		answer, err := w.client.do(ctx, p.url, act{call: fmt.Sprintf("GET %s/instances/%d/pollers/reports", elements, n+1)})
		if errors.Is(err, errDied) {
			return found, err
		}
		var poller struct{ Rescan struct{ Kind string } }
		if err := errors.Join(err, json.Unmarshal(answer, &poller)); err != nil {
			t.Fatal(err)
		}
		if kind := poller.Rescan.Kind; kind != "" {
			w.interrupted[kind] = true
			found++
		}
	}
	return found, nil
}
