package envelope_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/envelope"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

// captured is the callback of a real installation, with its record shortened.
const captured = `{"severity":"medium","createdDate":"Mon Aug 20 15:30:07 UTC 2018","topic":"instance-7950647-netsuiteerpv2-events","action":"create","id":"1496771",` +
	`"message":{"elementKey":"netsuiteerpv2","accountId":874,"eventId":"AWVX9OTIhdQRdI1F7Q7v","companyId":874,"instanceId":7950647,"instance_id":7950647,` +
	`"instanceName":"Local netsuite","instanceTags":["Local netsuite"],` +
	`"raw":{"invoices":[{"internalId":"14682","tranId":"INV10000925","total":2000,"createdDate":"2018-08-20T15:29:06Z","lastModifiedDate":"2018-08-20T15:29:06Z"}],"pollDate":1534778974827,"objectType":"invoices"},` +
	`"userId":2749,"events":[{"date":"2018-08-20T15:29:06Z","elementKey":"netsuiteerpv2","pollDate":"2018-08-20T15:29:34Z","eventType":"CREATED","hubKey":"erp","objectId":"14682","objectType":"invoices"}]},` +
	`"user":"notifications@cloud-elements.com"}`

func notification() envelope.Notification {
	return envelope.Notification{
		ID: 1496771, Key: "AWVX9OTIhdQRdI1F7Q7v", Hub: "erp", Resource: "invoices",
		Instance: turnstone.Instance{
			ID: 7950647, AccountID: 874, UserID: 2749, Element: "netsuiteerpv2",
			Name: "Local netsuite", Tags: []string{"Local netsuite"},
		},
		CreatedAt: at("2018-08-20T15:30:07.9Z"),
		PollAt:    at("2018-08-20T15:29:34.827Z"),
		Changes: []turnstone.Change{{
			Op: turnstone.Created, ObjectID: "14682", Date: at("2018-08-20T15:29:06Z"),
			Record: json.RawMessage(`{"internalId":"14682","tranId":"INV10000925","total":2000,"createdDate":"2018-08-20T15:29:06Z","lastModifiedDate":"2018-08-20T15:29:06Z"}`),
		}},
	}
}

func render(t *testing.T, n envelope.Notification) string {
	t.Helper()
	body, err := envelope.Render(n)
	if err != nil {
		t.Fatalf("Render: %v", err)
	}
	return string(body)
}

// The company of a capture is its account here: see docs/compatibility.md.
func TestBodyIsTheCapturedOneByteForByte(t *testing.T) {
	if diff := cmp.Diff(captured, render(t, notification())); diff != "" {
		t.Errorf("Render (-want +got):\n%s", diff)
	}
}

func TestRecordsKeepTheirText(t *testing.T) {
	n := notification()
	n.Changes[0].Record = json.RawMessage(`{ "amount": 307.010, "id": 12345678901234567890, "tiny": 0E-8, "text": "a<b>&\u00e9" }`)
	want := `{"invoices":[{"amount":307.010,"id":12345678901234567890,"tiny":0E-8,"text":"a<b>&\u00e9"}],`
	if got := render(t, n); !strings.Contains(got, want) {
		t.Errorf("Render = %s, want it to contain %s", got, want)
	}
}

func TestNamesAreEntityEncodedOnce(t *testing.T) {
	n := notification()
	n.Instance.Name = `Smith & "Sons" <b>`
	n.Instance.Tags = []string{"a&b"}
	want := `"instanceName":"Smith &amp; &quot;Sons&quot; &lt;b&gt;","instanceTags":["a&b"],`
	if got := render(t, n); !strings.Contains(got, want) {
		t.Errorf("Render = %s, want it to contain %s", got, want)
	}
}

func TestChangeWithoutADateCarriesTheEvents(t *testing.T) {
	n := notification()
	n.Changes[0].Date = time.Time{}
	if got, want := render(t, n), `"events":[{"date":"2018-08-20T15:30:07Z",`; !strings.Contains(got, want) {
		t.Errorf("Render = %s, want it to contain %s", got, want)
	}
}

func TestNoTagsIsAnEmptyList(t *testing.T) {
	n := notification()
	n.Instance.Tags = nil
	if got, want := render(t, n), `"instanceTags":[],`; !strings.Contains(got, want) {
		t.Errorf("Render = %s, want it to contain %s", got, want)
	}
}

func TestRecordThatIsNoJSONIsRefused(t *testing.T) {
	n := notification()
	n.Changes[0].Record = json.RawMessage(`{"half":`)
	if body, err := envelope.Render(n); err == nil || !strings.Contains(err.Error(), "14682") {
		t.Errorf("Render = %s, %v, want an error that names record 14682", body, err)
	}
}

func TestKeysOfOneMomentDiffer(t *testing.T) {
	now := at("2024-05-02T12:00:00Z")
	random := strings.NewReader("123456789abcdefghi")
	first, err := envelope.NewKey(now, random)
	if err != nil {
		t.Fatal(err)
	}
	second, err := envelope.NewKey(now, random)
	if err != nil {
		t.Fatal(err)
	}
	if len(first) != 20 || len(second) != 20 || first == second {
		t.Errorf("NewKey = %q then %q, want two different keys of 20 characters", first, second)
	}
	if key, err := envelope.NewKey(now, random); err == nil {
		t.Errorf("NewKey without randomness = %q, want an error", key)
	}
}

func ExampleRender() {
	body, err := envelope.Render(envelope.Notification{
		ID: 501, Key: "AXz0123456789abcdefg", Hub: "expense", Resource: "reports",
		Instance:  turnstone.Instance{ID: 1234, AccountID: 1, UserID: 7, Element: "concur", Name: "ConcurForDocs", Tags: []string{"Docs"}},
		CreatedAt: time.Date(2024, 5, 2, 12, 0, 3, 0, time.UTC),
		PollAt:    time.Date(2024, 5, 2, 12, 0, 0, 0, time.UTC),
		Changes:   []turnstone.Change{{Op: turnstone.Created, ObjectID: "R1", Record: json.RawMessage(`{"ID":"R1"}`)}},
	})
	fmt.Println(string(body[:61]), err)
	// Output: {"severity":"medium","createdDate":"Thu May 02 12:00:03 UTC 2 <nil>
}
