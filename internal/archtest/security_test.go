package archtest_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	declaredTest = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	packageName  = regexp.MustCompile(`(?m)^package (\w+)$`)
	citedTest    = regexp.MustCompile("`(\\w+)\\.((?:Test|Fuzz)\\w+)`")
)

// tests returns every test and fuzz target of the module, as package.Name.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	root := os.DirFS(moduleRoot(t))
	err := fs.WalkDir(root, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		declared := packageName.FindSubmatch(text)
		if declared == nil {
			return fmt.Errorf("%s has no package clause", name)
		}
		where := string(bytes.TrimSuffix(declared[1], []byte("_test")))
		for _, found := range declaredTest.FindAllSubmatch(text, -1) {
			all[where+"."+string(found[1])] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheSecurityPageNamesTests(t *testing.T) {
	const page = "docs/security.md"
	text, err := os.ReadFile(filepath.Join(moduleRoot(t), path.Clean(page)))
	if err != nil {
		t.Fatal(err)
	}
	all := tests(t)
	cited := map[string]bool{}
	for _, found := range citedTest.FindAllStringSubmatch(string(text), -1) {
		name := found[1] + "." + found[2]
		cited[name] = true
		if !all[name] {
			t.Errorf("%s names %s, which is not there: name the test that fails without what the row promises", page, name)
		}
	}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) == 5 && !strings.Contains(line, "---") && !strings.Contains(line, "| test |") && !citedTest.MatchString(cells[3]) {
			t.Errorf("%s has a row without a test: %s", page, line)
		}
	}
	var forgotten []string
	for name := range all {
		if strings.Contains(name, ".Fuzz") && !cited[name] {
			forgotten = append(forgotten, name)
		}
	}
	slices.Sort(forgotten)
	if len(forgotten) > 0 {
		t.Errorf("%s leaves out the fuzz targets %s: add them to the row of who writes what they read", page, strings.Join(forgotten, ", "))
	}
}
