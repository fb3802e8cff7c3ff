-- +goose Up

-- In the place of the one by time alone. The events of an account, newest first, and how
-- many each instance had, without a look at the events of others; which are old enough to
-- go? It is not led by the account: SQLite would take it for statements that name one.
CREATE INDEX event_made ON event (created_at, id, account_id, instance_id);
DROP INDEX event_created;

-- What clients posted; its numbers are those of events.
CREATE TABLE notification (
	id           BIGINT NOT NULL,
	account_id   BIGINT NOT NULL,
	topic        TEXT NOT NULL,
	severity     TEXT NOT NULL,
	message      TEXT NOT NULL,
	sender       TEXT NOT NULL,
	created_at   BIGINT NOT NULL,
	acknowledged BOOLEAN NOT NULL DEFAULT FALSE,
	PRIMARY KEY (id, account_id)
);
-- The notifications of a topic, newest first.
CREATE INDEX notification_topic ON notification (account_id, topic, id);

-- What somebody did with events as notifications. There are few.
CREATE TABLE event_mark (
	event_id     BIGINT NOT NULL,
	account_id   BIGINT NOT NULL,
	marked_at    BIGINT NOT NULL,
	acknowledged BOOLEAN NOT NULL,
	removed      BOOLEAN NOT NULL,
	PRIMARY KEY (event_id, account_id)
);
