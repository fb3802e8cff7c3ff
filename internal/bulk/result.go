package bulk

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"

	"github.com/tidwall/gjson"

	"turnstone"
)

// TooWideError says that records have too many different members for a table. Its text
// is fit for the client.
type TooWideError struct{}

// Error says what to do instead.
func (TooWideError) Error() string {
	return fmt.Sprintf("the records have more than %d different members, too many for a table; fetch them with Accept: application/json, or select the members that are needed", maxColumns)
}

// Result is what a job has read.
type Result struct {
	job   turnstone.BulkJob
	pages PageStore
}

// JSON writes the records as a JSON array, byte for byte as the vendor wrote them, as
// far as they were selected.
func (r *Result) JSON(ctx context.Context, w io.Writer) error {
	open := "["
	for number := 1; number <= r.job.Pages; number++ {
		records, err := r.records(ctx, number)
		if err != nil {
			return err
		}
		inner := records.Raw[1 : len(records.Raw)-1] // pages are never empty
		if _, err := io.WriteString(w, open+inner); err != nil {
			return err
		}
		open = ","
	}
	end := "]"
	if r.job.Pages == 0 {
		end = "[]"
	}
	_, err := io.WriteString(w, end)
	return err
}

// Table returns a function that writes the records as CSV, with a row of their columns
// first: those of all records, in the order in which they first appear. It returns a
// [TooWideError] if there are too many.
func (r *Result) Table(ctx context.Context) (func(ctx context.Context, w io.Writer) error, error) {
	columns := newHeader(maxColumns)
	for page, err := range r.pages.BulkColumns(ctx, r.job) {
		if err != nil {
			return nil, err
		}
		for _, column := range page.Columns {
			if !columns.add(column) {
				return nil, TooWideError{}
			}
		}
	}
	t := table{header: columns.ordered(r.job.Query.Fields)}
	return func(ctx context.Context, w io.Writer) error { return r.table(ctx, w, t) }, nil
}

// table is how records are written as rows.
type table struct {
	*header
	rows *csv.Writer
}

// write writes a row. One that has a single empty cell needs its quotes: readers pass
// over an empty line.
func (t table) write(row []string, w io.Writer) error {
	if len(row) != 1 || row[0] != "" {
		return t.rows.Write(row)
	}
	t.rows.Flush()
	_, err := io.WriteString(w, "\"\"\n")
	return err
}

// table writes the records. Lines end with a line feed alone: a writer that makes two
// characters of it would do so within the cells too.
func (r *Result) table(ctx context.Context, w io.Writer, t table) error {
	t.rows = csv.NewWriter(w)
	if len(t.names) > 0 {
		if err := t.rows.Write(t.names); err != nil {
			return err
		}
	}
	row := make([]string, len(t.names))
	for number := 1; number <= r.job.Pages; number++ {
		records, err := r.records(ctx, number)
		if err != nil {
			return err
		}
		records.ForEach(func(_, record gjson.Result) bool {
			clear(row)
			cells(record, func(column string, value gjson.Result) { row[t.places[column]] = text(value) })
			err = t.write(row, w)
			return err == nil
		})
		if err != nil {
			return err
		}
	}
	t.rows.Flush()
	return t.rows.Error()
}

// records returns the records of a page.
func (r *Result) records(ctx context.Context, number int) (gjson.Result, error) {
	page, err := r.pages.BulkPage(ctx, r.job, number)
	if err != nil {
		return gjson.Result{}, err
	}
	return unpacked(page)
}
