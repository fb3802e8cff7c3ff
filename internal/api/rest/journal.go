package rest

import (
	"context"
	"net/http"
	"strings"

	"turnstone"
)

// Journal keeps who changed what.
type Journal interface {
	// Write is told of each call that has changed something, before its answer is sent.
	// What fails is not the caller's to mend.
	Write(ctx context.Context, e turnstone.JournalEntry)
}

// Changed notes for the journal which fields the caller has changed. It takes their
// names, and never their values.
func (c *Call) Changed(fields ...string) { c.changed = append(c.changed, fields...) }

// record writes a call that was answered into the journal, if it is one that changes.
func (s *Server) record(c *Call) {
	switch c.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return
	}
	if s.Journal == nil {
		return
	}
	s.Journal.Write(c.Context(), turnstone.JournalEntry{
		AccountID: c.Identity.AccountID, UserID: c.Identity.User.ID, Email: c.Identity.User.Email,
		Method: c.Method, Route: journalRoute(c.Pattern), Path: belowPrefix(c.URL.Path),
		InstanceID: c.InstanceID, Changed: c.changed, RequestID: c.ID,
	})
}

// journalRoute returns the path of a pattern as it is documented. What concerns instances
// is the same below an element.
func journalRoute(pattern string) string {
	_, path, _ := strings.Cut(pattern, " ")
	route := belowPrefix(path)
	if below, found := strings.CutPrefix(route, "/elements/{element}"); found && strings.HasPrefix(below, "/instances") {
		return below
	}
	return route
}

// belowPrefix returns a path without what all paths begin with.
func belowPrefix(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, apartRoot), Prefix)
}
