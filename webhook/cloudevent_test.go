package webhook_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/webhook"
)

// cloudEvent is a callback in the format of CloudEvents.
const cloudEvent = `{"specversion":"1.0","id":"1496771","source":"/instances/7950647/reports/7C%201E/entries",` +
	`"type":"turnstone.concur.reports/7C 1E/entries.updated","subject":"14682","time":"2018-08-20T15:29:06.12Z","datacontenttype":"application/json",` +
	`"instanceid":"7950647","data":{"record":{"ID":"14682","Note":"a<b","Total":2000.00},"changedFields":["Total"],"changes":[{"field":"Total","new":2000.00}]}}`

func TestACloudEventIsReadLikeAnyOther(t *testing.T) {
	r := callback(cloudEvent, "k", time.Now())
	r.Header.Set("Content-Type", webhook.ContentTypeCloudEvents)
	got, raw, err := webhook.Read(r, 1<<20, "k")
	if err != nil {
		t.Fatal(err)
	}
	if string(raw) != cloudEvent {
		t.Errorf("Read returns body %q, want %q", raw, cloudEvent)
	}
	want := webhook.Event{ID: "1496771", Message: webhook.Message{
		ElementKey: "concur", InstanceID: 7950647, Raw: got.Message.Raw,
		Changes: []webhook.Change{{
			Op: "UPDATED", Resource: "reports/7C 1E/entries", ObjectID: "14682", ElementKey: "concur",
			Date:   time.Date(2018, 8, 20, 15, 29, 6, 120e6, time.UTC),
			Fields: []string{"Total"}, Values: []webhook.FieldValue{{Field: "Total", New: json.RawMessage("2000.00")}},
		}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Read (-want +got):\n%s", diff)
	}
	records, err := got.Records("reports/7C 1E/entries")
	if err != nil || len(records) != 1 || string(records[0]) != `{"ID":"14682","Note":"a<b","Total":2000.00}` {
		t.Errorf("Records = %s, %v, want the vendor's bytes", records, err)
	}
}

func TestACloudEventOfSomebodyElseIsRefused(t *testing.T) {
	for name, change := range map[string][2]string{
		"no id":           {`"id":"1496771"`, `"id":""`},
		"no record":       {`"record"`, `"rec"`},
		"another source":  {`"/instances/`, `"/sensors/`},
		"no resource":     {`/7950647/reports/7C%201E/entries"`, `/7950647"`},
		"no instance":     {`/7950647/`, `/x/`},
		"a bad escape":    {`7C%201E`, `7C%2`},
		"another type":    {`turnstone.concur`, `com.example`},
		"another subject": {`entries.updated`, `entry.updated`},
		"no kind":         {`"turnstone.concur.reports/7C 1E/entries.updated"`, `"turnstone.concur"`},
		"a wrong date":    {`"2018-08-20T15:29:06.12Z"`, `"noon"`},
	} {
		t.Run(name, func(t *testing.T) {
			body := strings.Replace(cloudEvent, change[0], change[1], 1)
			if body == cloudEvent {
				t.Fatal("the body is unchanged")
			}
			if event, err := webhook.Parse([]byte(body)); err == nil {
				t.Errorf("Parse = %+v, want an error", event)
			}
		})
	}
}

// A receiver in a rotation: the sender signs with two keys, and it knows one.
func TestAReceiverThatKnowsOneOfTwoKeysReads(t *testing.T) {
	now := time.Now()
	for _, known := range []string{"new", "old"} {
		r := callback(cloudEvent, "k", now)
		r.Header.Set(webhook.HeaderStandardSignature, webhook.SignAll([]string{"new", "old"}, "1496771", now, []byte(cloudEvent)))
		if _, _, err := webhook.Read(r, 1<<20, known); err != nil {
			t.Errorf("Read with the key %q = %v, want nil", known, err)
		}
	}
}
