package people

import (
	"context"
	"fmt"

	"turnstone"
	"turnstone/internal/store/engine"
)

// accountTables are the tables whose rows belong to an account and to no instance of it.
var accountTables = []string{
	"object_definition", "transformation", "definition", "journal", "notification", "event_mark", "session", "account_user",
}

// DeleteAccount removes an account with its users and its journal. It returns
// turnstone.ErrConflict while the account has instances, and turnstone.ErrNotFound if
// there is no such account.
func (r *Registry) DeleteAccount(ctx context.Context, id int64) error {
	err := r.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		if err := hold(ctx, s, id); err != nil {
			return err
		}
		n, err := engine.One(s.Query(ctx, countInstances, id), engine.Number)
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("it has %d instances: %w", n, turnstone.ErrConflict)
		}
		for _, table := range accountTables {
			if _, err := s.Exec(ctx, `DELETE FROM `+table+` WHERE account_id = $1`, id); err != nil {
				return fmt.Errorf("rows of %s: %w", table, err)
			}
		}
		_, err = s.Exec(ctx, `DELETE FROM account WHERE id = $1`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete account %d: %w", id, err)
	}
	return nil
}
