package archive

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
)

// maxLine bounds the memory that a file can make us take. No row of ours comes near:
// the body of an event is a few of a vendor's records.
const maxLine = 256 << 20

// errEnds says that a file has no last line.
var errEnds = errors.New("it ends before its last line: it was cut off, or its writing failed; export again, or copy it again")

// Reader reads a file, as it is or compressed by gzip. It is for one goroutine.
type Reader struct {
	in     *bufio.Reader
	sum    hash.Hash // of the lines before the one that is held
	number int64     // of the line that is held
	held   []byte    // the line to be read next, without its end
	table  Table
	binary []bool // which of its columns hold bytes
	rows   int64
}

// NewReader returns a reader that has read the first line, and what that says.
func NewReader(in io.Reader) (*Reader, Header, error) {
	r := &Reader{in: bufio.NewReaderSize(in, 1<<16), sum: sha256.New()}
	if magic, err := r.in.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		unzipped, err := gzip.NewReader(r.in)
		if err != nil {
			return nil, Header{}, fmt.Errorf("uncompress: %w", err)
		}
		r.in = bufio.NewReaderSize(unzipped, 1<<16)
	}
	if err := r.advance(); err != nil {
		return nil, Header{}, err
	}
	var h headerLine
	if err := json.Unmarshal(r.held, &h); err != nil || h.Archive != signature {
		return nil, Header{}, errors.New("it is not what turnstone export writes")
	}
	if h.Format != format {
		return nil, Header{}, fmt.Errorf("its format is %d, and this program reads %d: import it with turnstone %s, which wrote it", h.Format, format, h.Program)
	}
	return r, Header{h.Schema, h.Program, h.Created}, r.advance()
}

// Line returns the number of the line that was read last, for errors of who reads.
func (r *Reader) Line() int64 { return r.number - 1 }

// Next skips what is left of the table and begins the next one. It returns io.EOF
// after the last, if the last line vouches for the file.
func (r *Reader) Next() (Table, error) {
	for r.isRow() {
		if err := r.advance(); err != nil {
			return Table{}, err
		}
		r.rows++
	}
	r.table = Table{}
	if err := json.Unmarshal(r.held, &r.table); err != nil {
		return Table{}, r.damaged(err)
	}
	if r.table.Name == "" {
		return Table{}, r.end()
	}
	r.binary = make([]bool, len(r.table.Columns))
	for i, name := range r.table.Columns {
		r.binary[i] = slices.Contains(r.table.Base64, name)
	}
	return r.table, r.advance()
}

// Row returns the next row of the table, as Writer.Row takes it, or io.EOF behind the
// last one.
func (r *Reader) Row() ([]any, error) {
	if !r.isRow() {
		return nil, io.EOF
	}
	cells := make([]cell, 0, len(r.binary))
	if err := json.Unmarshal(r.held, &cells); err != nil {
		return nil, r.damaged(err)
	}
	if len(cells) != len(r.binary) {
		return nil, r.damaged(fmt.Errorf("%d values for %d columns", len(cells), len(r.binary)))
	}
	row := make([]any, len(cells))
	for i, c := range cells {
		value, err := c.value(r.binary[i])
		if err != nil {
			return nil, r.damaged(fmt.Errorf("column %s: %w", r.table.Columns[i], err))
		}
		row[i] = value
	}
	r.rows++
	return row, r.advance()
}

// cell is a value of a row.
type cell struct{ json.RawMessage }

// value returns what a cell holds.
func (c cell) value(binary bool) (any, error) {
	switch quoted := bytes.HasPrefix(c.RawMessage, []byte{'"'}); {
	case quoted && binary:
		inner := c.RawMessage[1 : len(c.RawMessage)-1]
		return base64.StdEncoding.AppendDecode(make([]byte, 0, base64.StdEncoding.DecodedLen(len(inner))), inner)
	case !quoted:
		return bare(string(c.RawMessage))
	}
	var text string
	err := json.Unmarshal(c.RawMessage, &text)
	return text, err
}

// bare returns what a value that is no text holds.
func bare(text string) (any, error) {
	if text == "true" || text == "false" {
		return text == "true", nil
	}
	return strconv.ParseInt(text, 10, 64)
}

func (r *Reader) isRow() bool { return len(r.held) > 0 && r.held[0] == '[' }

// end compares the line that is held, the last, with what was read.
func (r *Reader) end() error {
	var last lastLine
	if err := json.Unmarshal(r.held, &last); err != nil || last.SHA256 == "" {
		return r.damaged(errors.New("neither a table, a row nor the last line"))
	}
	if last.Rows != r.rows || last.SHA256 != hex.EncodeToString(r.sum.Sum(nil)) {
		return fmt.Errorf("it is not as it was written: the sum of its %d rows is not the one in its last line, of %d rows; it was edited or damaged", r.rows, last.Rows)
	}
	switch _, err := r.in.ReadByte(); {
	case err == nil:
		return errors.New("it goes on behind its last line: something was added to it")
	case errors.Is(err, io.ErrUnexpectedEOF): // of gzip
		return errEnds
	default:
		return err // io.EOF, if all is well
	}
}

// advance takes the line that is held into the sum, and reads the next one.
func (r *Reader) advance() error {
	if r.number > 0 {
		r.sum.Write(r.held)
		r.sum.Write([]byte{'\n'})
	}
	r.held = r.held[:0]
	r.number++
	for {
		part, err := r.in.ReadSlice('\n')
		r.held = append(r.held, part...)
		switch {
		case err == nil:
			r.held = bytes.TrimSuffix(r.held, []byte{'\n'})
			return nil
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // the latter of gzip
			return errEnds
		case !errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("line %d: %w", r.number, err)
		case len(r.held) > maxLine:
			return fmt.Errorf("line %d is longer than %d MB: no line of an export is", r.number, maxLine>>20)
		}
	}
}

// damaged says where a file is not as a Writer makes it.
func (r *Reader) damaged(err error) error {
	return fmt.Errorf("line %d is damaged: %w; the file was edited, or is not what turnstone export writes", r.number, err)
}
