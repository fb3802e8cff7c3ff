package authenticate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"turnstone/client"
	"turnstone/internal/console/page"
)

// masked is what the API shows of a secret, and takes for "unchanged".
const masked = "********"

// Form is what the page has: filled in by the element, an instance, a document, or
// somebody.
type Form struct {
	Element   client.Element
	ID        int64 // of the instance that is changed; 0: a new one
	Methods   []string
	Name      string
	Tags      string
	Values    map[string]string
	Saved     map[string]bool // what the instance has and nobody is shown
	Events    bool
	Resources []Resource
	Raw       string // the document that somebody wrote
	Problem   string
	Lost      bool // secrets were typed, and are not in the page any more
}

// Action is where the form is sent.
func (f Form) Action() string {
	if f.ID != 0 {
		return "/instances/" + strconv.FormatInt(f.ID, 10) + "/edit"
	}
	return "/elements/" + f.Element.Key + "/authenticate"
}

// Needed are the fields that stand open.
func (f Form) Needed() []client.Field {
	return f.fields(func(c client.Field) bool {
		return !isEvent(c.Key) && (c.Required || c.Key == keyReturn)
	})
}

// Optional are the fields behind Show Optional Fields.
func (f Form) Optional() []client.Field {
	return f.fields(func(c client.Field) bool {
		return (!isEvent(c.Key) && !c.Required && c.Key != keyReturn) || c.Key == keySignature
	})
}

// More are the event fields that have no place of their own.
func (f Form) More() []client.Field {
	places := []string{keyEvents, keyType, keyCallback, keySignature, keyInterval, keyPollers}
	return f.fields(func(c client.Field) bool { return isEvent(c.Key) && !slices.Contains(places, c.Key) })
}

func (f Form) fields(which func(client.Field) bool) []client.Field {
	var some []client.Field
	for _, c := range f.Element.Configuration {
		if which(c) {
			some = append(some, c)
		}
	}
	return some
}

func isEvent(key string) bool { return strings.HasPrefix(key, "event.") }

// Interval is the poll interval in minutes.
func (f Form) Interval() string {
	if v := f.Values[keyInterval]; v != "" {
		return v
	}
	return f.defaultOf(keyInterval)
}

func (f Form) defaultOf(key string) string {
	for _, c := range f.Element.Configuration {
		if c.Key == key {
			return c.DefaultValue
		}
	}
	return ""
}

// secret reports whether a value must not be put into a page.
func (f Form) secret(key string) bool {
	for _, c := range f.Element.Configuration {
		if c.Key == key {
			return c.Type == "PASSWORD" && key != keySignature
		}
	}
	return false
}

// read takes over what was typed.
func (f *Form) read(v *page.Visit) {
	f.Name, f.Tags, f.Events, f.Raw = v.Typed("name"), v.Typed("tags"), v.Typed(keyEvents) != "", v.PostFormValue("raw")
	f.Values = map[string]string{}
	for _, c := range f.Element.Configuration {
		if value := v.Typed("c." + c.Key); value != "" {
			f.Values[c.Key] = value
		}
	}
	f.Resources = nil
	for i := 0; v.PostForm.Has(at(i, "name")); i++ {
		r := Resource{
			Name: v.Typed(at(i, "name")), On: v.Typed(at(i, "on")) != "", URL: v.Typed(at(i, "url")), IDField: v.Typed(at(i, "idField")),
			Raw: v.PostFormValue(at(i, "raw")),
		}
		for name, to := range r.Dates.names() {
			*to = v.Typed(at(i, name))
		}
		f.Resources = append(f.Resources, r)
	}
}

// at names a field of a row.
func at(i int, field string) string { return "r." + strconv.Itoa(i) + "." + field }

// Document returns what the form says.
func (f Form) Document() Document {
	d := Document{Name: f.Name, Tags: tags(f.Tags), Configuration: map[string]any{}}
	if f.ID == 0 {
		d.Element = &ElementRef{f.Element.Key}
	}
	for key, value := range f.Values {
		d.Configuration[key] = value
	}
	d.Configuration[keyEvents] = strconv.FormatBool(f.Events)
	delete(d.Configuration, keyPollers)
	if f.Events && d.Configuration[keyType] != "webhooks" {
		polled := map[string]any{}
		for _, r := range f.Resources {
			if r.On && r.Name != "" {
				polled[r.Name] = r.member()
			}
		}
		d.Configuration[keyPollers] = polled
	}
	return d
}

// take fills the form in from a document that somebody wrote.
func (f *Form) take(text string) error {
	var said struct {
		Element       ElementRef     `json:"element"`
		Name          string         `json:"name"`
		Tags          []string       `json:"tags"`
		Configuration map[string]any `json:"configuration"`
	}
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		return fmt.Errorf("this is not the JSON of an instance: %w", err)
	}
	if said.Element.Key != "" && said.Element.Key != f.Element.Key {
		return fmt.Errorf("this JSON is for the element %s, and the form for %s; open the page of %[1]s", said.Element.Key, f.Element.Key)
	}
	polled, err := resources(said.Configuration[keyPollers])
	if err != nil {
		return err
	}
	suggested, err := resources(f.defaultOf(keyPollers))
	if err != nil {
		return err
	}
	if len(polled) == 0 { // the element's own
		polled = suggested
	}
	f.Name, f.Tags, f.Resources = said.Name, strings.Join(said.Tags, ", "), merged(polled, suggested)
	f.configure(said.Configuration)
	return nil
}

// configure takes over values, of which texts, numbers and truths can be. Events are on if
// that is said, or anything of them is and not that they are off.
func (f *Form) configure(values map[string]any) {
	f.Values, f.Events = map[string]string{}, false
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if key == keyPollers || values[key] == nil {
			f.Events = f.Events || key == keyPollers
			continue
		}
		f.Values[key] = fmt.Sprint(values[key])
		f.Events = f.Events || isEvent(key)
	}
	if said, ok := f.Values[keyEvents]; ok {
		f.Events = said == "true"
		delete(f.Values, keyEvents)
	}
}

// Sent is the document as it is shown beside the form: secrets are left to whoever sends
// it.
func (f Form) Sent() (string, error) {
	d := f.Document()
	for key := range d.Configuration {
		if f.secret(key) {
			d.Configuration[key] = masked
		}
	}
	return pretty(d)
}

// forget takes secrets out of the form, before it becomes a page.
func (f *Form) forget() {
	for key := range f.Values {
		if f.secret(key) {
			f.Lost = true
			delete(f.Values, key)
		}
	}
}
