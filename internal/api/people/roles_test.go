package people_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"turnstone/internal/api/rest"
)

// right is what each caller is answered at a route about the other account's things.
type right struct {
	request  string // with numbers for names; the body behind it
	admin    int    // of the account
	member   int    // of the account
	token    int    // the admin, with an element token in place of the Organization
	operator int    // of the first account
	stranger int    // a member of the first account
}

// rights says for each route who may call it. Who may rotate a secret is told that there
// is something wrong with how, because the others still need it.
func rights(w *world) map[string][]right {
	const (
		ok, wrong, unauthorized, forbidden = http.StatusOK, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden
		missing, conflict                  = http.StatusNotFound, http.StatusConflict
	)
	user, in := fmt.Sprint(w.memberID), fmt.Sprint(w.instance.ID)
	return map[string][]right{
		"GET /users":               {{"/users", ok, forbidden, unauthorized, ok, forbidden}},
		"POST /users":              {{`/users {"emailAddress":"%s@example.com","password":"long enough"}`, ok, forbidden, unauthorized, ok, forbidden}},
		"GET /users/{user}":        {{"/users/" + user, ok, ok, unauthorized, missing, forbidden}, {"/users/me", ok, ok, unauthorized, ok, ok}},
		"PATCH /users/{user}":      {{"/users/" + user + ` {"firstName":"M"}`, ok, ok, unauthorized, missing, forbidden}},
		"DELETE /users/{user}":     {{"/users/nobody@example.com", missing, forbidden, unauthorized, missing, forbidden}},
		"PUT /users/{user}/secret": {{"/users/nobody@example.com/secret", missing, forbidden, unauthorized, missing, forbidden}},

		"GET /organizations":                  {{"/organizations", ok, ok, unauthorized, ok, ok}},
		"GET /organizations/{organization}":   {{"/organizations/2", ok, ok, unauthorized, forbidden, forbidden}},
		"PATCH /organizations/{organization}": {{`/organizations/2 {"name":"Second"}`, ok, forbidden, unauthorized, forbidden, forbidden}},
		"PUT /organizations/secret":           {{`/organizations/secret {"oldSecretValidUntil":"2036-01-01"}`, wrong, forbidden, unauthorized, wrong, forbidden}},

		"GET /accounts":                  {{"/accounts", ok, ok, unauthorized, ok, ok}},
		"POST /accounts":                 {{`/accounts {"name":"N","user":{"emailAddress":"%s.n@example.com","password":"long enough"}}`, forbidden, forbidden, unauthorized, ok, forbidden}},
		"GET /accounts/{account}":        {{"/accounts/2", ok, ok, unauthorized, ok, forbidden}},
		"PATCH /accounts/{account}":      {{`/accounts/2 {"name":"Second"}`, ok, forbidden, unauthorized, ok, forbidden}, {`/accounts/2 {"limits":{"users":50}}`, forbidden, forbidden, unauthorized, ok, forbidden}},
		"DELETE /accounts/{account}":     {{"/accounts/2", forbidden, forbidden, unauthorized, conflict, forbidden}, {"/accounts/1", forbidden, forbidden, unauthorized, forbidden, forbidden}},
		"GET /accounts/{account}/limits": {{"/accounts/2/limits", ok, ok, unauthorized, ok, forbidden}},

		"GET /audit-logs":           {{"/audit-logs?action=none", missing, forbidden, unauthorized, missing, forbidden}},
		"PUT /instances/{id}/token": {{"/instances/" + in + `/token {"oldSecretValidUntil":"2036-01-01"}`, wrong, wrong, wrong, missing, missing}},
	}
}

func TestEachRoleMayCallWhatItShould(t *testing.T) {
	w := newWorld(t)
	table := rights(w)
	for _, r := range w.routes {
		if r.Access == rest.Public {
			continue
		}
		tests, known := table[r.Pattern]
		if !known {
			t.Errorf("nobody says who may call %s: add it to rights", r.Pattern)
		}
		method, _, _ := strings.Cut(r.Pattern, " ")
		for _, tt := range tests {
			path, body, _ := strings.Cut(tt.request, " ")
			for who, call := range map[string]struct {
				authorization string
				want          int
			}{
				"admin": {w.admin, tt.admin}, "member": {w.member, tt.member},
				"token":    {"User user-secret-2, Element " + string(w.instance.Token), tt.token},
				"operator": {w.operator, tt.operator}, "stranger": {w.stranger, tt.stranger},
				"nobody": {"", http.StatusUnauthorized},
			} {
				sent := strings.ReplaceAll(body, "%s", who)
				if got := w.call(call.authorization, method+" "+path, sent); got.status != call.want {
					t.Errorf("%s %s %s by %s = %d %s, want %d", method, path, sent, who, got.status, got.body, call.want)
				}
			}
		}
	}
}
