package pgtest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"turnstone/internal/pgtest"
)

// install puts programs into dir/name/bin that say they are of a version, and
// returns that folder.
func install(t *testing.T, dir, name, version string) string {
	t.Helper()
	bin := filepath.Join(dir, name, "bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s'\n", version)
	for _, program := range []string{"initdb", "postgres"} {
		if err := os.WriteFile(filepath.Join(bin, program), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return bin
}

func TestProgramsOnThePathComeFirstAndThenTheNewest(t *testing.T) {
	tests := map[string]struct {
		path     string   // the version on the PATH, if any
		packaged []string // the versions elsewhere
		want     string   // the folder that is taken
	}{
		"newest package":                    {packaged: []string{"9.6.24", "14.1", "17.2", "15.18 (Debian 15.18-0+deb12u1)"}, want: "17.2"},
		"path although packages are newer":  {path: "14.9", packaged: []string{"17.2"}, want: "path"},
		"package since the path is too old": {path: "13.4", packaged: []string{"17.2"}, want: "17.2"},
		"beta":                              {packaged: []string{"19beta1"}, want: "19beta1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("PATH", t.TempDir())
			if tt.path != "" {
				t.Setenv("PATH", install(t, t.TempDir(), "path", tt.path))
			}
			for _, version := range tt.packaged {
				install(t, dir, version, version)
			}

			got, err := pgtest.FindPrograms(t.Context(), []string{filepath.Join(dir, "*", "bin")})

			if err != nil || filepath.Base(filepath.Dir(got)) != tt.want {
				t.Errorf("FindPrograms = %q, %v, want the folder of %s", got, err, tt.want)
			}
		})
	}
}

func TestMissingProgramsAreExplained(t *testing.T) {
	tests := map[string]struct{ installed, want string }{
		"none":    {"", "run ./test.sh"},
		"too old": {"13.4", "PostgreSQL 13 in "},
		"broken":  {"unknown", "run ./test.sh"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("PATH", t.TempDir())
			if tt.installed != "" {
				install(t, dir, "some", tt.installed)
			}

			_, err := pgtest.FindPrograms(t.Context(), []string{filepath.Join(dir, "*", "bin")})

			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("FindPrograms: error %v, want %q in it", err, tt.want)
			}
		})
	}
}
