-- +goose Up

-- What the fields of an account's common resources are.
CREATE TABLE object_definition (
	account_id  BIGINT NOT NULL,
	instance_id BIGINT NOT NULL, -- 0: for all of the account
	name        TEXT NOT NULL,
	fields      TEXT NOT NULL, -- JSON
	PRIMARY KEY (account_id, instance_id, name)
);

-- What vendors call common resources, and their fields.
CREATE TABLE transformation (
	account_id  BIGINT NOT NULL,
	instance_id BIGINT NOT NULL, -- 0: for all of the element in the account
	element     TEXT NOT NULL, -- empty of an instance
	name        TEXT NOT NULL,
	mapping     TEXT NOT NULL, -- JSON
	PRIMARY KEY (account_id, instance_id, element, name)
);
