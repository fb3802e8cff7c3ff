package bulk

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"

	"github.com/tidwall/gjson"

	"turnstone"
)

// packer makes pages of records. It is for one goroutine; keep it, for a new one costs
// a megabyte.
type packer struct {
	keep     selection
	deflater *flate.Writer
	buffer   bytes.Buffer
}

// pack returns the page of some records, with this number.
func (p *packer) pack(records []json.RawMessage, number int) (turnstone.BulkPage, error) {
	p.buffer.Reset()
	if p.deflater == nil {
		var err error
		if p.deflater, err = flate.NewWriter(&p.buffer, flate.BestSpeed); err != nil {
			return turnstone.BulkPage{}, err
		}
	}
	p.deflater.Reset(&p.buffer)
	columns := newHeader(maxColumns + 1) // one more shows that there are too many
	separator := []byte{'['}
	for _, record := range records {
		kept := p.keep.of(gjson.ParseBytes(record))
		cells(gjson.ParseBytes(kept), func(column string, _ gjson.Result) { columns.add(column) })
		for _, piece := range [][]byte{separator, kept} {
			if _, err := p.deflater.Write(piece); err != nil {
				return turnstone.BulkPage{}, err
			}
		}
		separator = []byte{','}
	}
	if _, err := p.deflater.Write([]byte{']'}); err != nil {
		return turnstone.BulkPage{}, err
	}
	if err := p.deflater.Close(); err != nil {
		return turnstone.BulkPage{}, err
	}
	return turnstone.BulkPage{Number: number, Records: len(records), Columns: columns.names, Body: bytes.Clone(p.buffer.Bytes())}, nil
}

// unpacked returns the records of a page, as a JSON array.
func unpacked(page turnstone.BulkPage) (gjson.Result, error) {
	body, err := io.ReadAll(flate.NewReader(bytes.NewReader(page.Body)))
	if err != nil {
		return gjson.Result{}, fmt.Errorf("inflate page %d: %w", page.Number, err)
	}
	return gjson.ParseBytes(body), nil
}
