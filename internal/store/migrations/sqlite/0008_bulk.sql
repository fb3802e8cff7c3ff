-- +goose Up

-- Queries whose records are read page by page, for somebody to fetch later.
CREATE TABLE bulk_job (
	id          INTEGER PRIMARY KEY,
	account_id  INTEGER NOT NULL,
	instance_id INTEGER NOT NULL,
	element     TEXT NOT NULL,
	query       TEXT NOT NULL, -- JSON
	state       TEXT NOT NULL,
	problem     TEXT NOT NULL DEFAULT '',
	pages       INTEGER NOT NULL DEFAULT 0,
	records     INTEGER NOT NULL DEFAULT 0,
	bytes       INTEGER NOT NULL DEFAULT 0,
	place       TEXT NOT NULL DEFAULT '{}', -- JSON
	callback    TEXT NOT NULL DEFAULT '{}', -- JSON
	created_at  INTEGER NOT NULL,
	started_at  INTEGER NOT NULL DEFAULT 0,
	ended_at    INTEGER NOT NULL DEFAULT 0,
	next_at     INTEGER NOT NULL, -- 0: nothing is left to do
	lease_until INTEGER NOT NULL DEFAULT 0,
	fence       INTEGER NOT NULL DEFAULT 0
) STRICT;
-- The jobs of an instance, newest first.
CREATE INDEX bulk_job_instance ON bulk_job (instance_id, id);
-- What do the jobs of an account take up?
CREATE INDEX bulk_job_account ON bulk_job (account_id, ended_at, bytes);
-- Which jobs are due? The longest due first.
CREATE INDEX bulk_job_due ON bulk_job (next_at) WHERE next_at <> 0;
-- Which jobs are old enough to go?
CREATE INDEX bulk_job_ended ON bulk_job (ended_at) WHERE ended_at <> 0;

-- The body stands last, so that the columns before it are read without it.
CREATE TABLE bulk_page (
	job_id     INTEGER NOT NULL,
	number     INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	records    INTEGER NOT NULL,
	columns    TEXT NOT NULL, -- JSON: those of the records as a table
	body       BLOB NOT NULL, -- JSON, deflated
	PRIMARY KEY (job_id, number, account_id)
) STRICT;
