package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/app"
	"turnstone/internal/concursim"
)

// notes is text from many goroutines.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// canaries are secrets that cannot be mistaken for anything else.
var canaries = map[string]string{
	turnstone.KeyOAuthClientID:     "canary-of-the-client-id",
	turnstone.KeyOAuthClientSecret: "canary-of-the-client-secret",
	turnstone.KeyPassword:          "canary-of-the-password",
	turnstone.KeySignatureKey:      "canary-of-the-signature-key",
	turnstone.KeySecondaryKey:      "canary-of-the-secondary-key",
	turnstone.KeyBasicPassword:     "canary-of-the-basic-password",
	turnstone.KeyCallbackHeaders:   "X-Key:canary-of-the-callback-headers",
}

const (
	canaryUser         = "canary-of-the-user"
	canaryOrganization = "canary-of-the-organization"
	canaryAdmin        = "canary-of-the-administrator"
	canaryQuery        = "canary-of-the-query" // of the callback URL
	canaryOther        = "canary-of-the-other-destination"
)

// parrot is a peer that works until it is told to repeat what it is sent, in every
// place that an answer has.
type parrot struct {
	next   http.Handler
	heard  notes         // what it was sent in headers
	echoed chan struct{} // one for each time it repeated

	mu      sync.Mutex
	repeats bool
	n       int
}

func (p *parrot) repeat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.repeats = true
}

// turn returns how often it has repeated before; -1 while it works.
func (p *parrot) turn() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.repeats {
		return -1
	}
	p.n++
	return p.n - 1
}

func (p *parrot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // whatever came is repeated
	_, _ = fmt.Fprintf(&p.heard, "%s\n", r.Header.Get("Authorization"))
	turn := p.turn()
	if turn < 0 {
		// The simulator has a password of its own.
		body = bytes.ReplaceAll(body, []byte(canaries[turnstone.KeyPassword]), []byte("concur"))
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		p.next.ServeHTTP(w, r)
		return
	}
	echo(w, r, body, turn)
	select {
	case p.echoed <- struct{}{}:
	default: // enough were counted
	}
}

// echo repeats a request in an answer of one kind or another.
func echo(w http.ResponseWriter, r *http.Request, body []byte, turn int) {
	form, _ := url.QueryUnescape(string(body))
	sent := fmt.Sprintf("%s %v %s %s", r.RequestURI, r.Header, body, form)
	told, _ := json.Marshal(map[string]any{"error": sent, "error_description": sent, "Message": sent, "Error": map[string]string{"Message": sent}})
	w.Header().Set("X-Echo", strings.ReplaceAll(sent, "\n", " "))
	w.Header().Set("Content-Type", "application/json")
	kinds := []func(){
		func() { w.WriteHeader(http.StatusBadRequest); _, _ = w.Write(told) },
		func() { w.WriteHeader(http.StatusInternalServerError); _, _ = io.WriteString(w, sent) },
		func() { _, _ = io.WriteString(w, "<html><body>"+sent+"</body></html>") },
		func() { _, _ = io.WriteString(w, sent) },
		func() { _, _ = w.Write(told) },
		func() {
			w.Header().Set("Location", "http://127.0.0.1:1/?"+url.QueryEscape(sent))
			w.WriteHeader(http.StatusFound)
		},
		func() {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, strings.ReplaceAll(sent, "\n", " ")+"\r\n\r\n")
				_ = conn.Close()
			}
		},
		func() { w.WriteHeader(http.StatusForbidden); _, _ = w.Write(told) },
	}
	kinds[turn%len(kinds)]()
}

// leaky is a service with secrets wherever there is room for one, among peers that
// repeat them.
type leaky struct {
	t *testing.T
	*app.App
	storage          app.Storage
	vendor, receiver *parrot
	log, traces      notes
	answers          notes // of the API
	token            string
}

