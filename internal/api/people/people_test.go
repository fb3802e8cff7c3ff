package people_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/api/rest"
)

func TestClientsSignInForTheirSecrets(t *testing.T) {
	w := newWorld(t)
	got := w.call("", "POST /authentication", fmt.Sprintf(`{"username":"Member@example.com","password":%q}`, password))
	var signedIn struct{ Token string }
	if err := json.Unmarshal([]byte(got.body), &signedIn); err != nil || got.status != http.StatusOK {
		t.Fatalf("POST /authentication = %d %s, want a token", got.status, got.body)
	}
	secrets := w.ok("Bearer "+signedIn.Token, "GET /authentication/secrets", "")
	want := map[string]any{"userSecret": "member-secret", "organizationSecret": "organization-secret-2"}
	if diff := cmp.Diff(want, secrets); diff != "" {
		t.Errorf("GET /authentication/secrets (-want +got)\n%s", diff)
	}
	w.now = w.now.Add(2 * time.Hour)
	w.refused("Bearer "+signedIn.Token, "GET /authentication/secrets", "", refusal{401, "the token has expired; sign in again with POST /authentication"})
}

func TestSigningInIsRefusedWithReasons(t *testing.T) {
	w := newWorld(t)
	const at = "POST /authentication"
	w.refused("", at, "", refusal{400, "the body is empty"})
	w.refused("", at, `{"username":"member@example.com"}`, refusal{400, "username or password is missing"})
	w.refused("", at, `{"username":7,"password":"x"}`, refusal{400, "username: is a number; write text"})
	w.refused("", at, `{"user":"x"}`, refusal{400, `a member that is not known here: \"user\"`})
	w.refused("", at, `{"username":"member@example.com","password":"wrong"}`, refusal{401, "the user name or the password is wrong"})
	w.refused("", at, `{"username":"nobody@example.com","password":"wrong"}`, refusal{401, "the user name or the password is wrong"})
	for range 4 {
		w.call("", at, `{"username":"member@example.com","password":"wrong"}`)
	}
	late := w.call("", at, fmt.Sprintf(`{"username":"member@example.com","password":%q}`, password))
	if late.status != http.StatusTooManyRequests || late.header.Get("Retry-After") != "60" {
		t.Errorf("a sixth attempt = %d, Retry-After %q, want 429 and 60", late.status, late.header.Get("Retry-After"))
	}
	for header, want := range map[string]string{
		"": "has no token", "Bearer": "has no token", w.admin: "has no token", "Bearer x": "the token is none that was given here",
	} {
		w.refused(header, "GET /authentication/secrets", "", refusal{401, want})
	}
}

func TestSecretsAreShownToWhoProvesToOwnThem(t *testing.T) {
	w := newWorld(t)
	plain := w.ok(w.member, "GET /users/member@example.com", "")
	want := map[string]any{
		"id": float64(w.memberID), "emailAddress": "member@example.com", "firstName": "", "lastName": "", "role": "member",
		"active": true, "createdDate": "2026-11-23T12:00:00Z", "accountId": float64(2),
	}
	if diff := cmp.Diff(want, plain); diff != "" {
		t.Errorf("GET /users/… (-want +got)\n%s", diff)
	}
	shown := w.ok(w.member, "GET /users/member@example.com", "", "elements-user-password", password)
	if shown["userSecret"] != "member-secret" || shown["organizationSecret"] != "organization-secret-2" {
		t.Errorf("GET /users/… with the password = %v, want both secrets", shown)
	}
	w.refused(w.member, "GET /users/me", "", refusal{401, "the password is wrong"}, "elements-user-password", "wrong")
	w.refused(w.admin, "GET /users/member@example.com", "", refusal{403, "the secrets of another user are not shown; PUT /users/4/secret makes a new one"}, "elements-user-password", password)
}

