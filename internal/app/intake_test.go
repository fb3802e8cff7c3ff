package app_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"turnstone/internal/app"
	"turnstone/internal/concursim"
	"turnstone/internal/githubsim"
)

// reader is a receiver that remembers what it was told, as "resource CREATED 7".
type reader struct {
	mu   sync.Mutex
	told []string
}

func (r *reader) ServeHTTP(_ http.ResponseWriter, q *http.Request) {
	var body struct {
		Message struct {
			Events []struct{ ObjectType, EventType, ObjectID string }
		}
	}
	if json.NewDecoder(q.Body).Decode(&body) != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range body.Message.Events {
		r.told = append(r.told, e.ObjectType+" "+e.EventType+" "+e.ObjectID)
	}
}

// has waits until the receiver was told one of some things.
func (r *reader) has(t *testing.T, wants ...string) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	timeout := time.After(30 * time.Second)
	for {
		r.mu.Lock()
		there := slices.ContainsFunc(wants, func(want string) bool { return slices.Contains(r.told, want) })
		told := slices.Clone(r.told)
		r.mu.Unlock()
		if there {
			return
		}
		select {
		case <-ticker.C:
		case <-timeout:
			t.Fatalf("told = %v, want one of %q", told, wants)
		}
	}
}

// created makes an instance and returns its id.
func created(t *testing.T, service string, body map[string]any) int64 {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	var in struct{ ID int64 }
	if err := json.Unmarshal([]byte(asked(t, "POST", service+"/elements/api-v2/instances", string(text))), &in); err != nil || in.ID == 0 {
		t.Fatalf("the answer has no id: %v", err)
	}
	return in.ID
}

// asked returns the answer to a request of the account's user, which is 200.
func asked(t *testing.T, method, url, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", authorization)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s = %d %s, %v, want 200", method, url, answer.StatusCode, text, err)
	}
	return string(text)
}

// inbound returns the address at which an instance takes webhooks.
func inbound(service, element string, id int64) string {
	return fmt.Sprintf("%s/elements/api-v2/events/%s/%s", service, element, base64.StdEncoding.EncodeToString([]byte(fmt.Sprint(id))))
}

// anvils is an instance of a repository at GitHub, and those it has to do with. Its interval
// is an hour, so that what arrives within moments was read because a webhook said so.
type anvils struct {
	sim     *githubsim.Simulator
	told    *reader
	address string // of the instance, below the API
}

// newAnvils makes the instance; between stands before its vendor.
func newAnvils(t *testing.T, s app.Storage, between func(vendor http.Handler) http.Handler) *anvils {
	t.Helper()
	a := &anvils{
		sim:  githubsim.New(githubsim.Options{Owner: "acme", Repository: "anvils", Token: "token-1", Secret: "s3cret", Now: time.Now}),
		told: &reader{},
	}
	vendor := httptest.NewServer(between(a.sim))
	t.Cleanup(vendor.Close)
	receiver := httptest.NewServer(a.told)
	t.Cleanup(receiver.Close)
	service := start(t, s).URL
	id := created(t, service, map[string]any{
		"name": "Anvils", "element": map[string]string{"key": "github"},
		"configuration": map[string]string{
			"github.owner": "acme", "github.repository": "anvils", "github.token": "token-1", "github.webhook.secret": "s3cret",
			"base.url": vendor.URL, "event.vendor.type": "webhooks", "event.notification.callback.url": receiver.URL,
			"event.poller.refresh_interval": "60",
		},
	})
	a.sim.Subscribe(inbound(service, "github", id))
	a.address = fmt.Sprintf("%s/elements/api-v2/instances/%d", service, id)
	return a
}

// tells has the vendor send its webhooks, and waits until the receiver was told something.
func (a *anvils) tells(t *testing.T, resource, op string, number int) {
	t.Helper()
	if lost := a.sim.Deliver(t.Context(), http.DefaultClient); lost != 0 {
		t.Fatalf("%d webhooks were not taken", lost)
	}
	a.told.has(t, fmt.Sprint(resource, " ", op, " ", number))
}

func TestAWebhookIsReadAtOnce(t *testing.T) {
	eachStorage(t, func(t *testing.T, s app.Storage) {
		a := newAnvils(t, s, func(vendor http.Handler) http.Handler { return vendor })
		first := a.sim.OpenIssue("Too heavy")
		a.tells(t, "issues", "CREATED", first)
		a.tells(t, "pulls", "CREATED", a.sim.OpenPull("Lighter anvils"))
		a.sim.Edit(first, func(i *githubsim.Issue) { i.Title = "Far too heavy" })
		a.tells(t, "issues", "UPDATED", first)
		a.sim.Delete(first)
		a.tells(t, "issues", "DELETED", first)
		if list := asked(t, "GET", a.address+"/webhooks", ""); strings.Count(list, `"verified":"hmac"`) != 4 {
			t.Errorf("webhooks = %s, want four that were verified", list)
		}
	})
}

// laggard is a vendor whose lists may be late: then they are as they were when that began.
type laggard struct {
	vendor http.Handler
	mu     sync.Mutex
	late   bool
	lists  map[string][]byte // the last of each path
}

