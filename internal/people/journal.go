package people

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/auth"
)

// JournalStore keeps entries.
type JournalStore interface {
	AddJournal(ctx context.Context, e turnstone.JournalEntry) error
	Journal(ctx context.Context, f turnstone.JournalFilter) ([]turnstone.JournalEntry, error)
}

// Journal keeps who changed what. It may be used from many goroutines.
type Journal struct {
	Store JournalStore
	Now   func() time.Time
	Log   *slog.Logger
}

// writeWithin bounds how long a client waits for the entry about a change that is made.
const writeWithin = 5 * time.Second

// maxPath cuts paths, which may hold ids that vendors made.
const maxPath = 500

// Write appends what a caller has changed, and fills in when it was and what it is
// called. The change is made by then: an entry that cannot be written is logged as an
// error, with all that it says, and is not the caller's to mend.
func (j *Journal) Write(ctx context.Context, e turnstone.JournalEntry) {
	if !isChange(e.Route) {
		return
	}
	e.At, e.Action = j.Now(), action(e.Method, e.Route)
	e.Path = strings.ToValidUTF8(strings.ReplaceAll(e.Path[:min(len(e.Path), maxPath)], "\x00", ""), "")
	// A client that has gone has changed what it changed all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeWithin)
	defer cancel()
	if err := j.Store.AddJournal(ctx, e); err != nil {
		j.Log.Error("a change is missing in the journal", "account", e.AccountID, "user", e.UserID, "action", e.Action,
			"path", e.Path, "instance", e.InstanceID, "changed", e.Changed, "request", e.RequestID, "err", err)
	}
}

// isChange reports whether calls of a route are for the journal. Hub calls change what is
// the vendor's, and may be thousands, also where they have no route of their own; a preview
// changes nothing.
func isChange(route string) bool {
	return route != "" && !strings.HasPrefix(route, "/hubs/") && !strings.HasSuffix(route, "/preview") && !strings.HasSuffix(route, "/oauth/url")
}

// action returns what a change is called: the words of its route and a verb, joined by
// dots, such as instances.enabled.delete.
func action(method, route string) string {
	var words []string
	for word := range strings.SplitSeq(strings.Trim(route, "/"), "/") {
		if !strings.HasPrefix(word, "{") {
			words = append(words, word)
		}
	}
	verb := map[string]string{http.MethodPost: "create", http.MethodDelete: "delete"}[method]
	if verb == "" {
		verb = "update"
	}
	return strings.Join(append(words, verb), ".")
}

// Read returns the entries that f selects, of the caller's account, newest first. The
// error wraps ErrForbidden unless the caller is an admin.
func (j *Journal) Read(ctx context.Context, by auth.Identity, f turnstone.JournalFilter) ([]turnstone.JournalEntry, error) {
	if err := administer(by, "reading the audit log"); err != nil {
		return nil, err
	}
	f.AccountID = by.AccountID
	return j.Store.Journal(ctx, f)
}