func newLeaky(t *testing.T, s app.Storage) *leaky {
	t.Helper()
	l := &leaky{t: t, storage: s}
	sim, err := concursim.New(concursim.Options{Seed: 11, Companies: 1, Reports: 5, Rate: 10})
	if err != nil {
		t.Fatal(err)
	}
	l.vendor = &parrot{next: sim, echoed: make(chan struct{}, 1000)}
	got := make(chan struct{}, 1)
	l.receiver = &parrot{echoed: make(chan struct{}, 1000), next: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		select {
		case got <- struct{}{}:
		default:
		}
	})}
	serve := func(h http.Handler) string {
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		return server.URL
	}
	vendor, receiver := serve(l.vendor), serve(l.receiver)
	collector := serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(&l.traces, r.Body) }))
	l.App, err = app.Start(t.Context(), app.Config{
		Listen: "127.0.0.1:0", AdminListen: "127.0.0.1:0", TraceEndpoint: collector, TraceShare: 1, Storage: s,
		AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, MinInterval: time.Second, MaxChanges: 1, Retention: time.Hour,
		Bootstrap: app.Bootstrap{UserSecret: canaryUser, OrganizationSecret: canaryOrganization, AdminPassword: canaryAdmin},
	}, slog.New(slog.NewJSONHandler(&l.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, l.App) })
	l.create(vendor, receiver, sim.Companies()[0].Login)
	l.live(sim, got)
	return l
}

// create makes the instance, with a second destination.
func (l *leaky) create(vendor, receiver, login string) {
	l.t.Helper()
	configuration := map[string]string{
		turnstone.KeyBaseURL: vendor, turnstone.KeyUsername: login, turnstone.KeyBasicUsername: "ann",
		turnstone.KeyCallbackURL: receiver + "/?key=" + canaryQuery, turnstone.KeyRefreshInterval: "0.0167", turnstone.KeyDiff: "true",
	}
	maps.Copy(configuration, canaries)
	body, err := json.Marshal(map[string]any{"name": "leaky", "element": map[string]string{"key": "concur"}, "configuration": configuration})
	if err != nil {
		l.t.Fatal(err)
	}
	var made struct{ Token string }
	if err := json.Unmarshal([]byte(l.call("POST", "/instances", string(body))), &made); err != nil || made.Token == "" {
		l.t.Fatalf("the instance was not made: %v %s", err, l.answers.String())
	}
	l.token = made.Token
	l.call("POST", "/instances/1/destinations", fmt.Sprintf(
		`{"url":%q,"signatureKey":"%[2]s-1","secondarySignatureKey":"%[2]s-2","username":"ann","password":"%[2]s-3","headers":{"X-Key":"%[2]s-4"}}`, receiver+"/other", canaryOther))
}

// live makes the vendor live until an event has arrived, and for as long as the test.
func (l *leaky) live(sim *concursim.Simulator, arrived <-chan struct{}) {
	l.t.Helper()
	ctx, cancel := context.WithCancel(l.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = sim.Run(ctx) // until the test ends
	}()
	l.t.Cleanup(func() { cancel(); <-done })
	select {
	case <-arrived:
	case <-time.After(30 * time.Second):
		l.t.Fatalf("no event arrived: %s", l.log.String())
	}
}

// call calls the API with all rights, keeps the answer and returns its body.
func (l *leaky) call(method, path, body string) string {
	l.t.Helper()
	header := fmt.Sprintf("User %s, Organization %s", canaryUser, canaryOrganization)
	if strings.HasPrefix(path, "/hubs/") {
		header += ", Element " + l.token
	}
	status, answer := callAPI(l.t, apiCall{method, l.URL + "/elements/api-v2" + path, body, map[string]string{"Authorization": header}})
	_, _ = fmt.Fprintf(&l.answers, "%s %s %d %s\n", method, path, status, answer)
	return answer
}

// look asks the API for everything there is to see.
func (l *leaky) look() {
	for _, path := range []string{
		"/elements", "/elements/concur", "/elements/concur/oauth/url?apiKey=k&callbackUrl=https://a.example/&state=s",
		"/instances", "/instances/1", "/instances/1/configuration", "/instances/1/configuration/oauth.api.secret", "/instances/1/health",
		"/instances/1/pollers", "/instances/1/pollers/reports", "/instances/1/pollers/reports/polls", "/instances/1/destinations",
		"/instances/1/events", "/notifications/subscriptions", "/notifications/subscriptions/deliveries?hydrate=true", "/accounts/settings",
	} {
		l.call("GET", path, "")
	}
}

