package store

import (
	"context"
	"encoding/json"
	"time"

	"turnstone"
	"turnstone/internal/store/learned"
)

// Versions returns what is known of those of the objects that are known, without their
// records.
func (db *DB) Versions(ctx context.Context, p turnstone.Poller, objectIDs []string) (map[string]turnstone.Version, error) {
	return learned.Versions(ctx, db.reader(), p, objectIDs)
}

// Records returns the last records of those of the objects of which they are kept, by
// their ids. A record of an older version than the one that is known is left out.
func (db *DB) Records(ctx context.Context, p turnstone.Poller, objectIDs []string) (map[string]json.RawMessage, error) {
	return learned.Records(ctx, db.reader(), p, objectIDs)
}

// Vanished returns, by object id, the objects that a census did not see: those that it
// did not count, that are not known to be gone, and that were not stored since it
// began.
func (db *DB) Vanished(ctx context.Context, p turnstone.Poller, q turnstone.VanishedQuery) (turnstone.Vanished, error) {
	return learned.Vanished(ctx, db.reader(), p, q)
}

// Sightings returns what polls saw of an object, other than what was known, and what
// became of it, newest first.
func (db *DB) Sightings(ctx context.Context, f turnstone.SightingFilter) ([]turnstone.Sighting, error) {
	return learned.Sightings(ctx, db.reader(), f)
}

// Polls returns the polls of a poller, newest first.
func (db *DB) Polls(ctx context.Context, f turnstone.PollFilter) ([]turnstone.Poll, error) {
	return learned.Polls(ctx, db.reader(), f)
}

// PollAt returns the poll that began at a time, such as that of a sighting. It returns
// turnstone.ErrNotFound if there is none: it has not ended, or was purged.
func (db *DB) PollAt(ctx context.Context, accountID, pollerID int64, startedAt time.Time) (turnstone.Poll, error) {
	return learned.PollAt(ctx, db.reader(), turnstone.Poll{AccountID: accountID, PollerID: pollerID, StartedAt: startedAt})
}

// Told returns the fingerprint of the last change that was told of each of the objects
// since a moment, by their ids; those of which none was are left out.
func (db *DB) Told(ctx context.Context, p turnstone.Poller, since time.Time, objectIDs []string) (map[string]turnstone.Fingerprint, error) {
	return learned.Told(ctx, db.reader(), p, since, objectIDs)
}
