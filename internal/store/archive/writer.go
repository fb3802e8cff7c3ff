package archive

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"
)

// The first line of a file.
const (
	signature = "turnstone"
	format    = 1
)

// Header says where a file is from.
type Header struct {
	Schema  int64     // version of the tables
	Program string    // version of the program
	Created time.Time // when it was begun
}

// headerLine is the first line.
type headerLine struct {
	Archive string    `json:"archive"`
	Format  int       `json:"format"`
	Schema  int64     `json:"schema"`
	Program string    `json:"program"`
	Created time.Time `json:"created"`
}

// Table names the columns of the rows that follow.
type Table struct {
	Name    string   `json:"table"`
	Columns []string `json:"columns"`
	Base64  []string `json:"base64,omitempty"` // those of the columns that hold bytes
}

// lastLine vouches for the lines before it.
type lastLine struct {
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// Writer writes a file. It is for one goroutine. After an error its file is of no use.
type Writer struct {
	out     *bufio.Writer
	sum     hash.Hash
	lines   *json.Encoder
	columns int // of the table
	rows    int64
}

// NewWriter returns a writer that has written the first line.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	out, sum := bufio.NewWriterSize(w, 1<<16), sha256.New()
	aw := &Writer{out: out, sum: sum, lines: json.NewEncoder(io.MultiWriter(out, sum))}
	aw.lines.SetEscapeHTML(false)
	return aw, aw.line(headerLine{signature, format, h.Schema, h.Program, h.Created.UTC()})
}

// Table begins a table.
func (w *Writer) Table(t Table) error {
	w.columns = len(t.Columns)
	return w.line(t)
}

// Row writes a row of the table: an int64, bool, string or []byte for each column, or
// pointers to those. In texts, what is no UTF-8 becomes U+FFFD.
func (w *Writer) Row(values []any) error {
	if len(values) != w.columns {
		return fmt.Errorf("a row of %d values in a table of %d columns", len(values), w.columns)
	}
	w.rows++
	return w.line(values)
}

// Rows returns how many rows were written.
func (w *Writer) Rows() int64 { return w.rows }

// Close writes the last line. It does not close what is written to.
func (w *Writer) Close() error {
	last := lastLine{Rows: w.rows, SHA256: hex.EncodeToString(w.sum.Sum(nil))}
	return errors.Join(w.line(last), w.out.Flush())
}

func (w *Writer) line(v any) error { return w.lines.Encode(v) }
