package store

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/store/engine"
)

// Book books time on an allowance, if it then reaches no further ahead of now than
// b.Ahead, and returns how far it reaches, or would have reached. By what it reaches
// ahead a caller knows how long to wait: see internal/provider.
func (db *DB) Book(ctx context.Context, a turnstone.Allowance, b turnstone.Booking) (ahead time.Duration, err error) {
	err = db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		now, err := s.Now(ctx)
		if err != nil {
			return err
		}
		// The update that changes nothing keeps others from booking meanwhile.
		booked, err := engine.One(s.Query(ctx, `
			INSERT INTO allowance (account_id, instance_id, name, booked)
			VALUES ($1, $2, $3, 0)
			ON CONFLICT (account_id, instance_id, name) DO UPDATE SET booked = allowance.booked
			RETURNING booked`, a.AccountID, a.InstanceID, a.Limit), scanInstant)
		if err != nil {
			return err
		}
		if booked.Before(now) {
			booked = now
		}
		booked = booked.Add(b.Cost)
		if ahead = booked.Sub(now); ahead > b.Ahead {
			return nil
		}
		_, err = s.Exec(ctx, `UPDATE allowance SET booked = $1 WHERE account_id = $2 AND instance_id = $3 AND name = $4`,
			instant(booked), a.AccountID, a.InstanceID, a.Limit)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("book on %s of instance %d: %w", a.Limit, a.InstanceID, err)
	}
	return ahead, nil
}

func scanInstant(row engine.Row) (time.Time, error) {
	var at time.Time
	err := row.Scan((*instant)(&at))
	return at, err
}
