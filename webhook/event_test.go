package webhook_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/webhook"
)

// captured returns a callback body in the platform's own words.
func captured(t testing.TB) string {
	t.Helper()
	body, err := os.ReadFile("testdata/event.json")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(body))
}

// callback is a request as the program sends it at the time given.
func callback(body, key string, at time.Time) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/callback", strings.NewReader(body))
	r.Header = standardHeader("1496771", at, webhook.SignStandard(key, "1496771", at, []byte(body)))
	return r
}

func TestReadDecodesACallback(t *testing.T) {
	body := captured(t)
	got, raw, err := webhook.Read(callback(body, "k", time.Now()), 1<<20, "k")
	if err != nil {
		t.Fatal(err)
	}
	if string(raw) != body {
		t.Errorf("Read returns body %q, want %q", raw, body)
	}
	want := webhook.Event{
		ID: "1496771", Severity: "medium", CreatedDate: "Mon Aug 20 15:30:07 UTC 2018",
		Topic: "instance-7950647-netsuiteerpv2-events", Action: "create", User: "notifications@cloud-elements.com",
		Message: webhook.Message{
			ElementKey: "netsuiteerpv2", AccountID: 874, EventID: "AWVX9OTIhdQRdI1F7Q7v", CompanyID: 291,
			InstanceID: 7950647, InstanceName: "Local netsuite", InstanceTags: []string{"Local netsuite"},
			Raw: got.Message.Raw, UserID: 2749,
			Changes: []webhook.Change{{
				Op: "CREATED", Resource: "invoices", ObjectID: "14682", ElementKey: "netsuiteerpv2", HubKey: "erp",
				Date:     time.Date(2018, 8, 20, 15, 29, 6, 0, time.UTC),
				PollDate: time.Date(2018, 8, 20, 15, 29, 34, 0, time.UTC),
			}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Read (-want +got):\n%s", diff)
	}
}

func TestRecordsKeepTheVendorsBytes(t *testing.T) {
	event, err := webhook.Parse([]byte(captured(t)))
	if err != nil {
		t.Fatal(err)
	}
	records, err := event.Records("invoices")
	if err != nil || len(records) != 1 {
		t.Fatalf("Records = %d records, %v, want 1, nil", len(records), err)
	}
	if want := `{"internalId":"14682","tranId":"INV10000925","total":2000.00}`; string(records[0]) != want {
		t.Errorf("Records = %s, want %s", records[0], want)
	}
	if records, err := event.Records("customers"); len(records) != 0 || err != nil {
		t.Errorf("Records of another resource = %v, %v, want none, nil", records, err)
	}
	if _, err := event.Records("objectType"); err == nil {
		t.Error("Records of a member that is no list = nil error, want one")
	}
}

func TestReadRefuses(t *testing.T) {
	body := captured(t)
	forged := callback(body, "k", time.Now())
	forged.Body = callback(strings.Replace(body, "CREATED", "DELETED", 1), "k", time.Now()).Body
	tests := map[string]struct {
		request *http.Request
		keys    []string
		want    error
	}{
		"a forged body": {forged, []string{"k"}, webhook.ErrSignature},
		"a replay":      {callback(body, "k", time.Now().Add(-time.Hour)), []string{"k"}, webhook.ErrTimestamp},
		"no signature":  {httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)), []string{"k"}, webhook.ErrUnsigned},
		"no key":        {callback(body, "k", time.Now()), nil, webhook.ErrNoKey},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			event, _, err := webhook.Read(tt.request, 1<<20, tt.keys...)
			if !errors.Is(err, tt.want) {
				t.Errorf("Read = %v, want %v", err, tt.want)
			}
			if event.ID != "" {
				t.Errorf("Read returns event %q beside its error", event.ID)
			}
		})
	}
}

func TestReadRefusesABodyBeyondTheLimit(t *testing.T) {
	body := captured(t)
	_, _, err := webhook.Read(callback(body, "k", time.Now()), int64(len(body))-1, "k")
	if _, ok := errors.AsType[*http.MaxBytesError](err); !ok {
		t.Errorf("Read = %v, want a *http.MaxBytesError", err)
	}
}

func TestReadRefusesWhatIsNoEvent(t *testing.T) {
	for name, body := range map[string]string{
		"no JSON":       "<html>",
		"half an event": `{"id":"1","message":{"eventId":"A`,
		"no object":     "[]",
		"another body":  `{"hello":"world"}`,
		"wrong type":    `{"id":7,"message":{"eventId":"A"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := webhook.Read(callback(body, "k", time.Now()), 1<<20, "k"); err == nil {
				t.Error("Read = nil error, want one")
			}
		})
	}
}

func TestADiffIsReadWithItsAbsentSides(t *testing.T) {
	event, err := webhook.Parse([]byte(`{"id":"1","message":{"eventId":"A","events":[{"eventType":"UPDATED","changedFields":["a","b.c","d"],` +
		`"changes":[{"field":"a","old":1.50,"new":2},{"field":"b.c","new":null},{"field":"d","old":"x"}]},{"eventType":"CREATED"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []webhook.Change{{
		Op: "UPDATED", Fields: []string{"a", "b.c", "d"},
		Values: []webhook.FieldValue{
			{Field: "a", Old: []byte("1.50"), New: []byte("2")},
			{Field: "b.c", New: []byte("null")},
			{Field: "d", Old: []byte(`"x"`)},
		},
	}, {Op: "CREATED"}}
	if diff := cmp.Diff(want, event.Message.Changes); diff != "" {
		t.Errorf("Parse (-want +got):\n%s", diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(captured(f)))
	f.Add([]byte(`{"id":"1","message":{"eventId":"A","raw":{"a":[{}]}}}`))
	f.Add([]byte(cloudEvent))
	f.Add([]byte(`{"specversion":"1.0","id":"1","source":"/instances/1/a%2Fb","type":"turnstone.x.a/b.deleted","data":{"record":null}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := webhook.Parse(body)
		if err != nil {
			return
		}
		for _, change := range event.Message.Changes {
			if _, err := event.Records(change.Resource); err != nil {
				return
			}
		}
	})
}
