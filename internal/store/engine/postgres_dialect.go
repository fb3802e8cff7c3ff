package engine

import (
	"database/sql/driver"
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// postgresDialect gives whole columns as arrays: one statement, one text and one round
// trip for any number of rows.
type postgresDialect struct{}

func (postgresDialect) skipLocked() string { return " FOR UPDATE SKIP LOCKED" }

func (d postgresDialect) insert(in Insertion, v Values) iter.Seq2[string, []any] {
	text := "INSERT INTO " + in.Table + " (" + names(v.Columns) + ") SELECT * FROM " + unnest(v.Columns) + " " + in.Conflict
	return d.once(text, v)
}

func (d postgresDialect) remove(table string, v Values) iter.Seq2[string, []any] {
	conditions := make([]string, len(v.Columns))
	for i, c := range v.Columns {
		conditions[i] = table + "." + c.Name + " = v." + c.Name
	}
	return d.once("DELETE FROM "+table+" USING "+d.named(v.Columns)+" WHERE "+strings.Join(conditions, " AND "), v)
}

func (d postgresDialect) against(a Against) iter.Seq2[string, []any] {
	return d.once(fmt.Sprintf(a.Text, d.named(a.Columns)), a.Values)
}

func (postgresDialect) named(columns []Column) string {
	return unnest(columns) + " AS v(" + names(columns) + ")"
}

// once yields a text with the columns of v, unless there are no rows.
func (postgresDialect) once(text string, v Values) iter.Seq2[string, []any] {
	return func(yield func(string, []any) bool) {
		if len(v.Rows) > 0 {
			yield(text, arrays(v))
		}
	}
}

// lookup looks for each member by itself: OFFSET 0 keeps the planner from reading all
// that a shorter key finds and comparing it with the list, which it believes to be
// cheaper while it knows little of a table.
func (postgresDialect) lookup(l lookup) iter.Seq2[string, []any] {
	return func(yield func(string, []any) bool) {
		if len(l.members) == 0 {
			return
		}
		member := Column{Name: "member", Kind: kindOf(l.members[0])}
		column := make([][]any, len(l.members))
		for i := range l.members {
			column[i] = l.members[i : i+1]
		}
		text := "SELECT found.* FROM unnest($" + strconv.Itoa(l.first) + "::" + typeOf(member.Kind) + "[]) AS v(member) CROSS JOIN LATERAL (SELECT " +
			l.columns + " FROM " + l.from + " WHERE " + and(l.where) + l.column + " = v.member OFFSET 0) AS found"
		yield(text, arrays(Values{Columns: []Column{member}, Rows: column}))
	}
}

// kindOf returns the kind of column that a member of a list is compared with.
func kindOf(member any) Kind {
	switch member.(type) {
	case int64:
		return Int
	case Verbatim:
		return Exact
	}
	return Text
}

// unnest returns the table that arrays make: "unnest($1::bigint[],$2::text[])".
func unnest(columns []Column) string {
	arrays := make([]string, len(columns))
	for i, c := range columns {
		arrays[i] = "$" + strconv.Itoa(i+1) + "::" + typeOf(c.Kind) + "[]"
	}
	return "unnest(" + strings.Join(arrays, ",") + ")"
}

func typeOf(k Kind) string {
	return [...]string{Int: "bigint", Text: "text", Exact: "bytea", Blob: "bytea", Truth: "boolean"}[k]
}

// arrays returns the columns of v, each an array of the type that its kind has.
func arrays(v Values) []any {
	args := make([]any, len(v.Columns))
	for i, c := range v.Columns {
		switch c.Kind {
		case Int:
			args[i] = array(v, i, whole)
		case Text:
			args[i] = array(v, i, text)
		case Exact:
			args[i] = array(v, i, func(x any) []byte { return []byte(x.(Verbatim)) })
		case Blob:
			args[i] = array(v, i, func(x any) []byte { return x.([]byte) })
		case Truth:
			args[i] = array(v, i, func(x any) bool { return x.(bool) })
		}
	}
	return args
}

func array[T any](v Values, column int, convert func(any) T) []T {
	all := make([]T, len(v.Rows))
	for i, row := range v.Rows {
		all[i] = convert(row[column])
	}
	return all
}

// whole returns an argument that stands for a whole number.
func whole(x any) int64 {
	switch x := x.(type) {
	case int64:
		return x
	case int:
		return int64(x)
	case driver.Valuer:
		if n, err := x.Value(); err == nil {
			return n.(int64)
		}
	}
	panic(fmt.Sprintf("engine: %T is no whole number", x)) // a mistake in a statement of ours
}

// text returns an argument that stands for a text, as PostgreSQL can keep it.
func text(x any) string {
	switch x := x.(type) {
	case string:
		return printable(x)
	case driver.Valuer:
		if t, err := x.Value(); err == nil {
			return printable(t.(string))
		}
	}
	panic(fmt.Sprintf("engine: %T is no text", x)) // a mistake in a statement of ours
}

// printable returns text without what PostgreSQL keeps in no text: zero bytes, and
// bytes that are no UTF-8. They come from vendors, in messages.
func printable(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")
}
