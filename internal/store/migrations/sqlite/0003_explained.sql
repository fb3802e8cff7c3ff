-- +goose Up

ALTER TABLE account ADD COLUMN failure_policy TEXT NOT NULL DEFAULT 'retry';

-- Some destination wants only some kinds of changes: no event may hold several.
ALTER TABLE instance ADD COLUMN split_ops INTEGER NOT NULL DEFAULT 0;

ALTER TABLE poller ADD COLUMN max_interval INTEGER NOT NULL DEFAULT 0; -- 0: none
ALTER TABLE poller ADD COLUMN memo TEXT NOT NULL DEFAULT '{}'; -- JSON

ALTER TABLE version ADD COLUMN mapping INTEGER NOT NULL DEFAULT 0; -- the rule that fingerprint was made by; 0: not known
ALTER TABLE version ADD COLUMN census INTEGER NOT NULL DEFAULT 0; -- the last one that saw the object, or was under way when it was stored
ALTER TABLE version ADD COLUMN gone_at INTEGER NOT NULL DEFAULT 0; -- when it was told to be deleted
-- Which objects have been gone for long enough?
CREATE INDEX version_gone ON version (gone_at) WHERE gone_at <> 0;

-- The last record of each object, where differences are asked for.
CREATE TABLE record (
	poller_id   INTEGER NOT NULL,
	object_id   TEXT NOT NULL,
	account_id  INTEGER NOT NULL,
	fingerprint BLOB NOT NULL, -- of the version that it is of
	body        BLOB NOT NULL, -- deflated
	PRIMARY KEY (poller_id, object_id, account_id)
) STRICT, WITHOUT ROWID;

-- What polls saw of each object, other than what was known, and what became of it.
CREATE TABLE sighting (
	id          INTEGER PRIMARY KEY,
	account_id  INTEGER NOT NULL,
	poller_id   INTEGER NOT NULL,
	object_id   TEXT NOT NULL,
	poll_at     INTEGER NOT NULL, -- started_at of its poll
	seen_at     INTEGER NOT NULL,
	op          TEXT NOT NULL, -- empty: no change
	reason      TEXT NOT NULL,
	fingerprint BLOB NOT NULL,
	updated     INTEGER NOT NULL,
	created     INTEGER NOT NULL,
	event_id    INTEGER NOT NULL -- 0: none
) STRICT;
-- The history of an object, newest first.
CREATE INDEX sighting_object ON sighting (poller_id, object_id, id);

ALTER TABLE poll ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE poll ADD COLUMN details TEXT NOT NULL DEFAULT '{}'; -- JSON

-- With the format of the body, which stands last, so that the columns before it are
-- read without it.
CREATE TABLE event_with_format (
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
	format      TEXT NOT NULL DEFAULT '',
	body        BLOB NOT NULL
) STRICT;
INSERT INTO event_with_format (id, event_key, account_id, instance_id, poller_id, resource, created_at, objects, ops, trace, body)
	SELECT id, event_key, account_id, instance_id, poller_id, resource, created_at, objects, ops, trace, body FROM event;
DROP TABLE event;
ALTER TABLE event_with_format RENAME TO event;
-- The events of an instance, newest first.
CREATE INDEX event_instance ON event (instance_id, id);
-- Which events are old enough to go?
CREATE INDEX event_created ON event (created_at);

ALTER TABLE destination ADD COLUMN main INTEGER NOT NULL DEFAULT 1;
ALTER TABLE destination ADD COLUMN filter TEXT NOT NULL DEFAULT ''; -- JSON; empty: everything
ALTER TABLE destination ADD COLUMN limits TEXT NOT NULL DEFAULT '{}'; -- JSON
ALTER TABLE destination ADD COLUMN handshake TEXT NOT NULL DEFAULT '{}'; -- JSON
ALTER TABLE destination ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0; -- 0: not known

ALTER TABLE destination ADD COLUMN queued INTEGER NOT NULL DEFAULT 0; -- deliveries that wait until somebody asks
-- How many deliveries wait for somebody, and where?
CREATE INDEX destination_queued ON destination (id) WHERE queued > 0;

-- A node of the release before would owe everything to a destination that wants less.
UPDATE compatibility SET oldest = 3;
