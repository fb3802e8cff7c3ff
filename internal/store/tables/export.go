package tables

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"turnstone/internal/store/archive"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// exportBatch is how many rows pass between two looks at whether to go on.
const exportBatch = 1000

// Progress is told, while rows are moved, how many of a table have been.
type Progress func(table string, rows int64)

// ExportOptions say what an export says of itself.
type ExportOptions struct {
	Program  string // version of the program
	Now      time.Time
	Progress Progress
}

// Exported says what an export holds.
type Exported struct {
	Rows int64
	// Leases is how many pollers, credentials and healthy destinations some node had
	// leased: what those nodes have done since is not in the export.
	Leases int64
}

// Export writes all that the database holds as it is at one moment, in the form of
// package archive, and as a stream: the memory it takes does not grow with the
// database. Nodes may work meanwhile. What is sealed stays so; whoever imports it
// needs the same key ring.
//
// The bytes of two exports of one content are the same, but for their first and last
// line. The export is of no use unless Export returns no error.
func (in Installation) Export(ctx context.Context, w io.Writer, o ExportOptions) (Exported, error) {
	var done Exported
	err := in.Bulk.Snapshot(ctx, func(uncancelled context.Context, s *engine.Session) error {
		var err error
		done, err = (&exporter{in: in, s: s, o: o, stopped: ctx.Err}).export(uncancelled, w)
		return err
	})
	if err != nil {
		return Exported{}, fmt.Errorf("export: %w", err)
	}
	return done, nil
}

// exporter writes an export from a snapshot.
type exporter struct {
	in      Installation
	s       *engine.Session
	o       ExportOptions
	stopped func() error // why to stop, or nil
	out     *archive.Writer
}

func (e *exporter) export(ctx context.Context, w io.Writer) (Exported, error) {
	schema, err := e.in.checkedSchema(ctx, e.s)
	if err != nil {
		return Exported{}, err
	}
	leases, err := leased(ctx, e.s)
	if err != nil {
		return Exported{}, err
	}
	e.out, err = archive.NewWriter(w, archive.Header{Schema: schema, Program: e.o.Program, Created: e.o.Now})
	if err != nil {
		return Exported{}, err
	}
	if err := e.sequences(ctx); err != nil {
		return Exported{}, fmt.Errorf("table sequence: %w", err)
	}
	for _, t := range tables() {
		if err := e.table(ctx, t); err != nil {
			return Exported{}, fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	return Exported{Rows: e.out.Rows(), Leases: leases}, e.out.Close()
}

// sequences writes the numbers given out, with those of the events: these have a place
// of their own in some databases.
func (e *exporter) sequences(ctx context.Context) error {
	given, err := engine.List(e.s.Query(ctx, `SELECT name, high FROM sequence WHERE name <> $1`, EventSequence), scanSequence)
	if err != nil {
		return err
	}
	high, err := e.in.Numbers.High(ctx, e.s)
	if err != nil {
		return err
	}
	if high > 0 {
		given = append(given, sequence{EventSequence, high})
	}
	slices.SortFunc(given, func(a, b sequence) int { return strings.Compare(a.name, b.name) })
	if err := e.out.Table(sequenceTable().heading()); err != nil {
		return err
	}
	for _, n := range given {
		if err := e.out.Row([]any{n.name, n.high}); err != nil {
			return err
		}
	}
	return nil
}

// table writes a table in the order of its key.
func (e *exporter) table(ctx context.Context, t table) error {
	if err := e.out.Table(t.heading()); err != nil {
		return err
	}
	text := `SELECT ` + strings.Join(t.names(), ", ") + ` FROM ` + t.name + ` ORDER BY ` + t.key
	values := t.destinations()
	rows := int64(0)
	for row, err := range engine.Each(e.s.Query(ctx, text), func(row engine.Row) ([]any, error) { return values, row.Scan(values...) }) {
		if err != nil {
			return err
		}
		if err := e.out.Row(present(row)); err != nil {
			return err
		}
		if rows++; rows%exportBatch == 0 {
			e.tell(t.name, rows)
			if err := e.stopped(); err != nil {
				return err
			}
		}
	}
	e.tell(t.name, rows)
	return nil
}

func (e *exporter) tell(table string, rows int64) {
	if e.o.Progress != nil {
		e.o.Progress(table, rows)
	}
}

// present makes bytes that are none, which some drivers return as nil, an empty text.
func present(row []any) []any {
	for _, v := range row {
		if b, ok := v.(*[]byte); ok && *b == nil {
			*b = []byte{}
		}
	}
	return row
}

// leased counts the leases that stand. A destination that failed may only rest, which
// looks the same and goes on while no node runs, so it is not counted.
func leased(ctx context.Context, s *engine.Session) (int64, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return 0, err
	}
	n, err := engine.One(s.Query(ctx, `
		SELECT
			(SELECT COUNT(*) FROM poller WHERE lease_until > $1) +
			(SELECT COUNT(*) FROM credential WHERE lease_until > $1) +
			(SELECT COUNT(*) FROM destination WHERE lease_until > $1 AND failures = 0)`, column.Instant(now)), engine.Number)
	if err != nil {
		return 0, fmt.Errorf("count leases: %w", err)
	}
	return n, nil
}

// checkedSchema returns the version of the tables, and an error unless it is the one
// that tables describes: there would be more to move than we know of.
func (in Installation) checkedSchema(ctx context.Context, s *engine.Session) (int64, error) {
	version, err := engine.One(s.Query(ctx, `SELECT MAX(version_id) FROM migration`), engine.Number)
	if err != nil {
		return 0, fmt.Errorf("read the version of the tables: %w", err)
	}
	if version != in.Schema {
		return 0, fmt.Errorf("a newer turnstone brought the database up to date (its schema is %d, this program knows %d): use that program", version, in.Schema)
	}
	return version, nil
}

// sequence is how far numbers of a name were given out.
type sequence struct {
	name string
	high int64
}

func scanSequence(row engine.Row) (sequence, error) {
	var n sequence
	err := row.Scan(&n.name, &n.high)
	return n, err
}
