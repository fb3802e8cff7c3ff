package app_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"turnstone/internal/app"
	"turnstone/internal/concursim"
)

// browser goes through the console as somebody without scripts does.
type browser struct {
	client  *http.Client
	service string
}

func newBrowser(t *testing.T, service string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{&http.Client{Jar: jar, Transport: transport}, service}
}

// seen is a page that a browser was led to.
type seen struct {
	status int
	path   string
	header http.Header
	text   string
}

func (b *browser) get(t *testing.T, path string) seen {
	t.Helper()
	return b.do(t, http.MethodGet, path, nil)
}

func (b *browser) post(t *testing.T, path string, form url.Values) seen {
	t.Helper()
	return b.do(t, http.MethodPost, path, form)
}

func (b *browser) do(t *testing.T, method, path string, form url.Values) seen {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.service+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return seen{answer.StatusCode, answer.Request.URL.RequestURI(), answer.Header, string(text)}
}

// console starts a service with an instance, and returns a browser in which its first
// user is signed in.
func console(t *testing.T, s app.Storage) *browser {
	t.Helper()
	a := start(t, s)
	f := newFleet(t, concursim.Options{Seed: 1}, nil)
	connect(t, f, a.URL, 0)
	b := newBrowser(t, a.URL)
	form := url.Values{"email": {"Admin@Example.test"}, "password": {"password"}}
	if got := b.post(t, "/sign-in?to=%2Finstances%2F1", form); got.status != http.StatusOK || got.path != "/instances/1" {
		t.Fatalf("signing in led to %s with %d: %s", got.path, got.status, got.text)
	}
	return b
}

var headings = regexp.MustCompile(`(?s)<h1[^>]*>(.*?)</h1>`)

// safe checks that a page shows no secret, and runs nothing but what is in the binary.
func safe(t *testing.T, page seen) {
	t.Helper()
	for _, secret := range []string{"user-secret", "organization-secret"} {
		if strings.Contains(page.text, secret) {
			t.Errorf("%s shows the %s", page.path, secret)
		}
	}
	if p := page.header.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
		t.Errorf("%s: Content-Security-Policy = %q", page.path, p)
	}
	if strings.Contains(page.text, " style=") || strings.Contains(page.text, "<script>") {
		t.Errorf("%s has a style or script in it, which its policy forbids", page.path)
	}
}

func TestEveryPageOfTheConsoleIsShown(t *testing.T) {
	eachStorage(t, func(t *testing.T, s app.Storage) {
		b := console(t, s)
		pages := map[string]string{
			"/":                                "Instances",
			"/instances":                       "Instances",
			"/instances?search=nowhere":        "Instances",
			"/instances?element=concur&tag=x":  "Instances",
			"/instances/1":                     "",
			"/instances/1/pollers/reports":     "reports",
			"/instances?element=none":          "Instances",
			"/elements":                        "Elements",
			"/elements?search=con&hub=expense": "Elements",
			"/elements/concur":                 "SAP Concur",
		}
		for path, want := range pages {
			got := b.get(t, path)
			found := headings.FindAllStringSubmatch(got.text, -1)
			if got.status != http.StatusOK || len(found) != 1 || (want != "" && found[0][1] != want) {
				t.Errorf("%s: %d with headings %q, want 200 and %q alone", path, got.status, found, want)
			}
			safe(t, got)
		}
		for _, path := range []string{"/instances/77", "/instances/one", "/instances/1/pollers/none", "/elements/none", "/nowhere"} {
			if got := b.get(t, path); got.status != http.StatusNotFound || !strings.Contains(got.text, "<h1>") {
				t.Errorf("%s: %d, want a page with 404", path, got.status)
			}
		}
	})
}

func TestTheConsoleIsForThoseWhoAreSignedIn(t *testing.T) {
	b := console(t, app.Storage{Data: t.TempDir()})
	stranger := newBrowser(t, b.service)
	for path, want := range map[string]string{
		"/": "/sign-in", "/elements": "/sign-in?to=%2Felements", "/instances?tag=a": "/sign-in?to=%2Finstances%3Ftag%3Da",
		"/instances/1": "/sign-in?to=%2Finstances%2F1",
	} {
		if got := stranger.get(t, path); got.path != want {
			t.Errorf("a stranger at %s was led to %s, want %s", path, got.path, want)
		}
	}
	for _, path := range []string{"/instances/1/disable", "/instances/1/pollers/reports/poll"} {
		if got := stranger.post(t, path, url.Values{}); got.path != "/sign-in" {
			t.Errorf("a stranger's form at %s led to %s, want /sign-in", path, got.path)
		}
	}
	if got := b.get(t, "/instances/1"); !strings.Contains(got.text, ">Disable<") {
		t.Error("a stranger has disabled the instance")
	}
}

