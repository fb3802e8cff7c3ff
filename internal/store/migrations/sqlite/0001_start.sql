-- Times are microseconds since the Unix epoch in UTC, 0 is no time; durations are
-- microseconds; truths are 0 or 1. What a comment calls sealed is unreadable
-- without the key ring. Each index says which question it answers.

-- +goose Up

-- The highest number given out under each name. Numbers are never given twice,
-- not even after what they named is gone. The only table that no account owns.
CREATE TABLE sequence (
	name TEXT PRIMARY KEY,
	high INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
	id            INTEGER PRIMARY KEY,
	name          TEXT NOT NULL,
	secret        BLOB NOT NULL, -- sealed
	secret_lookup BLOB NOT NULL UNIQUE,
	created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE account_user (
	id            INTEGER PRIMARY KEY,
	account_id    INTEGER NOT NULL REFERENCES account (id),
	email         TEXT NOT NULL,
	first_name    TEXT NOT NULL,
	last_name     TEXT NOT NULL,
	secret        BLOB NOT NULL, -- sealed
	secret_lookup BLOB NOT NULL UNIQUE,
	password_hash TEXT NOT NULL,
	created_at    INTEGER NOT NULL
) STRICT;
-- Nobody has two users; who logs in with this address?
CREATE UNIQUE INDEX account_user_email ON account_user (lower(email));

CREATE TABLE instance (
	id                      INTEGER PRIMARY KEY,
	account_id              INTEGER NOT NULL REFERENCES account (id),
	user_id                 INTEGER NOT NULL,
	element                 TEXT NOT NULL,
	name                    TEXT NOT NULL,
	tags                    TEXT NOT NULL, -- JSON
	token                   BLOB NOT NULL, -- sealed
	token_lookup            BLOB NOT NULL UNIQUE,
	configuration           BLOB NOT NULL, -- JSON, sealed
	external_authentication TEXT NOT NULL,
	disabled                INTEGER NOT NULL,
	created_at              INTEGER NOT NULL,
	revision                INTEGER NOT NULL
) STRICT;
-- The instances of an account, page by page.
CREATE INDEX instance_account ON instance (account_id, id);

CREATE TABLE credential (
	instance_id INTEGER PRIMARY KEY REFERENCES instance (id),
	account_id  INTEGER NOT NULL,
	secrets     BLOB NOT NULL, -- JSON, sealed
	state       TEXT NOT NULL,
	problem     TEXT NOT NULL,
	lease_until INTEGER NOT NULL DEFAULT 0,
	fence       INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE poller (
	id            INTEGER PRIMARY KEY,
	account_id    INTEGER NOT NULL,
	instance_id   INTEGER NOT NULL REFERENCES instance (id),
	resource      TEXT NOT NULL,
	configuration TEXT NOT NULL, -- JSON
	poll_interval INTEGER NOT NULL,
	state         TEXT NOT NULL,
	problem       TEXT NOT NULL DEFAULT '',
	enabled_at    INTEGER NOT NULL,
	since         INTEGER NOT NULL DEFAULT 0,
	cursor        INTEGER NOT NULL DEFAULT 0,
	sweep         TEXT NOT NULL DEFAULT '{}', -- JSON
	failures      INTEGER NOT NULL DEFAULT 0,
	next_at       INTEGER NOT NULL,
	last_at       INTEGER NOT NULL DEFAULT 0,
	last_good_at  INTEGER NOT NULL DEFAULT 0,
	lease_until   INTEGER NOT NULL DEFAULT 0,
	fence         INTEGER NOT NULL DEFAULT 0,
	UNIQUE (instance_id, resource) -- also: the pollers of an instance
) STRICT;
-- Which pollers are due? The longest due first.
CREATE INDEX poller_due ON poller (next_at) WHERE state = 'active';

-- What we know of each object. The key also answers: which of these do we know?
CREATE TABLE version (
	poller_id   INTEGER NOT NULL,
	object_id   TEXT NOT NULL,
	account_id  INTEGER NOT NULL,
	fingerprint BLOB NOT NULL,
	updated     INTEGER NOT NULL,
	created     INTEGER NOT NULL,
	seen_at     INTEGER NOT NULL,
	PRIMARY KEY (poller_id, object_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE poll (
	id          INTEGER PRIMARY KEY,
	account_id  INTEGER NOT NULL,
	poller_id   INTEGER NOT NULL,
	started_at  INTEGER NOT NULL,
	took        INTEGER NOT NULL,
	url         TEXT NOT NULL,
	window_from INTEGER NOT NULL,
	outcome     TEXT NOT NULL,
	pages       INTEGER NOT NULL,
	records     INTEGER NOT NULL,
	created     INTEGER NOT NULL,
	updated     INTEGER NOT NULL,
	unchanged   INTEGER NOT NULL,
	learned     INTEGER NOT NULL,
	ignored     INTEGER NOT NULL,
	events      INTEGER NOT NULL,
	problems    TEXT NOT NULL, -- JSON
	retry_after INTEGER NOT NULL
) STRICT;
-- The polls of a poller, newest first.
CREATE INDEX poll_poller ON poll (poller_id, id);
-- Which polls are old enough to go?
CREATE INDEX poll_started ON poll (started_at);

-- The body stands last, so that the columns before it are read without it.
CREATE TABLE event (
	id          INTEGER PRIMARY KEY,
	event_key   TEXT NOT NULL UNIQUE,
	account_id  INTEGER NOT NULL,
	instance_id INTEGER NOT NULL,
	poller_id   INTEGER NOT NULL,
	resource    TEXT NOT NULL,
	created_at  INTEGER NOT NULL,
	objects     TEXT NOT NULL, -- JSON
	ops         TEXT NOT NULL, -- JSON
	body        BLOB NOT NULL
) STRICT;
-- The events of an instance, newest first.
CREATE INDEX event_instance ON event (instance_id, id);
-- Which events are old enough to go?
CREATE INDEX event_created ON event (created_at);

CREATE TABLE destination (
	id           INTEGER PRIMARY KEY,
	account_id   INTEGER NOT NULL,
	instance_id  INTEGER NOT NULL REFERENCES instance (id),
	url          TEXT NOT NULL,
	secrets      BLOB NOT NULL, -- JSON, sealed
	state        TEXT NOT NULL,
	problem      TEXT NOT NULL DEFAULT '',
	failures     INTEGER NOT NULL DEFAULT 0,
	last_good_at INTEGER NOT NULL DEFAULT 0,
	signal       INTEGER NOT NULL DEFAULT 0, -- events stored for it, ever
	next_at      INTEGER NOT NULL,
	lease_until  INTEGER NOT NULL DEFAULT 0,
	fence        INTEGER NOT NULL DEFAULT 0
) STRICT;
-- The destinations of an instance.
CREATE INDEX destination_instance ON destination (instance_id);
-- Which destinations are due? The longest due first.
CREATE INDEX destination_due ON destination (next_at) WHERE state = 'active';

-- What is owed. The key also answers: what is this destination owed, in order, and
-- is this event owed to it?
CREATE TABLE delivery (
	destination_id  INTEGER NOT NULL,
	event_id        INTEGER NOT NULL,
	account_id      INTEGER NOT NULL,
	attempts        INTEGER NOT NULL DEFAULT 0,
	first_failed_at INTEGER NOT NULL DEFAULT 0,
	next_at         INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (destination_id, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
	destination_id INTEGER NOT NULL,
	event_id       INTEGER NOT NULL,
	number         INTEGER NOT NULL,
	account_id     INTEGER NOT NULL,
	at             INTEGER NOT NULL,
	took           INTEGER NOT NULL,
	status         INTEGER NOT NULL,
	problem        TEXT NOT NULL,
	PRIMARY KEY (destination_id, event_id, number)
) STRICT, WITHOUT ROWID;

-- Pollers, destinations and instances that are gone, and whose many rows in other
-- tables still have to go, a batch at a time.
CREATE TABLE leftover (
	kind       TEXT NOT NULL, -- poller, destination or instance
	id         INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
