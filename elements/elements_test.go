package elements_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/elements"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/javadate"
)

func TestGeneratedFilesAreFresh(t *testing.T) {
	for file, want := range map[string][]byte{
		"element.schema.json":       element.JSONSchema(),
		"../docs/element-format.md": element.Reference(),
	} {
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is stale; run go generate ./elements (-want +got):\n%s", file, diff)
		}
	}
}

// TestDefaultPollersCanBePolled checks what package element, which knows no dates
// and no hub, cannot.
func TestDefaultPollersCanBePolled(t *testing.T) {
	for _, e := range load(t).All() {
		for _, p := range e.Polling.Resources {
			name := e.Key + "/" + p.Resource
			if err := javadate.CheckMacros(p.URL); err != nil {
				t.Errorf("%s: url: %v", name, err)
			} else if err := checkServed(e, p.URL); err != nil {
				t.Errorf("%s: url: the hub does not serve it: %v", name, err)
			}
			if d := p.Dates; d != nil {
				checkDates(t, name, []string{d.UpdatedFormat, d.CreatedFormat}, []string{d.UpdatedZone, d.CreatedZone})
			}
		}
		for _, r := range e.Resources {
			if s := r.Incremental; s != nil {
				checkDates(t, e.Key+"/"+r.Name, s.DatetimeFormats, []string{s.TimeZone})
			}
		}
	}
}

// checkServed returns why the hub would refuse to poll a URL.
func checkServed(e *element.Element, url string) error {
	at := time.Date(2024, 3, 4, 15, 20, 0, 0, time.UTC)
	expanded, err := javadate.Expand(url, javadate.Moment{Since: at, Now: at})
	if err != nil {
		return err
	}
	request, err := hub.ParseURL(expanded)
	if err != nil {
		return err
	}
	return new(hub.Hub).Check(e, request)
}

func checkDates(t *testing.T, name string, patterns, zones []string) {
	t.Helper()
	for _, pattern := range patterns {
		if pattern == "" {
			continue
		}
		p, err := javadate.Compile(pattern)
		if err == nil {
			err = p.Readable()
		}
		if err != nil {
			t.Errorf("%s: pattern %q: %v", name, pattern, err)
		}
	}
	for _, zone := range zones {
		if _, err := javadate.Zone(zone); zone != "" && err != nil {
			t.Errorf("%s: zone %q: %v", name, zone, err)
		}
	}
}

func TestConcurPollsWhatItsDocumentationSays(t *testing.T) {
	// The event.poller.configuration that the platform documented for it.
	const documented = `{
		"reports": {
			"url": "/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd'T'HH:mm:ss.SSS}'",
			"idField": "ID",
			"datesConfiguration": {
				"updatedDateField": "LastModifiedDate",
				"updatedDateFormat": "yyyy-MM-dd'T'HH:mm:ss.SSS",
				"createdDateField": "CreateDate",
				"createdDateFormat": "yyyy-MM-dd'T'HH:mm:ss.SSS"
			}
		}
	}`
	var want bytes.Buffer
	if err := json.Compact(&want, []byte(documented)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), concur(t).PollerConfiguration()); diff != "" {
		t.Errorf("default poller configuration differs (-want +got):\n%s", diff)
	}
}

func TestConcurKeepsThePlatformsNames(t *testing.T) {
	c := load(t)
	byKey, ok := c.Lookup("concur")
	byID, ok2 := c.Lookup("3129")
	if !ok || !ok2 || byKey != byID {
		t.Fatalf("Lookup(concur) and Lookup(3129) = %v, %v, want one element", byKey, byID)
	}
	if byKey.Hub != "expense" {
		t.Errorf("hub = %q, want expense", byKey.Hub)
	}
	got := map[string]bool{}
	for _, key := range []string{"oauth.api.key", "oauth.api.secret", "password", "oauth.user.token", "username", "base.url", "oauth.callback.url"} {
		got[key] = byKey.Secret(key)
	}
	want := map[string]bool{
		"oauth.api.key": true, "oauth.api.secret": true, "password": true, "oauth.user.token": true,
		"username": false, "base.url": false, "oauth.callback.url": false,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("secrets differ (-want +got):\n%s", diff)
	}
}

func TestConcurAsksTheRightHosts(t *testing.T) {
	e := concur(t)
	for target, want := range map[string]bool{
		"https://us2.api.concursolutions.com":      true,
		"https://www-us2.api.concursolutions.com":  true,
		"https://us-impl.api.concursolutions.com":  true,
		"https://cn.api.concurcdc.cn":              true,
		"https://www.concursolutions.com":          false, // bearer tokens do not work there
		"https://concursolutions.com.evil.example": false,
		"http://us2.api.concursolutions.com":       false,
	} {
		if got := e.HostAllowed("", target); got != want {
			t.Errorf("HostAllowed(%s) = %v, want %v", target, got, want)
		}
	}
}

func TestConcurListsEveryEmployeesReports(t *testing.T) {
	r, ok := concur(t).Resource("reports")
	if !ok {
		t.Fatal("there is no resource reports")
	}
	list := r.Retriever.Requester.Over(concur(t).Requester)
	if got := list.Parameters["user"].Expand(element.Values{}); got != "ALL" {
		t.Errorf("user = %q, want ALL", got)
	}
	if got := list.Headers["Accept"].Expand(element.Values{}); got != "application/json" {
		t.Errorf("Accept = %q, want application/json", got)
	}
	one := r.Operations["retrieve"].Over(concur(t).Requester)
	path, err := one.Path.ExpandPath(element.Values{ID: "gWp$1"})
	if err != nil || path != "/api/v3.0/expense/reports/gWp%241" {
		t.Errorf("path = %q, %v, want the id escaped", path, err)
	}
	if got := one.Parameters["user"].Expand(element.Values{}); got != "" {
		t.Errorf("user = %q, want nothing: ALL is not allowed for one report", got)
	}
}

// TestTheExamplesForStrangersParse takes the first example of the page as it
// stands, and each of the others in the place of that part of the first.
func TestTheExamplesForStrangersParse(t *testing.T) {
	page, err := os.ReadFile("../docs/elements.md")
	if err != nil {
		t.Fatal(err)
	}
	var examples []string
	for _, part := range strings.Split(string(page), "```yaml\n")[1:] {
		example, _, _ := strings.Cut(part, "```\n")
		examples = append(examples, example)
	}
	if len(examples) < 2 {
		t.Fatalf("docs/elements.md has %d examples, want some", len(examples))
	}
	whole := examples[0]
	for i, example := range examples {
		if i > 0 {
			whole = replacePart(whole, example)
		}
		if _, err := element.Parse("example", []byte(whole)); err != nil {
			t.Errorf("example %d of docs/elements.md: %v", i+1, err)
		}
	}
}

// replacePart puts part, a top-level key with its value, into the place of the
// same key in whole, or at its end.
func replacePart(whole, part string) string {
	key, _, _ := strings.Cut(part, ":")
	var kept strings.Builder
	inPart := false
	for line := range strings.Lines(whole) {
		if !strings.HasPrefix(line, " ") {
			inPart = strings.HasPrefix(line, key+":")
		}
		if !inPart {
			kept.WriteString(line)
		}
	}
	return kept.String() + part
}

func concur(t *testing.T) *element.Element {
	t.Helper()
	e, ok := load(t).Lookup("concur")
	if !ok {
		t.Fatal("there is no element concur")
	}
	return e
}

func load(t *testing.T) *element.Catalogue {
	t.Helper()
	c, err := element.Load(elements.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
