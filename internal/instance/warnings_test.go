package instance_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/instance"
)

func TestMisspeltEntriesAreGuessed(t *testing.T) {
	const unknown = "is not known; it is kept and has no effect"
	tests := map[string]struct {
		key  string
		want string // empty: no warning
	}{
		"a letter":                  {"event.notification.callbak.url", unknown + " (is event.notification.callback.url meant?)"},
		"the group":                 {"event.notifications.enabled", unknown + " (is event.notification.enabled meant?)"},
		"a dash":                    {"event.poller.refresh-interval", unknown + " (is event.poller.refresh_interval meant?)"},
		"another case":              {"Event.Notification.Format", unknown + " (is event.notification.format meant?)"},
		"two parts":                 {"event.objcts", unknown + " (is event.objects meant?)"},
		"nothing like it":           {"event.notification.color", unknown},
		"a group nobody has":        {"event.bananas.enabled", unknown},
		"no part at all":            {"event.", unknown},
		"known":                     {turnstone.KeyMaxBytes, ""},
		"the platform's":            {"event.metadata", ""},
		"the element's, or anybody": {"some.key", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h, _ := newSketch(t)
			made := h.create(input(tt.key, "100000"))
			var want []instance.Problem
			if tt.want != "" {
				want = []instance.Problem{{Path: "configuration." + tt.key, Message: tt.want}}
			}
			if made.Configuration[tt.key] != "100000" {
				t.Errorf("%s = %q, want it kept", tt.key, made.Configuration[tt.key])
			}
			if diff := cmp.Diff(want, instance.ConfigurationWarnings(mustLookup(t, h, "concur"), made.Configuration)); diff != "" {
				t.Errorf("ConfigurationWarnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheWarningsOfMembersAreThoseOfTheirForm(t *testing.T) {
	for key, value := range map[string]string{
		turnstone.KeyPollers: `{"mine":{"url":"/people","xPath":"id"}}`, turnstone.KeyPollerURLs: "mine|/people|id",
	} {
		h, _ := newSketch(t)
		made := h.create(configured("several", key, value))
		got := instance.Warnings(made)["mine"]
		all := instance.ConfigurationWarnings(mustLookup(t, h, "several"), made.Configuration)
		if len(got) != 1 || len(all) != 1 || all[0].Path != "configuration."+key+".mine.xPath" {
			t.Errorf("warnings of %s = %v and %v, want one about xPath", key, got, all)
		}
	}
	if got := instance.Warnings(turnstone.Instance{Configuration: turnstone.Configuration{turnstone.KeyPollers: "["}}); got != nil {
		t.Errorf("Warnings of what cannot be read = %v, want nothing", got)
	}
}

func ExampleConfigurationWarnings() {
	catalogue, err := element.Load(os.DirFS("../../elements"))
	if err != nil {
		fmt.Println(err)
		return
	}
	concur, _ := catalogue.Lookup("concur")
	for _, w := range instance.ConfigurationWarnings(concur, turnstone.Configuration{
		"event.notification.callback.ulr": "https://receiver.example",
		"event.poller.configuration":      `{"reports":{"url":"/hubs/expense/reports"}}`,
		"event.objects":                   "reports",
	}) {
		fmt.Println(w.Path, w.Message)
	}
	// Output:
	// configuration.event.notification.callback.ulr is not known; it is kept and has no effect (is event.notification.callback.url meant?)
	// configuration.event.objects has no effect, since event.poller.configuration says what to poll; clear that for this to count
}
