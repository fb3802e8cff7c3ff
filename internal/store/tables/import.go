package tables

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"turnstone"
	"turnstone/internal/store/archive"
	"turnstone/internal/store/engine"
)

// importBatch and importBytes bound what is in memory at once.
const (
	importBatch = 1000
	importBytes = 4 << 20
)

// Import fills the database with what Export wrote, in one transaction, and returns
// how many rows that were. Nothing is renumbered; leases are not imported, so that all
// work is free to be claimed.
//
// It returns an error, and changes nothing, if the database holds anything, if the
// export is not whole, was changed or has other tables than this program, and if the
// key ring opens not everything in it: then the error wraps what Sealer.Open returned.
// Nobody else may write to the database meanwhile.
func (in Installation) Import(ctx context.Context, r io.Reader, progress Progress) (int64, error) {
	file, header, err := archive.NewReader(r)
	if err != nil {
		return 0, fmt.Errorf("import: %w", err)
	}
	i := importer{to: in, in: file, header: header, progress: progress, stopped: ctx.Err}
	if err := in.Bulk.Load(ctx, i.load); err != nil {
		return 0, fmt.Errorf("import: %w", err)
	}
	return i.total, nil
}

// importer reads an export into a transaction.
type importer struct {
	to       Installation
	s        *engine.Session
	in       *archive.Reader
	header   archive.Header
	progress Progress
	stopped  func() error // why to stop, or nil
	total    int64
}

func (i *importer) load(ctx context.Context, s *engine.Session) error {
	i.s = s
	if err := i.check(ctx); err != nil {
		return err
	}
	events, err := i.sequences(ctx)
	if err != nil {
		return err
	}
	for _, t := range tables() {
		if err := i.table(ctx, t); err != nil {
			return err
		}
	}
	next, err := i.in.Next()
	if err == nil {
		err = fmt.Errorf("line %d: there is no table %q", i.in.Line(), next.Name)
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	if err := i.to.Numbers.Restore(ctx, s, events); err != nil {
		return fmt.Errorf("go on with the numbers given out: %w", err)
	}
	return nil
}

// check refuses what cannot come of any row.
func (i *importer) check(ctx context.Context) error {
	schema, err := i.to.checkedSchema(ctx, i.s)
	if err != nil {
		return err
	}
	if i.header.Schema != schema {
		return fmt.Errorf("the export has tables of version %d, and this program %d: import it with turnstone %s, which wrote it; of the two programs the newer one brings the tables up to date when it starts",
			i.header.Schema, schema, i.header.Program)
	}
	for _, t := range append(tables(), sequenceTable()) {
		_, err := engine.One(i.s.Query(ctx, `SELECT 1 FROM `+t.name+` LIMIT 1`), engine.Number)
		if err == nil {
			return fmt.Errorf("%w with what is there: table %s has rows; import into a new database", turnstone.ErrConflict, t.name)
		}
		if !errors.Is(err, turnstone.ErrNotFound) {
			return fmt.Errorf("look whether table %s is empty: %w", t.name, err)
		}
	}
	return nil
}

// sequences reads the numbers given out, and returns the highest of an event.
func (i *importer) sequences(ctx context.Context) (int64, error) {
	events := int64(0)
	err := i.each(ctx, sequenceTable(), func(rows [][]any) ([][]any, error) {
		return slices.DeleteFunc(rows, func(row []any) bool {
			if row[0] != EventSequence {
				return false
			}
			events = row[1].(int64)
			return true
		}), nil
	})
	return events, err
}

// table reads a table, and sees that what is sealed in it can be opened.
func (i *importer) table(ctx context.Context, t table) error {
	return i.each(ctx, t, func(rows [][]any) ([][]any, error) {
		for _, at := range t.sealed() {
			for _, row := range rows {
				where := Place(t.name, row[0].(int64), t.columns[at].Name)
				if _, err := i.to.Sealer.Open(where, row[at].([]byte)); err != nil {
					return nil, fmt.Errorf("open %s: %w; it takes the key ring of the installation that was exported", where, err)
				}
			}
		}
		return rows, nil
	})
}

// each reads a table and inserts what is left of each batch of its rows.
func (i *importer) each(ctx context.Context, t table, heed func(rows [][]any) ([][]any, error)) error {
	if err := i.begin(t); err != nil {
		return err
	}
	for read, done := int64(0), false; !done; {
		var rows [][]any
		var err error
		if rows, done, err = i.batch(t); err != nil {
			return err
		}
		read += int64(len(rows))
		i.total += int64(len(rows))
		if rows, err = heed(rows); err != nil {
			return err
		}
		if err := i.insert(ctx, t, rows); err != nil {
			return fmt.Errorf("insert into %s, up to line %d: %w", t.name, i.in.Line(), err)
		}
		if i.progress != nil {
			i.progress(t.name, read)
		}
		if err := i.stopped(); err != nil {
			return err
		}
	}
	return nil
}

// insert inserts rows, and asks for the time, so that what is wrong with them shows
// now: see engine.Session.Insert.
func (i *importer) insert(ctx context.Context, t table, rows [][]any) error {
	if err := i.s.Insert(ctx, engine.Insertion{Table: t.name}, engine.Values{Columns: t.columns.engine(), Rows: rows}); err != nil {
		return err
	}
	_, err := i.s.Now(ctx)
	return err
}

// begin reads the heading of a table.
func (i *importer) begin(t table) error {
	got, err := i.in.Next()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	want := t.heading()
	if got.Name != want.Name || !slices.Equal(got.Columns, want.Columns) || !slices.Equal(got.Base64, want.Base64) {
		return fmt.Errorf("line %d: here should be table %s with the columns %q: the file was edited, or is from another program", i.in.Line(), t.name, want.Columns)
	}
	return nil
}

// batch reads rows until the end of the table or until they are enough.
func (i *importer) batch(t table) (rows [][]any, last bool, err error) {
	for size := 0; len(rows) < importBatch && size < importBytes; {
		row, err := i.in.Row()
		if errors.Is(err, io.EOF) {
			return rows, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		for at, c := range t.columns {
			if row[at], err = argument(c, row[at]); err != nil {
				return nil, false, fmt.Errorf("line %d: column %s: %w", i.in.Line(), c.Name, err)
			}
			if b, ok := row[at].([]byte); ok {
				size += len(b)
			}
		}
		rows = append(rows, row)
	}
	return rows, false, nil
}

// argument returns what a column is given for a value of the archive.
func argument(c field, value any) (any, error) {
	bytes, isBytes := value.([]byte)
	if c.Kind == engine.Exact && isBytes {
		return engine.Verbatim(bytes), nil
	}
	fits := isBytes
	switch c.Kind {
	case engine.Int:
		_, fits = value.(int64)
	case engine.Text:
		_, fits = value.(string)
	case engine.Truth:
		_, fits = value.(bool)
	case engine.Exact:
		fits = false
	case engine.Blob:
	}
	if !fits {
		return nil, fmt.Errorf("a %T does not belong there: the file was edited", value)
	}
	return value, nil
}
