package delivery

import (
	"context"

	"turnstone"
	"turnstone/internal/store/engine"
)

// HoldInstance keeps everybody else from changing what belongs to an instance until
// the transaction ends. It returns turnstone.ErrNotFound if there is no such instance.
func HoldInstance(ctx context.Context, s *engine.Session, accountID, id int64) error {
	n, err := s.Exec(ctx, `UPDATE instance SET revision = revision WHERE account_id = $1 AND id = $2`, accountID, id)
	if err == nil && n == 0 {
		err = turnstone.ErrNotFound
	}
	return err
}

// EventRef names an event.
type EventRef struct{ Account, ID int64 }

// HoldEvents takes the rows of events until the transaction ends, and returns the
// accounts and ids of those that are there and that nobody else holds. By it a purge
// and a replay pass each other by: what one takes away the other does not owe.
func HoldEvents(ctx context.Context, s *engine.Session, events []EventRef) (engine.Values, error) {
	values := engine.Values{Columns: []engine.Column{{Name: "account_id"}, {Name: "id"}}}
	for _, e := range events {
		values.Rows = append(values.Rows, []any{e.Account, e.ID})
	}
	var err error
	values.Rows, err = engine.Join(ctx, s, engine.Against{Text: `
		SELECT e.account_id, e.id
		FROM %s JOIN event e ON e.account_id = v.account_id AND e.id = v.id` + s.SkipLocked(), Values: values}, func(row engine.Row) ([]any, error) {
		var e EventRef
		err := row.Scan(&e.Account, &e.ID)
		return []any{e.Account, e.ID}, err
	})
	return values, err
}
