-- +goose Up

ALTER TABLE account ADD COLUMN limits TEXT NOT NULL DEFAULT '{}'; -- JSON

-- Of the secret before the present one only its hash is kept, until when it still works;
-- 0: it does not.
ALTER TABLE account ADD COLUMN old_lookup BLOB NOT NULL DEFAULT x'';
ALTER TABLE account ADD COLUMN old_until INTEGER NOT NULL DEFAULT 0;
-- Whose secret was this?
CREATE INDEX account_old ON account (old_lookup) WHERE old_until <> 0;

ALTER TABLE account_user ADD COLUMN old_lookup BLOB NOT NULL DEFAULT x'';
ALTER TABLE account_user ADD COLUMN old_until INTEGER NOT NULL DEFAULT 0;
-- Whose secret was this?
CREATE INDEX account_user_old ON account_user (old_lookup) WHERE old_until <> 0;

ALTER TABLE instance ADD COLUMN old_token_lookup BLOB NOT NULL DEFAULT x'';
ALTER TABLE instance ADD COLUMN old_token_until INTEGER NOT NULL DEFAULT 0;
-- Whose token was this?
CREATE INDEX instance_old_token ON instance (old_token_lookup) WHERE old_token_until <> 0;

-- Until now each account had one user.
ALTER TABLE account_user ADD COLUMN role TEXT NOT NULL DEFAULT 'admin';
ALTER TABLE account_user ADD COLUMN revoked_at INTEGER NOT NULL DEFAULT 0; -- 0: active
-- The users of an account, page by page.
CREATE INDEX account_user_account ON account_user (account_id, id);

-- Who changed what. Entries are only added, and removed when they are old.
CREATE TABLE journal (
	id          INTEGER PRIMARY KEY,
	account_id  INTEGER NOT NULL,
	at          INTEGER NOT NULL,
	user_id     INTEGER NOT NULL,
	email       TEXT NOT NULL, -- of the user, as it was then
	action      TEXT NOT NULL,
	method      TEXT NOT NULL,
	route       TEXT NOT NULL,
	path        TEXT NOT NULL,
	instance_id INTEGER NOT NULL, -- 0: none
	changed     TEXT NOT NULL, -- JSON
	request     TEXT NOT NULL
) STRICT;
-- The journal of an account, newest first.
CREATE INDEX journal_account ON journal (account_id, id);

-- A node of the release before would let in whom an admin has shut out.
UPDATE compatibility SET oldest = 4;
