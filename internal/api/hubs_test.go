package api_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestHubCallsReadAndWriteRecords(t *testing.T) {
	w := newWorld(t)
	token := withToken(w.create())
	made := decode[struct{ ID string }](t, w.ok("POST", "/hubs/expense/reports?user="+url.QueryEscape(w.sim.Companies()[0].Login),
		`{"Name":"From the hub","CurrencyCode":"USD"}`, "Authorization", token))
	if made.ID == "" {
		t.Fatal("create answers no ID")
	}
	for _, hub := range []string{"expense", "crm", "anything"} {
		got := w.ok("GET", "/hubs/"+hub+"/reports/"+made.ID, "", "Authorization", token)
		if name := decode[struct{ Name string }](t, got).Name; name != "From the hub" {
			t.Errorf("Name = %q, want From the hub", name)
		}
	}
	for _, method := range []string{"PATCH", "PUT"} {
		name := "Renamed by " + method
		w.ok(method, "/hubs/expense/reports/"+made.ID, fmt.Sprintf(`{"Name":%q}`, name), "Authorization", token)
		got := w.ok("GET", "/hubs/expense/reports/"+made.ID, "", "Authorization", token)
		if !strings.Contains(got.body, name) {
			t.Errorf("after %s: %s, want %s", method, got.body, name)
		}
	}
}

func TestHubPagesLeadToEachOther(t *testing.T) {
	w := newWorld(t)
	token := withToken(w.create())
	seen := map[string]bool{}
	next := ""
	for page := 1; ; page++ {
		got := w.ok("GET", "/hubs/expense/reports?pageSize=2&nextPage="+next, "", "Authorization", token)
		for _, record := range decode[[]struct{ ID string }](t, got) {
			seen[record.ID] = true
		}
		if next = got.header.Get("Elements-Next-Page-Token"); next == "" {
			break
		}
		if page > 10 {
			t.Fatal("the pages do not end")
		}
	}
	if len(seen) != 5 {
		t.Errorf("read %d reports, want 5", len(seen))
	}
}

func TestOnlyPagesThatAnInstanceWasGivenLeadOn(t *testing.T) {
	w := newWorld(t)
	token, other := withToken(w.create()), withToken(w.create())
	const first = "/hubs/expense/reports?pageSize=2"
	given := w.ok("GET", first, "", "Authorization", token).header.Get("Elements-Next-Page-Token")
	place, _, signed := strings.Cut(given, ".")
	if !signed {
		t.Fatalf("token = %q, want a place and a signature", given)
	}
	elsewhere := base64.RawURLEncoding.EncodeToString([]byte(`{"v":1,"e":"concur","r":"reports","s":2,"p":{"next":"/api/v3.0/common/users"}}`))
	tests := map[string]struct{ next, authorization string }{
		"made up":              {elsewhere, token},
		"without signature":    {place, token},
		"signed for another":   {elsewhere + strings.TrimPrefix(given, place), token},
		"of another instance":  {given, other},
		"with something added": {given + "A", token},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := w.call("GET", first+"&nextPage="+tt.next, "", "Authorization", tt.authorization)
			if got.status != http.StatusBadRequest || !strings.Contains(got.body, "leave nextPage out to begin again") {
				t.Errorf("answer = %d %s, want 400 and what to do", got.status, got.body)
			}
		})
	}
	w.ok("GET", first+"&nextPage="+given, "", "Authorization", token)
}

func TestAnInstanceNobodyAuthorisedSaysSo(t *testing.T) {
	w := newWorld(t)
	made := decode[view](t, w.ok("POST", "/instances", seed(t, nil)))
	got := w.call("GET", "/hubs/expense/reports", "", "Authorization", withToken(made))
	if got.status != http.StatusUnauthorized || !strings.Contains(got.body, "providerData.code") {
		t.Errorf("answer = %d %s, want 401 and what to do", got.status, got.body)
	}
}
