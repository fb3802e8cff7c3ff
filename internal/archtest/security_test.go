package archtest_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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

// securityPage is the page whose every row names a test.
const securityPage = "docs/security.md"

// cited returns the tests that the page names.
func cited(t *testing.T) (page string, names map[string]bool) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleRoot(t), filepath.FromSlash(securityPage)))
	if err != nil {
		t.Fatal(err)
	}
	names = map[string]bool{}
	for _, found := range citedTest.FindAllStringSubmatch(string(text), -1) {
		names[found[1]+"."+found[2]] = true
	}
	return string(text), names
}

func TestTheSecurityPageNamesTests(t *testing.T) {
	page, names := cited(t)
	all := tests(t)
	for name := range names {
		if !all[name] {
			t.Errorf("%s names %s, which is not there: name the test that fails without what the row promises", securityPage, name)
		}
	}
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		isRow := len(cells) == 5 && !strings.Contains(line, "---") && !strings.Contains(line, "| test |")
		if isRow && !citedTest.MatchString(cells[3]) {
			t.Errorf("%s has a row without a test: %s", securityPage, line)
		}
	}
}

func TestTheSecurityPageNamesEveryFuzzTarget(t *testing.T) {
	_, names := cited(t)
	for name := range tests(t) {
		if strings.Contains(name, ".Fuzz") && !names[name] {
			t.Errorf("%s leaves out %s: add it to the row of who writes what it reads", securityPage, name)
		}
	}
}