func TestAWrongPasswordOpensNothing(t *testing.T) {
	a := start(t, app.Storage{Data: t.TempDir()})
	stranger := newBrowser(t, a.URL)
	wrong := url.Values{"email": {"admin@example.test"}, "password": {"<b>wrong</b>"}}
	if got := stranger.post(t, "/sign-in?to=https://evil.example", wrong); got.status != http.StatusUnauthorized || !strings.Contains(got.text, "wrong, or") || strings.Contains(got.text, "<b>wrong") || strings.Contains(got.text, "evil") {
		t.Errorf("a wrong password: %d %s", got.status, got.text)
	}
	if got := stranger.get(t, "/instances"); got.path != "/sign-in?to=%2Finstances" {
		t.Errorf("after a wrong password /instances led to %s", got.path)
	}
}

func TestWhoSignsOutIsOut(t *testing.T) {
	b := console(t, app.Storage{Data: t.TempDir()})
	if got := b.post(t, "/sign-out", url.Values{}); got.path != "/sign-in" || !strings.Contains(got.text, "You are signed out.") {
		t.Errorf("signing out led to %s: %s", got.path, got.text)
	}
	if got := b.get(t, "/instances"); got.path != "/sign-in?to=%2Finstances" {
		t.Errorf("after signing out /instances led to %s", got.path)
	}
}

func TestOtherSitesCannotSendTheConsolesForms(t *testing.T) {
	b := console(t, app.Storage{Data: t.TempDir()})
	for name, headers := range map[string]map[string]string{
		"by Sec-Fetch-Site": {"Sec-Fetch-Site": "cross-site"},
		"of a sister site":  {"Sec-Fetch-Site": "same-site"},
		"by Origin":         {"Origin": "https://evil.example"},
		"from nowhere":      {"Origin": "null"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.service+"/instances/1/disable", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range headers {
			r.Header.Set(k, v)
		}
		answer, err := b.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d, want 403", name, answer.StatusCode)
		}
	}
	if got := b.get(t, "/instances/1"); !strings.Contains(got.text, ">Disable<") {
		t.Error("another site has disabled the instance")
	}
}

func TestWhatIsDoneInTheConsoleIsDoneByTheAPI(t *testing.T) {
	eachStorage(t, func(t *testing.T, s app.Storage) {
		b := console(t, s)
		steps := []struct{ path, notice, shown string }{
			{"/instances/1/disable", "Disabled. What was found", ">Enable<"},
			{"/instances/1/enable", "Enabled. It is polled", ">Disable<"},
			{"/instances/1/pollers/reports/poll", "The poll begins now.", "Polls"},
		}
		for _, step := range steps {
			got := b.post(t, step.path, url.Values{})
			if got.status != http.StatusOK || !strings.Contains(got.text, step.notice) || !strings.Contains(got.text, step.shown) {
				t.Errorf("%s: %d %s", step.path, got.status, got.text)
			}
			if again := b.get(t, got.path); strings.Contains(again.text, step.notice) {
				t.Errorf("%s: the notice is shown twice", step.path)
			}
		}
		status, journal := callAPI(t, apiCall{"GET", b.service + "/elements/api-v2/audit-logs", "", nil})
		for _, action := range []string{"instances.enabled.delete", "instances.enabled.update"} {
			if status != http.StatusOK || !strings.Contains(journal, action) {
				t.Errorf("the journal lacks %s: %d %s", action, status, journal)
			}
		}
	})
}

func TestThePagesAreTheConsolesAndTheRestTheAPIs(t *testing.T) {
	b := console(t, app.Storage{Data: t.TempDir()})
	for path, kind := range map[string]string{
		"/elements/api-v2/elements": "application/json", "/elements/api-v2/nowhere": "application/json", "/healthz": "application/json",
		"/docs": "text/html", "/openapi.yaml": "application/yaml", "/assets/console.css": "text/css", "/elements/concur": "text/html",
	} {
		if got := b.get(t, path); !strings.HasPrefix(got.header.Get("Content-Type"), kind) {
			t.Errorf("%s has the type %s, want %s", path, got.header.Get("Content-Type"), kind)
		}
	}
	if got := b.get(t, "/assets/none.css"); got.status != http.StatusNotFound {
		t.Errorf("a file that is not there: %d, want 404", got.status)
	}
}
