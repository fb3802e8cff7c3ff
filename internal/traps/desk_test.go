package traps_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Where everybody is.
const (
	deskHost  = "api.desk.test"
	inboxHost = "inbox.test"
	simHost   = "concur.test"
)

// deskElement is a help desk. Its tickets are paged by a token and can be asked for one
// by one, its notes are paged by counting, and its colours have no dates.
const deskElement = `
version: 1
key: desk
id: 7
name: Desk
hub: desk
description: A help desk.
hosts: [api.desk.test]
authenticator: {type: NoAuth}
requester: {url_base: "https://api.desk.test"}
resources:
  - name: tickets
    primary_key: id
    ignore_fields: [views]
    operations: {retrieve: {path: "/tickets/{{ id }}"}}
    retriever:
      requester: {path: /tickets}
      record_selector: {field_paths: [items]}
      filter: {type: parameters, attributes: [modifiedAfter]}
      paginator:
        type: CursorPagination
        next: next
        page_size_option: {field_name: limit}
        page_token_option: {field_name: page}
    incremental_sync:
      cursor_field: updated
      created_field: created
      cursor_datetime_formats: ["yyyy-MM-dd'T'HH:mm:ss.SSS", "yyyy-MM-dd'T'HH:mm:ss"]
      lookback_window: 5m
  - name: notes
    primary_key: id
    retriever:
      requester: {path: /notes}
      record_selector: {field_paths: [items]}
      filter: {type: parameters, attributes: [modifiedAfter]}
      paginator:
        type: OffsetIncrement
        page_size_option: {field_name: limit}
        page_token_option: {field_name: page}
    incremental_sync:
      cursor_field: updated
      created_field: created
      cursor_datetime_formats: ["yyyy-MM-dd'T'HH:mm:ss.SSS", "yyyy-MM-dd'T'HH:mm:ss"]
      lookback_window: 5m
  - name: colours
    primary_key: id
    retriever:
      requester: {path: /colours}
      record_selector: {field_paths: [items]}
`

// network brings requests to the servers that it names by calling them.
type network map[string]http.Handler

// RoundTrip brings one request to its server and the answer back.
func (n network) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	served := r.Clone(r.Context())
	served.Host, served.RequestURI = r.URL.Host, r.URL.RequestURI()
	if served.Body == nil {
		served.Body = http.NoBody
	}
	defer served.Body.Close()
	recorder := httptest.NewRecorder()
	n[r.URL.Host].ServeHTTP(recorder, served)
	response := recorder.Result()
	response.Request = r
	return response, nil
}

// revision is an item as the desk shows it from a moment on.
type revision struct {
	id, text string
	at       time.Time     // when it was made, by the desk's clock
	created  time.Time     // when the first of the item was
	visible  time.Time     // by our clock
	stamp    time.Time     // its updated date; zero: at
	late     time.Duration // it becomes visible so long after it was made
	gone     bool
}

// desk is a vendor: it lists the current revision of each item that was updated after a
// moment, the oldest first, a few a page. What it does beside that a test scripts.
type desk struct {
	clock  *clock
	skew   time.Duration   // of its clock
	layout string          // of its dates
	unit   time.Duration   // to which it knows them
	zone   *time.Location  // in which it writes and reads them, without saying so
	size   int             // of a page
	all    bool            // it ignores the filter
	hidden map[string]bool // items that are left out of lists
	// forbidden hides them also from those who ask for one of them.
	forbidden bool
	// script may answer a request itself, or do something before it is answered.
	script func(w http.ResponseWriter, r *http.Request) (answered bool)
	// next may name another page than the one that follows; empty: it does not.
	next func(page string) string
	// write may change a record before it is shown.
	write func(record string) string

	mu      sync.Mutex
	history []revision
	asked   []string // requests, as path and query
}

func newDesk(c *clock) *desk {
	return &desk{clock: c, layout: "2006-01-02T15:04:05.000", unit: time.Millisecond, zone: time.UTC, size: 100}
}

// now is the desk's time.
func (d *desk) now() time.Time { return d.clock.now().Add(d.skew) }

// set makes a revision of an item now.
func (d *desk) set(id, text string) { d.keep(revision{id: id, text: text}) }

// delete deletes an item now.
func (d *desk) delete(id string) { d.keep(revision{id: id, gone: true}) }

// keep makes a revision now.
func (d *desk) keep(r revision) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r.at = d.now()
	if r.stamp.IsZero() {
		r.stamp = r.at
	}
	r.visible, r.created = d.clock.now().Add(r.late), r.at
	if r.stamp.Before(r.at) {
		r.created = r.stamp
	}
	if first := slices.IndexFunc(d.history, func(old revision) bool { return old.id == r.id }); first >= 0 {
		r.created = d.history[first].created
	}
	d.history = append(d.history, r)
}