func TestWhatIsWrongWithARequestIsSaid(t *testing.T) {
	w := newWorld(t)
	tests := map[string]struct {
		by, route, body string
		want            refusal
	}{
		"user without address":       {w.admin, "POST /users", `{"password":"long enough"}`, refusal{400, "emailAddress: is missing"}},
		"user with a number":         {w.admin, "POST /users", `{"emailAddress":7}`, refusal{400, "emailAddress: is a number; write text"}},
		"user too large":             {w.admin, "POST /users", `{"emailAddress":"` + strings.Repeat("x", 9<<20) + `"}`, refusal{413, "the body is larger than 8 MB"}},
		"user with a typo":           {w.admin, "POST /users", `{"email":"a@example.com"}`, refusal{400, "not known here"}},
		"an address that is taken":   {w.admin, "POST /users", `{"emailAddress":"user1@example.com","password":"long enough"}`, refusal{409, "emailAddress: somebody has this address already"}},
		"a short password":           {w.admin, "POST /users", `{"emailAddress":"a@example.com","password":"short"}`, refusal{400, "password: has 5 characters: choose at least 8"}},
		"an unknown user":            {w.admin, "GET /users/99", "", refusal{404, "there is no user \\\"99\\\" in the account"}},
		"a user of another account":  {w.admin, "GET /users/user1@example.com", "", refusal{404, "there is no user"}},
		"the last admin is revoked":  {w.admin, "PATCH /users/me", `{"active":false}`, refusal{409, "no active admin left"}},
		"the last admin is demoted":  {w.admin, "PATCH /users/me", `{"role":"member"}`, refusal{409, "make another user an admin first"}},
		"the last admin is deleted":  {w.admin, "DELETE /users/me", "", refusal{409, "no active admin left"}},
		"no such role":               {w.admin, "PATCH /users/me", `{"role":"root"}`, refusal{400, `role: \"root\" is not known`}},
		"a password without the old": {w.member, "PATCH /users/me", `{"password":"another phrase"}`, refusal{401, "the password is wrong"}},
		"an old secret until when":   {w.member, "PUT /users/me/secret", `{"oldSecretValidUntil":"tomorrow"}`, refusal{400, "oldSecretValidUntil is \\\"tomorrow\\\"; write a time"}},
		"an old secret for ever":     {w.member, "PUT /users/me/secret", `{"oldSecretValidUntil":"2036-01-01"}`, refusal{400, "more than 30 days ahead"}},
		"a page of users":            {w.admin, "GET /users?pageSize=0", "", refusal{400, "pageSize: is \\\"0\\\"; write a whole number"}},
		"a token of another list":    {w.admin, "GET /users?nextPage=x", "", refusal{400, "nextPage: \\\"x\\\" is no token"}},
		"an account without a user":  {w.operator, "POST /accounts", `{"name":"N"}`, refusal{400, "user.emailAddress: is missing"}},
		"an account without a name":  {w.operator, "POST /accounts", `{"user":{"emailAddress":"a@example.com","password":"long enough"}}`, refusal{400, "name: is missing"}},
		"an account's user":          {w.operator, "PATCH /accounts/2", `{"user":{"firstName":"x"}}`, refusal{400, "user: is only for a new account"}},
		"a limit of text":            {w.operator, "PATCH /accounts/2", `{"limits":{"users":"many"}}`, refusal{400, "limits"}},
		"a limit below zero":         {w.operator, "PATCH /accounts/2", `{"limits":{"instances":-1}}`, refusal{400, "limits.instances: is -1"}},
		"no such limit":              {w.operator, "PATCH /accounts/2", `{"limits":{"pollers":1}}`, refusal{400, `limits: \"pollers\" is not known`}},
		"an unknown account":         {w.operator, "GET /accounts/99", "", refusal{404, "there is no account 99"}},
		"an account by name":         {w.operator, "GET /accounts/x", "", refusal{404, "there is no account \\\"x\\\"; write its number, or me"}},
		"an account with instances":  {w.operator, "DELETE /accounts/2", "", refusal{409, "the account has instances; delete them first"}},
		"the first account":          {w.operator, "DELETE /accounts/1", "", refusal{403, "the first account is the operator's, and stays"}},
		"another organization":       {w.operator, "GET /organizations/2", "", refusal{403, "organization 2 is not yours; yours is 1"}},
		"a token of no instance":     {w.admin, "PUT /instances/99/token", "", refusal{404, "there is no instance 99"}},
		"a log from when":            {w.admin, "GET /audit-logs?from=x", "", refusal{400, "from is \\\"x\\\"; write a time"}},
		"a log of what instance":     {w.admin, "GET /audit-logs?instance=x", "", refusal{400, "instance: is \\\"x\\\""}},
		"a log of nobody":            {w.admin, "GET /audit-logs?user=x@example.com", "", refusal{400, "user: nobody in the account"}},
		"a page of the log":          {w.admin, "GET /audit-logs?page=2", "", refusal{400, "page: the audit log has no numbered pages"}},
		"a filter given twice":       {w.admin, "GET /audit-logs?user=1&user=2", "", refusal{400, "\\\"user\\\" is given 2 times"}},
		"nothing in the log":         {w.admin, "GET /audit-logs", "", refusal{404, "No audit logs found"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.refused(tt.by, tt.route, tt.body, tt.want)
		})
	}
}

