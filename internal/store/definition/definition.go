// Package definition keeps the elements that accounts brought along.
//
// Its promises: a key is one element's in an account; an element that instances use is
// not removed; what belongs to another account is not found; and whoever remembers
// definitions can ask cheaply whether any of them changed.
//
// It refuses to know what elements say.
package definition

import (
	"context"
	"errors"
	"fmt"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
	"turnstone/internal/store/people"
)

// Shelf is the part of a database that holds definitions. Its methods may be called
// from many goroutines.
type Shelf struct {
	Engine engine.Engine
}

// instant is a time as a column holds it.
type instant = column.Instant

// The sequences of definitions: of their ids, and of the changes of all of them.
const (
	idSequence       = "definition"
	revisionSequence = "definition_revision"
)

const columns = `id, account_id, element, base, active, created_at, updated_at, revision, report, file, export`

// Definitions returns the definitions of an account by key.
func (s *Shelf) Definitions(ctx context.Context, accountID int64) ([]turnstone.Definition, error) {
	all, err := engine.List(s.Engine.Reader().Query(ctx, `
		SELECT `+columns+`
		FROM definition
		WHERE account_id = $1
		ORDER BY element`, accountID), scan)
	if err != nil {
		return nil, fmt.Errorf("list the elements of account %d: %w", accountID, err)
	}
	return all, nil
}

// DefinitionRevision returns a number that grows with each change of any definition.
func (s *Shelf) DefinitionRevision(ctx context.Context) (int64, error) {
	revision, err := engine.One(s.Engine.Reader().Query(ctx, `SELECT high FROM sequence WHERE name = $1`, revisionSequence), engine.Number)
	if errors.Is(err, turnstone.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("revision of the elements: %w", err)
	}
	return revision, nil
}

// PolledResources returns the resources that instances of an account's element poll, each
// with the number of these instances.
func (s *Shelf) PolledResources(ctx context.Context, accountID int64, element string) (map[string]int, error) {
	type count struct {
		resource  string
		instances int
	}
	counts, err := engine.List(s.Engine.Reader().Query(ctx, `
		SELECT poller.resource, COUNT(*)
		FROM instance JOIN poller ON poller.instance_id = instance.id
		WHERE instance.account_id = $1 AND instance.element = $2
		GROUP BY poller.resource`, accountID, element), func(row engine.Row) (c count, err error) {
		err = row.Scan(&c.resource, &c.instances)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("what is polled of element %q: %w", element, err)
	}
	polled := make(map[string]int, len(counts))
	for _, c := range counts {
		polled[c.resource] = c.instances
	}
	return polled, nil
}

// CreateDefinition stores a new definition and returns it with its id and revision. It
// returns turnstone.ErrConflict if the account has an element of that key.
func (s *Shelf) CreateDefinition(ctx context.Context, d turnstone.Definition) (turnstone.Definition, error) {
	err := s.Engine.Write(ctx, func(ctx context.Context, t *engine.Session) error {
		if err := people.Room(ctx, t, d.AccountID, people.ElementRoom(d.AccountID)); err != nil {
			return err
		}
		number, err := t.NextID(ctx, idSequence)
		if err != nil {
			return err
		}
		d.ID = turnstone.FirstDefinitionID + number
		if d.Revision, err = t.NextID(ctx, revisionSequence); err != nil {
			return err
		}
		changed, err := t.Exec(ctx, `
			INSERT INTO definition (`+columns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (account_id, element) DO NOTHING`,
			d.ID, d.AccountID, d.Key, d.Base, d.Active, instant(d.CreatedAt), instant(d.UpdatedAt), d.Revision, d.Report, present(d.File), present(d.Export))
		if err == nil && changed == 0 {
			return turnstone.ErrConflict
		}
		return err
	})
	if err != nil {
		return turnstone.Definition{}, fmt.Errorf("create element %q: %w", d.Key, err)
	}
	return d, nil
}

// UpdateDefinition stores a definition in the place of the one of its id and revision.
// It returns turnstone.ErrConflict if that was changed since, and turnstone.ErrNotFound
// if it is gone.
func (s *Shelf) UpdateDefinition(ctx context.Context, d turnstone.Definition) (turnstone.Definition, error) {
	before := d.Revision
	err := s.Engine.Write(ctx, func(ctx context.Context, t *engine.Session) error {
		var err error
		if d.Revision, err = t.NextID(ctx, revisionSequence); err != nil {
			return err
		}
		changed, err := t.Exec(ctx, `
			UPDATE definition
			SET base = $1, active = $2, updated_at = $3, revision = $4, report = $5, file = $6, export = $7
			WHERE account_id = $8 AND id = $9 AND revision = $10`,
			d.Base, d.Active, instant(d.UpdatedAt), d.Revision, d.Report, present(d.File), present(d.Export), d.AccountID, d.ID, before)
		if err != nil || changed > 0 {
			return err
		}
		_, err = engine.One(t.Query(ctx, `SELECT id FROM definition WHERE account_id = $1 AND id = $2`, d.AccountID, d.ID), engine.Number)
		if err == nil {
			return turnstone.ErrConflict
		}
		return err
	})
	if err != nil {
		return turnstone.Definition{}, fmt.Errorf("change element %q: %w", d.Key, err)
	}
	return d, nil
}

// DeleteDefinition removes a definition. It returns turnstone.ErrConflict while
// instances use it, and turnstone.ErrNotFound if there is none.
func (s *Shelf) DeleteDefinition(ctx context.Context, accountID, id int64) error {
	err := s.Engine.Write(ctx, func(ctx context.Context, t *engine.Session) error {
		used, err := engine.One(t.Query(ctx, `
			SELECT COUNT(*)
			FROM instance JOIN definition ON definition.account_id = instance.account_id AND definition.element = instance.element
			WHERE definition.account_id = $1 AND definition.id = $2`, accountID, id), engine.Number)
		if err != nil {
			return err
		}
		if used > 0 {
			return turnstone.ErrConflict
		}
		gone, err := t.Exec(ctx, `DELETE FROM definition WHERE account_id = $1 AND id = $2`, accountID, id)
		if err != nil {
			return err
		}
		if gone == 0 {
			return turnstone.ErrNotFound
		}
		_, err = t.NextID(ctx, revisionSequence)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete element %d: %w", id, err)
	}
	return nil
}

// present returns bytes that are never null.
func present(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func scan(row engine.Row) (turnstone.Definition, error) {
	var d turnstone.Definition
	err := row.Scan(&d.ID, &d.AccountID, &d.Key, &d.Base, &d.Active, (*instant)(&d.CreatedAt), (*instant)(&d.UpdatedAt), &d.Revision, &d.Report, &d.File, &d.Export)
	return d, err
}
