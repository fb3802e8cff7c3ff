package app_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/app"
	"turnstone/internal/concursim"
)

// inside starts a server that nobody may reach, at an address of this machine that is
// not the one the others have, and returns its URL and how many connections it took.
func inside(t *testing.T) (string, *atomic.Int32) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.2:0")
	if err != nil {
		t.Skipf("this machine has one loopback address alone: %v", err)
	}
	taken := new(atomic.Int32)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	_ = server.Listener.Close()
	server.Listener = listener
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			taken.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return server.URL, taken
}

// narrow starts a service that may reach 127.0.0.1 alone.
func narrow(t *testing.T) *app.App {
	t.Helper()
	c := bare(t.TempDir())
	c.AllowNetworks, c.MinInterval = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, time.Second
	c.Bootstrap = app.Bootstrap{UserSecret: "user-secret", OrganizationSecret: "organization-secret"}
	a, err := app.Start(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, a) })
	return a
}

// makeInstance makes an instance from a configuration over one that can log in, and returns
// the status, and the body of the answer.
func makeInstance(t *testing.T, service, vendor string, configuration map[string]string) (int, string) {
	t.Helper()
	all := map[string]string{
		turnstone.KeyBaseURL: vendor, turnstone.KeyOAuthClientID: "id", turnstone.KeyOAuthClientSecret: "secret",
		turnstone.KeyUsername: "ann", turnstone.KeyPassword: "concur", turnstone.KeyRefreshInterval: "0.0167",
	}
	maps.Copy(all, configuration)
	body, err := json.Marshal(map[string]any{"name": "x", "element": map[string]string{"key": "concur"}, "configuration": all})
	if err != nil {
		t.Fatal(err)
	}
	return callAPI(t, apiCall{"POST", service + "/elements/api-v2/instances", string(body), nil})
}

func TestNoConfigurationLeadsInside(t *testing.T) {
	a := narrow(t)
	target, taken := inside(t)
	vendor := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(vendor.Close)
	for name, configuration := range map[string]map[string]string{
		"the vendor":   {turnstone.KeyBaseURL: target},
		"the receiver": {turnstone.KeyCallbackURL: target},
	} {
		t.Run(name, func(t *testing.T) {
			if status, body := makeInstance(t, a.URL, vendor.URL, configuration); status != http.StatusBadRequest || !strings.Contains(body, "--allow-network") {
				t.Errorf("POST = %d %s, want 400 and who can allow it", status, body)
			}
		})
	}
	path := instanceOf(t, a.URL)
	for _, change := range []apiCall{
		{"POST", path + "/destinations", fmt.Sprintf(`{"url":%q}`, target), nil},
		{"PATCH", path, fmt.Sprintf(`{"configuration":{%q:%q}}`, turnstone.KeyCallbackURL, target), nil},
		{"PUT", path + "/configuration/" + turnstone.KeyBaseURL, fmt.Sprintf(`{"propertyValue":%q}`, target), nil},
	} {
		change.url = a.URL + change.url
		if status, body := callAPI(t, change); status != http.StatusBadRequest || !strings.Contains(body, "--allow-network") {
			t.Errorf("%s %s = %d %s, want 400 and who can allow it", change.method, change.url, status, body)
		}
	}
	if n := taken.Load(); n != 0 {
		t.Errorf("the server inside took %d connections, want none", n)
	}
}

// luring is a vendor that sends whoever asks it elsewhere.
type luring struct {
	to    string
	place string // of its answers, in which it does
	asked chan struct{}
}

