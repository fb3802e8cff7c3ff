#!/bin/sh
# Runs the tests, on a machine with nothing but Go:
#
#	./test.sh                        all of them
#	./test.sh ./internal/poll/...    those of these packages
#
# For the flags of go test, use go test.
set -eu
cd "$(dirname "$0")"

case "${1:-}" in
-*)
	sed -n '2,/^set/ s/^# \{0,1\}//p' test.sh >&2
	exit 2
	;;
esac
if ! command -v go >/dev/null; then
	echo 'test.sh: there is no go on the PATH: install Go 1.26 or newer from https://go.dev/dl/' >&2
	exit 1
fi
[ $# -gt 0 ] || set -- ./...

echo "=== go vet $*"
go vet "$@"

# The vetting above is the more thorough one, hence -vet=off.
echo "=== go test $*"
exec go test -vet=off "$@"
