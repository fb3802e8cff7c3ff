package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// asks runs commands with the options of who asks a service.
type asks struct{ service string }

// any runs a command, whatever comes of it.
func (a asks) any(t *testing.T, args ...string) outcome {
	t.Helper()
	return turnstone(t, call{args: args, env: asking(a.service)})
}

// ok runs a command that has to succeed, and returns what it prints.
func (a asks) ok(t *testing.T, args ...string) string {
	t.Helper()
	got := a.any(t, args...)
	if got.code != 0 {
		t.Fatalf("%v = %d, %q, want 0", args, got.code, got.err)
	}
	return got.out
}

// checkAnswers checks that answers are tables, or JSON.
func checkAnswers(t *testing.T, a asks) {
	t.Helper()
	for args, want := range map[string]string{
		"instance list":                                       `(?m)^ID +NAME +ELEMENT .*\n1 +\S.*concur +yes +no +yes`,
		"instance list --tag nobody":                          `^$`,
		"instance show 1":                                     `(?m)^element +concur$`,
		"instance health 1":                                   `(?m)^poller of reports +yes `,
		"event list --instance 1 --limit 1":                   `(?m)^ID +MADE .*\n\S+ +\S+Z +(NEW|NOTIFIED) +reports +[1-9]`,
		"event list --op DELETED --since 1h":                  `^$`,
		"event analytics --since 1h --interval hour":          `(?m)^FROM +EVENTS$`,
		"poll list --instance 1":                              `(?m)^reports +active +1s `,
		"poll list --instance 1 --resource reports --limit 1": `(?m)^STARTED .*\n\S+Z +\S+ +complete `,
		"poll now --instance 1 --resource reports":            `^reports is polled within a moment`,
		"delivery list":                                       `^$`,
		"delivery redeliver --instance 1 --destination 1":     `^0 deliveries are due now\n$`,
		"delivery redeliver --all":                            `^they are due now`,
		"element list":                                        `(?m) concur +SAP Concur`,
		"element show concur":                                 `(?m)^event\.poller\.configuration +no `,
	} {
		if got := a.ok(t, strings.Fields(args)...); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s says\n%s\nwant it to match %s", args, got, want)
		}
	}
	for _, args := range []string{
		"instance list", "instance list --tag nobody", "instance show 1", "event list", "event analytics", "poll list --instance 1", "element show concur",
	} {
		if got := a.ok(t, append(strings.Fields(args), "--output", "json")...); !json.Valid([]byte(got)) {
			t.Errorf("%s --output json = %q, want JSON", args, got)
		}
	}
}

// checkBulk checks that a bulk query prints its records.
func checkBulk(t *testing.T, a asks) {
	t.Helper()
	got := a.any(t, "bulk", "query", "--instance", "1", "--format", "csv", "select ID, Name from reports")
	if got.code != 0 || !regexp.MustCompile(`^ID,Name\n(\w+,.*\n)+$`).MatchString(got.out) || !regexp.MustCompile(`bulk job 1: \d+ records read\n$`).MatchString(got.err) {
		t.Errorf("bulk query = %+v, want a table of reports", got)
	}
	path := filepath.Join(t.TempDir(), "reports.json")
	if got := a.ok(t, "bulk", "query", "--instance", "1", "--output", path, "select * from reports"); got != "" {
		t.Errorf("bulk query --output = %q, want silence", got)
	}
	if text, err := os.ReadFile(path); err != nil || !json.Valid(text) {
		t.Errorf("the file holds %q, %v, want JSON", text, err)
	}
	if got := a.any(t, "bulk", "query", "--instance", "1", "select * from reports where"); got.code != 1 || !strings.Contains(got.err, "q, column 28") {
		t.Errorf("a wrong query = %+v, want its column", got)
	}
}

func TestAnInstanceIsCreatedChangedAndDeleted(t *testing.T) {
	p := serve(t, serveOptions{data: t.TempDir(), listen: "127.0.0.1:0", env: credentials})
	defer p.terminate(t)
	a := asks{p.url}
	created := a.ok(t, "instance", "create", file(t, "i.json", `{"element":{"key":"concur"},"name":"CLI","configuration":{
		"oauth.api.key":"k","oauth.api.secret":"client-secret","event.notification.enabled":true,"event.notification.callback.url":"https://receiver.example"}}`))
	if !regexp.MustCompile(`(?m)^id +1$`).MatchString(created) || !regexp.MustCompile(`(?m)^authorise +http`).MatchString(created) || strings.Contains(created, "client-secret") {
		t.Fatalf("instance create says\n%s\nwant its id and where to authorise it, without its secret", created)
	}
	if got := a.any(t, "instance", "health", "1"); got.code != 1 || !strings.Contains(got.out, "WHAT TO DO") {
		t.Errorf("instance health = %+v, want 1 for what needs somebody", got)
	}
	if got := a.ok(t, "instance", "update", "1", file(t, "u.json", `{"name":"CLI 2"}`)); !strings.Contains(got, "CLI 2") {
		t.Errorf("instance update = %s, want the new name", got)
	}
	for _, verb := range []string{"disable", "enable", "delete"} {
		if got, want := a.ok(t, "instance", verb, "1"), "instance 1 is "+verb+"d\n"; got != want {
			t.Errorf("instance %s = %q, want %q", verb, got, want)
		}
	}
}
