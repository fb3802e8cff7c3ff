package history

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"turnstone"
)

const (
	// maxSearched is how many events one request looks into for a text: there is no
	// index of what they hold, and each may have megabytes. The token of the next page
	// goes on behind them.
	maxSearched = 10_000
	// searchBatch is how many of them are in memory at a time.
	searchBatch = 100
)

// found is a page of events.
type found struct {
	events []turnstone.Event
	next   string // token of the page behind; empty: there is none
}

// find returns the page that a query selects.
func (a *API) find(ctx context.Context, q query) (found, error) {
	if q.text != "" {
		return a.search(ctx, q)
	}
	size := q.Limit
	q.Limit++
	events, err := a.Store.Events(ctx, q.EventFilter)
	if err != nil || len(events) <= size {
		return found{events: events}, err
	}
	return found{events[:size], q.token(events[size-1])}, nil
}

// search looks for a text in events, from the newest on. A page may be short, or empty,
// where much had to be looked into.
func (a *API) search(ctx context.Context, q query) (found, error) {
	var page found
	size := q.Limit
	q.Limit = searchBatch
	for range maxSearched / searchBatch {
		events, err := a.Store.Events(ctx, q.EventFilter)
		if err != nil {
			return page, err
		}
		for _, e := range events {
			if !holds(e, q.text) {
				continue
			}
			if q.csv {
				e.Body = nil // thousands of them may match
			}
			page.events = append(page.events, e)
			if len(page.events) == size {
				page.next = q.token(e) // there may be no more behind it: that shows only by looking
				return page, nil
			}
		}
		if len(events) < searchBatch {
			return page, nil
		}
		last := events[len(events)-1]
		q.Before, q.BeforeAt = last.ID, last.CreatedAt
		page.next = q.token(last)
	}
	return page, nil
}

// holds reports whether an event tells of an object, a resource or anything else with a
// text in it.
func holds(e turnstone.Event, text string) bool {
	return strings.EqualFold(e.Key, text) || slices.ContainsFunc(e.Objects, func(id string) bool { return strings.Contains(strings.ToLower(id), text) }) ||
		bytes.Contains(bytes.ToLower(e.Body), []byte(text))
}
