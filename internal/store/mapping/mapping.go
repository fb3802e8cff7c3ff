// Package mapping keeps what accounts call things: the definitions of their common
// resources, and the transformations that make them of what vendors send.
//
// It promises that a name is given once: of two who create the same one, one is told
// turnstone.ErrConflict. It does not know what a mapping means, nor which of an
// account's and an instance's counts.
package mapping

import (
	"context"
	"fmt"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Mappings are the definitions and transformations of all accounts. Its methods may be
// called from many goroutines.
type Mappings struct {
	Engine engine.Engine
}

// CreateDefinition stores a definition. It returns turnstone.ErrConflict if its
// instance, or its account, has one of that name, and turnstone.ErrNotFound if there
// is no such instance.
func (m *Mappings) CreateDefinition(ctx context.Context, d turnstone.ObjectDefinition) error {
	err := m.create(ctx, d.AccountID, d.InstanceID, func(s *engine.Session) (int64, error) {
		return s.Exec(ctx, `
			INSERT INTO object_definition (account_id, instance_id, name, fields)
			VALUES ($1, $2, $3, $4)
			ON CONFLICT DO NOTHING`, d.AccountID, d.InstanceID, d.Name, column.JSON{V: d.Fields})
	})
	if err != nil {
		return fmt.Errorf("create definition %s: %w", d.Name, err)
	}
	return nil
}

// ReplaceDefinition stores a definition in the place of the one of its name. It
// returns turnstone.ErrNotFound if there is none.
func (m *Mappings) ReplaceDefinition(ctx context.Context, d turnstone.ObjectDefinition) error {
	err := m.one(ctx, func(s *engine.Session) (int64, error) {
		return s.Exec(ctx, `
			UPDATE object_definition SET fields = $1
			WHERE account_id = $2 AND instance_id = $3 AND name = $4`,
			column.JSON{V: d.Fields}, d.AccountID, d.InstanceID, d.Name)
	})
	if err != nil {
		return fmt.Errorf("replace definition %s: %w", d.Name, err)
	}
	return nil
}

// DeleteDefinitions removes what a filter selects, and returns how much that was.
func (m *Mappings) DeleteDefinitions(ctx context.Context, f turnstone.CommonFilter) (int64, error) {
	return m.remove(ctx, "object_definition", f)
}

// Definitions returns what a filter selects, by instance and name.
func (m *Mappings) Definitions(ctx context.Context, f turnstone.CommonFilter) ([]turnstone.ObjectDefinition, error) {
	where, args := selected(f)
	list, err := engine.List(m.Engine.Reader().Query(ctx, `
		SELECT account_id, instance_id, name, fields
		FROM object_definition`+where+`
		ORDER BY instance_id, name`, args...), func(row engine.Row) (turnstone.ObjectDefinition, error) {
		var d turnstone.ObjectDefinition
		err := row.Scan(&d.AccountID, &d.InstanceID, &d.Name, column.JSON{V: &d.Fields})
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("list definitions of account %d: %w", f.AccountID, err)
	}
	return list, nil
}

// CreateTransformation stores a transformation. Its errors are those of
// CreateDefinition.
func (m *Mappings) CreateTransformation(ctx context.Context, t turnstone.Transformation) error {
	err := m.create(ctx, t.AccountID, t.InstanceID, func(s *engine.Session) (int64, error) {
		return s.Exec(ctx, `
			INSERT INTO transformation (account_id, instance_id, element, name, mapping)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT DO NOTHING`, t.AccountID, t.InstanceID, t.Element, t.Name, column.JSON{V: t.Mapping})
	})
	if err != nil {
		return fmt.Errorf("create transformation %s: %w", t.Name, err)
	}
	return nil
}

// ReplaceTransformation stores a transformation in the place of the one of its name. It
// returns turnstone.ErrNotFound if there is none.
func (m *Mappings) ReplaceTransformation(ctx context.Context, t turnstone.Transformation) error {
	err := m.one(ctx, func(s *engine.Session) (int64, error) {
		return s.Exec(ctx, `
			UPDATE transformation SET mapping = $1
			WHERE account_id = $2 AND instance_id = $3 AND element = $4 AND name = $5`,
			column.JSON{V: t.Mapping}, t.AccountID, t.InstanceID, t.Element, t.Name)
	})
	if err != nil {
		return fmt.Errorf("replace transformation %s: %w", t.Name, err)
	}
	return nil
}

// DeleteTransformations removes what a filter selects, and returns how much that was.
func (m *Mappings) DeleteTransformations(ctx context.Context, f turnstone.CommonFilter) (int64, error) {
	return m.remove(ctx, "transformation", f)
}

// Transformations returns what a filter selects, by instance, element and name.
func (m *Mappings) Transformations(ctx context.Context, f turnstone.CommonFilter) ([]turnstone.Transformation, error) {
	where, args := selected(f)
	list, err := engine.List(m.Engine.Reader().Query(ctx, `
		SELECT account_id, instance_id, element, name, mapping
		FROM transformation`+where+`
		ORDER BY instance_id, element, name`, args...), func(row engine.Row) (turnstone.Transformation, error) {
		var t turnstone.Transformation
		err := row.Scan(&t.AccountID, &t.InstanceID, &t.Element, &t.Name, column.JSON{V: &t.Mapping})
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("list transformations of account %d: %w", f.AccountID, err)
	}
	return list, nil
}

// create runs an insert for an instance, which must be there; 0 stands for the whole
// account.
func (m *Mappings) create(ctx context.Context, accountID, instanceID int64, insert func(*engine.Session) (int64, error)) error {
	return m.Engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		if instanceID != 0 {
			found := s.Query(ctx, `SELECT id FROM instance WHERE account_id = $1 AND id = $2`, accountID, instanceID)
			if _, err := engine.One(found, engine.Number); err != nil {
				return fmt.Errorf("instance %d: %w", instanceID, err)
			}
		}
		n, err := insert(s)
		if err == nil && n == 0 {
			err = turnstone.ErrConflict
		}
		return err
	})
}

// one runs an update that must find its row.
func (m *Mappings) one(ctx context.Context, update func(*engine.Session) (int64, error)) error {
	return m.Engine.Write(ctx, func(_ context.Context, s *engine.Session) error {
		n, err := update(s)
		if err == nil && n == 0 {
			err = turnstone.ErrNotFound
		}
		return err
	})
}

func (m *Mappings) remove(ctx context.Context, table string, f turnstone.CommonFilter) (int64, error) {
	var n int64
	where, args := selected(f)
	err := m.Engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		var err error
		n, err = s.Exec(ctx, `DELETE FROM `+table+where, args...)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("delete %ss of account %d: %w", table, f.AccountID, err)
	}
	return n, nil
}

// selected returns the condition of a filter, and its arguments. Definitions have no
// element, and the transformations of an instance need none: they go with it to
// another element.
func selected(f turnstone.CommonFilter) (where string, args []any) {
	where, args = ` WHERE account_id = $1 AND (instance_id BETWEEN $2 AND $3`, []any{f.AccountID, f.From, f.To}
	if f.Wide {
		where += ` OR instance_id = 0`
	}
	where += `)`
	if f.Name != "" {
		args = append(args, f.Name)
		where += fmt.Sprintf(` AND name = $%d`, len(args))
	}
	if f.Element != "" {
		args = append(args, f.Element)
		where += fmt.Sprintf(` AND (instance_id <> 0 OR element = $%d)`, len(args))
	}
	return where, args
}
