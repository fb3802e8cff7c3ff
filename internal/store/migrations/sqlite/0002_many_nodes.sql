-- +goose Up

-- The account first, as on PostgreSQL, where accounts can be spread by it; and the
-- hash of the record's very bytes, by which what did not change is known at once.
CREATE TABLE version_by_account (
	account_id  INTEGER NOT NULL,
	poller_id   INTEGER NOT NULL,
	object_id   TEXT NOT NULL,
	fingerprint BLOB NOT NULL,
	exact       BLOB NOT NULL, -- empty where it is not known
	updated     INTEGER NOT NULL,
	created     INTEGER NOT NULL,
	seen_at     INTEGER NOT NULL,
	PRIMARY KEY (account_id, poller_id, object_id)
) STRICT, WITHOUT ROWID;
INSERT INTO version_by_account (account_id, poller_id, object_id, fingerprint, exact, updated, created, seen_at)
	SELECT account_id, poller_id, object_id, fingerprint, x'', updated, created, seen_at FROM version;
DROP TABLE version;
ALTER TABLE version_by_account RENAME TO version;

-- The W3C traceparent of the poll that made the event, if it was traced.
ALTER TABLE event ADD COLUMN trace TEXT NOT NULL DEFAULT '';

-- Deliveries made, ever: those owed are signal less these.
ALTER TABLE destination ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
UPDATE destination
	SET settled = signal - (SELECT COUNT(*) FROM delivery WHERE delivery.destination_id = destination.id);
-- How many are given up, and which?
CREATE INDEX destination_inactive ON destination (id) WHERE state = 'inactive';
-- How many pollers need somebody, and which?
CREATE INDEX poller_stuck ON poller (state, id) WHERE state IN ('awaiting', 'parked');

-- Until when the rate limits of a vendor are booked.
CREATE TABLE allowance (
	account_id  INTEGER NOT NULL,
	instance_id INTEGER NOT NULL,
	name        TEXT NOT NULL, -- of the limit
	booked      INTEGER NOT NULL,
	PRIMARY KEY (account_id, instance_id, name)
) STRICT, WITHOUT ROWID;

-- The oldest program that still works with these tables. A node of the release
-- before may run until it is replaced, if it is not older than this.
CREATE TABLE compatibility (
	oldest INTEGER NOT NULL
) STRICT;
INSERT INTO compatibility (oldest) VALUES (2);
