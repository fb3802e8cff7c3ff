package api_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/api/people"
	"turnstone/internal/api/rest"
	"turnstone/internal/auth"
	desk "turnstone/internal/people"
	"turnstone/internal/store/storetest"
)

// people returns what answers for accounts and users, and lets the server note what
// callers change.
func (w *world) people(server *rest.Server) *people.API {
	now, draw := storetest.Start, io.Reader(rand.Reader)
	users := &desk.Users{
		Directory: w.db, Store: w.db, Random: draw, Now: now,
		SignIn: &desk.SignIn{
			Directory: w.db, Sessions: &auth.Sessions{Sealer: w.db.Sealer()}, Passwords: desk.NewPasswords(draw),
			Attempts: &desk.Attempts{}, Now: now,
		},
	}
	meter := &desk.Meter{Accounts: w.db, Now: now}
	journal := &desk.Journal{Store: w.db, Now: now, Log: server.Log}
	server.Limits, server.Journal = meter, journal
	return &people.API{
		Server: server, SignIn: users.SignIn, Users: users, Journal: journal,
		Accounts: &desk.Accounts{Directory: w.db, Store: w.db, Users: users, Meter: meter, Random: draw, Now: now},
	}
}

// audited is what tests read of an entry of the audit log.
type audited struct {
	Action            string
	ElementInstanceID int64
	Changed           []string
}

func TestMembersWorkWithInstancesAndLeaveTheAccountAlone(t *testing.T) {
	w := newWorld(t)
	w.ok("POST", "/users", `{"emailAddress":"member@example.com","password":"a phrase to remember"}`)
	member, err := w.db.UserByEmail(t.Context(), "member@example.com")
	if err != nil {
		t.Fatal(err)
	}
	as := []string{"Authorization", "User " + string(member.Secret) + ", Organization organization-secret-1"}
	created := decode[view](t, w.ok("POST", "/instances", seed(t, w.loggedIn()), as...))
	path := fmt.Sprintf("/instances/%d", created.ID)
	w.ok("PATCH", path, `{"name":"renamed","configuration":{"event.poller.refresh_interval":"30"}}`, as...)
	w.ok("GET", "/accounts/settings", "", as...)
	got := w.call("PATCH", "/accounts/settings", `{"notification.webhook.failure.policy":"queue"}`, as...)
	if got.status != http.StatusForbidden || !strings.Contains(got.body, "ask an admin") {
		t.Errorf("PATCH /accounts/settings by a member = %d %s, want 403", got.status, got.body)
	}
	log := decode[[]audited](t, w.ok("GET", "/audit-logs?user=member@example.com", ""))
	want := []audited{
		{"instances.update", created.ID, []string{"configuration.event.poller.refresh_interval", "name"}},
	}
	if len(log) != 2 || log[1].Action != "instances.create" || log[1].ElementInstanceID != created.ID {
		t.Fatalf("GET /audit-logs = %+v, want the creation and the change", log)
	}
	if diff := cmp.Diff(want, log[:1]); diff != "" {
		t.Errorf("GET /audit-logs (-want +got)\n%s", diff)
	}
}

func TestLimitsOfAnAccountAreAnswered(t *testing.T) {
	w := newWorld(t)
	created := w.create()
	limits := turnstone.Limits{turnstone.LimitInstances: 1, turnstone.LimitHubCalls: 0}
	if _, err := w.db.ChangeAccount(t.Context(), w.user.AccountID, func(a *turnstone.Account) error { a.Limits = limits; return nil }); err != nil {
		t.Fatal(err)
	}
	got := w.call("POST", "/instances", seed(t, w.loggedIn()))
	if got.status != http.StatusForbidden || !strings.Contains(got.body, "limit of instances is 1") {
		t.Errorf("POST /instances = %d %s, want 403", got.status, got.body)
	}
	w.handler = w.api(t).Handler() // which has not read the limits before
	got = w.call("GET", "/hubs/expense/reports", "", "Authorization", withToken(created))
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "1" {
		t.Errorf("a hub call = %d %s, Retry-After %q, want 429 and 1", got.status, got.body, got.header.Get("Retry-After"))
	}
}
