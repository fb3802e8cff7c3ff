package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/hub"
)

// brokenHub answers every call with an error, or a panic.
type brokenHub struct{ err error }

func (b brokenHub) List(context.Context, turnstone.Instance, hub.Request) (hub.Page, error) {
	if b.err == nil {
		panic("user-data")
	}
	return hub.Page{}, b.err
}

func (b brokenHub) Retrieve(context.Context, turnstone.Instance, hub.Ref) (json.RawMessage, error) {
	return nil, b.err
}

func (b brokenHub) Create(context.Context, turnstone.Instance, hub.Ref, []byte) (json.RawMessage, error) {
	return nil, b.err
}

func (b brokenHub) Update(context.Context, turnstone.Instance, hub.Ref, []byte) (json.RawMessage, error) {
	return nil, b.err
}

func (b brokenHub) Delete(context.Context, turnstone.Instance, hub.Ref) (json.RawMessage, error) {
	return nil, b.err
}

func TestErrorsHaveTheirStatus(t *testing.T) {
	vendor := func(status int, action turnstone.VendorAction) error {
		return fmt.Errorf("list: %w", &turnstone.VendorError{Action: action, Status: status, Message: "vendor's words", URL: "https://vendor.example/reports"})
	}
	broken := &turnstone.VendorError{Action: turnstone.VendorRetry, Status: 200, Err: errors.New("half a body"), URL: "https://vendor.example/reports"}
	tests := map[string]struct {
		err             error
		status          int
		message         string
		providerMessage string
	}{
		"panic":          {nil, 500, "internal error; the requestId finds it in the log", ""},
		"unforeseen":     {errors.New("disk full at /secret/place"), 500, "internal error; the requestId finds it in the log", ""},
		"wrong request":  {&hub.RequestError{Param: "where", Problem: "cannot be read; write a = 'b'"}, 400, "where: cannot be read; write a = 'b'", ""},
		"vendor refuses": {vendor(400, turnstone.VendorFail), 400, "the vendor answered 400", "vendor's words"},
		"vendor forbids": {vendor(403, turnstone.VendorFail), 403, "the vendor answered 403", "vendor's words"},
		"vendor forbids, and we say why": {
			fmt.Errorf("list: %w", &turnstone.VendorError{Action: turnstone.VendorFail, Status: 403, Message: "vendor's words", Err: errors.New("not permitted; give the account the role"), URL: "https://vendor.example/reports"}),
			403, "not permitted; give the account the role", "vendor's words",
		},
		"answer too large": {
			fmt.Errorf("list: %w", &turnstone.VendorError{Action: turnstone.VendorFail, Status: 200, Err: errors.New("too large"), URL: "https://vendor.example/reports"}),
			502, "too large", "",
		},
		"unknown resource":      {&hub.RequestError{Param: "resource", Problem: "there is no such"}, 404, "resource: there is no such", ""},
		"impossible":            {&hub.RequestError{Param: "method", Problem: "reports has no delete"}, 405, "method: reports has no delete", ""},
		"vendor does not know":  {vendor(404, turnstone.VendorFail), 404, "the vendor answered 404", "vendor's words"},
		"vendor has a conflict": {vendor(409, turnstone.VendorFail), 409, "the vendor answered 409", "vendor's words"},
		"vendor is odd":         {vendor(418, turnstone.VendorFail), 400, "the vendor answered 418", "vendor's words"},
		"an error with 200":     {vendor(200, turnstone.VendorFail), 400, "the vendor answered 200", "vendor's words"},
		"vendor is broken":      {vendor(500, turnstone.VendorRetry), 502, "the vendor answered 500", "vendor's words"},
		"vendor is cut short":   {broken, 502, "half a body", ""},
		"needs authentication":  {fmt.Errorf("instance 1: %w; authorise it again", turnstone.ErrUnauthenticated), 401, "authorise it again", ""},
		"conflict":              {turnstone.ErrConflict, 409, "send the request again", ""},
		"given up":              {context.Canceled, 503, "send it again", ""},
	}
	w := newWorld(t)
	token := withToken(w.create())
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := w.api(t)
			a.Hub = brokenHub{tt.err}
			w.handler = a.Handler()
			got := w.call("GET", "/hubs/expense/reports", "", "Authorization", token)
			body := decode[struct{ RequestID, Message, ProviderMessage string }](t, got)
			if got.status != tt.status || !strings.Contains(body.Message, tt.message) || body.ProviderMessage != tt.providerMessage {
				t.Errorf("answer = %d %s, want %d with %q and %q", got.status, got.body, tt.status, tt.message, tt.providerMessage)
			}
			if !strings.Contains(w.seen.String(), `"request":"`+body.RequestID+`"`) {
				t.Error("the log has no line with the requestId")
			}
		})
	}
	for _, want := range []string{"panic: user-data", "brokenHub", "disk full at /secret/place"} {
		if !strings.Contains(w.seen.String(), want) {
			t.Errorf("the log lacks %q", want)
		}
	}
}

func TestABusyVendorIsPassedOn(t *testing.T) {
	w := newWorld(t)
	token := withToken(w.create())
	a := w.api(t)
	a.Hub = brokenHub{&turnstone.VendorError{Action: turnstone.VendorWait, Status: 503, Wait: 1500 * time.Millisecond}}
	w.handler = a.Handler()
	got := w.call("GET", "/hubs/expense/reports/1", "", "Authorization", token)
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "2" {
		t.Errorf("answer = %d, Retry-After %q, want 429 and 2", got.status, got.header.Get("Retry-After"))
	}
}

func TestEveryAnswerCarriesItsHeaders(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/elements", "/nothing", "/instances"} {
		got := w.call("GET", path, "")
		for _, header := range []string{"Elements-Request-Id", "Access-Control-Expose-Headers", "Content-Length"} {
			if got.header.Get(header) == "" {
				t.Errorf("GET %s has no %s", path, header)
			}
		}
		if kind := got.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
			t.Errorf("GET %s has the Content-Type %q", path, kind)
		}
	}
}

func TestADatabaseThatIsDownIsNotReady(t *testing.T) {
	w := newWorld(t)
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := w.call("GET", "/readyz", ""); got.status != http.StatusServiceUnavailable {
		t.Errorf("readyz = %d, want 503", got.status)
	}
	if got := w.call("GET", "/healthz", ""); got.status != http.StatusOK {
		t.Errorf("healthz = %d, want 200", got.status)
	}
}
