package store

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/store/engine"
)

// Credential returns the credential of an instance, or turnstone.ErrNotFound if the
// instance is gone.
func (db *DB) Credential(ctx context.Context, instanceID int64) (turnstone.Credential, error) {
	row, err := engine.One(db.reader().Query(ctx, `SELECT `+credentialColumns+` FROM credential WHERE instance_id = $1`, instanceID), scanCredential)
	if err != nil {
		return turnstone.Credential{}, fmt.Errorf("credential of instance %d: %w", instanceID, err)
	}
	return db.unsealCredential(row)
}

// LeaseCredential gives the exclusive right to replace a credential, as it is now,
// for the length of lease. It returns turnstone.ErrConflict while another holder has
// it, and turnstone.ErrNotFound if the instance is gone.
func (db *DB) LeaseCredential(ctx context.Context, instanceID int64, lease time.Duration) (turnstone.CredentialLease, error) {
	var row sealedCredential
	err := db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		now, err := s.Now(ctx)
		if err != nil {
			return err
		}
		row, err = engine.One(s.Query(ctx, `
			UPDATE credential
			SET lease_until = $1, fence = fence + 1
			WHERE instance_id = $2 AND lease_until <= $3
			RETURNING `+credentialColumns, instant(now.Add(lease)), instanceID, instant(now)), scanCredential)
		if !absent(err) {
			return err
		}
		if _, err := engine.One(s.Query(ctx, `SELECT fence FROM credential WHERE instance_id = $1`, instanceID), engine.Number); err != nil {
			return err
		}
		return fmt.Errorf("leased by another holder: %w", turnstone.ErrConflict)
	})
	if err != nil {
		return turnstone.CredentialLease{}, fmt.Errorf("lease credential of instance %d: %w", instanceID, err)
	}
	credential, err := db.unsealCredential(row)
	return turnstone.CredentialLease{Credential: credential, Fence: row.fence}, err
}

// SaveCredential replaces a leased credential and ends the lease. It returns
// turnstone.ErrLeaseLost, and changes nothing, if the lease was overtaken or ended.
//
// A valid credential activates the pollers that await it, due at once; a refused one
// makes the active pollers await another.
func (db *DB) SaveCredential(ctx context.Context, l turnstone.CredentialLease) error {
	c := l.Credential
	secrets, err := db.sealJSON(place("credential", c.InstanceID, "secrets"), c)
	if err != nil {
		return err
	}
	err = db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		n, err := s.Exec(ctx, `
			UPDATE credential
			SET secrets = $1, state = $2, problem = $3, lease_until = 0
			WHERE instance_id = $4 AND fence = $5 AND lease_until <> 0`,
			secrets, c.State, c.Problem, c.InstanceID, l.Fence)
		if err != nil {
			return err
		}
		if n == 0 {
			return turnstone.ErrLeaseLost
		}
		return db.tellPollers(ctx, s, c)
	})
	if err != nil {
		return fmt.Errorf("save credential of instance %d: %w", c.InstanceID, err)
	}
	return nil
}

// ReleaseCredential ends a lease and changes nothing else. One that was overtaken
// has ended already, which is no error.
func (db *DB) ReleaseCredential(ctx context.Context, l turnstone.CredentialLease) error {
	err := db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		_, err := s.Exec(ctx, `UPDATE credential SET lease_until = 0 WHERE instance_id = $1 AND fence = $2`,
			l.Credential.InstanceID, l.Fence)
		return err
	})
	if err != nil {
		return fmt.Errorf("release credential of instance %d: %w", l.Credential.InstanceID, err)
	}
	return nil
}

// tellPollers lets the pollers of an instance follow the state of its credential.
func (db *DB) tellPollers(ctx context.Context, s *engine.Session, c turnstone.Credential) error {
	now, err := s.Now(ctx)
	if err != nil {
		return err
	}
	switch c.State {
	case turnstone.CredentialValid:
		// A poll that is still running was refused with the old credential. Its
		// lease ends here, so that its report does not send the poller back to wait.
		_, err = s.Exec(ctx, `
			UPDATE poller
			SET state = 'active', problem = '', failures = 0, next_at = $1, lease_until = 0, fence = fence + 1
			WHERE instance_id = $2 AND state = 'awaiting'`, instant(now), c.InstanceID)
	case turnstone.CredentialRefused:
		// A poll that is running may go on to report: see pollWriter.move.
		_, err = s.Exec(ctx, `UPDATE poller SET state = 'awaiting', problem = $1 WHERE instance_id = $2 AND state = 'active'`,
			c.Problem, c.InstanceID)
	case turnstone.CredentialAwaiting:
	}
	if err != nil {
		return fmt.Errorf("update pollers: %w", err)
	}
	return nil
}

// writeCredential replaces the credential of an instance, whoever has it leased, and
// returns the state it is in. A nil c leaves it as it is; a new instance then gets
// an empty one.
func (db *DB) writeCredential(ctx context.Context, s *engine.Session, i turnstone.Instance, c *turnstone.Credential) (turnstone.CredentialState, error) {
	conflict := `DO UPDATE SET secrets = excluded.secrets, state = excluded.state, problem = excluded.problem,
			lease_until = 0, fence = credential.fence + 1`
	if c == nil {
		c = &turnstone.Credential{State: turnstone.CredentialAwaiting}
		conflict = `DO NOTHING`
	}
	secrets, err := db.sealJSON(place("credential", i.ID, "secrets"), c)
	if err != nil {
		return "", err
	}
	_, err = s.Exec(ctx, `
		INSERT INTO credential (instance_id, account_id, secrets, state, problem)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (instance_id) `+conflict,
		i.ID, i.AccountID, secrets, c.State, c.Problem)
	if err != nil {
		return "", fmt.Errorf("save credential: %w", err)
	}
	row, err := engine.One(s.Query(ctx, `SELECT `+credentialColumns+` FROM credential WHERE instance_id = $1`, i.ID), scanCredential)
	return row.State, err
}

// sealedCredential is a credential as it is stored.
type sealedCredential struct {
	turnstone.Credential
	fence   int64
	secrets []byte
}

const credentialColumns = `instance_id, secrets, state, problem, fence`

func scanCredential(row engine.Row) (sealedCredential, error) {
	var c sealedCredential
	err := row.Scan(&c.InstanceID, &c.secrets, &c.State, &c.Problem, &c.fence)
	return c, err
}

func (db *DB) unsealCredential(row sealedCredential) (turnstone.Credential, error) {
	err := db.openJSON(place("credential", row.InstanceID, "secrets"), row.secrets, &row.Credential)
	return row.Credential, err
}
