package store

import (
	"context"
	"fmt"

	"turnstone"
	"turnstone/internal/store/engine"
)

// AccountDestinations returns the destinations of all instances of an account whose
// ids are above after, oldest first, at most limit.
func (db *DB) AccountDestinations(ctx context.Context, accountID, after int64, limit int) ([]turnstone.Destination, error) {
	destinations, err := engine.List(db.reader().Query(ctx, `
		SELECT `+destinationColumns+`
		FROM destination
		WHERE account_id = $1 AND id > $2
		ORDER BY id
		LIMIT $3`, accountID, after, limit), func(row engine.Row) (turnstone.Destination, error) {
		d, err := scanDestination(row)
		if err != nil {
			return d.Destination, err
		}
		return db.unsealDestination(d)
	})
	if err != nil {
		return nil, fmt.Errorf("list destinations of account %d: %w", accountID, err)
	}
	return destinations, nil
}
