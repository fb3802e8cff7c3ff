package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/poll/plan"
)

const shop = `
version: 1
key: shop
id: 9
name: Shop
hub: commerce
description: A shop.
hosts: [api.shop.example]
authenticator: {type: NoAuth}
requester: {url_base: "https://api.shop.example"}
resources:
  - name: orders
    primary_key: id
    ignore_fields: [views]
    retriever:
      requester: {path: /orders}
      record_selector: {field_paths: [items]}
      filter: {type: parameters, attributes: [after]}
    incremental_sync:
      cursor_field: updated
      created_field: created
      cursor_datetime_formats: ["yyyy-MM-dd'T'HH:mm:ss"]
      time_zone: America/Denver
      lookback_window: 5m
      order: newest_first
  - name: lists/{listId}/items
    primary_key: id
    retriever:
      requester: {path: "/lists/{{ path.listId }}/items"}
      record_selector: {field_paths: [items]}
`

// shopElement returns the element of the shop.
func shopElement(t testing.TB) *element.Element {
	t.Helper()
	el, err := element.Parse("shop/element.yaml", []byte(shop))
	if err != nil {
		t.Fatal(err)
	}
	return el
}

// lease returns a lease on a poller of the shop.
func lease(configuration string, entries turnstone.Configuration) turnstone.PollLease {
	return turnstone.PollLease{
		Poller:   turnstone.Poller{Resource: "things", Configuration: configuration},
		Instance: turnstone.Instance{ID: 3, Revision: 1, Element: "shop", Configuration: entries},
	}
}

func TestThePlanIsTheElementsWhereTheConfigurationIsSilent(t *testing.T) {
	p, err := plan.Of(shopElement(t), lease(`{"url":"/hubs/commerce/orders?where=after='${date:yyyy-MM-dd}'"}`, nil))
	if err != nil {
		t.Fatal(err)
	}
	if p.Hub != "commerce" || p.Resource != "orders" || p.Overlap != 5*time.Minute || !p.Windowed || !p.NewestFirst || p.Retrieves {
		t.Errorf("plan = %+v, want the element's", p)
	}
	if p.Rule.IDField != "id" || p.Rule.Updated.Field != "updated" || p.UpdatedZone != "America/Denver" || !strings.Contains(p.Rule.Updated.Spelling, "America/Denver") {
		t.Errorf("rule = %+v in %s, want the element's dates", p.Rule, p.UpdatedZone)
	}
}

func TestThePlanIsTheConfigurationsWhereItSpeaks(t *testing.T) {
	p, err := plan.Of(shopElement(t), lease(`{"url":"/hubs/commerce/orders","idField":"key","overlap":7,"pollDelay":3,"ignoreFields":["seen"],`+
		`"datesConfiguration":{"updatedDateField":"at","updatedDateFormat":"milliseconds"}}`, nil))
	if err != nil {
		t.Fatal(err)
	}
	if p.Overlap != 7*time.Second || p.Windowed || p.Rule.IDField != "key" || p.Rule.Updated.Field != "at" || p.Rule.Created.Field != "" ||
		strings.Join(p.Rule.Ignore, " ") != "seen views" {
		t.Errorf("plan = %+v, want what is configured, and the element's ignored fields too", p)
	}
	since := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	if from := p.From(time.Time{}, since); !from.Equal(since.Add(-10 * time.Second)) {
		t.Errorf("From = %v, want delay and overlap before %v", from, since)
	}
}

