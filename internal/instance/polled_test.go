package instance_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/instance"
)

// recorder is a store that remembers the last write, and passes it on if there is
// anybody behind it.
type recorder struct {
	database

	last turnstone.InstanceWrite
}

// SaveInstance stores what the store behind it does.
func (r *recorder) SaveInstance(ctx context.Context, w turnstone.InstanceWrite) (turnstone.Instance, error) {
	r.last = w
	if r.database == nil {
		w.Instance.ID++
		return w.Instance, nil
	}
	return r.database.SaveInstance(ctx, w)
}

// record returns what the house stores from now on.
func (h *house) record() *recorder {
	r := &recorder{database: h.db}
	h.Store = r
	return r
}

// newSketch is a house without a database, for what ends with the writing.
func newSketch(t *testing.T) (*house, *recorder) {
	t.Helper()
	r := &recorder{}
	return houseOf(t, r, instance.Owner{AccountID: 1, UserID: 1}), r
}

// several is an element that polls several resources by default, of which one needs
// to be told a path parameter elsewhere.
const several = `version: 1
key: several
id: 9002
name: Several
hub: helpdesk
description: Polls more than one resource.
hosts: [api.several.example]
configuration:
  - {key: api.key, name: Key, type: PASSWORD, required: true}
  - {key: note, name: Note, type: TEXTAREA}
  - {key: listId, name: List, type: TEXTFIELD_128}
authenticator: {type: ApiKeyAuthenticator, api_token: "{{ config['api.key'] }}"}
requester: {url_base: "https://api.several.example"}
resources:
  - name: tickets
    primary_key: id
    retriever: {requester: {path: /tickets}, record_selector: {}}
  - name: people
    primary_key: id
    retriever: {requester: {path: /people}, record_selector: {}}
polling:
  refresh_interval: 15
  resources:
    - {resource: tickets, url: /hubs/helpdesk/tickets, idField: id}
    - {resource: people, url: /hubs/helpdesk/people, idField: id}
`

// configured is a new instance of an element, with configuration in pairs of key and
// value.
func configured(element string, pairs ...string) instance.Input {
	in := input(pairs...)
	in.Element.Key = element
	in.Configuration["api.key"] = "k"
	return in
}

// changed is a change of the configuration.
func changed(pairs ...string) instance.Input {
	c := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		c[pairs[i]] = pairs[i+1]
	}
	return instance.Input{Configuration: c}
}

// refused checks that a new instance is refused with one problem each that starts as
// in want, and no others.
func (h *house) refused(in instance.Input, want map[string]string) {
	h.t.Helper()
	_, err := h.Create(h.t.Context(), h.owner, in)
	problems, _ := errors.AsType[instance.Problems](err)
	rest := maps.Clone(want)
	for _, p := range problems {
		key := strings.TrimPrefix(p.Path, "configuration.")
		if message, expected := rest[key]; !expected || !strings.Contains(p.Message, message) {
			h.t.Errorf("Create refuses %s: %s, want %q", p.Path, p.Message, message)
		}
		delete(rest, key)
	}
	if len(rest) > 0 {
		h.t.Errorf("Create = %v, want problems with %v", err, rest)
	}
}

func TestResourcesAreChosenBySeveralEntries(t *testing.T) {
	const line = "mine|/hubs/helpdesk/tickets||changed|yyyy-MM-dd"
	tests := map[string]struct {
		pairs []string
		want  []string // resources
		read  string   // event.poller.configuration as it reads back; "?" for that of the element
	}{
		"nothing":                     {nil, []string{"tickets", "people"}, "?"},
		"lines":                       {[]string{turnstone.KeyPollerURLs, line}, []string{"mine"}, ""},
		"lines beside {}":             {[]string{turnstone.KeyPollerURLs, line, turnstone.KeyPollers, "{}"}, []string{"mine"}, "{}"},
		"lines beside a resource":     {[]string{turnstone.KeyPollerURLs, line, turnstone.KeyPollers, `{"a":{"url":"/people"}}`}, []string{"a"}, `{"a":{"url":"/people"}}`},
		"names":                       {[]string{turnstone.KeyPollerURLs, "people"}, []string{"people"}, ""},
		"names in any case":           {[]string{turnstone.KeyPollerURLs, "People|TICKETS|people"}, []string{"people", "tickets"}, ""},
		"objects":                     {[]string{turnstone.KeyObjects, " tickets, "}, []string{"tickets"}, ""},
		"objects beside lines":        {[]string{turnstone.KeyObjects, "tickets", turnstone.KeyPollerURLs, line}, []string{"mine"}, ""},
		"objects beside nothing":      {[]string{turnstone.KeyObjects, "tickets", turnstone.KeyPollerURLs, " \n"}, []string{"tickets"}, ""},
		"no objects":                  {[]string{turnstone.KeyObjects, " , "}, []string{"tickets", "people"}, "?"},
		"objects, with events off":    {[]string{turnstone.KeyObjects, "people", turnstone.KeyEventsEnabled, "false"}, []string{"people"}, ""},
		"nothing, with events off":    {[]string{turnstone.KeyEventsEnabled, "false"}, nil, ""},
		"a placeholder is filled in":  {[]string{turnstone.KeyPollers, `{"a":{"url":"/{listId}"}}`, "listId", "people"}, []string{"a"}, `{"a":{"url":"/{listId}"}}`},
		"the same in the older form":  {[]string{turnstone.KeyPollerURLs, "a|/{listId}", "listId", "people"}, []string{"a"}, ""},
		"members beside lines, again": {[]string{turnstone.KeyPollerURLs, line, turnstone.KeyPollers, `""`}, []string{"mine"}, `""`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h, store := newSketch(t)
			made := h.create(configured("several", tt.pairs...))
			var got []string
			for _, p := range store.last.Pollers {
				got = append(got, p.Resource)
			}
			if strings.Join(got, " ") != strings.Join(tt.want, " ") {
				t.Errorf("polls %v, want %v", got, tt.want)
			}
			read := tt.read
			if read == "?" {
				read = mustLookup(t, h, "several").PollerConfiguration()
			}
			if got := made.Configuration[turnstone.KeyPollers]; got != read {
				t.Errorf("%s reads back as %q, want %q", turnstone.KeyPollers, got, read)
			}
			for i := 0; i+1 < len(tt.pairs); i += 2 {
				if key := tt.pairs[i]; key != turnstone.KeyPollers && made.Configuration[key] != tt.pairs[i+1] {
					t.Errorf("%s reads back as %q, want %q", key, made.Configuration[key], tt.pairs[i+1])
				}
			}
		})
	}
}

