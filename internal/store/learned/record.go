package learned

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"turnstone"
	"turnstone/internal/store/engine"
)

// Records returns the last records of those of the objects of which they are kept, by
// their ids. A record of an older version than the one that is known is left out: the
// poller did not keep records for a while.
func Records(ctx context.Context, s *engine.Session, p turnstone.Poller, objectIDs []string) (map[string]json.RawMessage, error) {
	kept, err := engine.Find(ctx, s, engine.Lookup[engine.Verbatim]{
		Select: "r.object_id, r.body",
		From: `record r JOIN version k ON k.poller_id = r.poller_id AND k.object_id = r.object_id AND k.account_id = r.account_id
			AND k.fingerprint = r.fingerprint`,
		Where: "r.account_id = $1 AND r.poller_id = $2", Arguments: []any{p.AccountID, p.ID},
		Column: "r.object_id", Members: verbatim(objectIDs),
	}, scanRecord)
	if err != nil {
		return nil, fmt.Errorf("read records of poller %d: %w", p.ID, err)
	}
	records := make(map[string]json.RawMessage, len(kept))
	for _, k := range kept {
		if records[k.object], err = inflate(k.body); err != nil {
			return nil, fmt.Errorf("read record %q of poller %d: %w", k.object, p.ID, err)
		}
	}
	return records, nil
}

// keptRecord is a record as the database holds it.
type keptRecord struct {
	object      string
	fingerprint turnstone.Fingerprint
	body        []byte // deflated
}

func scanRecord(row engine.Row) (k keptRecord, err error) {
	err = row.Scan((*engine.Verbatim)(&k.object), &k.body)
	return k, err
}

// deflated returns the records of versions as they are to be kept.
func deflated(versions []turnstone.Version) ([]keptRecord, error) {
	var kept []keptRecord
	var squeezed bytes.Buffer
	var w *flate.Writer // one for all: a new one costs a megabyte
	for _, v := range versions {
		if v.Gone || v.Record == nil {
			continue
		}
		squeezed.Reset()
		if w == nil {
			var err error
			if w, err = flate.NewWriter(&squeezed, flate.BestSpeed); err != nil {
				return nil, err
			}
		}
		w.Reset(&squeezed)
		if _, err := w.Write(v.Record); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		kept = append(kept, keptRecord{v.ObjectID, v.Fingerprint, bytes.Clone(squeezed.Bytes())})
	}
	return kept, nil
}

func inflate(body []byte) (json.RawMessage, error) {
	return io.ReadAll(flate.NewReader(bytes.NewReader(body)))
}

// records keeps the records of the versions learned, and removes those of objects that
// are gone.
func (w writer) records(ctx context.Context, pages []Page) error {
	var gone, rows [][]any
	for _, p := range pages {
		for _, v := range p.latest {
			if v.Gone {
				gone = append(gone, []any{p.account, p.poller, engine.Verbatim(v.ObjectID)})
			}
		}
		for _, k := range p.kept {
			rows = append(rows, []any{p.account, p.poller, engine.Verbatim(k.object), k.fingerprint[:], k.body})
		}
	}
	if err := w.s.Delete(ctx, "record", engine.Values{Rows: gone, Columns: objectKey()}); err != nil {
		return fmt.Errorf("remove records of what is gone: %w", err)
	}
	err := w.s.Insert(ctx, engine.Insertion{
		Table: "record",
		Conflict: `ON CONFLICT (account_id, poller_id, object_id)
			DO UPDATE SET fingerprint = excluded.fingerprint, body = excluded.body`,
	}, engine.Values{Rows: rows, Columns: append(objectKey(),
		engine.Column{Name: "fingerprint", Kind: engine.Blob}, engine.Column{Name: "body", Kind: engine.Blob})})
	if err != nil {
		return fmt.Errorf("keep records: %w", err)
	}
	return nil
}

// objectKey are the columns by which an object is known.
func objectKey() []engine.Column {
	return []engine.Column{{Name: "account_id"}, {Name: "poller_id"}, {Name: "object_id", Kind: engine.Exact}}
}
