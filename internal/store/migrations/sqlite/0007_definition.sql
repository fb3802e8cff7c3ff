-- +goose Up

-- Elements that accounts brought along. What is long stands last.
CREATE TABLE definition (
	id         INTEGER PRIMARY KEY,
	account_id INTEGER NOT NULL,
	element    TEXT NOT NULL, -- its key
	base       TEXT NOT NULL, -- key of the element that everybody has and that this is a copy of; empty: none
	active     INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	revision   INTEGER NOT NULL, -- grows over all of them
	report     TEXT NOT NULL, -- JSON; empty: nothing was imported
	file       BLOB NOT NULL, -- YAML or JSON
	export     BLOB NOT NULL -- JSON
) STRICT;
-- Does the account have an element of that name?
CREATE UNIQUE INDEX definition_element ON definition (account_id, element);
