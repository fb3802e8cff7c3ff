package archtest

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// module is what go.mod says.
type module struct {
	path     string
	requires []requirement
}

// requirement is one required module.
type requirement struct {
	path   string
	line   int
	direct bool
}

// readModule reads the go.mod at the root of fsys. The file is the go command's
// own writing, so that a reading by lines is enough.
func readModule(fsys fs.FS) (module, error) {
	text, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return module{}, fmt.Errorf("read module: %w", err)
	}
	var m module
	block := ""
	for n, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == ")":
			block = ""
		case len(words) > 1 && words[1] == "(":
			block = words[0]
		case block != "":
			m.add(block, words, n+1)
		default:
			m.add(words[0], words[1:], n+1)
		}
	}
	if m.path == "" {
		return module{}, errors.New("read module: go.mod has no module line")
	}
	return m, nil
}

// add takes in one directive with its arguments.
func (m *module) add(directive string, words []string, line int) {
	switch {
	case directive == "module" && len(words) > 0:
		m.path = words[0]
	case directive == "require" && len(words) > 1:
		indirect := strings.Contains(strings.Join(words, " "), "// indirect")
		m.requires = append(m.requires, requirement{words[0], line, !indirect})
	}
}

// folder returns the folder of a package of this module, and false for the
// packages of others.
func (m module) folder(importPath string) (string, bool) {
	if importPath == m.path {
		return ".", true
	}
	return strings.CutPrefix(importPath, m.path+"/")
}

// thirdParty returns the module of a package that is neither ours nor in the
// standard library, and false for those. A package of a module that go.mod
// lacks counts as its own module.
func (m module) thirdParty(importPath string) (string, bool) {
	host, _, _ := strings.Cut(importPath, "/")
	if _, ours := m.folder(importPath); ours || !strings.Contains(host, ".") {
		return "", false
	}
	longest := ""
	for _, r := range m.requires {
		if within(importPath, r.path) && len(r.path) > len(longest) {
			longest = r.path
		}
	}
	if longest == "" {
		return importPath, true
	}
	return longest, true
}

// within reports whether the path is the other path or below it.
func within(path, root string) bool {
	return path == root || strings.HasPrefix(path, root+"/")
}