func TestWhatCannotBePolledIsRefused(t *testing.T) {
	tests := map[string]struct {
		pairs []string
		want  map[string]string
	}{
		"a bad line": {
			[]string{turnstone.KeyPollerURLs, "a|/people\nb|/people||m"},
			map[string]string{"event.poller.urls.b.datesConfiguration.updatedDateFormat": "line 2: is missing"},
		},
		"a resource that is not there": {
			[]string{turnstone.KeyPollerURLs, "a|/nothing"},
			map[string]string{"event.poller.urls.a.url": "nothing"},
		},
		"a name that is not polled": {
			[]string{turnstone.KeyPollerURLs, "people|things"},
			map[string]string{turnstone.KeyPollerURLs: `names "things", which the element "several" does not say how to poll; write tickets, or people, or describe the resource in event.poller.configuration`},
		},
		"an object that is not polled": {
			[]string{turnstone.KeyObjects, "things"},
			map[string]string{turnstone.KeyObjects: `names "things"`},
		},
		"placeholders": {
			[]string{turnstone.KeyPollers, `{"a":{"url":"/{one}/{two}"},"b":{"url":"/{listId}"}}`, "two", "x", "listId", "a/b"},
			map[string]string{
				"event.poller.configuration.a.url": `has the placeholder {one}, and the configuration has no entry of that name; add "one"`,
				"event.poller.configuration.b.url": "write one without slashes",
			},
		},
		"a secret as a placeholder": {
			[]string{turnstone.KeyPollers, `{"a":{"url":"/{api.key}"}}`},
			map[string]string{"event.poller.configuration.a.url": "that entry is a secret, which would be seen in the URL"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h, _ := newSketch(t)
			h.refused(configured("several", tt.pairs...), tt.want)
		})
	}
}

func TestNamedResourcesTakeThePlaceOfTheDefault(t *testing.T) {
	h := newHouse(t)
	store := h.record()
	made := h.create(configured("several"))
	h.update(made, changed(turnstone.KeyObjects, "people"))
	if got := store.last.Pollers; len(got) != 1 || got[0].Resource != "people" {
		t.Errorf("polls %v, want people alone", got)
	}
	made = h.update(made, changed(turnstone.KeyObjects, ""))
	whole := changed(turnstone.KeyObjects, "tickets", turnstone.KeyPollers, made.Configuration[turnstone.KeyPollers])
	h.update(made, whole) // as a client does that sends back the whole answer
	if got := store.last.Pollers; len(got) != 1 || got[0].Resource != "tickets" {
		t.Errorf("polls %v, want tickets alone", got)
	}
	made = h.update(made, changed(turnstone.KeyObjects, ""))
	if got := store.last.Pollers; len(got) != 2 || made.Configuration[turnstone.KeyPollers] == "" {
		t.Errorf("polls %v, want the default again", got)
	}
	own := `{"mine":{"url":"/people"}}`
	h.update(made, changed(turnstone.KeyPollers, own))
	made = h.update(made, changed(turnstone.KeyObjects, "tickets"))
	if got := store.last.Pollers; len(got) != 1 || got[0].Resource != "mine" {
		t.Errorf("polls %v, want what the client described", got)
	}
	if warnings := instance.ConfigurationWarnings(mustLookup(t, h, "several"), made.Configuration); len(warnings) != 1 ||
		!strings.Contains(warnings[0].Message, "has no effect, since event.poller.configuration says what to poll") {
		t.Errorf("warnings = %v, want one about %s", warnings, turnstone.KeyObjects)
	}
}

func TestNamedResourcesKeepTheirPollersWhileEventsAreOff(t *testing.T) {
	h := newHouse(t)
	made := h.create(configured("several", turnstone.KeyObjects, "people"))
	before := h.poller(made)
	h.update(made, changed(turnstone.KeyEventsEnabled, "false"))
	h.update(made, instance.Input{Name: new("renamed")})
	h.update(made, changed(turnstone.KeyEventsEnabled, "true"))
	if after := h.poller(made); after.ID != before.ID || after.State != turnstone.PollerActive {
		t.Errorf("poller = %+v, want %+v", after, before)
	}
}
