package poll_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/poll"
	"turnstone/webhook"
)

// crm is an element with one resource that has dates and one that has none.
const crm = `
version: 1
key: crm
id: 7
name: CRM
hub: crm
description: A customer list.
hosts: [api.crm.example]
authenticator: {type: NoAuth}
requester: {url_base: "https://api.crm.example"}
resources:
  - name: deals
    primary_key: id
    ignore_fields: [link]
    retriever:
      requester: {path: /deals}
      record_selector: {field_paths: [items]}
      filter: {type: parameters, attributes: [modifiedAfter]}
    incremental_sync:
      cursor_field: updated
      created_field: created
      cursor_datetime_formats: ["yyyy-MM-dd'T'HH:mm:ss.SSS", "milliseconds"]
      lookback_window: 5m
  - name: orders
    primary_key: id
    operations:
      retrieve: {path: "/orders/{{ id }}"}
    retriever:
      requester: {path: /orders}
      record_selector: {field_paths: [items]}
      filter: {type: parameters, attributes: [modifiedAfter]}
    incremental_sync:
      cursor_field: updated
      created_field: created
      cursor_datetime_formats: ["yyyy-MM-dd'T'HH:mm:ss.SSS"]
      lookback_window: 5m
      deleted_field: deleted
  - name: colours
    primary_key: id
    retriever:
      requester: {path: /colours}
      record_selector: {field_paths: [items]}
`

const (
	deals   = `{"url":"/hubs/crm/deals?where=modifiedAfter='${date:yyyy-MM-dd'T'HH:mm:ss.SSS}'"}`
	orders  = `{"url":"/hubs/crm/orders?where=modifiedAfter='${date:yyyy-MM-dd'T'HH:mm:ss.SSS}'"}`
	colours = `{"url":"/hubs/crm/colours"}`
	stamp   = "2006-01-02T15:04:05.000"
	seconds = "2006-01-02T15:04:05"
)

// version is what the vendor shows of an object from a moment on, by our clock.
type version struct {
	id, content string
	at          time.Time     // when it was stored, by our clock
	skew        time.Duration // of the vendor's clock then
	visible     time.Time
	gone        bool // it was deleted
}

// vendor is a source with a history. It lists what the window asks for in the
// order of the ids, a few a page, and its clock may be off.
type vendor struct {
	world   *world
	skew    time.Duration
	layout  string // of its dates
	undated bool
	size    int
	page    func(call int, p *hub.Page) error // may change or refuse a page
	exists  func(id string) (bool, error)     // in place of what the history says
	history []version

	mu    sync.Mutex
	calls []hub.Request
	refs  []string // asked for one by one
}

func (v *vendor) Exists(ctx context.Context, _ turnstone.Instance, ref hub.Ref) (bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return false, &turnstone.VendorError{Action: turnstone.VendorRetry, Err: err}
	}
	v.refs = append(v.refs, ref.ID)
	if v.exists != nil {
		return v.exists(ref.ID)
	}
	return slices.ContainsFunc(v.records(""), func(r json.RawMessage) bool {
		return strings.HasPrefix(string(r), fmt.Sprintf(`{"id":%q,`, ref.ID))
	}), nil
}

func (v *vendor) List(ctx context.Context, _ turnstone.Instance, r hub.Request) (hub.Page, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls = append(v.calls, r)
	if err := ctx.Err(); err != nil {
		return hub.Page{}, &turnstone.VendorError{Action: turnstone.VendorRetry, Err: err}
	}
	begun := v.world.now()
	page := hub.Page{Date: begun.Add(v.skew).Truncate(time.Second), URL: "https://api.crm.example/" + r.Resource}
	records := v.records(r.Where)
	start, _ := strconv.Atoi(r.Next) // "" is the first page
	end := min(start+v.size, len(records))
	page.Records = records[min(start, end):end]
	if end < len(records) {
		page.Next = strconv.Itoa(end)
	}
	if v.page != nil {
		if err := v.page(len(v.calls), &page); err != nil {
			return hub.Page{}, err
		}
	}
	page.Elapsed += v.world.now().Sub(begun)
	return page, nil
}

// records returns what a where clause selects of what is visible now.
func (v *vendor) records(where string) []json.RawMessage {
	after := strings.TrimSuffix(strings.TrimPrefix(where, "modifiedAfter='"), "'")
	current, created := make(map[string]version), make(map[string]version)
	var ids []string
	for _, ver := range v.history {
		if _, seen := created[ver.id]; !seen {
			created[ver.id] = ver
		}
		if ver.visible.After(v.world.now()) {
			continue
		}
		if _, seen := current[ver.id]; !seen {
			ids = append(ids, ver.id)
		}
		current[ver.id] = ver
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return current[id].gone })
	slices.Sort(ids)
	var records []json.RawMessage
	for _, id := range ids {
		if updated := current[id].stamp(v.layout); updated >= after || where == "" {
			records = append(records, v.record(current[id], created[id]))
		}
	}
	return records
}

// stamp returns the updated date of a version, as the vendor writes it.
func (ver version) stamp(layout string) string { return ver.at.Add(ver.skew).Format(layout) }

