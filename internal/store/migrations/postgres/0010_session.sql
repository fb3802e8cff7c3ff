-- +goose Up

-- Who is signed in to the console, in which browser.
CREATE TABLE session (
	id         BIGINT PRIMARY KEY,
	account_id BIGINT NOT NULL,
	user_id    BIGINT NOT NULL,
	lookup     BYTEA NOT NULL, -- keyed hash of the token that the browser has
	stamp      BYTEA NOT NULL, -- stands for the password that it was opened with
	agent      TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	used_at    BIGINT NOT NULL
);
-- Whose token is this?
CREATE UNIQUE INDEX session_lookup ON session (lookup);
-- Which sessions have ended?
CREATE INDEX session_used ON session (used_at);
