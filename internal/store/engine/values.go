package engine

import (
	"context"
	"iter"
)

// Kind is what a column holds.
type Kind int

// The kinds of columns.
const (
	Int   Kind = iota // whole numbers, times, durations
	Text              // also JSON
	Exact             // text of others that must come back byte for byte: see Verbatim
	Blob
	Truth // true or false
)

// Verbatim is text of others that must come back byte for byte, such as the id that a
// vendor gave an object. PostgreSQL has no text that could hold all of it.
type Verbatim string

// Column is a column of Values.
type Column struct {
	Name string
	Kind Kind
}

// Values is a table made of arguments.
type Values struct {
	Columns []Column
	Rows    [][]any
}

// Insertion is an INSERT of any number of rows: into a table, and what to do about
// those that are there.
type Insertion struct {
	Table    string
	Conflict string // such as "ON CONFLICT DO NOTHING"
}

// Insert inserts rows in as few statements as that takes. What is wrong with them may
// show only with a later statement, or at the end of the transaction.
func (s *Session) Insert(ctx context.Context, in Insertion, v Values) error {
	for text, args := range s.dialect.insert(in, v) {
		if err := s.run.later(ctx, text, args); err != nil {
			return err
		}
	}
	return nil
}

// Delete removes the rows of a table, as late as Insert inserts them, whose columns are those of one of v, which name
// one row each.
func (s *Session) Delete(ctx context.Context, table string, v Values) error {
	for text, args := range s.dialect.remove(table, v) {
		if err := s.run.later(ctx, text, args); err != nil {
			return err
		}
	}
	return nil
}

// Against is a statement that is run against the rows of a table made of arguments.
type Against struct {
	// Text is the statement, in which %s stands for the table, named v. An UPDATE
	// must name it in a FROM of its own line, and return something, but columns of
	// its own table only.
	Text string
	Values
}

// Join runs a statement against its rows, in as few runs as that takes, and returns
// what it returned.
func Join[T any](ctx context.Context, s *Session, a Against, scan func(Row) (T, error)) ([]T, error) {
	var all []T
	for text, args := range s.dialect.against(a) {
		some, err := List(s.Query(ctx, text, args...), scan)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// Apply runs a statement against its rows, as late as Insert inserts them, and returns
// nothing: the statement need not, either.
func (s *Session) Apply(ctx context.Context, a Against) error {
	for text, args := range s.dialect.against(a) {
		if err := s.run.later(ctx, text, args); err != nil {
			return err
		}
	}
	return nil
}

// Lookup is a SELECT of the rows that have a column among some members.
type Lookup[M int64 | string | Verbatim] struct {
	Select    string // the columns, in the order of the scan
	From      string // a table, or a join of several
	Where     string // may be empty
	Arguments []any  // of Where
	Column    string // compared with the members
	Members   []M
}

// Find returns the rows of a lookup, in no order, and in as few statements as that
// takes. The rows of one member must be few: they are looked for member by member.
func Find[T any, M int64 | string | Verbatim](ctx context.Context, s *Session, l Lookup[M], scan func(Row) (T, error)) ([]T, error) {
	members := make([]any, len(l.Members))
	for i, m := range l.Members {
		members[i] = m
	}
	given := len(l.Arguments)
	q := lookup{columns: l.Select, from: l.From, where: l.Where, column: l.Column, first: given + 1, members: members}
	var all []T
	for text, args := range s.dialect.lookup(q) {
		some, err := List(s.Query(ctx, text, append(l.Arguments[:given:given], args...)...), scan)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// lookup is a Lookup whatever its members are; the first of their placeholders is
// numbered first.
type lookup struct {
	columns, from, where, column string
	first                        int
	members                      []any
}

// dialect is how a database is told what all of them can do.
type dialect interface {
	insert(in Insertion, v Values) iter.Seq2[string, []any]
	remove(table string, v Values) iter.Seq2[string, []any]
	against(a Against) iter.Seq2[string, []any]
	lookup(l lookup) iter.Seq2[string, []any]
	skipLocked() string
}
