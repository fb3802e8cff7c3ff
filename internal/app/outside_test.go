package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"turnstone/internal/app"
)

// counter is a vendor of no element of ours: a list that grows, behind an API of any
// kind.
type counter struct {
	mu      sync.Mutex
	records []map[string]any
}

// add adds a record that is made now.
func (c *counter) add(record map[string]any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now().UTC().Format("2006-01-02T15:04:05Z")
	for _, member := range []string{"made", "changed", "updated"} {
		record[member] = now
	}
	c.records = append(c.records, record)
}

// page returns the records from a number on, and the number behind them; 0: there are
// no more.
func (c *counter) page(from, size int) (page []map[string]any, next int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	from = min(from, len(c.records))
	end := min(from+size, len(c.records))
	if page = c.records[from:end]; page == nil {
		page = []map[string]any{}
	}
	if end < len(c.records) {
		next = end
	}
	return page, next
}

// number reads a query parameter.
func number(q *http.Request, name string, without int) int {
	if n, err := strconv.Atoi(q.URL.Query().Get(name)); err == nil {
		return n
	}
	return without
}

// answers writes JSON.
func answers(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

// byPage numbers pages, and wants a key in a header.
func (c *counter) byPage(w http.ResponseWriter, q *http.Request) {
	if q.Header.Get("X-Birdhouse-Key") != "key-1" || q.URL.Query().Get("expand") != "all" || q.URL.Query().Get("updatedSince") == "" {
		http.Error(w, `{"message":"no key, or not asked as the export says"}`, http.StatusForbidden)
		return
	}
	size := number(q, "per_page", 0)
	page, _ := c.page((number(q, "page", 0)-1)*size, size)
	answers(w, map[string]any{"people": page})
}

// byOffset counts records, and wants a login and what a hook makes of it.
func (c *counter) byOffset(w http.ResponseWriter, q *http.Request) {
	user, password, _ := q.BasicAuth()
	if user != "ada" || password != "secret-1" || q.Header.Get("X-Pool") != "YWRh" || q.URL.Query().Get("state") != "open" {
		answers(w, map[string]any{"fault": "not asked as the export says"}) // with status 200, which its hook knows
		return
	}
	page, _ := c.page(number(q, "offset", 0), number(q, "limit", 1))
	answers(w, map[string]any{"result": map[string]any{"tasks": page}})
}

// byCursor names the next page in its answers, and gives tokens.
func (c *counter) byCursor(w http.ResponseWriter, q *http.Request) {
	if q.URL.Path == "/token" {
		if id, secret, basic := q.BasicAuth(); !basic || id != "app" || secret != "app-secret" || q.FormValue("code") != "code-1" {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		answers(w, map[string]any{"access_token": "token-1", "expires_in": 3600})
		return
	}
	if q.Header.Get("Authorization") != "Bearer token-1" {
		http.Error(w, `{"message":"no token"}`, http.StatusForbidden)
		return
	}
	page, next := c.page(number(q, "cursor", 0), 2)
	data := map[string]any{"items": page}
	if next > 0 {
		data["next"] = fmt.Sprint(next)
	}
	answers(w, map[string]any{"data": data})
}

// byLink names the next page in a header, and wants a key in the query.
func (c *counter) byLink(w http.ResponseWriter, q *http.Request) {
	if q.URL.Query().Get("token") != "key-1" {
		http.Error(w, `{"message":"no key"}`, http.StatusForbidden)
		return
	}
	page, next := c.page(number(q, "from", 0), 2)
	if next > 0 {
		w.Header().Set("Link", fmt.Sprintf(`</orders?from=0>; rel="first", </orders?from=%d&token=key-1>; rel="next"`, next))
	}
	answers(w, page)
}

// outsider is an element that does not come from us, and a vendor for it.
type outsider struct {
	export   string // its file; empty: the element is there
	element  string
	resource string
	id       string // member with the id
	serve    func(*counter) http.HandlerFunc
	body     map[string]any // of the instance, beside its configuration
	config   map[string]any
}

func outsiders() map[string]outsider {
	return map[string]outsider{
		"an export with a key and pages": {
			"birdhouse", "birdhousecrm", "contacts", "contactId",
			func(c *counter) http.HandlerFunc { return c.byPage },
			nil,
			map[string]any{"site": "acme", "api.key": "key-1"},
		},
		"an export with a login, offsets and hooks": {
			"tidepool", "tidepool_tasks", "tasks", "id",
			func(c *counter) http.HandlerFunc { return c.byOffset },
			nil,
			map[string]any{"username": "ada", "password": "secret-1"},
		},
		"an export with tokens and cursors": {
			"harbour", "harbourbooks", "invoices", "number",
			func(c *counter) http.HandlerFunc { return c.byCursor },
			map[string]any{"providerData": map[string]any{"code": "code-1"}},
			map[string]any{"oauth.api.key": "app", "oauth.api.secret": "app-secret", "oauth.callback.url": "https://app.example/back"},
		},
		"an API that nobody described": {
			"", "rest", "orders", "no",
			func(c *counter) http.HandlerFunc { return c.byLink },
			nil,
			map[string]any{
				"rest.authentication": "query", "rest.key": "key-1", "rest.key.name": "token",
				"rest.resources": `[{"name":"orders","id":"no","updated":"updated","created":"made","paging":{"type":"link"}}]`,
			},
		},
	}
}

// TestElementsFromOutsideArePolled imports what other people wrote, and waits for what
// its vendor makes.
func TestElementsFromOutsideArePolled(t *testing.T) {
	for name, o := range outsiders() {
		t.Run(name, func(t *testing.T) {
			eachStorage(t, func(t *testing.T, s app.Storage) { o.polled(t, start(t, s).URL) })
		})
	}
}

func (o outsider) polled(t *testing.T, service string) {
	t.Helper()
	if o.export != "" {
		export, err := os.ReadFile("../legacy/testdata/" + o.export + ".json")
		if err != nil {
			t.Fatal(err)
		}
		asked(t, "POST", service+"/elements/api-v2/elements", string(export))
	}
	c := &counter{}
	for i := range 5 {
		c.add(map[string]any{o.id: fmt.Sprint("old-", i), "title": "old"})
	}
	vendor, told := httptest.NewServer(o.serve(c)), &reader{}
	defer vendor.Close()
	receiver := httptest.NewServer(told)
	defer receiver.Close()
	config := map[string]any{
		"base.url": vendor.URL, "event.notification.enabled": "true", "event.vendor.type": "polling",
		"event.notification.callback.url": receiver.URL, "event.poller.refresh_interval": "0.02",
	}
	maps.Copy(config, o.config)
	body := map[string]any{"element": map[string]any{"key": o.element}, "name": "from outside", "configuration": config}
	maps.Copy(body, o.body)
	id := created(t, service, body)
	o.swept(t, service, id)
	c.add(map[string]any{o.id: "new-1", "title": "new"})
	told.has(t, o.resource+" CREATED new-1")
}

// swept waits until the first poll is over: what is there before it is no news.
func (o outsider) swept(t *testing.T, service string, id int64) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	timeout := time.After(30 * time.Second)
	for {
		polls := asked(t, "GET", fmt.Sprintf("%s/elements/api-v2/instances/%d/pollers/%s", service, id, o.resource), "")
		var p struct{ LastGoodAt, LastCompleteAt string }
		if json.Unmarshal([]byte(polls), &p) == nil && p.LastGoodAt+p.LastCompleteAt != "" {
			return
		}
		select {
		case <-ticker.C:
		case <-timeout:
			t.Fatalf("the first poll is not over: %s", polls)
		}
	}
}
