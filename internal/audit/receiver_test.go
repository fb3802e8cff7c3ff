package audit_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/audit"
	"turnstone/webhook"
)

const key = "123456"

// arrival is when everything arrives.
func arrival() time.Time { return enabled }

// body is an event with one change for each object, and records for them.
func body(id string, records []string, objects ...string) string {
	var changes []string
	for _, o := range objects {
		changes = append(changes, `{"eventType":"UPDATED","objectType":"reports","objectId":"`+o+`"}`)
	}
	return `{"id":"` + id + `","message":{"eventId":"e` + id + `","raw":{"reports":[` + strings.Join(records, ",") +
		`]},"events":[` + strings.Join(changes, ",") + `]}}`
}

// event is a right event with one change for each object.
func event(id string, objects ...string) string {
	var records []string
	for _, o := range objects {
		records = append(records, `{"ID":"`+o+`"}`)
	}
	return body(id, records, objects...)
}

// post posts a body signed with a key and returns the status.
func post(t *testing.T, r *audit.Receiver, body, key string) int {
	t.Helper()
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, signed(t, body, key))
	return answer.Code
}

// signed returns a POST of a body, signed in both ways with a key.
func signed(t *testing.T, body, key string) *http.Request {
	t.Helper()
	now := time.Now()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/callback", strings.NewReader(body))
	request.Header.Set(webhook.HeaderStandardID, "1")
	request.Header.Set(webhook.HeaderStandardTimestamp, strconv.FormatInt(now.Unix(), 10))
	request.Header.Set(webhook.HeaderStandardSignature, webhook.SignStandard(key, "1", now, []byte(body)))
	request.Header.Set(webhook.HeaderSignature, webhook.Sign(key, []byte(body)))
	return request
}

func receiver(t *testing.T, path string, heed func(audit.Change)) *audit.Receiver {
	t.Helper()
	r, err := audit.NewReceiver(path, key, arrival, heed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() }) // fails if the test closed it
	return r
}

// objects are the objects of the changes received.
func objects(r *audit.Receiver) []string {
	var ids []string
	for _, c := range r.Changes() {
		ids = append(ids, c.NotificationID+c.ObjectID)
	}
	return ids
}

func TestReceiverRemembersEachChange(t *testing.T) {
	var heard []string
	r := receiver(t, "", func(c audit.Change) { heard = append(heard, c.ObjectID) })
	if status := post(t, r, event("1", "a", "b"), key); status != http.StatusOK {
		t.Errorf("status = %d, want 200", status)
	}
	want := []audit.Change{
		{NotificationID: "1", Op: "UPDATED", ObjectID: "a", Record: json.RawMessage(`{"ID":"a"}`), At: enabled},
		{NotificationID: "1", Op: "UPDATED", ObjectID: "b", Record: json.RawMessage(`{"ID":"b"}`), At: enabled},
	}
	if diff := cmp.Diff(want, r.Changes()); diff != "" {
		t.Errorf("Changes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "b"}, heard); diff != "" {
		t.Errorf("heeded (-want +got):\n%s", diff)
	}
}

func TestReceiverRefusesAndForgets(t *testing.T) {
	tests := map[string]struct {
		body string
		key  string
		want int
	}{
		"a wrong signature": {event("1", "a"), "another key", http.StatusUnauthorized},
		"no event":          {`{"hello":"world"}`, key, http.StatusBadRequest},
		"too few records":   {body("1", []string{`{"ID":"a"}`}, "a", "b"), key, http.StatusBadRequest},
		"too many records":  {body("1", []string{`{"ID":"a"}`, `{"ID":"b"}`}, "a"), key, http.StatusBadRequest},
		"no list":           {strings.Replace(event("1", "a"), `[{"ID":"a"}]`, `7`, 1), key, http.StatusBadRequest},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "received.jsonl")
			r := receiver(t, path, func(c audit.Change) { t.Errorf("heeded %v", c) })
			if got := post(t, r, tt.body, tt.key); got != tt.want {
				t.Errorf("status = %d, want %d", got, tt.want)
			}
			if got := r.Refused(); got != 1 {
				t.Errorf("Refused = %d, want 1", got)
			}
			if got := r.Changes(); len(got) != 0 {
				t.Errorf("Changes = %v, want none", got)
			}
			if text, err := os.ReadFile(path); err != nil || len(text) != 0 {
				t.Errorf("the file holds %q, %v, want nothing", text, err)
			}
		})
	}
}

func TestReceiverChecksBothSignatures(t *testing.T) {
	for _, header := range []string{webhook.HeaderSignature, webhook.HeaderStandardSignature} {
		r := receiver(t, "", nil)
		request := signed(t, event("1", "a"), key)
		request.Header.Set(header, webhook.Sign("another key", nil))
		answer := httptest.NewRecorder()
		if r.ServeHTTP(answer, request); answer.Code != http.StatusUnauthorized || len(r.Changes()) != 0 {
			t.Errorf("with a wrong %s: status %d, changes %v, want 401 and none", header, answer.Code, r.Changes())
		}
	}
}

func TestAPostThatBreaksOffIsNotRefused(t *testing.T) {
	r := receiver(t, "", nil)
	request := signed(t, event("1", "a"), key)
	request.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
	r.ServeHTTP(httptest.NewRecorder(), request)
	if r.Refused() != 0 || len(r.Changes()) != 0 {
		t.Errorf("Refused = %d, Changes = %v, want 0 and none", r.Refused(), r.Changes())
	}
}

func TestReceiverGoesOnWithItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "received.jsonl")
	first := receiver(t, path, nil)
	post(t, first, event("1", "a", "b"), key)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := receiver(t, path, nil)
	post(t, second, event("2", "c"), key)
	want := []string{"1a", "1b", "2c"}
	if diff := cmp.Diff(want, objects(second)); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, objects(receiver(t, path, nil))); diff != "" {
		t.Errorf("received, by the file (-want +got):\n%s", diff)
	}
}

func TestHalfWrittenLastLineIsCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "received.jsonl")
	first := receiver(t, path, nil)
	post(t, first, event("1", "a"), key)
	post(t, first, event("2", "b"), key)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range whole {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		r := receiver(t, path, nil)
		lines := strings.Count(string(whole[:cut]), "\n")
		if got := objects(r); len(got) != lines {
			t.Errorf("cut at %d: received %v, want the first %d", cut, got, lines)
		}
		post(t, r, event("3", "c"), key)
		if got := objects(receiver(t, path, nil)); len(got) != lines+1 || got[lines] != "3c" {
			t.Errorf("cut at %d: then received %v, want %d and 3c", cut, got, lines)
		}
	}
}

func TestGarbageInTheFileIsNotDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "received.jsonl")
	const text = "{}\nnonsense\n{}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := audit.NewReceiver(path, key, arrival, nil)
	if err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "remove the file") {
		t.Errorf("NewReceiver = %v, want an error with the line and the remedy", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != text {
		t.Errorf("the file holds %q, %v, want it as it was", got, err)
	}
}

func TestWhatCannotBeKeptIsNotAcknowledged(t *testing.T) {
	r := receiver(t, filepath.Join(t.TempDir(), "received.jsonl"), nil)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if got := post(t, r, event("1", "a"), key); got != http.StatusInternalServerError {
		t.Errorf("status = %d, want 500", got)
	}
	if got := r.Changes(); len(got) != 0 {
		t.Errorf("Changes = %v, want none", got)
	}
}

func TestReceiverNamesAFileItCannotOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "received.jsonl")
	if _, err := audit.NewReceiver(path, key, arrival, nil); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("NewReceiver = %v, want an error that names %s", err, path)
	}
}
