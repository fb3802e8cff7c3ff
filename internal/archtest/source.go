package archtest

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// source is one parsed file.
type source struct {
	path   string
	folder string // its package
	test   bool
	lines  int
	tree   *ast.File
	set    *token.FileSet
}

// readSources parses the Go files below the root of fsys in the order of their
// paths, except those the go command passes over. It returns the files that do
// not parse as problems.
func readSources(fsys fs.FS) ([]source, []Problem, error) {
	var sources []source
	var problems []Problem
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && ignored(name):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		s, err := parse(name, text)
		if err != nil {
			problems = append(problems, unparsed(name, err))
			return nil
		}
		sources = append(sources, s)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read sources: %w", err)
	}
	return sources, problems, nil
}

// ignored reports whether the go command passes a folder over.
func ignored(folder string) bool {
	base := path.Base(folder)
	return base == "testdata" || base == "vendor" || base != "." && strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
}

// parse reads one file.
func parse(name string, text []byte) (source, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, err
	}
	return source{
		path:   name,
		folder: path.Dir(name),
		test:   strings.HasSuffix(name, "_test.go"),
		lines:  bytes.Count(text, []byte("\n")),
		tree:   tree,
		set:    set,
	}, nil
}

// unparsed returns the problem of a file that does not parse.
func unparsed(name string, err error) Problem {
	p := Problem{File: name, Line: 1, Text: err.Error()}
	if list, ok := errors.AsType[scanner.ErrorList](err); ok && len(list) > 0 {
		p.Line, p.Text = list[0].Pos.Line, list[0].Msg
	}
	p.Text = "does not parse, so that nothing else in the file was checked: " + p.Text
	return p
}

// line returns the line of a node.
func (s source) line(n ast.Node) int { return s.set.Position(n.Pos()).Line }

// counted reports whether the file counts for the size of its package.
func (s source) counted() bool { return !s.test && !ast.IsGenerated(s.tree) }

// excused reports whether a comment of the file begins with the words.
func (s source) excused(words string) bool {
	for _, group := range s.tree.Comments {
		if strings.HasPrefix(oneLine(group), words) {
			return true
		}
	}
	return false
}

// importPath returns what a specification imports.
func importPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value // the parser has accepted it: impossible
	}
	return p
}

// localName returns the name by which the file calls a package of the standard
// library, or nothing if it does not import it.
func (s source) localName(pkg string) string {
	for _, spec := range s.tree.Imports {
		switch {
		case importPath(spec) != pkg:
		case spec.Name != nil:
			return spec.Name.Name
		default:
			return path.Base(pkg)
		}
	}
	return ""
}

// oneLine returns the text of a comment with its line breaks undone, so that
// words are found wherever the comment wraps.
func oneLine(group *ast.CommentGroup) string {
	return strings.Join(strings.Fields(group.Text()), " ")
}
