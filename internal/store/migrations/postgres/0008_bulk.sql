-- +goose Up

-- Queries whose records are read page by page, for somebody to fetch later.
CREATE TABLE bulk_job (
	id          BIGINT PRIMARY KEY,
	account_id  BIGINT NOT NULL,
	instance_id BIGINT NOT NULL,
	element     TEXT NOT NULL,
	query       TEXT NOT NULL, -- JSON
	state       TEXT NOT NULL,
	problem     TEXT NOT NULL DEFAULT '',
	pages       BIGINT NOT NULL DEFAULT 0,
	records     BIGINT NOT NULL DEFAULT 0,
	bytes       BIGINT NOT NULL DEFAULT 0,
	place       TEXT NOT NULL DEFAULT '{}', -- JSON
	callback    TEXT NOT NULL DEFAULT '{}', -- JSON
	created_at  BIGINT NOT NULL,
	started_at  BIGINT NOT NULL DEFAULT 0,
	ended_at    BIGINT NOT NULL DEFAULT 0,
	next_at     BIGINT NOT NULL, -- 0: nothing is left to do
	lease_until BIGINT NOT NULL DEFAULT 0,
	fence       BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
-- The jobs of an instance, newest first.
CREATE INDEX bulk_job_instance ON bulk_job (instance_id, id);
-- What do the jobs of an account take up?
CREATE INDEX bulk_job_account ON bulk_job (account_id);
-- Which jobs are due? The longest due first.
CREATE INDEX bulk_job_due ON bulk_job (next_at) WHERE next_at <> 0;
-- Which jobs are old enough to go?
CREATE INDEX bulk_job_ended ON bulk_job (ended_at) WHERE ended_at <> 0;

-- The body is deflated already, and too large for its row.
CREATE TABLE bulk_page (
	account_id BIGINT NOT NULL,
	job_id     BIGINT NOT NULL,
	number     BIGINT NOT NULL,
	records    BIGINT NOT NULL,
	columns    TEXT NOT NULL, -- JSON: those of the records as a table
	body       BYTEA NOT NULL, -- JSON, deflated
	PRIMARY KEY (account_id, job_id, number)
);
ALTER TABLE bulk_page ALTER COLUMN body SET STORAGE EXTERNAL;
