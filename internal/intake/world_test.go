package intake_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/intake"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// widgets is an element whose webhooks section the tests write.
const widgets = `
version: 1
key: widgets
id: 7
name: Widgets
hub: crm
description: Widgets.
hosts: [api.widgets.test]
configuration:
  - {key: webhook.secret, name: Secret, type: PASSWORD}
  - {key: webhook.key, name: Key, type: TEXTAREA}
  - {key: site.id, name: Site}
authenticator: {type: NoAuth}
requester: {url_base: https://api.widgets.test}
resources:
  - name: widgets
    primary_key: id
    retriever: {requester: {path: /widgets}, record_selector: {field_paths: [items]}}
webhooks:
`

// world is an intake with a store in memory, and instances of widgets.
type world struct {
	*intake.Intake

	mu        sync.Mutex
	el        *element.Element
	instances []turnstone.Instance
	commits   []turnstone.WebhookCommit
	broken    error
	ids       int64
}

// newWorld returns a world in which the element has this webhooks section.
func newWorld(t testing.TB, section string) *world {
	t.Helper()
	text := widgets
	for line := range strings.SplitSeq(strings.TrimSpace(section), "\n") {
		text += "  " + strings.TrimPrefix(line, "\t\t") + "\n"
	}
	el, err := element.Parse("element.yaml", []byte(strings.ReplaceAll(text, "\t", "  ")))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{el: el}
	w.Intake = &intake.Intake{Store: w, Elements: w, Now: func() time.Time { return noon }, Random: strings.NewReader(strings.Repeat("random text", 1000))}
	w.instance(nil)
	return w
}

// instance adds an instance with further configuration.
func (w *world) instance(further turnstone.Configuration) turnstone.Instance {
	in := turnstone.Instance{
		ID: int64(len(w.instances) + 70), AccountID: 4, Element: "widgets", Name: "Widgets",
		Configuration: turnstone.Configuration{turnstone.KeyEventsEnabled: "true", "webhook.secret": "s3cret"},
	}
	maps.Copy(in.Configuration, further)
	w.instances = append(w.instances, in)
	return in
}

func (w *world) Find(_ context.Context, _ int64, key string) (*element.Element, error) {
	if key != w.el.Key {
		return nil, turnstone.ErrNotFound
	}
	return w.el, nil
}

func (w *world) OfInstance(context.Context, turnstone.Instance) (*element.Element, error) {
	return w.el, nil
}

func (w *world) Elements(context.Context, int64) ([]*element.Element, error) { return nil, nil }

func (w *world) InstancesOf(_ context.Context, key string, ids []int64) ([]turnstone.Instance, error) {
	var found []turnstone.Instance
	for _, in := range w.instances {
		for _, id := range ids {
			if in.ID == id && in.Element == key {
				found = append(found, in)
			}
		}
	}
	return found, nil
}

func (w *world) FinderPaths(context.Context, string) ([]string, error) {
	return []string{"data.site"}, nil
}

func (w *world) InstancesFound(_ context.Context, _, _, value string) ([]turnstone.Instance, error) {
	var found []turnstone.Instance
	for _, in := range w.instances {
		if in.Configuration["site.id"] == value {
			found = append(found, in)
		}
	}
	return found, nil
}

func (w *world) EventIDs(_ context.Context, n int) ([]int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := make([]int64, n)
	for i := range ids {
		w.ids++
		ids[i] = w.ids
	}
	return ids, nil
}

func (w *world) CommitWebhooks(_ context.Context, commits []turnstone.WebhookCommit) ([]int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return nil, w.broken
	}
	w.commits = append(w.commits, commits...)
	return nil, nil
}

// sent returns a webhook for the first instance.
func sent(body string) intake.Request {
	return intake.Request{Element: "widgets", Instances: []int64{70}, Header: http.Header{}, Query: url.Values{}, Body: []byte(body)}
}

// told returns what the commits tell, a line each.
func (w *world) told() []string {
	var lines []string
	for _, c := range w.commits {
		line := fmt.Sprint(c.Webhook.InstanceID, " ", c.Webhook.Outcome)
		for _, e := range c.Events {
			line += " " + e.Resource + fmt.Sprint(e.Ops) + fmt.Sprint(e.Objects)
		}
		if c.Wake != nil {
			line += fmt.Sprint(" wake ", c.Wake)
		}
		lines = append(lines, line)
	}
	return lines
}