func TestARevokedUserIsShutOutAtOnce(t *testing.T) {
	w := newWorld(t)
	w.ok(w.admin, "PATCH /users/member@example.com", `{"active":false}`)
	w.refused(w.member, "GET /users/me", "", refusal{401, "was revoked; an admin of the account can make it active again"})
	w.ok(w.admin, "PATCH /users/member@example.com", `{"active":true}`)
	w.ok(w.member, "GET /users/me", "")
}

func TestListsOfUsersHavePages(t *testing.T) {
	w := newWorld(t)
	first := w.call(w.admin, "GET /users?pageSize=1", "")
	if first.status != http.StatusOK || first.header.Get(rest.HeaderTotal) != "2" || first.header.Get(rest.HeaderReturned) != "1" || first.header.Get(rest.HeaderNextPage) == "" {
		t.Fatalf("GET /users?pageSize=1 = %d %v, want one of two and a token", first.status, first.header)
	}
	next := w.call(w.admin, "GET /users?pageSize=1&nextPage="+first.header.Get(rest.HeaderNextPage), "")
	numbered := w.call(w.admin, "GET /users?pageSize=1&page=2", "")
	if next.header.Get(rest.HeaderNextPage) != "" || !strings.Contains(next.body, "member@example.com") || next.body != numbered.body {
		t.Errorf("the second page = %s, and by number %s, want the member and no token", next.body, numbered.body)
	}
	w.refused(w.admin, "GET /users?page=3", "", refusal{404, "No users found"})
}

func TestRotatedSecretsServeAsAgreed(t *testing.T) {
	w := newWorld(t)
	until := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second) // by the database's clock
	w.now = time.Now()
	rotated := w.ok(w.member, "PUT /users/me/secret", fmt.Sprintf(`{"oldSecretValidUntil":%q}`, until.Format(time.RFC3339)))
	if rotated["oldSecretValidUntil"] != until.Format("2006-01-02T15:04:05Z") {
		t.Errorf("oldSecretValidUntil = %v, want %v", rotated["oldSecretValidUntil"], until)
	}
	fresh := fmt.Sprintf("User %s, Organization organization-secret-2", rotated["userSecret"])
	w.ok(w.member, "GET /users/me", "")
	w.ok(fresh, "GET /users/me", "")

	organization := w.ok(w.admin, "PUT /organizations/secret", "")
	w.refused(w.admin, "GET /users/me", "", refusal{401, "the Organization secret is not known"})
	w.ok(fmt.Sprintf("User user-secret-2, Organization %s", organization["organizationSecret"]), "GET /users/me", "")

	token := w.ok("User user-secret-2, Element "+string(w.instance.Token), "PUT /instances/token", "")
	w.refused("User user-secret-2, Element "+string(w.instance.Token), "PUT /instances/token", "", refusal{401, "the Element token is not known"})
	w.ok(fmt.Sprintf("User user-secret-2, Element %s", token["token"]), "PUT /instances/token", "")
}

