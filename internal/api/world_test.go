package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/elements"
	"turnstone/internal/api"
	"turnstone/internal/api/catalogue"
	"turnstone/internal/api/history"
	webhooks "turnstone/internal/api/intake"
	"turnstone/internal/api/notify"
	"turnstone/internal/api/rest"
	"turnstone/internal/auth"
	own "turnstone/internal/catalogue"
	"turnstone/internal/commonresource"
	"turnstone/internal/concursim"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/instance"
	"turnstone/internal/intake"
	"turnstone/internal/oauth"
	"turnstone/internal/poll"
	"turnstone/internal/provider"
	"turnstone/internal/script"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// secrets must never be seen in an answer or in the log. Those of the vendor's
// token answers are checked as well: see vendorToken.
var secrets = []string{
	"user-secret-1", "organization-secret-1", "user-secret-2", "organization-secret-2",
	"GNnU6D7uvWMjOyOEsU7uL1Xc4iaEdEOa", "signature-secret", "basic-secret", "header-secret", "concur-secret",
}

// vendorToken matches the tokens that the simulator gives.
var vendorToken = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+`)

// world is a served API with a database and a vendor of its own.
type world struct {
	t       testing.TB
	db      *store.DB
	vendor  *httptest.Server
	sim     *concursim.Simulator
	handler http.Handler
	user    turnstone.User
	auth    string // the header of the first account's user
	// carryOut carries out the bulk job that is due.
	carryOut func(ctx context.Context) error

	mu   sync.Mutex
	seen bytes.Buffer // all answers and log lines
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, db: storetest.Open(t)}
	_, w.user = storetest.Account(t, w.db, 1)
	w.auth = "User user-secret-1, Organization organization-secret-1"
	sim, err := concursim.New(concursim.Options{Seed: 1, Reports: 5, Now: storetest.Start})
	if err != nil {
		t.Fatal(err)
	}
	w.sim, w.vendor = sim, httptest.NewServer(sim)
	t.Cleanup(w.vendor.Close)
	w.handler = w.api(t).Handler()
	t.Cleanup(w.checkSecrets)
	return w
}

func (w *world) api(t testing.TB) *api.API {
	t.Helper()
	builtIn, err := element.Load(elements.FS)
	if err != nil {
		t.Fatal(err)
	}
	now := storetest.Start
	known := own.New(builtIn, w.db.Definitions(), now)
	keeper := &oauth.Keeper{Store: w.db, Elements: known, HTTP: w.vendor.Client(), Now: now}
	vendorHub := &hub.Hub{Elements: known, Provider: &provider.Client{HTTP: w.vendor.Client(), Credentials: keeper, Now: now, Scripts: script.New(now)}}
	common := &commonresource.Resources{Definitions: w.db.Mappings(), Transformations: w.db.Mappings(), Elements: known}
	calls := &commonresource.Hub{Vendor: vendorHub, Resources: common}
	tokens := 0
	instances := &instance.Instances{
		Store: w.db, Elements: known, Active: known.Active, Vendor: keeper, Hub: vendorHub, Common: common, Now: now,
		CheckURL: func(_ context.Context, address string) error {
			if strings.Contains(address, "10.0.0.1") {
				return errors.New("10.0.0.1 is a private address; the operator allows it with --allow-network 10.0.0.1/32")
			}
			return nil
		},
		NewToken: func() (turnstone.Secret, error) {
			tokens++
			return turnstone.Secret(fmt.Sprintf("token+of/instance%d=", tokens)), nil
		},
	}
	server := &rest.Server{
		Auth: &auth.Auth{Store: w.db}, Instances: instances, Elements: known, Now: now,
		Log: slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	return &api.API{
		Server:    server,
		People:    w.people(server),
		Bulk:      w.bulkAPI(server, common, vendorHub, calls),
		Catalogue: &catalogue.API{Server: server, Authorize: instances, Common: common, Hub: calls, Own: known},
		Instances: instances,
		Pollers:   &instance.Pollers{Store: w.db, Now: now},
		History:   &history.API{Server: server, Store: w.db, Outbox: w.db, Replays: &instance.Replays{Store: w.db, Now: now}},
		Notify: &notify.API{
			Server: server, Outbox: w.db, Policies: w.db, Events: w.db, Notes: w.db,
			Destinations: &instance.Destinations{Store: w.db, Elements: known, Now: now, CheckURL: func(_ context.Context, address string) error {
				if strings.Contains(address, "10.0.0.1") {
					return errors.New("10.0.0.1 is a private address")
				}
				return nil
			}},
		},
		Webhooks: webhooks.New(server, &intake.Intake{Store: w.db, Elements: server.Elements, Now: now, Random: rand.Reader}, w.db),
		Objects:  &instance.Objects{Store: w.db},
		Preview:  &poll.Previewer{Past: w.db, Source: calls, Elements: known, Common: common, Now: now},
		Hub:      calls, Signer: w.db.Sealer(), Store: w.db, Schedule: w.db,
	}
}

// Write takes log lines.
func (w *world) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen.Write(line)
}

// checkSecrets reads what all answers and log lines of the test said.
func (w *world) checkSecrets() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, secret := range secrets {
		if strings.Contains(w.seen.String(), secret) {
			w.t.Errorf("the secret %s was shown", secret)
		}
	}
	if found := vendorToken.FindString(w.seen.String()); found != "" {
		w.t.Errorf("a token of the vendor was shown: %s", found)
	}
}

// answer is an answer that was read.
type answer struct {
	status int
	header http.Header
	body   string
}

// call sends a request to a path under the prefix, or a whole one. Headers are
// pairs; Authorization is the first account's unless they say otherwise.
func (w *world) call(method, path, body string, headers ...string) answer {
	w.t.Helper()
	if !strings.HasPrefix(path, "/elements/api-v2") && !strings.HasSuffix(path, "z") {
		path = "/elements/api-v2" + path
	}
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", w.auth)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	result := recorder.Result()
	defer result.Body.Close()
	text, err := io.ReadAll(result.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	_, _ = w.Write(append(text, '\n'))
	got := answer{result.StatusCode, result.Header, string(text)}
	w.hold(r, body, got)
	return got
}

// ok calls and expects 200.
func (w *world) ok(method, path, body string, headers ...string) answer {
	w.t.Helper()
	got := w.call(method, path, body, headers...)
	if got.status != http.StatusOK {
		w.t.Fatalf("%s %s = %d %s, want 200", method, path, got.status, got.body)
	}
	return got
}

// decode reads the body of an answer.
func decode[T any](t testing.TB, a answer) T {
	t.Helper()
	var value T
	if err := json.Unmarshal([]byte(a.body), &value); err != nil {
		t.Fatalf("body %s: %v", a.body, err)
	}
	return value
}

// view is what tests read of an instance.
type view struct {
	ID                    int64
	Name                  string
	Token                 string
	Tags                  []string
	Valid                 bool
	Disabled              bool
	EventsEnabled         bool
	Configuration         map[string]string
	ProvisionInteractions []struct{ Element, OAuthURL string }
}

// seed returns the project's example JSON, with changes.
func seed(t testing.TB, changes map[string]any) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "seed.json"))
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(text, &body); err != nil {
		t.Fatal(err)
	}
	configuration, _ := body["configuration"].(map[string]any)
	for key, value := range changes {
		target := configuration
		if name, top := strings.CutPrefix(key, "^"); top {
			target, key = body, name
		}
		if value == nil {
			delete(target, key)
			continue
		}
		target[key] = value
	}
	changed, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(changed)
}

// loggedIn is what makes the seed's instance talk to the simulator at once.
func (w *world) loggedIn() map[string]any {
	return map[string]any{
		"base.url": w.vendor.URL, "username": w.sim.Companies()[0].Login, "password": "concur",
		"event.notification.signature.key": "signature-secret",
	}
}

// create makes an instance that is authorised with the simulator.
func (w *world) create() view {
	w.t.Helper()
	return decode[view](w.t, w.ok("POST", "/instances", seed(w.t, w.loggedIn())))
}

// withToken is the Authorization of hub calls.
func withToken(v view) string { return "User user-secret-1, Element " + v.Token }

// code goes through the simulator's pages as a person's browser would, and returns
// the code that it comes back with.
func (w *world) code(authorizeURL string) string {
	w.t.Helper()
	page, _ := w.post(authorizeURL, url.Values{"UserNameTxt": {w.sim.Companies()[0].Login}, "PasswordTxt": {"concur"}})
	session := regexp.MustCompile(`name="session" value="([^"]*)"`).FindStringSubmatch(page)
	if session == nil {
		w.t.Fatalf("no session in the page %s", page)
	}
	_, location := w.post(authorizeURL, url.Values{"session": {session[1]}, "AllowBtn": {"allow"}})
	address, err := url.Parse(location)
	if err != nil {
		w.t.Fatal(err)
	}
	return address.Query().Get("code")
}

