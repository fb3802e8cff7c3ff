#!/bin/sh
# Runs the tests, on a machine with nothing but Go:
#
#	./test.sh                        all of them
#	./test.sh ./internal/poll/...    those of these packages
#
# They need the programs of PostgreSQL, 14 or newer, which this installs if it may:
# as root on Debian and Ubuntu. Elsewhere it says what to install.
#
# For the flags of go test, use go test.
set -eu
cd "$(dirname "$0")"

# The places that internal/pgtest looks in.
has_postgresql() {
	for initdb in "$(command -v initdb)" "$(pg_config --bindir 2>/dev/null)/initdb" \
		/usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb \
		/opt/homebrew/opt/postgresql@*/bin/initdb /usr/local/opt/postgresql@*/bin/initdb; do
		[ ! -x "$initdb" ] || return 0
	done
	return 1
}

# Debian's package sets up a server and starts it, unless it is told not to. The
# tests start servers of their own, and have no use for that one.
install_postgresql() (
	echo '=== apt-get install postgresql, for its programs: no server is set up'
	export DEBIAN_FRONTEND=noninteractive
	apt-get update
	apt-get install -y --no-install-recommends postgresql-common procps
	settings=/etc/postgresql-common/createcluster.conf
	cp -p "$settings" "$settings.before-test.sh"
	trap 'mv "$settings.before-test.sh" "$settings"' EXIT
	trap 'exit 1' HUP INT TERM
	echo 'create_main_cluster = false' >>"$settings"
	apt-get install -y --no-install-recommends postgresql
)

needs_postgresql() {
	echo "test.sh: the tests need PostgreSQL 14 or newer: $1" >&2
	exit 1
}

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
if ! has_postgresql; then
	[ "$(uname)" != Darwin ] || needs_postgresql 'brew install postgresql@16'
	command -v apt-get >/dev/null || needs_postgresql 'install the package with its server'
	[ "$(id -u)" -eq 0 ] || needs_postgresql 'sudo apt-get install postgresql'
	install_postgresql
fi
[ $# -gt 0 ] || set -- ./...

echo "=== go vet $*"
go vet "$@"

# The vetting above is the more thorough one, hence -vet=off.
echo "=== go test $*"
exec go test -vet=off "$@"
