package concursim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"turnstone/internal/concursim"
)

// FuzzSearches checks that whatever a client asks for is answered: with a page, or
// with a refusal.
func FuzzSearches(f *testing.F) {
	f.Add(`userName eq "a"`, "reportID=1&limit=2")
	f.Add(`meta.lastModified gt "2026-01-31T00:00:00Z" and active eq true`, "user=ALL&offset=gWx")
	f.Add(`a eq "\"`, "modifiedAfter=2026-13-01&start=9999999999999")
	sim, err := concursim.New(concursim.Options{Reports: 2})
	if err != nil {
		f.Fatal(err)
	}
	ask := func(method, path, body string, header ...string) (int, string) {
		r := httptest.NewRequest(method, "http://sim.test"+path, strings.NewReader(body))
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	form := url.Values{
		"client_id": {"a"}, "client_secret": {"b"}, "grant_type": {"password"},
		"username": {sim.Companies()[0].Login}, "password": {"concur"},
	}
	_, granted := ask("POST", "/oauth2/v0/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	token := decode[tokens](f, granted).AccessToken
	f.Fuzz(func(t *testing.T, filter, query string) {
		body, _ := json.Marshal(map[string]string{"filter": filter})
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		for _, request := range [][3]string{
			{"POST", "/profile/identity/v4.1/Users/.search", string(body)},
			{"GET", "/profile/identity/v4/Users?" + url.Values{"filter": {filter}}.Encode(), ""},
			{"GET", "/api/v3.0/expense/entries?" + values.Encode(), ""},
			{"GET", "/travelrequest/v4/requests?" + values.Encode(), ""},
			{"GET", "/api/v3.1/invoice/vendors?" + values.Encode(), ""},
		} {
			status, _ := ask(request[0], request[1], request[2], "Authorization", "Bearer "+token, "Accept", "application/json")
			if status != http.StatusOK && status != http.StatusBadRequest && status != http.StatusForbidden {
				t.Errorf("%s %s with %q = %d, want 200 or a refusal", request[0], request[1], request[2], status)
			}
		}
	})
}
