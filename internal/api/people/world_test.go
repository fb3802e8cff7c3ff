package people_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/api/people"
	"turnstone/internal/api/rest"
	"turnstone/internal/auth"
	desk "turnstone/internal/people"
	"turnstone/internal/store/storetest"
)

// password is what everybody of the tests signs in with.
const password = "correct horse battery staple"

// instances finds the instances of a database.
type instances func(ctx context.Context, accountID, id int64) (turnstone.Instance, error)

// One returns an instance of an account.
func (i instances) One(ctx context.Context, accountID, id int64) (turnstone.Instance, error) {
	return i(ctx, accountID, id)
}

// world is a served API with the operator's account and another one. Each has an admin
// and a member, and an instance.
type world struct {
	t       testing.TB
	now     time.Time
	handler http.Handler
	routes  []rest.Route
	log     bytes.Buffer

	operator, admin, member, stranger string // Authorization headers
	memberID                          int64
	instance                          turnstone.Instance // of the other account
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db := storetest.Open(t)
	w := &world{t: t, now: storetest.Start()}
	clock := func() time.Time { return w.now }
	log := slog.New(slog.NewTextHandler(&w.log, nil))
	server := &rest.Server{Auth: &auth.Auth{Store: db}, Instances: instances(db.Instance), Now: clock, Log: log}
	users := &desk.Users{
		Directory: db, Store: db, Random: rand.Reader, Now: clock,
		SignIn: &desk.SignIn{
			Directory: db, Sessions: &auth.Sessions{Sealer: db.Sealer()}, Passwords: desk.NewPasswords(rand.Reader),
			Attempts: &desk.Attempts{}, Now: clock,
		},
	}
	meter := &desk.Meter{Accounts: db, Now: clock}
	journal := &desk.Journal{Store: db, Now: clock, Log: log}
	server.Limits, server.Journal = meter, journal
	a := &people.API{
		Server: server, SignIn: users.SignIn, Users: users, Journal: journal,
		Accounts: &desk.Accounts{Directory: db, Store: db, Users: users, Meter: meter, Random: rand.Reader, Now: clock},
	}
	w.routes, w.handler = a.Routes(), server.Handler(a.Routes(), nil)

	first, _ := storetest.Account(t, db, 1)
	second, admin := storetest.Account(t, db, 2)
	w.operator = "User user-secret-1, Organization organization-secret-1"
	w.admin = "User user-secret-2, Organization organization-secret-2"
	w.instance = storetest.Save(t, db, storetest.Write(admin, 1))
	for n, account := range []turnstone.Account{first, second} {
		u, err := db.CreateUser(t.Context(), turnstone.User{
			AccountID: account.ID, Email: []string{"stranger", "member"}[n] + "@example.com",
			Secret: turnstone.Secret([]string{"stranger", "member"}[n] + "-secret"), Role: turnstone.RoleMember, CreatedAt: w.now,
		})
		if err != nil {
			t.Fatal(err)
		}
		w.memberID = u.ID
	}
	w.stranger = "User stranger-secret, Organization organization-secret-1"
	w.member = "User member-secret, Organization organization-secret-2"
	for _, email := range []string{"user1@example.com", "user2@example.com", "stranger@example.com", "member@example.com"} {
		if _, err := users.ResetPassword(t.Context(), email, password); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// answer is an answer that was read.
type answer struct {
	status int
	header http.Header
	body   string
}

// call sends a request under the prefix. Headers are pairs.
func (w *world) call(authorization, route, body string, headers ...string) answer {
	w.t.Helper()
	method, path, _ := strings.Cut(route, " ")
	r := httptest.NewRequestWithContext(w.t.Context(), method, rest.Prefix+path, strings.NewReader(body))
	r.Header.Set("Authorization", authorization)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	result := recorder.Result()
	defer result.Body.Close()
	text, err := io.ReadAll(result.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{result.StatusCode, result.Header, string(text)}
}

// ok calls, expects 200 and reads the answer.
func (w *world) ok(authorization, route, body string, headers ...string) map[string]any {
	w.t.Helper()
	got := w.call(authorization, route, body, headers...)
	if got.status != http.StatusOK {
		w.t.Fatalf("%s = %d %s, want 200", route, got.status, got.body)
	}
	var value map[string]any
	if err := json.Unmarshal([]byte(got.body), &value); err != nil {
		w.t.Fatalf("%s = %s: %v", route, got.body, err)
	}
	return value
}

// refused calls, and expects a status, a message and a request id.
func (w *world) refused(authorization, route, body string, want refusal, headers ...string) {
	w.t.Helper()
	got := w.call(authorization, route, body, headers...)
	if got.status != want.status || !strings.Contains(got.body, want.message) || !strings.Contains(got.body, `"requestId":"`) {
		w.t.Errorf("%s %s = %d %s, want %d with %q", route, body, got.status, got.body, want.status, want.message)
	}
}

// refusal is what a caller is answered who does not get what they ask.
type refusal struct {
	status  int
	message string
}
