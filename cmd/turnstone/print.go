package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"turnstone/client"
)

// printed says how an answer is printed.
type printed struct {
	Output string `default:"table" enum:"table,json" short:"o" help:"Form of the answer."`
}

// print prints a value as JSON, or as the rows that a table of it has.
func (p printed) print(out io.Writer, value any, rows ...[]string) error {
	if p.Output == "json" {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		return printJSON(out, text)
	}
	return printRows(out, rows...)
}

// printRows prints rows below each other, in columns.
func printRows(out io.Writer, rows ...[]string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, cells := range rows {
		for i := range cells {
			cells[i] = line(cells[i])
		}
		fmt.Fprintln(w, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	return w.Flush()
}

// printJSON prints an answer, indented.
func printJSON(out io.Writer, answer []byte) error {
	var indented bytes.Buffer
	if err := json.Indent(&indented, answer, "", "  "); err != nil {
		return fmt.Errorf("the answer is no JSON: %w", err)
	}
	_, err := fmt.Fprintln(out, indented.String())
	return err
}

// listing is how a list is asked for and printed.
type listing struct {
	printed
	Limit int `default:"100" help:"Most rows to show; 0 for all."`
}

// columns are how the members of a list are shown in a table.
type columns[T any] struct {
	heading string // words
	row     func(T) []string
}

// printList prints a list, with a heading and a row for each member.
func printList[T any](s streams, l listing, members iter.Seq2[T, error], shown columns[T]) error {
	all, err := client.Collect(members, max(l.Limit, 0))
	if err != nil {
		return err
	}
	if len(all) == 0 && l.Output == "table" {
		fmt.Fprintln(s.err, "there are none")
		return nil
	}
	rows := [][]string{strings.Fields(shown.heading)}
	for _, m := range all {
		rows = append(rows, shown.row(m))
	}
	return l.print(s.out, append([]T{}, all...), rows...)
}

// number, truth, when and words are values as cells of a table have them.
func number(n int64) string { return strconv.FormatInt(n, 10) }

func truth(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

func words(list []string) string {
	if len(list) == 0 {
		return "-"
	}
	return strings.Join(list, ",")
}

// amount counts things.
func amount(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
