package main_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"turnstone/internal/concursim"
	"turnstone/internal/fleet"
)

// asking are the options of who asks a service.
func asking(url string, more ...string) []string {
	return append([]string{"TURNSTONE_SERVER=" + url, "TURNSTONE_USER_SECRET=user-secret", "TURNSTONE_ORGANIZATION_SECRET=organization-secret"}, more...)
}

// told is a service that has told of changes, and all of them have arrived.
func told(t *testing.T) *process {
	t.Helper()
	f, err := fleet.New(concursim.Options{Seed: 5, Reports: 3, Rate: 20}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	p := serve(t, serveOptions{data: t.TempDir(), listen: "127.0.0.1:0", env: credentials})
	if err := f.Connect(t.Context(), p.url, authorization, time.Second); err != nil {
		t.Fatal(err)
	}
	if err := f.Live(t.Context(), time.Second); err != nil {
		t.Fatal(err)
	}
	if r := f.Settle(t.Context(), time.Hour); !r.OK() || r.Changes == 0 {
		t.Fatalf("the changes did not arrive: %s", r)
	}
	return p
}

func TestAskingARunningService(t *testing.T) {
	p := told(t)
	defer p.terminate(t)
	ask := func(t *testing.T, args ...string) string {
		t.Helper()
		got := turnstone(t, call{args: args, env: asking(p.url)})
		if got.code != 0 || got.err != "" {
			t.Fatalf("%v = %d, %q, want 0 and no complaint", args, got.code, got.err)
		}
		return got.out
	}
	reports := []string{"--instance", "1", "--resource", "reports"}
	preview := append([]string{"poll", "preview", "--since", "1h"}, reports...)
	object, op := lastTold(t, p.url)
	t.Run("preview", func(t *testing.T) { checkTable(t, ask(t, preview...)) })
	t.Run("preview in JSON", func(t *testing.T) { checkRecords(t, ask(t, append(preview, "--json")...)) })
	t.Run("preview of another configuration", func(t *testing.T) {
		other := file(t, "reports.json", `{"url":"/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd}'","idField":"Nothing"}`)
		if got := ask(t, "poll", "preview", "--instance", "1", "--resource", "new", "--configuration", other); !strings.Contains(got, `no id in "Nothing"`) {
			t.Errorf("preview = %s, want the problem with the configuration", got)
		}
	})
	t.Run("explain", func(t *testing.T) {
		explain := append([]string{"object", "explain", "--object", object}, reports...)
		story := ask(t, explain...)
		for _, want := range []string{"what we know of reports " + object, "That was reported as " + op, "reached http://127.0.0.1:", "which answered 200", "The list of reports was last read to its end at "} {
			if !strings.Contains(story, want) {
				t.Errorf("the story lacks %q:\n%s", want, story)
			}
		}
		if got := ask(t, append(explain, "--json")...); !json.Valid([]byte(got)) || !strings.Contains(got, `"history": [`) {
			t.Errorf("--json = %s, want the whole history", got)
		}
	})
	t.Run("answers", func(t *testing.T) { checkAnswers(t, asks{p.url}) })
	t.Run("bulk", func(t *testing.T) { checkBulk(t, asks{p.url}) })
	t.Run("replay", func(t *testing.T) {
		replay := append([]string{"event", "replay", "--since", "1h"}, reports...)
		counted := ask(t, append(replay, "--dry-run")...)
		if !regexp.MustCompile(`^\d+ events?, [1-9]\d* deliver(y|ies) would be made again\n$`).MatchString(counted) {
			t.Errorf("replay --dry-run says %q", counted)
		}
		if got, want := ask(t, replay...), strings.Replace(counted, "would be made again", "made due again", 1); got != want {
			t.Errorf("replay says %q, want %q", got, want)
		}
	})
}

// lastTold returns an object that the newest event tells of, and what it tells.
func lastTold(t *testing.T, service string) (object, op string) {
	t.Helper()
	status, text := get(t, service+"/elements/api-v2/instances/1/events", authorization)
	var events []struct {
		NotifiedData []struct{ ObjectID, EventType string }
	}
	if err := json.Unmarshal([]byte(text), &events); err != nil || len(events) == 0 || len(events[0].NotifiedData) == 0 {
		t.Fatalf("events = %d %s, %v, want some", status, text, err)
	}
	return events[0].NotifiedData[0].ObjectID, events[0].NotifiedData[0].EventType
}

// checkRecords checks that a preview in JSON has its records, whole.
func checkRecords(t *testing.T, text string) {
	t.Helper()
	var preview struct {
		Records []struct{ Record json.RawMessage }
	}
	if err := json.Unmarshal([]byte(text), &preview); err != nil || len(preview.Records) == 0 || len(preview.Records[0].Record) == 0 {
		t.Errorf("preview --json has %d records, %v, want those that changed, whole", len(preview.Records), err)
	}
}

// checkTable checks that a preview says what was asked, and that its columns stand
// below each other.
func checkTable(t *testing.T, text string) {
	t.Helper()
	head, table, found := strings.Cut(text, "\n\n")
	for _, name := range []string{"polled", "asked", "window", "dates", "clock", "records", "next"} {
		if !regexp.MustCompile(`(?m)^` + name + ` +\S`).MatchString(head) {
			t.Errorf("the preview has no line %s:\n%s", name, text)
		}
	}
	rows := strings.Split(strings.TrimSuffix(table, "\n"), "\n")
	if !found || len(rows) < 2 {
		t.Fatalf("the preview has no table:\n%s", text)
	}
	why := strings.Index(rows[0], "WHY")
	for _, row := range rows[1:] {
		if len(row) <= why || row[why-1] != ' ' || row[why] == ' ' || row != strings.TrimRight(row, " ") {
			t.Errorf("the row %q does not stand below %q", row, rows[0])
		}
	}
}

func TestAskingGoesWrong(t *testing.T) {
	var strayed []string // what came to where nothing should
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		strayed = append(strayed, r.Header.Get("Authorization"))
	}))
	t.Cleanup(elsewhere.Close)
	server := func(status int, body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	p := serve(t, serveOptions{data: t.TempDir(), listen: "127.0.0.1:0", env: credentials})
	defer p.terminate(t)
	explain := []string{"object", "explain", "--instance", "1", "--resource", "reports", "--object", "a/b"}
	tests := map[string]struct {
		call
		code int
		err  string
	}{
		"no secrets":         {call{args: explain}, 2, "set TURNSTONE_USER_SECRET and TURNSTONE_ORGANIZATION_SECRET"},
		"half the secrets":   {call{args: explain, env: []string{"TURNSTONE_USER_SECRET=user-secret"}}, 2, "set TURNSTONE_ORGANIZATION_SECRET, or TURNSTONE_ELEMENT_TOKEN"},
		"wrong secrets":      {call{args: explain, env: asking(p.url, "TURNSTONE_USER_SECRET=sesame")}, 1, "the User secret is not known"},
		"a wrong token":      {call{args: explain, env: asking(p.url, "TURNSTONE_ELEMENT_TOKEN=sesame")}, 1, "401"},
		"unknown instance":   {call{args: explain, env: asking(p.url)}, 1, "there is no instance 1, or it is not yours"},
		"no scheme":          {call{args: explain, env: asking("127.0.0.1:8080")}, 2, "write one such as http://127.0.0.1:8080"},
		"nobody there":       {call{args: explain, env: asking("http://127.0.0.1:1")}, 1, "is turnstone serve running there? Name it with --server"},
		"another service":    {call{args: explain, env: asking(server(404, "<html>"))}, 1, "the answer is 404 Not Found, and not one of this API; is that the address of turnstone serve?"},
		"a page":             {call{args: explain, env: asking(server(200, "<html>"))}, 1, "the answer is no JSON of this API"},
		"a redirect":         {call{args: explain, env: asking(server(302, ""))}, 1, "the answer is 302 Found"},
		"control characters": {call{args: explain, env: asking(server(400, `{"message":"one\u001b[2J\ntwo"}`))}, 1, "one\ufffd[2J\ntwo (400 Bad Request)"},
		"configuration":      {call{args: []string{"poll", "preview", "--instance", "1", "--resource", "x", "--configuration", "-"}, stdin: "{", env: asking(p.url)}, 2, "is no JSON; write"},
		"no configuration":   {call{args: []string{"poll", "preview", "--instance", "1", "--resource", "x", "--configuration", "none.json"}, env: asking(p.url)}, 2, "none.json"},
		"no instance":        {call{args: []string{"poll", "preview", "--resource", "x"}, env: asking(p.url)}, 2, "--instance"},
		"nothing to replay":  {call{args: []string{"event", "replay", "--instance", "1"}, env: asking(p.url)}, 2, "say what to replay with --event or --since"},
		"no time":            {call{args: []string{"event", "list", "--since", "soon"}, env: asking(p.url)}, 2, `--since "soon" is no time: write one such as`},
		"no instance's JSON": {call{args: []string{"instance", "create", "-"}, stdin: "[]", env: asking(p.url)}, 2, "write a JSON object such as"},
		"a wrong instance":   {call{args: []string{"instance", "create", "-"}, stdin: "{}", env: asking(p.url)}, 1, "element: is missing"},
		"no such instance":   {call{args: []string{"instance", "health", "7"}, env: asking(p.url)}, 1, "there is no instance 7"},
		"no such element":    {call{args: []string{"element", "show", "nothing"}, env: asking(p.url)}, 1, `there is no element "nothing"`},
		"nobody's bulk":      {call{args: []string{"bulk", "query", "select * from x"}, env: asking(p.url)}, 2, "say which instance to ask with --instance"},
		"nothing to deliver": {call{args: []string{"delivery", "redeliver", "--instance", "1"}, env: asking(p.url)}, 2, "say what to deliver"},
		"two to deliver":     {call{args: []string{"delivery", "redeliver", "--where", "status = 'queued'", "--all"}, env: asking(p.url)}, 2, "say what to deliver"},
		"two to list":        {call{args: []string{"delivery", "list", "--where", "status = 'queued'", "--event", "1"}, env: asking(p.url)}, 2, "--event names one event"},
		"two to replay":      {call{args: []string{"event", "replay", "--instance", "1", "--event", "1", "--to", "1h"}, env: asking(p.url)}, 2, "leave --since, --to and --resource out"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := turnstone(t, tt.call)
			if got.code != tt.code || got.out != "" || !strings.Contains(got.err, tt.err) {
				t.Errorf("%v = %+v, want %d and %q", tt.args, got, tt.code, tt.err)
			}
			for _, secret := range []string{"user-secret", "organization-secret", "sesame"} {
				if strings.Contains(got.err, secret) {
					t.Errorf("%v shows the secret %s: %s", tt.args, secret, got.err)
				}
			}
		})
	}
	if len(strayed) > 0 {
		t.Errorf("a redirect was followed, with %q", strayed)
	}
}

func TestAReplayGoesOnPageByPage(t *testing.T) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			EventIDs []string
			NextPage string
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		asked = append(asked, r.Method+" "+r.URL.Path+" "+strings.Join(body.EventIDs, ",")+" "+body.NextPage)
		_, _ = w.Write([]byte([]string{`{"events":2,"deliveries":3,"nextPage":"p2"}`, `{"events":1,"deliveries":0}`}[len(asked)-1]))
	}))
	t.Cleanup(s.Close)
	got := turnstone(t, call{args: []string{"event", "replay", "--instance", "7", "--event", "1", "--event", "key"}, env: asking(s.URL + "/elements/api-v2/")})
	if want := (outcome{out: "3 events, 3 deliveries made due again\n"}); got != want {
		t.Errorf("replay = %+v, want %+v", got, want)
	}
	const path = "POST /elements/api-v2/instances/7/events/replay 1,key "
	if want := path + "|" + path + "p2"; strings.Join(asked, "|") != want {
		t.Errorf("asked %q, want %q", strings.Join(asked, "|"), want)
	}
}
