-- +goose Up

-- Who is signed in to the console, in which browser.
CREATE TABLE session (
	id         INTEGER PRIMARY KEY,
	account_id INTEGER NOT NULL,
	user_id    INTEGER NOT NULL,
	lookup     BLOB NOT NULL, -- keyed hash of the token that the browser has
	stamp      BLOB NOT NULL, -- stands for the password that it was opened with
	agent      TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	used_at    INTEGER NOT NULL
) STRICT;
-- Whose token is this?
CREATE UNIQUE INDEX session_lookup ON session (lookup);
-- Which sessions have ended?
CREATE INDEX session_used ON session (used_at);
