package elements_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/provider"
)

// TestRecordedCalls makes hub calls of vendors whose answers were recorded, and
// compares what was asked and what became of each call with the archive.
func TestRecordedCalls(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("*", "testdata", "calls", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are %d archives of calls (%v), want some", len(files), err)
	}
	for _, file := range files {
		key, _, _ := strings.Cut(file, string(filepath.Separator))
		t.Run(key+"/"+strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := replayCalls(t, key, text)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(lines(text), lines(got)); diff != "" {
				t.Errorf("%s differs; if it should, run go test ./elements -update and read what changed (-want +got):\n%s", file, diff)
			}
		})
	}
}

// TestEveryResourceIsRecorded holds that nothing is declared which no recording has
// tried out.
func TestEveryResourceIsRecorded(t *testing.T) {
	for _, e := range load(t).All() {
		recorded := recordings(t, e.Key)
		for _, r := range e.Resources {
			name, _, _ := strings.Cut(r.Name, "/{") // a value stands there
			if !strings.Contains(recorded, "/"+name) && !strings.Contains(recorded, `"event.objects": "`+name) && name != "reports" {
				t.Errorf("%s: the resource %s is in no recording; make a call of it in testdata/calls, or poll it", e.Key, r.Name)
			}
		}
	}
}

// recordings returns all that was recorded of an element.
func recordings(t *testing.T, key string) string {
	t.Helper()
	calls, err := filepath.Glob(filepath.Join(key, "testdata", "calls", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, file := range append(calls, archives(t, key)...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// caller makes hub calls, with a tape in place of the network.
type caller struct {
	t        *testing.T
	hub      *hub.Hub
	element  *element.Element
	instance turnstone.Instance
}

// replayCalls makes the calls of an archive, and returns it with what became of them
// in place of what was expected.
func replayCalls(t *testing.T, key string, text []byte) []byte {
	t.Helper()
	archive := txtar.Parse(text)
	tape := newTape(t, text)
	el, known := load(t).Lookup(key)
	if !known {
		t.Fatalf("there is no element %s", key)
	}
	c := caller{
		t: t, element: el, instance: turnstone.Instance{ID: 1, Element: key, Configuration: el.Defaults()},
		hub: &hub.Hub{Elements: load(t), Provider: &provider.Client{HTTP: &http.Client{Transport: tape}, Credentials: fixed{}, Now: time.Now}},
	}
	out := &txtar.Archive{Comment: archive.Comment}
	for number, files := range callsOf(t, archive) {
		r := &round{number: number + 1}
		for i, response := range files[1:] {
			r.exchanges = append(r.exchanges, &exchange{round: r.number, number: i + 1, response: string(response.Data)})
		}
		tape.play(r)
		answer := c.answer(string(files[0].Data))
		out.Files = append(out.Files, files[0])
		for i, e := range r.exchanges {
			if i >= tape.asked {
				t.Errorf("nothing asked for %s; delete it, or find out why its request is missing", e.name("response"))
			}
			out.Files = append(out.Files, txtar.File{Name: e.name("request"), Data: []byte(e.request)}, txtar.File{Name: e.name("response"), Data: []byte(e.response)})
		}
		out.Files = append(out.Files, txtar.File{Name: fmt.Sprintf("answer-%d", r.number), Data: []byte(answer)})
	}
	return txtar.Format(out)
}

// callsOf returns the calls of an archive, each with its responses behind it.
func callsOf(t *testing.T, archive *txtar.Archive) [][]txtar.File {
	t.Helper()
	if len(bytes.TrimSpace(archive.Comment)) == 0 {
		t.Fatal("the archive does not begin with a comment; say what its calls show")
	}
	var calls [][]txtar.File
	for _, file := range archive.Files {
		part, _, _ := strings.Cut(file.Name, "-")
		switch {
		case part == "call":
			calls = append(calls, []txtar.File{file})
		case part == "response" && len(calls) > 0:
			calls[len(calls)-1] = append(calls[len(calls)-1], file)
		case part != "request" && part != "answer":
			t.Fatalf("%s is no part of recorded calls; see docs/elements.md", file.Name)
		}
	}
	return calls
}

// fixed is a credential that was obtained long ago.
type fixed struct{}

func (fixed) Credential(context.Context, turnstone.Instance) (turnstone.Credential, error) {
	return turnstone.Credential{AccessToken: "access-token-1", Values: map[string]string{"geolocation": "https://us2.api.concursolutions.com"}}, nil
}

func (fixed) Renew(_ context.Context, _ turnstone.Instance, stale turnstone.Credential) (turnstone.Credential, error) {
	return stale, nil
}

// answer makes a call, which is written as a method and a URL, and a body in the
// lines below, and returns what a client would see of it.
func (c caller) answer(call string) string {
	line, body, _ := strings.Cut(call, "\n")
	method, url, _ := strings.Cut(line, " ")
	path, query, _ := strings.Cut(url, "?")
	path = strings.TrimPrefix(path, "/hubs/"+c.element.Hub+"/")
	resource, whole := c.element.Resource(path)
	if method == http.MethodGet && whole {
		return c.list(url)
	}
	ref := hub.Ref{Resource: path, Query: map[string]string{}}
	for pair := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' }) {
		name, value, _ := strings.Cut(pair, "=")
		ref.Query[name] = value
	}
	verb := map[string]string{"GET": "retrieve", "POST": "create", "PATCH": "update", "DELETE": "delete"}[method]
	if verb != "create" && (!whole || resource.Operations[verb] == nil || resource.Operations[verb].NeedsID()) {
		cut := strings.LastIndexByte(path, '/')
		ref.Resource, ref.ID = path[:cut], path[cut+1:]
	}
	return c.operate(verb, ref, []byte(body))
}

func (c caller) operate(verb string, ref hub.Ref, body []byte) string {
	ctx := c.t.Context()
	var record json.RawMessage
	var err error
	switch verb {
	case "retrieve":
		record, err = c.hub.Retrieve(ctx, c.instance, ref)
	case "create":
		record, err = c.hub.Create(ctx, c.instance, ref, body)
	case "update":
		record, err = c.hub.Update(ctx, c.instance, ref, body)
	case "delete":
		record, err = c.hub.Delete(ctx, c.instance, ref)
	default:
		c.t.Fatalf("a call cannot be %q", verb)
	}
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	return strings.TrimSpace(string(record)) + "\n"
}

// list lists all pages.
func (c caller) list(url string) string {
	r, err := hub.ParseURL(url)
	var b strings.Builder
	for err == nil {
		var page hub.Page
		if page, err = c.hub.List(c.t.Context(), c.instance, r); err != nil {
			break
		}
		for _, record := range page.Records {
			fmt.Fprintf(&b, "%s\n", record)
		}
		if page.Next == "" {
			return b.String()
		}
		b.WriteString("next page\n")
		r.Next = page.Next
	}
	fmt.Fprintf(&b, "error: %v\n", err)
	return b.String()
}
