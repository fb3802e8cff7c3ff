package engine

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// sqliteDialect keeps statements short: SQLite has no lists as arguments.
type sqliteDialect struct {
	updates *sync.Map // text of an Against, as a string, to that of its UPDATE of one row
}

func (sqliteDialect) skipLocked() string { return "" }

// maxRun bounds the rows and the list members of one statement. Of 16, 32, 64 and 128
// none stored more rows a second than the others.
const maxRun = 64

// runs cuts n things into runs from, to, whose lengths are powers of two up to
// maxRun, so that a list of any length needs only seven statement texts.
func runs(n int) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		for from, size := 0, maxRun; from < n; {
			for size > n-from {
				size /= 2
			}
			if !yield(from, from+size) {
				return
			}
			from += size
		}
	}
}

// placeholders returns n placeholders: "?,?,?". They stand for the arguments in their
// order; numbered ones have names, and the driver looks each up by its name.
func placeholders(n int) string { return strings.Repeat(",?", n)[1:] }

// names returns the names of columns: "id, fence".
func names(columns []Column) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.Name
	}
	return strings.Join(all, ", ")
}

func (sqliteDialect) insert(in Insertion, v Values) iter.Seq2[string, []any] {
	into := "INSERT INTO " + in.Table + " (" + names(v.Columns) + ") VALUES "
	return func(yield func(string, []any) bool) {
		for from, to := range runs(len(v.Rows)) {
			var args []any
			tuples := make([]string, 0, to-from)
			for _, row := range v.Rows[from:to] {
				tuples = append(tuples, "("+placeholders(len(row))+")")
				args = append(args, row...)
			}
			if !yield(into+strings.Join(tuples, ",")+" "+in.Conflict, args) {
				return
			}
		}
	}
}

func (sqliteDialect) remove(table string, v Values) iter.Seq2[string, []any] {
	conditions := make([]string, len(v.Columns))
	for i, c := range v.Columns {
		conditions[i] = c.Name + " = ?"
	}
	return each(v, "DELETE FROM "+table+" WHERE "+strings.Join(conditions, " AND "))
}

// against yields a row at a time: a statement costs no round trip, and SQLite cannot
// plan for more.
func (d sqliteDialect) against(a Against) iter.Seq2[string, []any] {
	if strings.HasPrefix(strings.TrimSpace(a.Text), "UPDATE") {
		return each(a.Values, d.update(a))
	}
	columns := make([]string, len(a.Columns))
	for i, c := range a.Columns {
		columns[i] = "? AS " + c.Name
	}
	return each(a.Values, fmt.Sprintf(a.Text, "(SELECT "+strings.Join(columns, ", ")+") AS v"))
}

// update returns an UPDATE with the arguments in the place of the table's columns:
// SQLite would build the table for each row.
func (d sqliteDialect) update(a Against) string {
	if text, known := d.updates.Load(a.Text); known {
		return text.(string)
	}
	text := strings.Replace(a.Text, "FROM %s", "", 1)
	// The longest first: one name may begin with another.
	numbers := make([]int, len(a.Columns))
	for i := range numbers {
		numbers[i] = i
	}
	slices.SortFunc(numbers, func(i, j int) int { return len(a.Columns[j].Name) - len(a.Columns[i].Name) })
	for _, i := range numbers {
		text = strings.ReplaceAll(text, "v."+a.Columns[i].Name, "$"+strconv.Itoa(i+1))
	}
	d.updates.Store(a.Text, text)
	return text
}

// each yields a text with each of the rows.
func each(v Values, text string) iter.Seq2[string, []any] {
	return func(yield func(string, []any) bool) {
		for _, row := range v.Rows {
			if !yield(text, row) {
				return
			}
		}
	}
}

func (sqliteDialect) lookup(l lookup) iter.Seq2[string, []any] {
	text := "SELECT " + l.columns + " FROM " + l.from + " WHERE " + and(l.where) + l.column + " IN "
	return func(yield func(string, []any) bool) {
		for from, to := range runs(len(l.members)) {
			if !yield(text+"("+placeholders(to-from)+")", l.members[from:to]) {
				return
			}
		}
	}
}

// and returns a condition to be followed by another.
func and(condition string) string {
	if condition == "" {
		return ""
	}
	return condition + " AND "
}
