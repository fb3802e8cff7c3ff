package envelope_test

import (
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/envelope"
)

func TestAWebhookStandsWholeInItsEvent(t *testing.T) {
	n := envelope.Notification{
		ID: 7, Key: "AY4KDrXA2Yd-zm02iqwa", Instance: turnstone.Instance{ID: 70, AccountID: 4, Element: "box", Name: "Box"}, Hub: "documents", Resource: "files",
		CreatedAt: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		Changes:   []turnstone.Change{{Op: turnstone.Created, ObjectID: "f1"}},
		Raw:       []byte(`{ "event": "uploaded", "itemId": 1.50 }`),
	}
	got, err := envelope.Render(n)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"raw":{"event":"uploaded","itemId":1.50},"userId"`,
		`"events":[{"date":"2026-11-23T12:00:00Z","elementKey":"box","eventType":"CREATED","hubKey":"documents","objectId":"f1","objectType":"files"}]`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("Render = %s, want %s in it", got, want)
		}
	}
	n.Raw = []byte(`{`)
	if _, err := envelope.Render(n); err == nil {
		t.Error("Render of what is no JSON = nil, want an error")
	}
}