func TestWhatCannotBePlannedSaysWhatToDo(t *testing.T) {
	tests := map[string]struct{ configuration, want string }{
		"a resource that is not there": {`{"url":"/hubs/commerce/carts"}`, `element "shop" has no resource "carts"; write the URL of one that it has`},
		"a placeholder without a value": {
			`{"url":"/hubs/commerce/lists/{listId}/items"}`, `the polled URL has the placeholder {listId}, and the configuration has no entry of that name; add "listId"`,
		},
		"another host": {`{"url":"https://elsewhere.example/orders"}`, "names a host"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := plan.Of(shopElement(t), lease(tt.configuration, nil)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Of = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestInstancesWithEntriesOfTheirOwnShareNoPlan(t *testing.T) {
	for name, url := range map[string]string{"plain": "/hubs/commerce/lists/{listId}/items", "escaped": `/hubs/commerce/lists/\u007blistId\u007d/items`} {
		t.Run(name, func(t *testing.T) {
			var c plan.Cache
			for i := range 3 {
				l := lease(fmt.Sprintf(`{"url":"%s"}`, url), turnstone.Configuration{"listId": fmt.Sprint("L", i)})
				l.Instance.ID += int64(i % 2)
				l.Instance.Revision += int64(i)
				p, err := c.Of(shopElement(t), l)
				if err != nil || p.Resource != fmt.Sprintf("lists/L%d/items", i) {
					t.Fatalf("Of = %+v, %v, want the list L%d", p, err, i)
				}
			}
		})
	}
	var c plan.Cache
	el := shopElement(t)
	for i := range 3 {
		l := lease(`{"url":"/hubs/commerce/orders?where=after='${date:yyyy-MM-dd}'"}`, nil)
		l.Instance.ID += int64(i)
		if _, err := c.Of(el, l); err != nil {
			t.Fatal(err)
		}
	}
	if c.Len() != 1 {
		t.Errorf("%d plans are remembered for three instances that are configured alike, want 1", c.Len())
	}
}

func TestWhatAnInstanceSaysOfEventsBelongsToThePlan(t *testing.T) {
	tests := map[string]struct {
		entries turnstone.Configuration
		want    plan.Rendering
	}{
		"nothing": {nil, plan.Rendering{Bytes: 4 << 20}},
		"all of it": {
			turnstone.Configuration{turnstone.KeyDiff: " True ", turnstone.KeyMaxChanges: "25", turnstone.KeyMaxBytes: "100000"},
			plan.Rendering{Diff: true, Changes: 25, Bytes: 100_000},
		},
		"cloud events": {
			turnstone.Configuration{turnstone.KeyFormat: "CloudEvents", turnstone.KeyMaxChanges: "25"},
			plan.Rendering{Format: turnstone.FormatCloudEvents, Changes: 1, Bytes: 4 << 20},
		},
		"what cannot be read": {
			turnstone.Configuration{turnstone.KeyFormat: "xml", turnstone.KeyMaxChanges: "-3", turnstone.KeyMaxBytes: "much"},
			plan.Rendering{Bytes: 4 << 20},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := plan.Of(shopElement(t), lease(`{"url":"/hubs/commerce/orders"}`, tt.entries))
			if err != nil || p.Rendering != tt.want {
				t.Errorf("rendering = %+v, %v, want %+v", p.Rendering, err, tt.want)
			}
		})
	}
}

// A macro may cut the moment it is given to the day.
func TestAWindowNeverBeginsAfterWhatWasAsked(t *testing.T) {
	el := shopElement(t)
	rapid.Check(t, func(t *rapid.T) {
		macro := rapid.SampledFrom([]string{"${date:yyyy-MM-dd}", "${date:yyyy-MM-dd'T'HH:mm}", "${date:yyyy-MM-dd'T'HH:mm:ss}", "${date:yyyy-MM-dd'T'HH:mm:ss.SSS}", "${date}"}).Draw(t, "macro")
		from := time.Unix(0, rapid.Int64Range(0, 4e18).Draw(t, "from")).UTC()
		p, err := plan.Of(el, lease(`{"url":"/hubs/commerce/orders?where=after='`+macro+`'"}`, nil))
		if err != nil {
			t.Fatal(err)
		}
		sweep, err := p.Sweep(from, from.Add(time.Hour))
		if err != nil || sweep.From.After(from) || from.Sub(sweep.From) > 24*time.Hour {
			t.Fatalf("Sweep from %v = %+v, %v, want a window from then, or from the day it lies in", from, sweep, err)
		}
		again, err := p.Sweep(sweep.From, from.Add(time.Hour))
		if err != nil || again.URL != sweep.URL {
			t.Fatalf("Sweep from %v asks %q, want %q", sweep.From, again.URL, sweep.URL)
		}
	})
}

func TestASweepOfEverythingAsksSinceTheEpoch(t *testing.T) {
	p, err := plan.Of(shopElement(t), lease(`{"url":"/hubs/commerce/orders?where=after='${date:yyyy-MM-dd}'"}`, nil))
	if err != nil {
		t.Fatal(err)
	}
	sweep, err := p.Sweep(time.Time{}, time.Now())
	if err != nil || !sweep.From.IsZero() || !strings.HasSuffix(sweep.URL, "after='1970-01-01'") {
		t.Errorf("Sweep = %+v, %v, want no lower bound, and the epoch in the URL", sweep, err)
	}
}
