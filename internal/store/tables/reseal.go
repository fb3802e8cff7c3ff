package tables

import (
	"context"
	"errors"
	"fmt"

	"turnstone/internal/store/engine"
)

// resealBatch is how many values are read, and at most written, at once: other writes
// wait meanwhile.
const resealBatch = 200

// maxUnsealable is after how many values that do not open Reseal gives up: so many are
// no damage, but another key ring.
const maxUnsealable = 20

// Reseal seals with the newest key everything that another one sealed, and returns how
// many values that were. Nodes may work meanwhile: a value that changes is left to who
// changed it. What was done stays when it is interrupted, and it may be called again at
// any time.
//
// A value that does not open stays as it is, and is reported at the end.
func (in Installation) Reseal(ctx context.Context, progress Progress) (int64, error) {
	var total int64
	var problems []error
	err := in.eachSealed(ctx, func(c sealedColumn, values []sealedValue) error {
		fresh, unsealable := in.freshlySealed(c, values)
		if problems = append(problems, unsealable...); len(problems) >= maxUnsealable {
			return errors.New("this is not the key ring that they were sealed with")
		}
		n, err := in.replace(ctx, c, fresh)
		if total += n; progress != nil {
			progress(c.table, total)
		}
		return err
	})
	if err := errors.Join(append(problems, err)...); err != nil {
		return total, fmt.Errorf("seal with key %d: %w", in.Sealer.Newest(), err)
	}
	return total, nil
}

// Seals returns how many values each key has sealed, by the number of the key.
func (in Installation) Seals(ctx context.Context) (map[uint32]int64, error) {
	counts := map[uint32]int64{}
	err := in.eachSealed(ctx, func(c sealedColumn, values []sealedValue) error {
		for _, v := range values {
			number, err := in.Sealer.SealedBy(v.sealed)
			if err != nil {
				return fmt.Errorf("%s: %w", c.place(v.id), err)
			}
			counts[number]++
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count what each key sealed: %w", err)
	}
	return counts, nil
}

// sealedColumn is a column of sealed values, whose table has one number as its key.
type sealedColumn struct{ table, key, name string }

// place returns to what the value of a row is bound.
func (c sealedColumn) place(id int64) string { return Place(c.table, id, c.name) }

// sealedColumns returns all of them.
func sealedColumns() []sealedColumn {
	var all []sealedColumn
	for _, t := range tables() {
		for _, at := range t.sealed() {
			all = append(all, sealedColumn{t.name, t.key, t.columns[at].Name})
		}
	}
	return all
}

// sealedValue is the value of a row.
type sealedValue struct {
	id     int64
	sealed []byte
}

func scanSealed(row engine.Row) (sealedValue, error) {
	var v sealedValue
	err := row.Scan(&v.id, &v.sealed)
	return v, err
}

// eachSealed hands over all sealed values, in batches of a column.
func (in Installation) eachSealed(ctx context.Context, heed func(c sealedColumn, values []sealedValue) error) error {
	for _, c := range sealedColumns() {
		text := `SELECT ` + c.key + `, ` + c.name + ` FROM ` + c.table + ` WHERE ` + c.key + ` > $1 ORDER BY ` + c.key + ` LIMIT $2`
		for after, more := int64(0), true; more; {
			values, err := engine.List(in.Engine.Reader().Query(ctx, text, after, resealBatch), scanSealed)
			if err != nil {
				return fmt.Errorf("read table %s: %w", c.table, err)
			}
			if err := heed(c, values); err != nil {
				return err
			}
			if more = len(values) == resealBatch; more {
				after = values[len(values)-1].id
			}
		}
	}
	return nil
}

// resealed is a value before and after.
type resealed struct {
	sealedValue
	fresh []byte
}

// freshlySealed seals again those of the values that are not of the newest key, and
// returns an error for each that does not open.
func (in Installation) freshlySealed(c sealedColumn, values []sealedValue) ([]resealed, []error) {
	var all []resealed
	var problems []error
	for _, v := range values {
		fresh, err := in.sealAgain(c.place(v.id), v.sealed)
		switch {
		case err != nil:
			problems = append(problems, err)
		case fresh != nil:
			all = append(all, resealed{v, fresh})
		}
	}
	return all, problems
}

// sealAgain returns a value sealed with the newest key, or nil if it is already.
func (in Installation) sealAgain(place string, sealed []byte) ([]byte, error) {
	number, err := in.Sealer.SealedBy(sealed)
	if err != nil {
		return nil, fmt.Errorf("unseal %s: %w", place, err)
	}
	if number == in.Sealer.Newest() {
		return nil, nil
	}
	plain, err := in.Sealer.Open(place, sealed)
	if err != nil {
		return nil, fmt.Errorf("unseal %s: %w", place, err)
	}
	fresh, err := in.Sealer.Seal(place, plain)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", place, err)
	}
	return fresh, nil
}

// replace stores fresh values where the ones before them still stand, and returns how
// many did.
func (in Installation) replace(ctx context.Context, c sealedColumn, fresh []resealed) (int64, error) {
	if len(fresh) == 0 {
		return 0, nil
	}
	values := engine.Values{Columns: []engine.Column{{Name: "id"}, {Name: "stale", Kind: engine.Blob}, {Name: "fresh", Kind: engine.Blob}}}
	for _, v := range fresh {
		values.Rows = append(values.Rows, []any{v.id, v.sealed, v.fresh})
	}
	own := c.table + "." + c.key
	text := `UPDATE ` + c.table + ` SET ` + c.name + ` = v.fresh FROM %s WHERE ` + own + ` = v.id AND ` + c.table + `.` + c.name + ` = v.stale RETURNING ` + own
	var replaced []int64
	err := in.Engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		var err error
		replaced, err = engine.Join(ctx, s, engine.Against{Text: text, Values: values}, engine.Number)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("replace %s of %s: %w", c.name, c.table, err)
	}
	return int64(len(replaced)), nil
}
