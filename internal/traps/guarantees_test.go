package traps_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the folder of the module.
const root = "../.."

var (
	declared = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	cited    = regexp.MustCompile("`(Test[A-Z]\\w*)`")
	numbered = regexp.MustCompile(`^TestTrap(\d\d)`)
)

// testsOf returns the names of all tests of the module.
func testsOf(t *testing.T) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return err
		}
		for _, found := range declared.FindAllSubmatch(text, -1) {
			names[string(found[1])] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestGuaranteesCiteTestsThatExist(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs", "guarantees.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests, names := testsOf(t), make(map[string]bool)
	for _, found := range cited.FindAllSubmatch(page, -1) {
		names[string(found[1])] = true
	}
	if len(names) < 50 {
		t.Errorf("docs/guarantees.md cites %d tests, want many: is the pattern still right?", len(names))
	}
	for name := range names {
		if !tests[name] {
			t.Errorf("docs/guarantees.md cites %s, which does not exist; name the test that is there", name)
		}
	}
	traps := make(map[string]bool)
	for name := range tests {
		if found := numbered.FindStringSubmatch(name); found != nil {
			traps[found[1]] = true
			if !names[name] {
				t.Errorf("docs/guarantees.md does not cite %s; add it to the table of traps", name)
			}
		}
	}
	for i := range 24 {
		if number := fmt.Sprintf("%02d", i+1); !traps[number] {
			t.Errorf("there is no test of trap %s", number)
		}
	}
}
