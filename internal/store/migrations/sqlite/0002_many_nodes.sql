-- +goose Up

-- The account in the key, as on PostgreSQL, where tables can be spread by it; and the
-- hash of the record's very bytes, by which what did not change is known at once.
CREATE TABLE version_by_account (
	poller_id   INTEGER NOT NULL,
	object_id   TEXT NOT NULL,
	account_id  INTEGER NOT NULL,
	fingerprint BLOB NOT NULL,
	exact       BLOB NOT NULL, -- empty where it is not known
	updated     INTEGER NOT NULL,
	created     INTEGER NOT NULL,
	seen_at     INTEGER NOT NULL,
	PRIMARY KEY (poller_id, object_id, account_id)
) STRICT, WITHOUT ROWID;
INSERT INTO version_by_account (poller_id, object_id, account_id, fingerprint, exact, updated, created, seen_at)
	SELECT poller_id, object_id, account_id, fingerprint, x'', updated, created, seen_at FROM version;
DROP TABLE version;
ALTER TABLE version_by_account RENAME TO version;

-- Without the index by event_key, which answered nothing and dirtied a page of its
-- own for each event; with the W3C traceparent of the poll that made the event, if it
-- was traced. The body stands last, so that the columns before it are read without it.
CREATE TABLE event_without_key (
	id          INTEGER PRIMARY KEY,
	event_key   TEXT NOT NULL,
	account_id  INTEGER NOT NULL,
	instance_id INTEGER NOT NULL,
	poller_id   INTEGER NOT NULL,
	resource    TEXT NOT NULL,
	created_at  INTEGER NOT NULL,
	objects     TEXT NOT NULL, -- JSON
	ops         TEXT NOT NULL, -- JSON
	trace       TEXT NOT NULL DEFAULT '',
	body        BLOB NOT NULL
) STRICT;
INSERT INTO event_without_key (id, event_key, account_id, instance_id, poller_id, resource, created_at, objects, ops, body)
	SELECT id, event_key, account_id, instance_id, poller_id, resource, created_at, objects, ops, body FROM event;
DROP TABLE event;
ALTER TABLE event_without_key RENAME TO event;
-- The events of an instance, newest first.
CREATE INDEX event_instance ON event (instance_id, id);
-- Which events are old enough to go?
CREATE INDEX event_created ON event (created_at);

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
