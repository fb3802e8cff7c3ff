package app_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"turnstone/internal/app"
	"turnstone/internal/concursim"
	"turnstone/internal/fleet"
)

// found returns the value of a hidden or other field of a page.
func found(t *testing.T, page seen, expression string) string {
	t.Helper()
	match := regexp.MustCompile(expression).FindStringSubmatch(page.text)
	if match == nil {
		t.Fatalf("%s (%d) has nothing like %s:\n%s", page.path, page.status, expression, page.text)
	}
	return html.UnescapeString(match[1])
}

// submit sends a form to an address outside of the console, and follows where it leads.
func (b *browser) submit(t *testing.T, address string, form url.Values) seen {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
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

// newcomer is somebody who has just signed in, with a vendor and a receiver at hand.
func newcomer(t *testing.T, s app.Storage) (*browser, *fleet.Fleet) {
	t.Helper()
	a := start(t, s)
	f := newFleet(t, concursim.Options{Seed: 1, Companies: 1, Rate: 20}, nil)
	b := newBrowser(t, a.URL)
	b.post(t, "/sign-in", url.Values{"email": {"admin@example.test"}, "password": {"password"}})
	return b, f
}

// typed is the form of a new instance, as its page comes and filled in.
func typed(t *testing.T, b *browser, f *fleet.Fleet) url.Values {
	t.Helper()
	asked := b.get(t, "/elements/concur/authenticate")
	return url.Values{
		"name": {"ConcurForDocs"}, "tags": {"Docs, Tests"},
		"c.oauth.api.key": {"UPjRvqOyYz9hDdWLLLLuQV"}, "c.oauth.api.secret": {"GNnU6D7uvWMjOyOEsU7uL1Xc4iaEdEOa"},
		"c.oauth.callback.url": {found(t, asked, `name="c.oauth.callback.url"[^>]* value="([^"]*)"`)}, "c.base.url": {f.Vendor()},
		"event.notification.enabled": {"true"}, "c.event.vendor.type": {"polling"}, "c.event.notification.callback.url": {f.Inbox()},
		"c.event.notification.signature.key": {fleet.Key}, "c.event.poller.refresh_interval": {"0.02"},
		"r.0.name": {found(t, asked, `name="r.0.name"[^>]* value="([^"]*)"`)}, "r.0.on": {"true"},
		"r.0.raw": {found(t, asked, `name="r.0.raw" value="([^"]*)"`)}, "r.0.url": {found(t, asked, `name="r.0.url"[^>]* value="([^"]*)"`)},
		"r.0.idField": {"ID"}, "r.0.updatedDateField": {"LastModifiedDate"}, "r.0.updatedDateFormat": {"yyyy-MM-dd'T'HH:mm:ss.SSS"},
		"r.0.createdDateField": {"CreateDate"}, "r.0.createdDateFormat": {"yyyy-MM-dd'T'HH:mm:ss.SSS"},
	}
}

// atVendor goes through the vendor's login, and answers its question.
func (b *browser) atVendor(t *testing.T, f *fleet.Fleet, page seen, answer url.Values) seen {
	t.Helper()
	address := found(t, page, `class="btn primary" href="([^"]*)"`)
	company := f.Sim.Companies()[0]
	asked := b.submit(t, address, url.Values{"UserNameTxt": {company.Login}, "PasswordTxt": {company.Password}, "LoginBtn": {"login"}})
	answer.Set("session", found(t, asked, `name="session" value="([^"]*)"`))
	return b.submit(t, address, answer)
}

// The page of the platform that this project is about says: follow the same steps to
// authenticate an element instance, and then turn on events. Select the resources to poll,
// and then click Create Instance.
func TestTheSentenceOfThePlatformIsDoneInTheConsole(t *testing.T) {
	eachStorage(t, func(t *testing.T, s app.Storage) {
		b, f := newcomer(t, s)
		created := b.post(t, "/elements/concur/authenticate", typed(t, b, f))
		if created.path != "/instances/1/login" {
			t.Fatalf("Create Instance led to %s: %s", created.path, created.text)
		}
		if refused := b.atVendor(t, f, created, url.Values{"DenyBtn": {"deny"}}); !strings.Contains(refused.text, "The user did not allow access.") || !strings.Contains(refused.text, "The instance is kept") {
			t.Fatalf("refusing led to %s: %s", refused.path, refused.text)
		}
		back := b.atVendor(t, f, b.get(t, "/instances/1/login"), url.Values{"AllowBtn": {"allow"}})
		if back.path != "/instances/1" || !strings.Contains(back.text, "Signed in at SAP Concur.") {
			t.Fatalf("the vendor's login led to %s: %s", back.path, back.text)
		}
		deadline := time.After(time.Minute)
		for len(f.Receiver.Changes()) == 0 {
			if err := f.Live(t.Context(), 100*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			select {
			case <-deadline:
				t.Fatalf("no signed event has arrived: %s", b.get(t, "/instances/1").text)
			default:
			}
		}
		b.story(t)
	})
}

// story goes from the list of events to an event, and on to the story of its object.
func (b *browser) story(t *testing.T) {
	t.Helper()
	b.get(t, "/instances/1")
	events := b.get(t, "/events?instance=1&resource=reports&from=2020-01-01T00:00")
	event := b.get(t, found(t, events, `class="mono" href="(/events/[^"]*)"`))
	safe(t, event)
	object := b.get(t, found(t, event, `class="mono" href="(/instances/1/objects/[^"]*)"`))
	if object.status != http.StatusOK || !strings.Contains(object.text, "<li>This is what we know of reports") {
		t.Errorf("the story of the object: %d %s", object.status, object.text)
	}
	for path, want := range map[string]string{
		"/events": "Older events|UPDATED|CREATED", "/events?search=no+such+text": "No event fits", "/events?instance=77": "No event fits",
		"/events?from=yesterday": `role="alert"`, "/events?op=DELETED": "No event fits",
	} {
		if got := b.get(t, path); got.status != http.StatusOK || !regexp.MustCompile(want).MatchString(got.text) {
			t.Errorf("%s: %d without %s: %s", path, got.status, want, got.text)
		}
	}
	if got := b.get(t, "/events/none"); got.status != http.StatusNotFound {
		t.Errorf("an event that is not there: %d, want 404", got.status)
	}
}

func TestACodeOfAnotherLoginIsNotTaken(t *testing.T) {
	b, f := newcomer(t, app.Storage{Data: t.TempDir()})
	b.post(t, "/elements/concur/authenticate", typed(t, b, f))
	for path, want := range map[string]string{
		"/oauth/callback?code=stolen":                "not begun here",
		"/oauth/callback?code=stolen&state=concur":   "not begun here",
		"/oauth/callback?error=access_denied&state=": "not begun here",
	} {
		if got := b.get(t, path); got.status != http.StatusBadRequest || !strings.Contains(got.text, want) {
			t.Errorf("%s: %d %s", path, got.status, got.text)
		}
	}
	got := b.post(t, "/instances/1/login", url.Values{"code": {"https://app.example/back?code=expired&state=x"}})
	if got.status < 400 || !strings.Contains(got.text, `role="alert"`) || !strings.Contains(b.get(t, "/instances").text, "Needs authentication") {
		t.Errorf("a code that the vendor does not know: %d %s", got.status, got.text)
	}
}

func TestAFormThatIsRefusedComesBackWithoutSecrets(t *testing.T) {
	b, f := newcomer(t, app.Storage{Data: t.TempDir()})
	form := typed(t, b, f)
	form.Set("c.event.poller.refresh_interval", "often")
	got := b.post(t, "/elements/concur/authenticate", form)
	if got.status != http.StatusBadRequest || !strings.Contains(got.text, "refresh_interval") || !strings.Contains(got.text, `value="ConcurForDocs"`) {
		t.Errorf("a form with a wrong interval: %d %s", got.status, got.text)
	}
	if strings.Contains(got.text, "GNnU6D7uvWMjOyOEsU7uL1Xc4iaEdEOa") || !strings.Contains(got.text, "type them again") {
		t.Error("the secret is in the page, or it does not say that it is to be typed again")
	}
	for do, want := range map[string]string{
		"show": `&#34;Docs&#34;`, "generate": `name="c.event.notification.signature.key"`, "copy:0": `name="r.1.url"`,
	} {
		form.Set("do", do)
		if got := b.post(t, "/elements/concur/authenticate", form); got.status != http.StatusOK || !strings.Contains(got.text, want) {
			t.Errorf("%s: %d, or the page lacks %s", do, got.status, want)
		}
	}
	if got := b.get(t, "/instances"); !strings.Contains(got.text, "There is no instance yet") {
		t.Error("an instance was made")
	}
}

func TestAnInstanceIsChangedInTheConsole(t *testing.T) {
	b := console(t, app.Storage{Data: t.TempDir()})
	page := b.get(t, "/instances/1/edit")
	form := url.Values{
		"name": {"Another name"}, "tags": {"a, b"}, "event.notification.enabled": {"true"}, "c.event.vendor.type": {"polling"},
		"c.event.poller.refresh_interval": {"7"}, "c.event.notification.callback.url": {""}, "r.0.name": {"reports"}, "r.0.on": {"true"},
		"r.0.raw": {found(t, page, `name="r.0.raw" value="([^"]*)"`)}, "r.0.url": {found(t, page, `name="r.0.url"[^>]* value="([^"]*)"`)},
		"r.0.idField": {found(t, page, `name="r.0.idField"[^>]* value="([^"]*)"`)},
	}
	if got := b.post(t, "/instances/1/edit", form); got.path != "/instances/1" || !strings.Contains(got.text, "Another name is saved.") {
		t.Fatalf("the change led to %s: %s", got.path, got.text)
	}
	_, text := callAPI(t, apiCall{"GET", b.service + "/elements/api-v2/instances/1", "", nil})
	for _, want := range []string{`"name":"Another name"`, `"tags":["a","b"]`, `"event.poller.refresh_interval":"7"`, `"event.notification.callback.url":""`, `"oauth.api.secret":"********"`, `"valid":true`} {
		if !strings.Contains(text, want) {
			t.Errorf("the instance lacks %s: %s", want, text)
		}
	}
}