func (l *laggard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	l.vendor.ServeHTTP(answer, r)
	l.mu.Lock()
	defer l.mu.Unlock()
	body := answer.Body.Bytes()
	if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/issues") {
		if l.late {
			body = l.lists[r.URL.Path]
		}
		l.lists[r.URL.Path] = body
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body)
}

// lag makes lists late.
func (l *laggard) lag() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.late = true
}

// historyOf waits until the history of an object has something in it, and returns it.
func historyOf(t *testing.T, object, want string) string {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	timeout := time.After(30 * time.Second)
	for {
		text := asked(t, "GET", object, "")
		if strings.Contains(text, want) {
			return text
		}
		select {
		case <-ticker.C:
		case <-timeout:
			t.Fatalf("history = %s, want %s in it", text, want)
		}
	}
}

// TestAListThatLagsBringsNothingBack: the webhook of a deletion wakes the poller, which is
// shown the issue as it was.
func TestAListThatLagsBringsNothingBack(t *testing.T) {
	eachStorage(t, func(t *testing.T, s app.Storage) {
		late := &laggard{lists: make(map[string][]byte)}
		a := newAnvils(t, s, func(vendor http.Handler) http.Handler {
			late.vendor = vendor
			return late
		})
		issue := a.sim.OpenIssue("Too heavy")
		a.tells(t, "issues", "CREATED", issue)
		late.lag()
		a.sim.Delete(issue)
		a.tells(t, "issues", "DELETED", issue)
		story := historyOf(t, fmt.Sprintf("%s/pollers/issues/objects/%d", a.address, issue), `"reason":"lagging"`)
		for _, want := range []string{`"type":"DELETED","reason":"told"`, "a webhook came", "As far as we know it is deleted."} {
			if !strings.Contains(story, want) {
				t.Errorf("the history lacks %s: %s", want, story)
			}
		}
		if strings.Contains(story, `"reason":"back"`) {
			t.Errorf("history = %s, want nothing told after the deletion", story)
		}
	})
}

// TestConcurTellsWhatIsReadAndWhatIsGone: Concur's Event Subscription Service wakes the
// poller of reports, whose interval is an hour, and is the only one who tells of deletions.
func TestConcurTellsWhatIsReadAndWhatIsGone(t *testing.T) {
	eachStorage(t, func(t *testing.T, s app.Storage) {
		sim, err := concursim.New(concursim.Options{Seed: 3, Reports: 5})
		if err != nil {
			t.Fatal(err)
		}
		vendor := httptest.NewServer(sim)
		t.Cleanup(vendor.Close)
		told := &reader{}
		receiver := httptest.NewServer(told)
		t.Cleanup(receiver.Close)
		service, company := start(t, s).URL, sim.Companies()[0]
		id := created(t, service, map[string]any{
			"name": "Concur", "element": map[string]string{"key": "concur"},
			"configuration": map[string]string{
				"oauth.api.key": "id", "oauth.api.secret": "secret", "base.url": vendor.URL, "username": company.Login, "password": company.Password,
				"event.notification.callback.url": receiver.URL, "event.poller.refresh_interval": "60", "event.webhook.secret": "word",
			},
		})
		subscribe(t, vendor.URL, inbound(service, "concur", id)+"?webhookSecret=word")
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- sim.Run(ctx) }() // delivers its events
		t.Cleanup(func() {
			stop()
			if err := <-ended; err != nil {
				t.Errorf("Run = %v", err)
			}
		})
		change := func(kind concursim.Kind) string {
			t.Helper()
			versions, err := sim.Change(concursim.Order{Count: 1, Kind: kind, Company: company.Number})
			if err != nil || len(versions) != 1 {
				t.Fatalf("Change(%s) = %v, %v, want one", kind, versions, err)
			}
			return versions[0].ReportID
		}
		// Concur dates creations in whole seconds: one in the second in which polling began
		// counts as older.
		report := change(concursim.Created)
		told.has(t, "reports CREATED "+report, "reports UPDATED "+report)
		told.has(t, "reports UPDATED "+change(concursim.Updated))
		told.has(t, "reports DELETED "+change(concursim.Deleted))
	})
}

// subscribe subscribes to what Concur tells of reports.
func subscribe(t *testing.T, vendor, endpoint string) {
	t.Helper()
	answer, err := http.PostForm(vendor+"/oauth2/v0/token", url.Values{
		"client_id": {"id"}, "client_secret": {"secret"}, "grant_type": {"client_credentials"}, "scope": {"events.topic.read EXPRPT"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, vendor+"/events/v4/subscriptions/webhook", strings.NewReader(
		`{"id":"turnstone-reports","filter":".*","topic":"public.concur.expense.report","webHookConfig":{"endpoint":"`+endpoint+`"}}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token.AccessToken)
	r.Header.Set("Content-Type", "application/json")
	saved, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer saved.Body.Close()
	if saved.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(saved.Body)
		t.Fatalf("subscribe = %d %s, want 200", saved.StatusCode, text)
	}
}
