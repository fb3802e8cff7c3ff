-- +goose Up

-- Elements that accounts brought along. What is long stands last.
CREATE TABLE definition (
	id         BIGINT PRIMARY KEY,
	account_id BIGINT NOT NULL,
	element    TEXT NOT NULL, -- its key
	base       TEXT NOT NULL, -- key of the element that everybody has and that this is a copy of; empty: none
	active     BOOLEAN NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	revision   BIGINT NOT NULL, -- grows over all of them
	report     TEXT NOT NULL, -- JSON; empty: nothing was imported
	file       BYTEA NOT NULL, -- YAML or JSON
	export     BYTEA NOT NULL -- JSON
);
-- Does the account have an element of that name?
CREATE UNIQUE INDEX definition_element ON definition (account_id, element);
