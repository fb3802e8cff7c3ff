package authenticate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Keys of the configuration that the form has a place of its own for.
const (
	keyEvents    = "event.notification.enabled"
	keyType      = "event.vendor.type"
	keyCallback  = "event.notification.callback.url"
	keySignature = "event.notification.signature.key"
	keyInterval  = "event.poller.refresh_interval"
	keyPollers   = "event.poller.configuration"
	keyReturn    = "oauth.callback.url"
)

// Document is the body of POST /instances.
type Document struct {
	Element       *ElementRef    `json:"element,omitempty"`
	Name          string         `json:"name"`
	Tags          []string       `json:"tags,omitempty"`
	Configuration map[string]any `json:"configuration"`
}

// ElementRef names an element.
type ElementRef struct {
	Key string `json:"key"`
}

// Resource is a row of Configure Polling.
type Resource struct {
	Name    string
	On      bool
	URL     string
	IDField string
	Dates   Dates
	// Raw is the whole member, of which the form shows only some; empty: nothing else.
	Raw string
}

// Dates say how changes are found.
type Dates struct {
	UpdatedField, UpdatedFormat, UpdatedZone string
	CreatedField, CreatedFormat, CreatedZone string
}

// names are what the platform calls the parts of Dates.
func (d *Dates) names() map[string]*string {
	return map[string]*string{
		"updatedDateField": &d.UpdatedField, "updatedDateFormat": &d.UpdatedFormat, "updatedDateTimezone": &d.UpdatedZone,
		"createdDateField": &d.CreatedField, "createdDateFormat": &d.CreatedFormat, "createdDateTimezone": &d.CreatedZone,
	}
}

// resources reads a poller configuration: an object, or its text. All of it is on.
func resources(configuration any) ([]Resource, error) {
	text, ok := configuration.(string)
	if !ok {
		rendered, err := json.Marshal(configuration)
		if err != nil {
			return nil, fmt.Errorf("render the poller configuration: %w", err)
		}
		text = string(rendered)
	}
	if strings.TrimSpace(text) == "" || text == "null" {
		return nil, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return nil, fmt.Errorf("%s is not an object with a member for each resource: %w", keyPollers, err)
	}
	var all []Resource
	for _, name := range slices.Sorted(maps.Keys(members)) {
		r, err := resource(name, members[name])
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

func resource(name string, member json.RawMessage) (Resource, error) {
	r := Resource{Name: name, On: true, Raw: string(member)}
	var said struct {
		URL     string         `json:"url"`
		IDField string         `json:"idField"`
		Dates   map[string]any `json:"datesConfiguration"`
	}
	if err := json.Unmarshal(member, &said); err != nil {
		return r, fmt.Errorf("the resource %s of %s is no object with url and idField: %w", name, keyPollers, err)
	}
	r.URL, r.IDField = said.URL, said.IDField
	for name, to := range r.Dates.names() {
		if text, ok := said.Dates[name].(string); ok {
			*to = text
		}
	}
	return r, nil
}

// member returns a resource as it stands in the poller configuration. What the form does
// not show of it stays.
func (r Resource) member() map[string]any {
	all := object(r.Raw)
	put(all, "url", r.URL)
	put(all, "idField", r.IDField)
	dates, ok := all["datesConfiguration"].(map[string]any)
	if !ok {
		dates = map[string]any{}
	}
	for name, value := range r.Dates.names() {
		put(dates, name, *value)
	}
	delete(all, "datesConfiguration")
	if len(dates) > 0 {
		all["datesConfiguration"] = dates
	}
	return all
}

// object reads an object, numbers to the digit; anything else is an empty one.
func object(text string) map[string]any {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	all := map[string]any{}
	if err := d.Decode(&all); err != nil || all == nil {
		return map[string]any{}
	}
	return all
}

// put sets a member; an empty value removes it.
func put(all map[string]any, name, value string) {
	delete(all, name)
	if value != "" {
		all[name] = value
	}
}

// merged returns the rows of Configure Polling: what is polled, and what the element
// suggests beside it, off.
func merged(polled, suggested []Resource) []Resource {
	all := slices.Clone(polled)
	for _, s := range suggested {
		if !slices.ContainsFunc(polled, func(r Resource) bool { return r.Name == s.Name }) {
			s.On = false
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b Resource) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// tags splits what was typed.
func tags(text string) []string {
	var all []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// pretty renders a document for reading.
func pretty(d Document) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(d); err != nil {
		return "", fmt.Errorf("render the request: %w", err)
	}
	return b.String(), nil
}