func TestLimitsOfAnAccountAreSetShownAndKept(t *testing.T) {
	w := newWorld(t)
	w.ok(w.operator, "PATCH /accounts/2", `{"limits":{"users":2,"requestsPerSecond":3}}`)
	limits := w.ok(w.admin, "GET /accounts/me/limits", "")
	want := map[string]any{
		"users": map[string]any{"limit": 2.0, "used": 2.0}, "requestsPerSecond": map[string]any{"limit": 3.0, "used": nil},
		"instances": map[string]any{"limit": nil, "used": 1.0}, "destinationsPerInstance": map[string]any{"limit": nil, "used": nil},
		"hubCalls": map[string]any{"limit": nil, "used": 0.0},
	}
	for name, one := range want {
		if diff := cmp.Diff(one, limits[name]); diff != "" {
			t.Errorf("limits of %s (-want +got)\n%s", name, diff)
		}
	}
	w.refused(w.admin, "POST /users", `{"emailAddress":"more@example.com","password":"long enough"}`, refusal{403, "the account's limit of users is 2"})
	w.ok(w.admin, "GET /users/me", "")
	late := w.call(w.admin, "GET /users/me", "")
	if late.status != http.StatusTooManyRequests || late.header.Get("Retry-After") != "1" || !strings.Contains(late.body, "limit of requests a second is 3") {
		t.Errorf("a fourth request = %d %s, Retry-After %q, want 429 and 1", late.status, late.body, late.header.Get("Retry-After"))
	}
	w.ok(w.operator, "PATCH /accounts/2", `{"limits":{"requestsPerSecond":null}}`)
	w.ok(w.admin, "GET /users/me", "")
}

func TestTheAuditLogTellsWhoChangedWhat(t *testing.T) {
	w := newWorld(t)
	w.ok(w.admin, "PATCH /users/member@example.com", `{"firstName":"Grace","password":"another long phrase"}`)
	w.refused(w.admin, "PATCH /users/me", `{"active":false}`, refusal{409, ""}) // changes nothing
	w.ok(w.member, fmt.Sprintf("PUT /instances/%d/token", w.instance.ID), "")
	w.ok(w.admin, "GET /users/me", "")
	got := w.call(w.admin, "GET /audit-logs", "")
	var entries []map[string]any
	if err := json.Unmarshal([]byte(got.body), &entries); err != nil || len(entries) != 2 {
		t.Fatalf("GET /audit-logs = %s, %v, want 2 entries", got.body, err)
	}
	delete(entries[0], "requestId")
	want := map[string]any{
		"id": 2.0, "createdDate": "2026-11-23T12:00:00.000000Z", "userId": float64(w.memberID), "userEmail": "member@example.com",
		"action": "instances.token.update", "method": "PUT", "path": fmt.Sprintf("/instances/%d/token", w.instance.ID),
		"elementInstanceId": float64(w.instance.ID), "changed": []any{"secret"},
	}
	if diff := cmp.Diff(want, entries[0]); diff != "" {
		t.Errorf("newest entry (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]any{"firstName", "password"}, entries[1]["changed"]); diff != "" {
		t.Errorf("changed (-want +got)\n%s", diff)
	}
	if strings.Contains(got.body, "Grace") || strings.Contains(got.body, "phrase") {
		t.Errorf("GET /audit-logs = %s, want no values", got.body)
	}
	page := w.call(w.admin, "GET /audit-logs?pageSize=1&from=2026-11-23&user=me&action=users", "")
	if page.status != http.StatusOK || page.header.Get(rest.HeaderNextPage) != "" || !strings.Contains(page.body, `"action":"users.update"`) {
		t.Errorf("GET /audit-logs of the admin = %d %s, want the change of the user", page.status, page.body)
	}
	newest := w.call(w.admin, "GET /audit-logs?pageSize=1", "")
	older := w.call(w.admin, "GET /audit-logs?pageSize=1&nextPage="+newest.header.Get(rest.HeaderNextPage), "")
	if !strings.Contains(older.body, `"id":1`) || older.header.Get(rest.HeaderNextPage) != "" {
		t.Errorf("the second page = %s, want the first entry and no token", older.body)
	}
}

func TestSecretsDoNotReachTheLog(t *testing.T) {
	w := newWorld(t)
	w.call("", "POST /authentication", fmt.Sprintf(`{"username":"member@example.com","password":%q}`, password))
	w.ok(w.member, "GET /users/me", "", "elements-user-password", password)
	rotated := w.ok(w.member, "PUT /users/me/secret", "")
	for _, secret := range []string{password, "member-secret", "organization-secret-2", fmt.Sprint(rotated["userSecret"])} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log shows %s", secret)
		}
	}
}