func (l *luring) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	lure := func(place, otherwise string) string {
		if l.place == place {
			return l.to
		}
		return otherwise
	}
	own := "http://" + r.Host
	isToken := strings.Contains(r.URL.Path, "oauth2")
	if l.place == "redirect" && !isToken || l.place == "token redirect" && isToken {
		http.Redirect(w, r, l.to+"/api/v3.0/expense/reports", http.StatusTemporaryRedirect)
	} else if isToken {
		_, _ = fmt.Fprintf(w, `{"access_token":"t","expires_in":3600,"refresh_token":"r","token_type":"Bearer","code":%q,"geolocation":%q}`,
			map[bool]string{true: "16", false: "0"}[l.place == "moved"], lure("geolocation", lure("moved", own)))
	} else {
		_, _ = fmt.Fprintf(w, `{"Items":[{"ID":"1","URI":%q}],"NextPage":%q}`, l.to, lure("next page", own)+"/api/v3.0/expense/reports?offset=2")
	}
	select {
	case l.asked <- struct{}{}:
	default:
	}
}

func TestNoVendorLeadsInside(t *testing.T) {
	a := narrow(t)
	target, taken := inside(t)
	for _, place := range []string{"redirect", "token redirect", "geolocation", "moved", "next page"} {
		t.Run(place, func(t *testing.T) {
			v := &luring{to: target, place: place, asked: make(chan struct{}, 1)}
			vendor := httptest.NewServer(v)
			defer vendor.Close()
			status, body := makeInstance(t, a.URL, vendor.URL, nil)
			<-v.asked
			var made struct{ Token string }
			if status == http.StatusOK && json.Unmarshal([]byte(body), &made) == nil {
				callAPI(t, apiCall{"GET", a.URL + "/elements/api-v2/hubs/expense/reports?pageSize=200", "", map[string]string{"Authorization": "User user-secret, Element " + made.Token}})
			}
			if n := taken.Load(); n != 0 {
				t.Errorf("the server inside took %d connections, want none", n)
			}
		})
	}
}

func TestNoReceiverLeadsInside(t *testing.T) {
	a := narrow(t)
	target, taken := inside(t)
	posted := make(chan struct{}, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target, http.StatusTemporaryRedirect) // with the body
		select {
		case posted <- struct{}{}:
		default:
		}
	}))
	t.Cleanup(receiver.Close)
	f := newFleet(t, concursim.Options{Seed: 4, Companies: 1, Rate: 10}, nil)
	status, body := makeInstance(t, a.URL, f.Vendor(), map[string]string{
		turnstone.KeyUsername: f.Sim.Companies()[0].Login, turnstone.KeyCallbackURL: receiver.URL,
	})
	if status != http.StatusOK {
		t.Fatalf("POST = %d %s", status, body)
	}
	for range 30 {
		if err := f.Live(t.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
		select {
		case <-posted:
			stop(t, a)
			if n := taken.Load(); n != 0 {
				t.Errorf("the server inside took %d connections, want none", n)
			}
			return
		default:
		}
	}
	t.Fatal("nothing was posted in half a minute")
}

// injected is the header that no request may have, and the ways to get it there.
const injected = "X-Injected"

var injections = []string{"x\r\n" + injected + ": 1", "x\n" + injected + ": 1\n\n", "x\r" + injected + ": 1", "x\x00\r\n\r\nGET / HTTP/1.1\r\n" + injected + ": 1\r\n\r\n"}

// watching notes requests that have what was injected.
func watching(t *testing.T, next http.Handler) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(injected) != "" || r.URL.Path == "/" && r.Method == http.MethodGet {
			t.Errorf("%s %s came with %v: what was configured got out of its place", r.Method, r.URL, r.Header)
		}
		next.ServeHTTP(w, r)
	})
}

// declared returns the key of every entry of an instance's configuration.
func declared(t *testing.T, service string) []string {
	t.Helper()
	_, body := callAPI(t, apiCall{"GET", service + instanceOf(t, service) + "/configuration", "", nil})
	var entries []struct{ Key string }
	if err := json.Unmarshal([]byte(body), &entries); err != nil || len(entries) < 10 {
		t.Fatalf("configuration = %s, %v, want the entries", body, err)
	}
	var keys []string
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	return keys
}