// post sends a form and returns the page that comes, and where it leads.
func (w *world) post(address string, form url.Values) (page, location string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := w.vendor.Client().Transport.RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text), response.Header.Get("Location")
}

// golden compares what an answer says with a file.
func (w *world) golden(t *testing.T, name string, a answer) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%d\n", a.status)
	for _, header := range []string{
		"Allow", "Content-Type", "Elements-Element-Instance-Id", "Elements-Next-Page-Token",
		"Elements-Returned-Count", "Elements-Total-Count", "Retry-After",
	} {
		if value := a.header.Get(header); value != "" {
			if place, _, signed := strings.Cut(value, "."); signed && header == "Elements-Next-Page-Token" {
				value = place + ".<signature>" // each world has keys of its own
			}
			fmt.Fprintf(&b, "%s: %s\n", header, value)
		}
	}
	text := regexp.MustCompile(`"requestId":"[0-9a-f]{24}"`).ReplaceAllString(a.body, `"requestId":"<24 digits>"`)
	text = strings.ReplaceAll(text, w.vendor.URL, "http://vendor.example")
	text = strings.ReplaceAll(text, url.QueryEscape(w.vendor.URL), "http%3A%2F%2Fvendor.example")
	fmt.Fprintf(&b, "\n%s\n", text)
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s differs (-want +got); run with -update if that is right:\n%s", file, diff)
	}
}
