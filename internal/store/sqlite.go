package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Pragmas of every connection. The page caches are modest, because the operating
// system caches the file as well and memory is what small machines lack.
const (
	commonPragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)" +
		"&_pragma=foreign_keys(1)&_pragma=temp_store(memory)"
	// journal_size_limit gives the space of a write-ahead log back that a burst or
	// a long read made large.
	writerPragmas = commonPragmas + "&_pragma=cache_size(-16000)&_pragma=journal_size_limit(67108864)"
	readerPragmas = commonPragmas + "&_pragma=cache_size(-4000)&_pragma=query_only(1)"
)

// openFile opens the pools for the file at path: one connection that writes, and
// some that read.
func openFile(path string) (write, read *sql.DB, err error) {
	if err := createPrivate(path); err != nil {
		return nil, nil, err
	}
	write, err = sql.Open("sqlite", source(path, writerPragmas))
	if err != nil {
		return nil, nil, err
	}
	write.SetMaxOpenConns(1)
	read, err = sql.Open("sqlite", source(path, readerPragmas))
	if err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	readers := max(4, runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers) // opening one costs more than any of our queries
	return write, read, nil
}

// source is a URI, so that a path may hold question marks and percent signs.
func source(path, pragmas string) string {
	return (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: pragmas}).String()
}

// createPrivate makes sure that the file exists and is its owner's only; SQLite
// gives its other files the same mode.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("create the file: %w", err)
	}
	return f.Close()
}
