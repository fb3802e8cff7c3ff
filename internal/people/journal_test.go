package people_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/people"
	"turnstone/internal/store/storetest"
)

func TestTheJournalNamesWhatWasDone(t *testing.T) {
	o := newOffice(t)
	for _, e := range []turnstone.JournalEntry{
		{Method: "POST", Route: "/instances", Path: "/instances", InstanceID: 7},
		{Method: "PATCH", Route: "/instances/{id}", Path: "/instances/7", Changed: []string{"name"}},
		{Method: "DELETE", Route: "/instances/{id}/enabled", Path: "/instances/7/enabled"},
		{Method: "PUT", Route: "/users/{user}/secret", Path: "/users/me/secret"},
		{Method: "POST", Route: "/hubs/{hub}/{path...}", Path: "/hubs/expense/reports"},
		{Method: "POST", Route: "", Path: "/reports"},
		{Method: "POST", Route: "/instances/{id}/pollers/{resource}/preview", Path: "/instances/7/pollers/reports/preview"},
	} {
		e.AccountID, e.UserID, e.Email = o.admin.AccountID, o.admin.User.ID, o.admin.User.Email
		o.journal.Write(t.Context(), e)
	}
	list, err := o.journal.Read(t.Context(), o.admin, turnstone.JournalFilter{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, e := range list {
		actions = append(actions, e.Action)
		if !e.At.Equal(storetest.Start()) || e.Email != o.admin.User.Email {
			t.Errorf("entry = %+v, want the time and the user", e)
		}
	}
	want := []string{"users.secret.update", "instances.enabled.delete", "instances.update", "instances.create"}
	if diff := cmp.Diff(want, actions); diff != "" {
		t.Errorf("actions (-want +got)\n%s", diff)
	}
	list, err = o.journal.Read(t.Context(), o.operator, turnstone.JournalFilter{Limit: 10})
	if len(list) != 0 || err != nil {
		t.Errorf("Read by another account = %v, %v, want nothing", list, err)
	}
}

func TestAChangeOfWhoHasGoneIsInTheJournal(t *testing.T) {
	o := newOffice(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	o.journal.Write(gone, turnstone.JournalEntry{AccountID: o.admin.AccountID, Method: "POST", Route: "/instances", Path: "/\xff\x00" + strings.Repeat("x", 9999)})
	list, err := o.journal.Read(t.Context(), o.admin, turnstone.JournalFilter{Limit: 10})
	if len(list) != 1 || err != nil || len(list[0].Path) > 500 {
		t.Errorf("Read = %v, %v, want one entry with a path that is cut", list, err)
	}
}

// full is a journal that takes nothing any more.
type full struct{ people.JournalStore }

func (full) AddJournal(context.Context, turnstone.JournalEntry) error { return errors.New("disk full") }

func TestWhatCannotBeWrittenIsLogged(t *testing.T) {
	var log bytes.Buffer
	j := people.Journal{Store: full{}, Now: storetest.Start, Log: slog.New(slog.NewTextHandler(&log, nil))}
	j.Write(t.Context(), turnstone.JournalEntry{AccountID: 7, UserID: 8, Method: "DELETE", Route: "/users/{user}", Path: "/users/9", RequestID: "abc"})
	for _, want := range []string{"level=ERROR", "account=7", "user=8", "action=users.delete", "path=/users/9", "request=abc", "disk full"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("log = %s, want %s", log.String(), want)
		}
	}
}