func TestNothingConfiguredGetsOutOfItsPlace(t *testing.T) {
	a := start(t, app.Storage{Data: t.TempDir()})
	f := newFleet(t, concursim.Options{Seed: 6, Companies: 1, Rate: 10}, func(next http.Handler) http.Handler { return watching(t, next) })
	vendor := httptest.NewServer(watching(t, f.Sim))
	t.Cleanup(vendor.Close)
	receiver := httptest.NewServer(watching(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	t.Cleanup(receiver.Close)
	login := f.Sim.Companies()[0].Login
	for _, key := range declared(t, a.URL) {
		for _, text := range injections {
			value := text
			if key == turnstone.KeyPollers { // where a text can stand
				value = fmt.Sprintf(`{"reports":{"url":%q,"idField":"ID"}}`, "/hubs/expense/reports?where=user='"+text+"'")
			}
			configuration := map[string]string{turnstone.KeyUsername: login, turnstone.KeyCallbackURL: receiver.URL}
			configuration[key] = value
			if status, body := makeInstance(t, a.URL, vendor.URL, configuration); status >= http.StatusInternalServerError {
				t.Errorf("%s = %q: %d %s, want no error of ours", key, value, status, body)
			}
		}
	}
	injectDestinations(t, a.URL)
	injectHub(t, a.URL, vendor.URL, login)
	// What was accepted is polled with and posted with by now.
	connect(t, f, a.URL, 5*time.Second)
	check(t, settle(t, f, shown))
}

// injectDestinations tries every member of a destination.
func injectDestinations(t *testing.T, service string) {
	t.Helper()
	for _, member := range []string{"url", "signatureKey", "secondarySignatureKey", "username", "password", "headers", "handshake", "rate"} {
		for _, text := range injections {
			body, err := json.Marshal(map[string]string{"url": "http://127.0.0.1:1/", "signatureKey": "k", member: text})
			if err != nil {
				t.Fatal(err)
			}
			status, answer := callAPI(t, apiCall{"POST", service + "/elements/api-v2/instances/1/destinations", string(body), nil})
			if status != http.StatusBadRequest {
				t.Errorf("%s = %q: %d %s, want 400", member, text, status, answer)
			}
		}
	}
	for _, headers := range []string{`{"X-A\r\n` + injected + `":"1"}`, `{"X-A":"1\r\n` + injected + `: 1"}`, `{"Content-Length":"1"}`, `{"Host":"a"}`, `{"Transfer-Encoding":"chunked"}`} {
		status, answer := callAPI(t, apiCall{"POST", service + "/elements/api-v2/instances/1/destinations", `{"url":"http://127.0.0.1:1/","headers":` + headers + `}`, nil})
		if status != http.StatusBadRequest {
			t.Errorf("headers = %s: %d %s, want 400", headers, status, answer)
		}
	}
}

// injectHub tries the path and the query of a hub call.
func injectHub(t *testing.T, service, vendor, login string) {
	t.Helper()
	_, body := makeInstance(t, service, vendor, map[string]string{turnstone.KeyUsername: login})
	var made struct{ Token string }
	if err := json.Unmarshal([]byte(body), &made); err != nil || made.Token == "" {
		t.Fatalf("POST = %s, %v, want an instance", body, err)
	}
	const lines = "x%0d%0a" + injected + ":%201%0d%0a%0d%0a"
	for _, path := range []string{"reports/" + lines, "reports?where=user='" + lines + "'", "reports?where=" + lines, "reports?pageSize=" + lines, "reports?nextPage=" + lines, lines} {
		for _, method := range []string{"GET", "PATCH", "DELETE"} {
			status, answer := callAPI(t, apiCall{method, service + "/elements/api-v2/hubs/expense/" + path, "{}", map[string]string{"Authorization": "User user-secret, Element " + made.Token}})
			if status == http.StatusInternalServerError {
				t.Errorf("%s %s = %d %s, want no error of ours", method, path, status, answer)
			}
		}
	}
}