// rewrite changes an item without saying so.
func (d *desk) rewrite(id, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.history {
		if d.history[i].id == id {
			d.history[i].text = text
		}
	}
}

// requests returns what was asked, as path and query, and forgets it.
func (d *desk) requests() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	asked := d.asked
	d.asked = nil
	return asked
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	d.asked = append(d.asked, r.URL.Path+"?"+r.URL.RawQuery)
	d.mu.Unlock()
	date := func() { w.Header().Set("Date", d.now().UTC().Format(http.TimeFormat)) }
	if date(); d.script != nil && d.script(w, r) {
		return
	}
	date() // the script may have taken its time
	d.mu.Lock()
	defer d.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if _, id, one := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); one {
		d.answerOne(w, id)
		return
	}
	d.answerList(w, r.URL.Query(), strings.TrimPrefix(r.URL.Path, "/"))
}

func (d *desk) answerOne(w http.ResponseWriter, id string) {
	shown := d.shown()
	at := slices.IndexFunc(shown, func(r revision) bool { return r.id == id })
	if at < 0 || d.forbidden && d.hidden[id] {
		http.Error(w, `{"message":"no such item"}`, http.StatusNotFound)
		return
	}
	_, _ = w.Write([]byte(d.record(shown[at], "")))
}

func (d *desk) answerList(w http.ResponseWriter, query url.Values, resource string) {
	rows := d.listed(query.Get("modifiedAfter"))
	size := d.size
	if asked, err := strconv.Atoi(query.Get("limit")); err == nil && resource != "colours" {
		size = min(size, asked)
	}
	begin, _ := strconv.Atoi(query.Get("page")) // the first page has none
	begin = min(begin, len(rows))
	end := min(begin+size, len(rows))
	if resource == "colours" {
		end = len(rows) // there is no other page
	}
	answer := struct {
		Items []json.RawMessage `json:"items"`
		Next  string            `json:"next,omitempty"`
	}{Items: []json.RawMessage{}}
	for _, row := range rows[begin:end] {
		answer.Items = append(answer.Items, json.RawMessage(d.record(row, resource)))
	}
	if end < len(rows) {
		answer.Next = strconv.Itoa(end)
		if d.next != nil {
			answer.Next = cmp.Or(d.next(answer.Next), answer.Next)
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // records are shown as they are written
	_ = encoder.Encode(answer)   // the client notices
}

// shown returns the current revision of each item that can be seen.
func (d *desk) shown() []revision {
	current := make(map[string]revision)
	for _, r := range d.history {
		if !r.visible.After(d.clock.now()) {
			current[r.id] = r
		}
	}
	var rows []revision
	for _, r := range current {
		if !r.gone {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b revision) int {
		return cmp.Or(a.stamp.Truncate(d.unit).Compare(b.stamp.Truncate(d.unit)), strings.Compare(a.id, b.id))
	})
	return rows
}

// listed returns what was updated later than a date, and not at it: the strictest
// reading of such a filter.
func (d *desk) listed(after string) []revision {
	rows := slices.DeleteFunc(d.shown(), func(r revision) bool { return d.hidden[r.id] })
	if after == "" || d.all {
		return rows
	}
	from := d.read(after)
	return slices.DeleteFunc(rows, func(r revision) bool { return !r.stamp.Truncate(d.unit).After(from) })
}

// read reads a date. Of the hour that a night has twice it takes the later one, after
// which there is less to show.
func (d *desk) read(text string) time.Time {
	const layout = "2006-01-02T15:04:05"
	at, err := time.ParseInLocation(layout, text, d.zone)
	if err != nil {
		panic(fmt.Sprintf("the desk is asked for what changed after %q: %v", text, err))
	}
	if later := at.Add(time.Hour); later.In(d.zone).Format(layout) == at.In(d.zone).Format(layout) {
		return later
	}
	return at
}

// record writes an item; colours have no dates.
func (d *desk) record(r revision, resource string) string {
	text := fmt.Sprintf(`{"id":%q,"text":%q}`, r.id, r.text)
	if resource != "colours" {
		date := func(at time.Time) string { return at.Truncate(d.unit).In(d.zone).Format(d.layout) }
		text = fmt.Sprintf(`{"id":%q,"created":%q,"updated":%q,"text":%q}`, r.id, date(r.created), date(r.stamp), r.text)
	}
	if d.write != nil {
		text = d.write(text)
	}
	return text
}
