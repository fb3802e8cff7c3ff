package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// syncPollers makes the pollers of an instance those of w, all of them at once: an
// instance may have a thousand.
func syncPollers(ctx context.Context, s *engine.Session, w turnstone.InstanceWrite) error {
	pollers, err := engine.List(s.Query(ctx, `SELECT `+pollerColumns+` FROM poller WHERE instance_id = $1`, w.Instance.ID), scanPoller)
	if err != nil {
		return fmt.Errorf("read pollers: %w", err)
	}
	old := make(map[string]turnstone.Poller, len(pollers))
	for _, p := range pollers {
		old[p.Resource] = p
	}
	var added []turnstone.PollerWrite
	var changed []pollerChange
	for _, p := range w.Pollers {
		known, found := old[p.Resource]
		delete(old, p.Resource)
		if !found {
			added = append(added, p)
		} else if next := revised(known, p, w.Now); differs(next, known) || w.Credential != nil {
			changed = append(changed, pollerChange{next, known.Configuration != next.Configuration})
		}
	}
	if err := abandonPollers(ctx, s, old); err != nil {
		return fmt.Errorf("delete pollers: %w", err)
	}
	if err := restartPollers(ctx, s, changed, w.Now); err != nil {
		return fmt.Errorf("change pollers: %w", err)
	}
	if err := insertPollers(ctx, s, w, added); err != nil {
		return fmt.Errorf("add pollers: %w", err)
	}
	return nil
}

// pollerChange is what becomes of a poller, and whether it polls with another
// configuration than before.
type pollerChange struct {
	turnstone.Poller
	configured bool
}

// revised returns what becomes of a poller: itself, unless what it polls with
// changes. One that was made while events were off is enabled only now.
func revised(p turnstone.Poller, w turnstone.PollerWrite, now time.Time) turnstone.Poller {
	if p.State == turnstone.PollerPaused && w.State != turnstone.PollerPaused && p.LastAt.IsZero() {
		p.EnabledAt = now
	}
	p.Configuration, p.Interval, p.MaxInterval, p.State = w.Configuration, w.Interval, w.MaxInterval, w.State
	return p
}

// differs reports whether a revised poller is not what it was.
func differs(revised, p turnstone.Poller) bool {
	return revised.Configuration != p.Configuration || revised.Interval != p.Interval || revised.MaxInterval != p.MaxInterval ||
		revised.State != p.State || !revised.EnabledAt.Equal(p.EnabledAt)
}

// reconfigured returns what a poller still remembers under another configuration, with
// which it may ask for another list: nothing of the pages that it read. A census
// would find objects gone that only the new list leaves out or the old one had, so it
// begins again, as a new one; other rescans read from their start.
func reconfigured(m turnstone.PollerMemo) turnstone.PollerMemo {
	m.Idle, m.Validator, m.Held, m.LiveAt = 0, turnstone.Validator{}, "", time.Time{}
	r := m.Rescan
	m.Rescan = turnstone.Rescan{}
	if r.Kind != turnstone.RescanCensus {
		m.Rescan = turnstone.Rescan{Kind: r.Kind, Since: r.Since, AskedAt: r.AskedAt, Told: r.Told}
	}
	return m
}

func insertPollers(ctx context.Context, s *engine.Session, w turnstone.InstanceWrite, added []turnstone.PollerWrite) error {
	if len(added) == 0 {
		return nil
	}
	last, err := s.Advance(ctx, "poller", len(added))
	if err != nil {
		return err
	}
	rows := make([][]any, len(added))
	for i, p := range added {
		rows[i] = []any{
			last - int64(len(added)-1-i), w.Instance.AccountID, w.Instance.ID, p.Resource, p.Configuration,
			span(p.Interval), span(p.MaxInterval), string(p.State), instant(w.Now), instant(w.Now),
		}
	}
	return s.Insert(ctx, engine.Insertion{Table: "poller"}, engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "id"},
		{Name: "account_id"},
		{Name: "instance_id"},
		{Name: "resource", Kind: engine.Text},
		{Name: "configuration", Kind: engine.Text},
		{Name: "poll_interval"},
		{Name: "max_interval"},
		{Name: "state", Kind: engine.Text},
		{Name: "enabled_at"},
		{Name: "next_at"},
	}})
}

