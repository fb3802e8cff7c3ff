-- +goose Up

-- The hash of the record's very bytes, by which what did not change is known at once.
ALTER TABLE version ADD COLUMN exact BYTEA NOT NULL DEFAULT ''; -- empty where it is not known

-- The W3C traceparent of the poll that made the event, if it was traced.
ALTER TABLE event ADD COLUMN trace TEXT NOT NULL DEFAULT '';

-- Deliveries made, ever: those owed are signal less these.
ALTER TABLE destination ADD COLUMN settled BIGINT NOT NULL DEFAULT 0;
-- How many are given up, and which?
CREATE INDEX destination_inactive ON destination (id) WHERE state = 'inactive';
-- How many pollers need somebody, and which?
CREATE INDEX poller_stuck ON poller (state, id) WHERE state IN ('awaiting', 'parked');

-- Until when the rate limits of a vendor are booked.
CREATE TABLE allowance (
	account_id  BIGINT NOT NULL,
	instance_id BIGINT NOT NULL,
	name        TEXT NOT NULL, -- of the limit
	booked      BIGINT NOT NULL,
	PRIMARY KEY (account_id, instance_id, name)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- The oldest program that still works with these tables. A node of the release
-- before may run until it is replaced, if it is not older than this.
CREATE TABLE compatibility (
	oldest BIGINT NOT NULL
);
INSERT INTO compatibility (oldest) VALUES (2);
