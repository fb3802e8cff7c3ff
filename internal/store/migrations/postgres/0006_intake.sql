-- +goose Up

-- What became of the webhooks of vendors.
CREATE TABLE webhook (
	id          BIGINT NOT NULL,
	account_id  BIGINT NOT NULL,
	instance_id BIGINT NOT NULL,
	received_at BIGINT NOT NULL,
	delivery_id TEXT NOT NULL, -- the vendor's; empty: none
	outcome     TEXT NOT NULL,
	reason      TEXT NOT NULL,
	size        BIGINT NOT NULL,
	details     TEXT NOT NULL, -- JSON
	PRIMARY KEY (id, account_id)
);
-- The webhooks of an instance, newest first.
CREATE INDEX webhook_instance ON webhook (instance_id, id);
-- Was this one received before?
CREATE UNIQUE INDEX webhook_delivery ON webhook (instance_id, delivery_id, account_id) WHERE delivery_id <> '';

-- What in a webhook says that it is for an instance.
CREATE TABLE webhook_finder (
	instance_id BIGINT NOT NULL,
	account_id  BIGINT NOT NULL,
	element     TEXT NOT NULL,
	path        TEXT NOT NULL,
	lookup      BYTEA NOT NULL, -- keyed hash of what must stand there
	PRIMARY KEY (instance_id, account_id)
);
-- Where do webhooks of an element say whom they are for, and who is it?
CREATE INDEX webhook_finder_value ON webhook_finder (element, path, lookup);

-- When somebody asked for a poll at once; 0: nobody has since the poller was claimed.
ALTER TABLE poller ADD COLUMN woken_at BIGINT NOT NULL DEFAULT 0;
-- The same, of the poll that is under way.
ALTER TABLE poller ADD COLUMN waking_at BIGINT NOT NULL DEFAULT 0;
-- Until when nobody may ask for one: the vendor asked us to wait, or the last poll failed.
ALTER TABLE poller ADD COLUMN rest_until BIGINT NOT NULL DEFAULT 0;