// restartPollers makes pollers due at once and their failures forgotten, and ends the
// polls that may be running: they ask the old way, or with a credential that was
// replaced.
func restartPollers(ctx context.Context, s *engine.Session, changed []pollerChange, now time.Time) error {
	// In the order in which commits of polls lock them.
	slices.SortFunc(changed, func(a, b pollerChange) int { return cmp.Compare(a.ID, b.ID) })
	configured := make(map[int64]bool)
	rows := make([][]any, len(changed))
	for i, p := range changed {
		configured[p.ID] = p.configured
		rows[i] = []any{
			p.ID, p.Configuration, span(p.Interval), span(p.MaxInterval), string(p.State), instant(p.EnabledAt), instant(now),
		}
	}
	memos, err := engine.Join(ctx, s, engine.Against{
		Text: `
		UPDATE poller
		SET configuration = v.configuration, poll_interval = v.poll_interval, max_interval = v.max_interval, state = v.state,
			failures = 0, problem = '', enabled_at = v.enabled_at, next_at = v.next_at, lease_until = 0, fence = poller.fence + 1
		FROM %s
		WHERE poller.id = v.id
		RETURNING poller.id, poller.memo`,
		Values: engine.Values{Rows: rows, Columns: []engine.Column{
			{Name: "id"},
			{Name: "configuration", Kind: engine.Text},
			{Name: "poll_interval"},
			{Name: "max_interval"},
			{Name: "state", Kind: engine.Text},
			{Name: "enabled_at"},
			{Name: "next_at"},
		}},
	}, scanMemo)
	if err != nil {
		return err
	}
	return forgetPages(ctx, s, slices.DeleteFunc(memos, func(m memo) bool { return !configured[m.poller] }))
}

// memo is what a poller remembers.
type memo struct {
	poller int64
	turnstone.PollerMemo
}

func scanMemo(row engine.Row) (m memo, err error) {
	err = row.Scan(&m.poller, column.JSON{V: &m.PollerMemo})
	return m, err
}

// forgetPages has pollers that were reconfigured forget the pages that they read.
func forgetPages(ctx context.Context, s *engine.Session, memos []memo) error {
	rows := make([][]any, len(memos))
	for i, m := range memos {
		rows[i] = []any{m.poller, column.JSON{V: turnstone.Sweep{}}, column.JSON{V: reconfigured(m.PollerMemo)}}
	}
	return s.Apply(ctx, engine.Against{
		Text: `
		UPDATE poller
		SET sweep = v.sweep, memo = v.memo
		FROM %s
		WHERE poller.id = v.id`,
		Values: engine.Values{Rows: rows, Columns: []engine.Column{
			{Name: "id"}, {Name: "sweep", Kind: engine.Text}, {Name: "memo", Kind: engine.Text},
		}},
	})
}

// abandonPollers removes pollers at once, and leaves their many rows in other tables
// for Purge.
func abandonPollers(ctx context.Context, s *engine.Session, pollers map[string]turnstone.Poller) error {
	left := engine.Values{Columns: []engine.Column{{Name: "kind", Kind: engine.Text}, {Name: "id"}, {Name: "account_id"}}}
	gone := engine.Values{Columns: []engine.Column{{Name: "id"}}}
	for _, p := range pollers {
		left.Rows = append(left.Rows, []any{"poller", p.ID, p.AccountID})
		gone.Rows = append(gone.Rows, []any{p.ID})
	}
	slices.SortFunc(gone.Rows, func(a, b []any) int { return cmp.Compare(a[0].(int64), b[0].(int64)) })
	if err := s.Insert(ctx, engine.Insertion{Table: "leftover"}, left); err != nil {
		return err
	}
	return s.Delete(ctx, "poller", gone)
}
