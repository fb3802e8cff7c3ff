package envelope_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/envelope"
)

// cloudEvent returns the notification as CloudEvents have it.
func cloudEvent() envelope.Notification {
	n := notification()
	n.Format = turnstone.FormatCloudEvents
	return n
}

func TestACloudEventIsExact(t *testing.T) {
	want := `{"specversion":"1.0","id":"1496771","source":"/instances/7950647/invoices","type":"turnstone.netsuiteerpv2.invoices.created",` +
		`"subject":"14682","time":"2018-08-20T15:29:06Z","datacontenttype":"application/json","instanceid":"7950647",` +
		`"data":{"record":{"internalId":"14682","tranId":"INV10000925","total":2000,"createdDate":"2018-08-20T15:29:06Z","lastModifiedDate":"2018-08-20T15:29:06Z"}}}`
	if diff := cmp.Diff(want, render(t, cloudEvent())); diff != "" {
		t.Errorf("Render (-want +got):\n%s", diff)
	}
}

func TestACloudEventTellsItsKindDateAndPlace(t *testing.T) {
	tests := map[string]struct {
		change func(*envelope.Notification)
		want   string
	}{
		"updated":      {func(n *envelope.Notification) { n.Changes[0].Op = turnstone.Updated }, `"type":"turnstone.netsuiteerpv2.invoices.updated",`},
		"deleted":      {func(n *envelope.Notification) { n.Changes[0].Op = turnstone.Deleted }, `"type":"turnstone.netsuiteerpv2.invoices.deleted",`},
		"no date":      {func(n *envelope.Notification) { n.Changes[0].Date = time.Time{} }, `"time":"2018-08-20T15:30:07.9Z",`},
		"other zone":   {func(n *envelope.Notification) { n.Changes[0].Date = at("2018-08-20T17:29:06.120+02:00") }, `"time":"2018-08-20T15:29:06.12Z",`},
		"no object id": {func(n *envelope.Notification) { n.Changes[0].ObjectID = "" }, `.created","time":`},
		"a path":       {func(n *envelope.Notification) { n.Resource = "reports/7C 1E/entries" }, `"source":"/instances/7950647/reports/7C%201E/entries",`},
		"a large id":   {func(n *envelope.Notification) { n.Instance.ID = 1 << 40 }, `"instanceid":"1099511627776",`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			n := cloudEvent()
			tt.change(&n)
			if got := render(t, n); !strings.Contains(got, tt.want) {
				t.Errorf("Render = %s, want it to contain %s", got, tt.want)
			}
		})
	}
}

func TestACloudEventIsAboutOneChange(t *testing.T) {
	n := cloudEvent()
	n.Changes = append(n.Changes, n.Changes[0])
	if body, err := envelope.Render(n); err == nil || !strings.Contains(err.Error(), "one change") {
		t.Errorf("Render = %s, %v, want two changes refused", body, err)
	}
	n.Changes = nil
	if body, err := envelope.Render(n); err == nil {
		t.Errorf("Render = %s, want no change refused", body)
	}
	n = cloudEvent()
	n.Changes[0].Record = json.RawMessage(`{"half":`)
	if body, err := envelope.Render(n); err == nil || !strings.Contains(err.Error(), "14682") {
		t.Errorf("Render = %s, %v, want an error that names record 14682", body, err)
	}
}

// conforms returns what is wrong with a body by the rules of CloudEvents 1.0 and its
// JSON format, 3: the attributes that are required, how attributes are named, and of
// which type each is.
func conforms(body []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return err
	}
	attributes := make(map[string]string)
	for name, value := range members {
		if name == "data" {
			continue // any JSON
		}
		var text string
		if err := json.Unmarshal(value, &text); err != nil || text == "" {
			return fmt.Errorf("attribute %s is %s, no text or empty", name, value)
		}
		if !regexp.MustCompile(`^[a-z0-9]{1,20}$`).MatchString(name) {
			return fmt.Errorf("attribute %s: a name is of lower-case letters and digits", name)
		}
		attributes[name] = text
	}
	for _, name := range []string{"id", "source", "specversion", "type"} {
		if attributes[name] == "" {
			return fmt.Errorf("attribute %s is required", name)
		}
	}
	if attributes["specversion"] != "1.0" || attributes["datacontenttype"] != "application/json" {
		return fmt.Errorf("specversion %q, datacontenttype %q", attributes["specversion"], attributes["datacontenttype"])
	}
	if _, err := time.Parse(time.RFC3339, attributes["time"]); err != nil {
		return err
	}
	_, err := url.Parse(attributes["source"])
	return err
}

func TestCloudEventsConformWhateverTheirTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringN(1, 20, -1), rapid.SampledFrom([]string{"plain", `a"b\c`, "a/b?c#d", "é😀", "100%", "a b", ":"}))
		value := quote(text.Draw(t, "value"))
		n := cloudEvent()
		n.ID, n.Resource, n.Instance.ID = rapid.Int64().Draw(t, "id"), text.Draw(t, "resource"), rapid.Int64().Draw(t, "instance")
		n.Changes = []turnstone.Change{{
			Op: turnstone.Updated, ObjectID: text.Draw(t, "object"), Date: time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "date")),
			Record: json.RawMessage(" {" + value + ": [1.50, " + value + "] }"), Diff: drawDiff(t, text),
		}}
		body, err := envelope.Render(n)
		if err != nil {
			t.Fatal(err)
		}
		if err := conforms(body); err != nil {
			t.Fatalf("Render = %s: %v", body, err)
		}
		var got struct {
			Data struct {
				Record json.RawMessage `json:"record"`
			} `json:"data"`
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
		if want := "{" + value + ":[1.50," + value + "]}"; !bytes.Equal(got.Data.Record, []byte(want)) {
			t.Fatalf("record = %s, want %s", got.Data.Record, want)
		}
	})
}

func ExampleRender_cloudEvent() {
	body, err := envelope.Render(envelope.Notification{
		ID: 501, Resource: "reports", CreatedAt: time.Date(2024, 5, 2, 12, 0, 3, 0, time.UTC),
		Instance: turnstone.Instance{ID: 1234, Element: "concur"}, Format: turnstone.FormatCloudEvents,
		Changes: []turnstone.Change{{
			Op: turnstone.Updated, ObjectID: "R1", Record: json.RawMessage(`{"ID":"R1","Total":12.50}`),
			Diff: []turnstone.FieldChange{{Field: "Total", Old: json.RawMessage(`10.00`), New: json.RawMessage(`12.50`)}},
		}},
	})
	text := string(body)
	fmt.Println(text[strings.Index(text, `"type"`):strings.Index(text, `,"time"`)], err)
	fmt.Println(text[strings.Index(text, `"data"`):])
	// Output:
	// "type":"turnstone.concur.reports.updated","subject":"R1" <nil>
	// "data":{"record":{"ID":"R1","Total":12.50},"changedFields":["Total"],"changes":[{"field":"Total","old":10.00,"new":12.50}]}}
}
