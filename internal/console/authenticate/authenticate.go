package authenticate

import (
	"crypto/rand"
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"turnstone/client"
	"turnstone/internal/console/page"
)

//go:embed templates/*.html
var templates embed.FS

// Pages are the pages on which instances are made, changed, and authorised.
type Pages struct{}

// Routes returns the pages.
func (Pages) Routes() []page.Route {
	return []page.Route{
		{Pattern: "GET /elements/{element}/authenticate", Answer: ask},
		{Pattern: "POST /elements/{element}/authenticate", Answer: create},
		{Pattern: "GET /instances/{id}/edit", Answer: askChange},
		{Pattern: "POST /instances/{id}/edit", Answer: change},
		{Pattern: "GET /instances/{id}/login", Answer: askLogin},
		{Pattern: "POST /instances/{id}/login", Answer: takeCode},
		{Pattern: "GET /oauth/callback", Answer: comeBack},
	}
}

// Templates returns the templates of the pages.
func (Pages) Templates() fs.FS { return page.Templates(templates) }

// Link returns no link: one comes here from an element or an instance.
func (Pages) Link() page.Link { return page.Link{} }

// returnPath is where vendors send browsers back to.
const returnPath = "/oauth/callback"

// home returns the address of the console as the browser knows it.
func home(v *page.Visit) string {
	scheme := "http"
	if v.TLS != nil || strings.EqualFold(v.Header.Get("X-Forwarded-Proto"), "https") {
		scheme = "https"
	}
	return scheme + "://" + v.Host
}

// newForm returns the empty form of an element.
func newForm(v *page.Visit, key string) (*Form, error) {
	c, err := v.Client()
	if err != nil {
		return nil, err
	}
	el, err := c.Element(v.Context(), key)
	if err != nil {
		return nil, err
	}
	f := &Form{Element: el, Values: map[string]string{}, Saved: map[string]bool{}}
	var said struct {
		Events struct {
			Methods []string `json:"methods"`
		} `json:"events"`
	}
	if _, err := v.Get("/elements/"+url.PathEscape(el.Key)+"/metadata", nil, &said); err != nil {
		return nil, err
	}
	f.Methods = said.Events.Methods
	f.Resources, err = resources(f.defaultOf(keyPollers))
	return f, err
}

func ask(v *page.Visit) (page.Answer, error) {
	f, err := newForm(v, v.PathValue("element"))
	if err != nil {
		return nil, err
	}
	if len(f.fields(func(c client.Field) bool { return c.Key == keyReturn })) > 0 {
		f.Values[keyReturn] = home(v) + returnPath
	}
	return f.view(http.StatusOK)
}

// view returns the page of the form.
func (f *Form) view(status int) (page.Answer, error) {
	sent, err := f.Sent()
	if err != nil {
		return nil, err
	}
	f.forget()
	if f.Raw == "" {
		f.Raw = sent
	}
	title := "Authenticate " + f.Element.Name
	if f.ID != 0 {
		title = "Change " + f.Name
	}
	return page.View{Template: "authenticate", Title: title, Area: "instances", Data: shown{f, title, sent}, Status: status}, nil
}

// shown is what the page of the form shows.
type shown struct {
	*Form
	Title string
	Sent  string
}

// Entry is a field with its value, for the template.
type Entry struct {
	client.Field
	Value string
	Saved bool // the instance has something here that is not shown
}

// Entry returns a field with its value.
func (s shown) Entry(c client.Field) Entry {
	if c.Key == keySignature && s.Values[c.Key] != "" {
		c.Type = "" // one that was made up has to be seen once, to be given to the receiver
	}
	return Entry{c, s.Values[c.Key], s.Saved[c.Key]}
}

// rework does what the buttons beside Create Instance are for, and reports whether it was
// one of them.
func (f *Form) rework(v *page.Visit) bool {
	do, row, _ := strings.Cut(v.Typed("do"), ":")
	switch do {
	case "show":
		f.Raw = ""
	case "generate":
		f.Raw, f.Values[keySignature] = "", rand.Text()
	case "raw":
		if err := f.take(f.Raw); err != nil {
			f.Problem = page.Sentence(err.Error())
		}
	case "copy":
		f.Raw = ""
		if i, err := strconv.Atoi(row); err == nil && i >= 0 && i < len(f.Resources) {
			r := f.Resources[i]
			r.Name, r.On = "", true
			f.Resources = append(f.Resources, r)
		}
	default:
		return false
	}
	return true
}

func create(v *page.Visit) (page.Answer, error) {
	f, err := newForm(v, v.PathValue("element"))
	if err != nil {
		return nil, err
	}
	f.read(v)
	if f.rework(v) {
		return f.view(http.StatusOK)
	}
	return f.send(v, client.Call{Method: http.MethodPost, Path: "/instances"})
}

// send makes or changes the instance, and leads to what comes next. What the API refuses
// is shown with the form.
func (f *Form) send(v *page.Visit, call client.Call) (page.Answer, error) {
	call.Body = f.Document()
	var in client.Instance
	_, err := v.Do(call, &in)
	if refused, ok := errors.AsType[*client.Error](err); ok && refused.Status < http.StatusInternalServerError && refused.Message != "" {
		f.Problem, f.Raw = page.Sentence(refused.Message), ""
		return f.view(refused.Status)
	}
	if err != nil {
		return nil, err
	}
	path := "/instances/" + strconv.FormatInt(in.ID, 10)
	if len(in.Interaction) > 0 {
		return page.Redirect{To: path + "/login"}, nil
	}
	return page.Redirect{To: path, Notice: in.Name + " is saved."}, nil
}

// formOf returns the form filled in with an instance.
func formOf(v *page.Visit) (*Form, error) {
	in, err := instanceOf(v)
	if err != nil {
		return nil, err
	}
	f, err := newForm(v, in.Element.Key)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	for key, value := range in.Configuration {
		if value == masked {
			f.Saved[key] = true
		} else if value != "" {
			values[key] = value
		}
	}
	polled, err := resources(in.Configuration[keyPollers])
	if err != nil {
		return nil, err
	}
	f.configure(values)
	f.ID, f.Name, f.Tags, f.Events = in.ID, in.Name, strings.Join(in.Tags, ", "), in.EventsEnabled
	f.Resources = merged(polled, f.Resources)
	return f, nil
}

// instanceOf returns the instance that the path is about.
func instanceOf(v *page.Visit) (client.Instance, error) {
	var in client.Instance
	_, err := v.Get("/instances/"+url.PathEscape(v.PathValue("id")), nil, &in)
	return in, err
}

func askChange(v *page.Visit) (page.Answer, error) {
	f, err := formOf(v)
	if err != nil {
		return nil, err
	}
	return f.view(http.StatusOK)
}

func change(v *page.Visit) (page.Answer, error) {
	f, err := formOf(v)
	if err != nil {
		return nil, err
	}
	before := f.Values
	f.read(v)
	for key := range before { // the API keeps what a change leaves out
		if f.Values[key] == "" && v.PostForm.Has("c."+key) {
			f.Values[key] = ""
		}
	}
	if f.rework(v) {
		return f.view(http.StatusOK)
	}
	return f.send(v, client.Call{Method: http.MethodPatch, Path: "/instances/" + strconv.FormatInt(f.ID, 10)})
}
