package people

import (
	"context"
	"fmt"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// limitsColumn returns limits as they are stored: those without any are {}.
func limitsColumn(l turnstone.Limits) column.JSON {
	if l == nil {
		l = turnstone.Limits{}
	}
	return column.JSON{V: l}
}

// Used is a limit, and the statement that counts against it.
type Used struct {
	Limit turnstone.Limit
	Count string // a SELECT of one number
	Of    any    // $1 of Count: the account, or what is counted in it
}

// Room returns a *turnstone.LimitError if an account has as much of something as it may.
// What counts is added in the same transaction, which holds the account until its end, so
// that nodes which add at the same time do not both take the last place. An account
// without limits costs a look, and no count.
func Room(ctx context.Context, s *engine.Session, accountID int64, u Used) error {
	limits, err := engine.One(s.Query(ctx, `UPDATE account SET limits = limits WHERE id = $1 AND limits <> '{}' RETURNING limits`, accountID), scanLimits)
	if absent(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read limits: %w", err)
	}
	if _, limited := limits[u.Limit]; !limited {
		return nil
	}
	n, err := engine.One(s.Query(ctx, u.Count, u.Of), engine.Number)
	if err != nil {
		return fmt.Errorf("count %s: %w", u.Limit, err)
	}
	return limits.Check(u.Limit, int(n))
}

func scanLimits(row engine.Row) (l turnstone.Limits, err error) {
	err = row.Scan(column.JSON{V: &l})
	return l, err
}

const (
	countInstances = `SELECT COUNT(*) FROM instance WHERE account_id = $1`
	countUsers     = `SELECT COUNT(*) FROM account_user WHERE account_id = $1`
	countBulkJobs  = `SELECT COUNT(*) FROM bulk_job WHERE account_id = $1 AND ended_at = 0`
	countElements  = `SELECT COUNT(*) FROM definition WHERE account_id = $1` // of the account's own
)

// counts are the statements that tell how much an account uses of what is stored; $1 is
// the account.
func counts() map[turnstone.Limit]string {
	return map[turnstone.Limit]string{
		turnstone.LimitInstances: countInstances,
		turnstone.LimitUsers:     countUsers,
		turnstone.LimitBulkJobs:  countBulkJobs,
		turnstone.LimitElements:  countElements,
	}
}

// ElementRoom returns the limit of elements of an account's own, for who stores one.
func ElementRoom(accountID int64) Used {
	return Used{turnstone.LimitElements, countElements, accountID}
}

// InstanceRoom returns the limit of instances, for who stores one.
func InstanceRoom(accountID int64) Used {
	return Used{turnstone.LimitInstances, countInstances, accountID}
}

// BulkRoom returns the limit of bulk jobs under way, for who stores one.
func BulkRoom(accountID int64) Used { return Used{turnstone.LimitBulkJobs, countBulkJobs, accountID} }

// DestinationRoom returns the limit of destinations of an instance, for who stores one.
func DestinationRoom(instanceID int64) Used {
	return Used{turnstone.LimitDestinations, `SELECT COUNT(*) FROM destination WHERE instance_id = $1`, instanceID}
}

// Uses returns how much an account uses of what is limited and stored.
func (r *Registry) Uses(ctx context.Context, accountID int64) (map[turnstone.Limit]int, error) {
	uses := map[turnstone.Limit]int{}
	for limit, text := range counts() {
		n, err := engine.One(r.engine.Reader().Query(ctx, text, accountID), engine.Number)
		if err != nil && !absent(err) {
			return nil, fmt.Errorf("count %s of account %d: %w", limit, accountID, err)
		}
		uses[limit] = int(n)
	}
	return uses, nil
}
