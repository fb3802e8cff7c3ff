package learned

import (
	"context"
	"fmt"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Versions returns what is known of those of the objects that are known, without their
// records.
func Versions(ctx context.Context, s *engine.Session, p turnstone.Poller, objectIDs []string) (map[string]turnstone.Version, error) {
	known := make(map[string]turnstone.Version, len(objectIDs))
	versions, err := engine.Find(ctx, s, engine.Lookup[engine.Verbatim]{
		Select: versionColumns, From: "version", Where: "account_id = $1 AND poller_id = $2",
		Arguments: []any{p.AccountID, p.ID}, Column: "object_id", Members: verbatim(objectIDs),
	}, scanVersion)
	if err != nil {
		return nil, fmt.Errorf("read versions of poller %d: %w", p.ID, err)
	}
	for _, v := range versions {
		known[v.ObjectID] = v
	}
	return known, nil
}

func verbatim(ids []string) []engine.Verbatim {
	all := make([]engine.Verbatim, len(ids))
	for i, id := range ids {
		all[i] = engine.Verbatim(id)
	}
	return all
}

// What a poll finds to be gone is seen and gone at once; of what is gone later somebody
// else told.
const versionColumns = "object_id, fingerprint, exact, updated, created, mapping, gone_at, CASE WHEN gone_at > seen_at THEN gone_at ELSE 0 END"

func scanVersion(row engine.Row) (turnstone.Version, error) {
	var v turnstone.Version
	var fingerprint, exact []byte
	var goneAt int64
	err := row.Scan((*engine.Verbatim)(&v.ObjectID), &fingerprint, &exact, (*column.Instant)(&v.Updated), (*column.Instant)(&v.Created), &v.Mapping, &goneAt, (*column.Instant)(&v.ToldGone))
	if err == nil && copy(v.Fingerprint[:], fingerprint) != len(v.Fingerprint) {
		err = fmt.Errorf("version of %s: fingerprint of %d bytes", v.ObjectID, len(fingerprint))
	}
	copy(v.Exact[:], exact) // none of an installation's first versions
	v.Gone = goneAt != 0
	return v, err
}

// versions stores what was learned of objects.
func (w writer) versions(ctx context.Context, pages []Page) error {
	var rows [][]any
	for _, p := range pages {
		for _, v := range p.latest {
			goneAt := column.Instant{}
			if v.Gone {
				goneAt = column.Instant(w.now)
			}
			rows = append(rows, []any{
				p.account, p.poller, engine.Verbatim(v.ObjectID), v.Fingerprint[:], v.Exact[:],
				column.Instant(v.Updated), column.Instant(v.Created), column.Instant(w.now), int64(v.Mapping), p.census, goneAt,
			})
		}
	}
	err := w.s.Insert(ctx, engine.Insertion{
		Table: "version",
		Conflict: `ON CONFLICT (account_id, poller_id, object_id) DO UPDATE SET fingerprint = excluded.fingerprint,
			exact = excluded.exact, updated = excluded.updated, created = excluded.created, seen_at = excluded.seen_at,
			mapping = excluded.mapping, census = excluded.census, gone_at = excluded.gone_at`,
	}, engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "account_id"},
		{Name: "poller_id"},
		{Name: "object_id", Kind: engine.Exact},
		{Name: "fingerprint", Kind: engine.Blob},
		{Name: "exact", Kind: engine.Blob},
		{Name: "updated"},
		{Name: "created"},
		{Name: "seen_at"},
		{Name: "mapping"},
		{Name: "census"},
		{Name: "gone_at"},
	}})
	if err != nil {
		return fmt.Errorf("save versions: %w", err)
	}
	return nil
}

// counted notes which objects a census saw. It leaves seen_at alone, which is when
// their version was stored.
func (w writer) counted(ctx context.Context, pages []Page) error {
	var rows [][]any
	for _, p := range pages {
		for _, id := range p.counted {
			rows = append(rows, []any{p.poller, engine.Verbatim(id), p.account, p.census})
		}
	}
	err := w.s.Apply(ctx, engine.Against{
		Text: `
		UPDATE version
		SET census = v.census
		FROM %s
		WHERE version.poller_id = v.poller_id AND version.object_id = v.object_id AND version.account_id = v.account_id`,
		Values: engine.Values{Rows: rows, Columns: []engine.Column{
			{Name: "poller_id"}, {Name: "object_id", Kind: engine.Exact}, {Name: "account_id"}, {Name: "census"},
		}},
	})
	if err != nil {
		return fmt.Errorf("count objects: %w", err)
	}
	return nil
}
