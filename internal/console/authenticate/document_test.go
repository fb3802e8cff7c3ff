package authenticate

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/client"
)

// concur is the form of an element with what the form needs of it.
func concur() *Form {
	return &Form{Element: client.Element{Key: "concur", Name: "SAP Concur", Configuration: []client.Field{
		{Key: "oauth.api.key", Type: "TEXTFIELD_1000", Required: true},
		{Key: "oauth.api.secret", Type: "PASSWORD", Required: true},
		{Key: keySignature, Type: "PASSWORD"},
		{Key: keyInterval, DefaultValue: "15"},
		{Key: keyPollers, DefaultValue: `{"reports":{"url":"/hubs/expense/reports","idField":"ID"},"receipts":{"url":"/hubs/expense/receipts","idField":"ID"}}`},
	}}}
}

// plain returns a document as what JSON makes of it.
func plain(t *testing.T, value any) any {
	t.Helper()
	text, ok := value.([]byte)
	if !ok {
		var err error
		if text, err = json.Marshal(value); err != nil {
			t.Fatal(err)
		}
	}
	var made any
	if err := json.Unmarshal(text, &made); err != nil {
		t.Fatal(err)
	}
	return made
}

func TestThePlatformsExampleGoesThroughTheFormUnchanged(t *testing.T) {
	seed, err := os.ReadFile("../../demo/seed.json")
	if err != nil {
		t.Fatal(err)
	}
	f := concur()
	if err := f.take(string(seed)); err != nil {
		t.Fatal(err)
	}
	if !f.Events || f.Name != "ConcurForDocs" || f.Tags != "Docs" || len(f.Resources) != 2 || f.Resources[0].On || !f.Resources[1].On {
		t.Errorf("the form = %+v, want events on, reports on, and receipts off", f)
	}
	want, ok := plain(t, seed).(map[string]any)
	if !ok {
		t.Fatal("the example is no object")
	}
	want["configuration"].(map[string]any)[keyEvents] = "true" // the form always says it
	if diff := cmp.Diff(any(want), plain(t, f.Document())); diff != "" {
		t.Errorf("the document (-example +form)\n%s", diff)
	}
}

func TestWhatTheFormDoesNotShowOfAResourceStays(t *testing.T) {
	const text = `{"big":12345678901234567890,"datesConfiguration":{"createdCheckTolerance":5,"updatedDateField":"m"},"detectDeletes":60,"idField":"ID","url":"/hubs/x/y"}`
	r, err := resource("y", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plain(t, []byte(text)), plain(t, r.member())); diff != "" {
		t.Errorf("member (-read +written)\n%s", diff)
	}
	r.IDField, r.Dates.UpdatedField, r.Dates.CreatedFormat = "", "changed", "yyyy"
	want := `{"big":12345678901234567890,"datesConfiguration":{"createdCheckTolerance":5,"updatedDateField":"changed","createdDateFormat":"yyyy"},"detectDeletes":60,"url":"/hubs/x/y"}`
	if diff := cmp.Diff(plain(t, []byte(want)), plain(t, r.member())); diff != "" {
		t.Errorf("member after a change (-want +got)\n%s", diff)
	}
}

func TestADocumentThatIsNoneIsNamed(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":            `{"name":`,
		"an array":           `[]`,
		"another element":    `{"element":{"key":"github"}}`,
		"pollers of nothing": `{"configuration":{"event.poller.configuration":"reports"}}`,
		"a poller of text":   `{"configuration":{"event.poller.configuration":{"reports":"x"}}}`,
	} {
		f := concur()
		f.Name = "kept"
		if err := f.take(text); err == nil || f.Name != "kept" {
			t.Errorf("%s: take = %v and the name %q, want an error and nothing changed", name, err, f.Name)
		}
	}
}

func TestEventsThatAreOffPollNothing(t *testing.T) {
	tests := map[string]struct {
		values map[string]any
		want   bool
	}{
		"nothing said":        {map[string]any{"oauth.api.key": "k"}, false},
		"said":                {map[string]any{keyEvents: true}, true},
		"said to be off":      {map[string]any{keyEvents: "false", keyCallback: "https://a.example"}, false},
		"a callback":          {map[string]any{keyCallback: "https://a.example"}, true},
		"only what is polled": {map[string]any{keyPollers: "{}"}, true},
	}
	for name, tt := range tests {
		f := concur()
		f.Resources = []Resource{{Name: "reports", On: true, URL: "/hubs/expense/reports"}}
		f.configure(tt.values)
		_, polls := f.Document().Configuration[keyPollers]
		if f.Events != tt.want || polls != tt.want {
			t.Errorf("%s: events %t, polls %t, want %t", name, f.Events, polls, tt.want)
		}
	}
}

func TestNoSecretIsShownBesideTheForm(t *testing.T) {
	f := concur()
	f.Values = map[string]string{"oauth.api.secret": "hush", "oauth.api.key": "k"}
	sent, err := f.Sent()
	if err != nil || !cmp.Equal(f.Document().Configuration["oauth.api.secret"], any("hush")) {
		t.Fatalf("Sent = %v, or the document lacks the secret", err)
	}
	if plainSent, ok := plain(t, []byte(sent)).(map[string]any); !ok || plainSent["configuration"].(map[string]any)["oauth.api.secret"] != masked {
		t.Errorf("Sent = %s, want the secret masked", sent)
	}
	f.forget()
	if !f.Lost || f.Values["oauth.api.secret"] != "" || f.Values["oauth.api.key"] != "k" {
		t.Errorf("after forget the form = %+v, want it without the secret", f.Values)
	}
}

func FuzzTake(f *testing.F) {
	f.Add(`{"name":"a","configuration":{"event.poller.configuration":{"r":{"url":"u","datesConfiguration":{}}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		form := concur()
		if form.take(text) != nil {
			return
		}
		first := form.Document()
		rendered, err := pretty(first)
		if err != nil {
			t.Fatalf("the document cannot be rendered: %v", err)
		}
		again := concur()
		if err := again.take(rendered); err != nil {
			t.Fatalf("the form does not take its own document: %v\n%s", err, rendered)
		}
	})
}
