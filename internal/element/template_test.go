package element_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"turnstone/internal/element"
)

func TestLookupsFindTheirValues(t *testing.T) {
	values := element.Values{
		Config:     map[string]string{"oauth.api.key": "k1"},
		Credential: map[string]string{"geolocation": "https://us2.example"},
		Where:      map[string]string{"user": "ALL"},
		Path:       map[string]string{"reportId": "R1"},
		ParentKey:  "P1",
		ID:         "A$1",
		UUID:       "0000-1",
	}
	tests := map[string]string{
		"":                                       "",
		"plain }} text":                          "plain }} text",
		"{{ config['oauth.api.key'] }}":          "k1",
		`{{config["oauth.api.key"]}}`:            "k1",
		"{{ config['absent'] }}":                 "",
		"{{ credential.geolocation }}/oauth2":    "https://us2.example/oauth2",
		"{{ where['user'] }}-{{ where['else']}}": "ALL-",
		"{{ path.reportId }}{{ path.else }}":     "R1",
		"{{ parent.key }}/{{ id }}/{{ uuid }}":   "P1/A$1/0000-1",
		`{"a":{"b":"{{ id }}"}}`:                 `{"a":{"b":"A$1"}}`,
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			if got := template(t, text).Expand(values); got != want {
				t.Errorf("Expand = %q, want %q", got, want)
			}
		})
	}
}

func TestWhatIsNoLookupIsRefused(t *testing.T) {
	for _, text := range []string{
		"{{", "{{ id", "{{ }}", "{{ ID }}", "{{ id() }}", "{{ config.key }}", "{{ config['a'b'] }}",
		"{{ config[''] }}", "{{ credential['a'] }}", "{{ credential.a.b }}", "{{ parent.id }}", "{{ path.key.x }}", "{{ path['a'] }}",
		"{{ {{ id }} }}", "{{ id | upper }}", "{% if id %}{{ x }}", "{{ where['a'] or 'b' }}",
	} {
		if got, err := element.ParseTemplate(text); err == nil {
			t.Errorf("ParseTemplate(%q) = %q, want an error", text, got)
		}
	}
}

func TestAValueIsOneSegmentOfAPath(t *testing.T) {
	tests := map[string]struct{ id, want string }{
		"as it is":         {"7C1E0B6A94D84F0FA2B3", "/reports/7C1E0B6A94D84F0FA2B3/v"},
		"dollar":           {"gWo5$pZr", "/reports/gWo5%24pZr/v"},
		"slash and dots":   {"../users", "/reports/..%2Fusers/v"},
		"query":            {"1?user=ALL#x", "/reports/1%3Fuser%3DALL%23x/v"},
		"already escaped":  {"a%2Fb", "/reports/a%252Fb/v"},
		"space and accent": {"a é", "/reports/a%20%C3%A9/v"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := template(t, "/reports/{{ id }}/v").ExpandPath(element.Values{ID: tt.id})
			if err != nil || got != tt.want {
				t.Errorf("ExpandPath = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestAPathIsNotMadeOfNothing(t *testing.T) {
	for _, id := range []string{"", ".", ".."} {
		got, err := template(t, "/reports/{{ id }}").ExpandPath(element.Values{ID: id})
		if err == nil || !strings.Contains(err.Error(), "id is ") {
			t.Errorf("ExpandPath of %q = %q, %v, want an error that names the lookup", id, got, err)
		}
	}
}

func TestAnyValueSurvivesEscaping(t *testing.T) {
	path, body := template(t, "/r/{{ id }}"), template(t, `{"id":"{{ id }}"}`)
	rapid.Check(t, func(t *rapid.T) {
		values := element.Values{ID: rapid.StringMatching(`.{3,}`).Draw(t, "id")}
		escaped, err := path.ExpandPath(values)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse("https://api.example.com" + escaped)
		if err != nil || u.Path != "/r/"+values.ID || u.RawQuery != "" || u.Fragment != "" {
			t.Errorf("ExpandPath = %q, which reads %v (%v)", escaped, u, err)
		}
		var read struct{ ID string }
		if err := json.Unmarshal([]byte(body.ExpandJSON(values)), &read); err != nil || read.ID != values.ID {
			t.Errorf("ExpandJSON reads %q (%v), want %q", read.ID, err, values.ID)
		}
	})
}

func FuzzParseTemplate(f *testing.F) {
	f.Add("{{ config['a'] }}/{{ id }}")
	f.Add("{{{{ }}")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := element.ParseTemplate(text)
		if err != nil {
			return
		}
		if parsed.String() != text || parsed.IsZero() != (text == "") {
			t.Errorf("ParseTemplate(%q) = %q", text, parsed)
		}
		if !strings.Contains(text, "{{") && parsed.Expand(element.Values{}) != text {
			t.Errorf("Expand of plain text %q = %q", text, parsed.Expand(element.Values{}))
		}
	})
}

func template(t *testing.T, text string) element.Template {
	t.Helper()
	parsed, err := element.ParseTemplate(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