// drive uses every flow while both peers repeat what they are sent.
func (l *leaky) drive() {
	l.t.Helper()
	l.vendor.repeat()
	l.receiver.repeat()
	for range 8 { // each kind of answer at least once, to one or the other
		l.call("GET", "/hubs/expense/reports", "")
		l.call("POST", "/instances/1/pollers/reports/preview", "{}")
		l.call("GET", "/hubs/expense/reports/R1", "")
	}
	for _, body := range []string{`{"Name":"x"}`, `{"Name":`} {
		l.call("POST", "/hubs/expense/reports", body)
		l.call("PATCH", "/instances/1", body)
	}
	l.call("PATCH", "/instances/1", `{"configuration":{"password":"`+canaries[turnstone.KeyPassword]+`","base.url":"ftp://canary"}}`)
	l.call("POST", "/instances/1/events/replay", `{"since":"2020-01-01T00:00:00Z"}`)
	l.call("POST", "/instances/1/pollers/reports/replay", `{"since":"2020-01-01T00:00:00Z"}`)
	l.call("PUT", "/notifications/subscriptions/deliveries", "")
	l.wait(l.receiver.echoed, 3)
	l.wait(l.vendor.echoed, 8)
	l.look()
}

// wait waits until something has happened so many times.
func (l *leaky) wait(happened <-chan struct{}, times int) {
	l.t.Helper()
	late := time.After(time.Minute)
	for range times {
		select {
		case <-happened:
		case <-late:
			l.t.Fatalf("a peer was not asked often enough: %s", l.log.String())
		}
	}
}

// secrets returns every secret there is by now, in each form that may stand in a text,
// by what it is.
func (l *leaky) secrets() map[string]string {
	all := map[string]string{
		"user secret": canaryUser, "organization secret": canaryOrganization, "password of the administrator": canaryAdmin,
		"other destination": canaryOther, "callback headers": "canary-of-the-callback-headers",
		"basic authentication": base64.StdEncoding.EncodeToString([]byte("ann:" + canaries[turnstone.KeyBasicPassword])),
	}
	for key, value := range canaries {
		if key != turnstone.KeyCallbackHeaders {
			all[key] = value
		}
	}
	for i, line := range strings.Split(l.vendor.heard.String(), "\n") {
		if token, found := strings.CutPrefix(line, "Bearer "); found {
			all[fmt.Sprintf("access token %d", i)] = token
		}
	}
	return all
}

// clean fails the test if one of the secrets stands in a text.
func (l *leaky) clean(place, text string, secrets map[string]string) {
	l.t.Helper()
	if text == "" {
		l.t.Errorf("%s has nothing in it, want it to be searched", place)
	}
	for name, secret := range secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))} {
			if at := strings.Index(text, form); at >= 0 {
				l.t.Errorf("%s shows the %s: %q", place, name, text[max(0, at-200):min(len(text), at+len(form)+100)])
				break
			}
		}
	}
}

// files returns what the database has on disk.
func (l *leaky) files() string {
	l.t.Helper()
	var all strings.Builder
	for _, name := range []string{"turnstone.db", "turnstone.db-wal", "turnstone.db-shm"} {
		text, err := os.ReadFile(filepath.Join(l.storage.Data, name))
		if err != nil && !os.IsNotExist(err) {
			l.t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// export returns an archive.
func (l *leaky) export() string {
	l.t.Helper()
	var text strings.Builder
	if _, err := l.storage.Export(l.t.Context(), &text, app.Move{Program: "test", Log: quiet()}); err != nil {
		l.t.Fatal(err)
	}
	return text.String()
}

func TestNoSecretIsShownOrKeptInClear(t *testing.T) {
	eachStorage(t, func(t *testing.T, s app.Storage) {
		l := newLeaky(t, s)
		l.look()
		l.drive()
		_, metrics := get(t, l.AdminURL+"/metrics")
		secrets := l.secrets()
		if len(secrets) < len(canaries)+6 {
			t.Errorf("there are %d secrets, want the vendor's token among them", len(secrets))
		}
		for text, from := range map[string]string{"Bearer " + turnstone.Masked: l.answers.String(), "the receiver answered": l.log.String()} {
			if !strings.Contains(from, text) {
				t.Errorf("there is no %q in %.2000s, so that the peers' answers were not seen", text, from)
			}
		}
		l.clean("an answer of the API", l.answers.String(), secrets)
		l.clean("a metric", metrics, secrets)
		if s.Database == "" {
			l.clean("the database at work", l.files(), secrets)
		}
		stop(t, l.App) // sends the spans that wait
		if s.Database == "" {
			l.clean("the database", l.files(), secrets)
		}
		export := l.export()
		secrets["element token"] = l.token // which the API answers
		l.clean("the export", export, secrets)
		secrets["query of the callback URL"] = canaryQuery
		l.clean("the log", l.log.String(), secrets)
		l.clean("a span", l.traces.String(), secrets)
		l.clean("a metric", metrics, secrets)
	})
}
