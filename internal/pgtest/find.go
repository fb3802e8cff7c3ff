package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldest is the first major version that the program works with.
const oldest = 14

// folders is where packages put PostgreSQL's programs without putting them on
// the PATH: those of Debian, of Red Hat, and of Homebrew on either processor.
var folders = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
}

// errMissing says what to do about it.
var errMissing = errors.New("there is no PostgreSQL: run ./test.sh, which installs it, or apt-get install postgresql")

// findPrograms returns the folder of initdb and postgres: that of the PATH, or else
// the newest of the folders (which are patterns), unless they are too old.
func findPrograms(ctx context.Context, folders []string) (string, error) {
	installed, err := candidates(ctx, folders)
	if err != nil {
		return "", err
	}
	for _, p := range installed {
		if p.major >= oldest {
			return p.folder, nil
		}
	}
	if len(installed) == 0 {
		return "", errMissing
	}
	return "", fmt.Errorf("PostgreSQL %d in %s is too old: install %d or newer", installed[0].major, installed[0].folder, oldest)
}

// programs is a PostgreSQL that is installed.
type programs struct {
	folder string
	major  int
}

// candidates returns what is installed, in the order to consider it.
func candidates(ctx context.Context, folders []string) ([]programs, error) {
	var named, packaged []programs
	if path, err := exec.LookPath("postgres"); err == nil {
		named = inspect(ctx, named, filepath.Dir(path))
	}
	if output, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		named = inspect(ctx, named, strings.TrimSpace(string(output)))
	}
	for _, pattern := range folders {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		for _, folder := range found {
			packaged = inspect(ctx, packaged, folder)
		}
	}
	slices.SortStableFunc(packaged, func(a, b programs) int { return b.major - a.major })
	return append(named, packaged...), nil
}

// versionOutput is what `postgres --version` prints: "postgres (PostgreSQL) 15.18
// (Debian 15.18-0+deb12u1)".
var versionOutput = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// inspect adds the programs in a folder to the list, unless the folder lacks one
// of them or they do not run: clients alone leave a pg_config too.
func inspect(ctx context.Context, list []programs, folder string) []programs {
	if _, err := exec.LookPath(filepath.Join(folder, "initdb")); err != nil {
		return list
	}
	output, err := exec.CommandContext(ctx, filepath.Join(folder, "postgres"), "--version").Output()
	if err != nil {
		return list
	}
	match := versionOutput.FindSubmatch(output)
	if match == nil {
		return list
	}
	major, err := strconv.Atoi(string(match[1]))
	if err != nil {
		return list
	}
	return append(list, programs{folder: folder, major: major})
}
