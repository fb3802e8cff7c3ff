package learned

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Polls returns the polls of a poller, newest first.
func Polls(ctx context.Context, s *engine.Session, f turnstone.PollFilter) ([]turnstone.Poll, error) {
	polls, err := engine.List(s.Query(ctx, selectPoll+`
		WHERE p.account_id = $1 AND l.account_id = $1 AND l.poller_id = $2 AND l.id < $3
		ORDER BY l.id DESC
		LIMIT $4`, f.AccountID, f.PollerID, newest(f.Before), f.Limit), scanPoll)
	if err != nil {
		return nil, fmt.Errorf("list polls of poller %d: %w", f.PollerID, err)
	}
	return polls, nil
}

// PollAt returns the poll of the account, poller and start that p has. It returns
// turnstone.ErrNotFound if there is none: it has not ended, or was purged.
func PollAt(ctx context.Context, s *engine.Session, p turnstone.Poll) (turnstone.Poll, error) {
	poll, err := engine.One(s.Query(ctx, selectPoll+`
		WHERE p.account_id = $1 AND l.account_id = $1 AND l.poller_id = $2 AND l.started_at = $3`,
		p.AccountID, p.PollerID, column.Instant(p.StartedAt)), scanPoll)
	if err != nil {
		return turnstone.Poll{}, fmt.Errorf("poll of poller %d at %s: %w", p.PollerID, p.StartedAt.Format(time.RFC3339Nano), err)
	}
	return poll, nil
}

const selectPoll = `
		SELECT l.id, l.account_id, l.poller_id, l.started_at, l.took, l.url, l.window_from, l.outcome, l.pages, l.records,
			l.created, l.updated, l.unchanged, l.learned, l.deleted, l.ignored, l.events, l.problems, l.retry_after, l.details
		FROM poll l JOIN poller p ON p.id = l.poller_id`

func scanPoll(row engine.Row) (turnstone.Poll, error) {
	var l turnstone.Poll
	err := row.Scan(&l.ID, &l.AccountID, &l.PollerID, (*column.Instant)(&l.StartedAt), (*column.Span)(&l.Took), &l.URL, (*column.Instant)(&l.From),
		&l.Outcome, &l.Pages, &l.Records, &l.Created, &l.Updated, &l.Unchanged, &l.Learned, &l.Deleted, &l.Ignored, &l.Events,
		column.JSON{V: &l.Problems}, (*column.Span)(&l.RetryAfter), column.JSON{V: &l.Details})
	return l, err
}

// polls stores the records of polls that ended.
func (w writer) polls(ctx context.Context, pages []Page) error {
	var rows [][]any
	for _, p := range pages {
		if p.end == nil {
			continue
		}
		l := p.end.Poll
		rows = append(rows, []any{
			p.account, p.poller, column.Instant(l.StartedAt), column.Span(l.Took), l.URL, column.Instant(l.From), string(l.Outcome),
			l.Pages, l.Records, l.Created, l.Updated, l.Unchanged, l.Learned, l.Deleted, l.Ignored, l.Events,
			column.JSON{V: l.Problems},
			column.Span(l.RetryAfter),
			column.JSON{V: l.Details},
		})
	}
	err := w.s.Insert(ctx, engine.Insertion{Table: "poll"}, engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "account_id"},
		{Name: "poller_id"},
		{Name: "started_at"},
		{Name: "took"},
		{Name: "url", Kind: engine.Text},
		{Name: "window_from"},
		{Name: "outcome", Kind: engine.Text},
		{Name: "pages"},
		{Name: "records"},
		{Name: "created"},
		{Name: "updated"},
		{Name: "unchanged"},
		{Name: "learned"},
		{Name: "deleted"},
		{Name: "ignored"},
		{Name: "events"},
		{Name: "problems", Kind: engine.Text},
		{Name: "retry_after"},
		{Name: "details", Kind: engine.Text},
	}})
	if err != nil {
		return fmt.Errorf("save polls: %w", err)
	}
	return nil
}