func (v *vendor) record(ver, created version) json.RawMessage {
	if v.undated {
		return fmt.Appendf(nil, `{"id":%q,"content":%q}`, ver.id, ver.content)
	}
	return fmt.Appendf(nil, `{"id":%q,"created":%q,"updated":%q,"content":%q}`,
		ver.id, created.stamp(v.layout), ver.stamp(v.layout), ver.content)
}

// world is a poller with everything around it, and a clock that stands still
// until it is moved.
type world struct {
	t      testing.TB
	clock  time.Time
	store  *memory
	vendor *vendor
	loop   *poll.Loop
	logs   bytes.Buffer
	stored int // calls of Stored
}

// start is when polling was enabled.
var start = time.Date(2026, 11, 23, 12, 0, 0, 500e6, time.UTC)

// newWorld returns a world in which a resource is polled every minute.
func newWorld(t testing.TB, resource, configuration string) *world {
	t.Helper()
	elements, err := element.Load(fstest.MapFS{"crm/element.yaml": &fstest.MapFile{Data: []byte(crm)}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, clock: start}
	w.vendor = &vendor{world: w, layout: stamp, size: 2}
	w.store = newMemory(w.now, turnstone.PollLease{
		Poller: turnstone.Poller{
			ID: 5, AccountID: 1, InstanceID: 3, Resource: resource, Configuration: configuration,
			Interval: time.Minute, State: turnstone.PollerActive, EnabledAt: start, NextAt: start,
		},
		Instance: turnstone.Instance{
			ID: 3, AccountID: 1, Element: "crm", Name: "Test", Token: "instance-token",
			Configuration: turnstone.Configuration{turnstone.KeyOAuthClientSecret: "client-secret"},
		},
	})
	w.loop = &poll.Loop{
		Store: w.store, Source: w.vendor, Elements: elements, Stored: func(int64) { w.stored++ },
		Log: slog.New(slog.NewJSONHandler(&w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now: w.now, Random: rand.NewChaCha8([32]byte{}),
		Tick: poll.DefaultTick, Lease: poll.DefaultLease, Concurrency: 4, MaxChanges: poll.DefaultMaxChanges,
	}
	return w
}

func (w *world) now() time.Time { return w.clock }

// pass moves the clock.
func (w *world) pass(d time.Duration) { w.clock = w.clock.Add(d) }

// change lets the vendor store a version of an object now, and show it at once.
func (w *world) change(id, content string) {
	w.keep(version{id: id, content: content, visible: w.clock})
}

// delete lets the vendor delete an object now.
func (w *world) delete(id string) {
	w.keep(version{id: id, visible: w.clock, gone: true})
}

// keep lets the vendor store a version now.
func (w *world) keep(v version) {
	v.at, v.skew = w.clock, w.vendor.skew
	w.vendor.history = append(w.vendor.history, v)
}

// with returns a poller configuration with more members, written as JSON.
func with(configuration, members string) string {
	return strings.TrimSuffix(configuration, "}") + "," + members + "}"
}

// configure sets a configuration entry of the instance.
func (w *world) configure(key, value string) { w.store.lease.Instance.Configuration[key] = value }

// poll polls once, whenever that is due, and returns the log of the poll.
func (w *world) poll(ctx context.Context) turnstone.Poll {
	w.t.Helper()
	if due := w.store.lease.Poller.NextAt; due.After(w.clock) {
		w.clock = due
	}
	leases, err := w.store.ClaimPollers(w.t.Context(), 1, poll.DefaultLease)
	if err != nil || len(leases) != 1 {
		w.t.Fatalf("ClaimPollers = %v, %v, want the poller", leases, err)
	}
	w.loop.Poll(ctx, leases[0])
	return w.store.last()
}

// tells fails the test unless the events say exactly this.
func (w *world) tells(want ...string) {
	w.t.Helper()
	var got []string
	for _, told := range w.store.told() {
		op, id, record := split(told)
		var r struct{ Content string }
		if err := json.Unmarshal([]byte(record), &r); err != nil {
			w.t.Fatalf("record %s: %v", record, err)
		}
		got = append(got, op+" "+id+" "+r.Content)
	}
	if !slices.Equal(got, want) {
		w.t.Fatalf("events tell %q, want %q", got, want)
	}
}

// asked fails the test unless the vendor was asked for exactly these pages.
func (w *world) asked(want ...string) {
	w.t.Helper()
	var got []string
	for _, r := range w.vendor.calls {
		got = append(got, r.Next)
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("asked for pages %q, want %q", got, want)
	}
}

// recordsOf returns the records in an event's body.
func recordsOf(e turnstone.Event) []string {
	parsed, err := webhook.Parse(e.Body)
	if err != nil {
		panic(err) // a body we rendered
	}
	records, err := parsed.Records(e.Resource)
	if err != nil {
		panic(err)
	}
	texts := make([]string, len(records))
	for i, r := range records {
		texts[i] = string(r)
	}
	return texts
}

// split takes apart what memory.told says of a change.
func split(told string) (op, id, record string) {
	op, rest, _ := strings.Cut(told, " ")
	id, record, _ = strings.Cut(rest, " ")
	return op, id, record
}
