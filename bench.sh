#!/bin/sh
# Measures Turnstone beside its ceilings, on SQLite and on PostgreSQL, and prints a
# table:
#
#	./bench.sh                          everything: about an hour
#	./bench.sh --short                  a little of everything, to see that it works
#	./bench.sh --works poll-1,idle      these works only
#	./bench.sh --engine sqlite          one database only
#	./bench.sh --json figures.json      keep the figures, too
#
# It needs Linux, Go, and for PostgreSQL its server programs; it starts a server of
# its own. See docs/benchmarks.md, and --help for all flags.
set -eu
cd "$(dirname "$0")"

if ! command -v go >/dev/null; then
	echo 'bench.sh: there is no go on the PATH: install Go 1.26 or newer from https://go.dev/dl/' >&2
	exit 1
fi

# The checkout may belong to another user, which git and so go build refuse unless
# told; the table names the commit.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="$PWD"

program=$(mktemp)
trap 'rm -f "$program"' EXIT
CGO_ENABLED=0 go build -buildvcs=auto -o "$program" ./cmd/turnstone-bench
"$program" "$@"
