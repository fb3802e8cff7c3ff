package format

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	// MaxFile is the most bytes of a file: it is some hundred times the largest element file, has room for an imported
	// element of a thousand resources, and keeps the time for a hostile file under a second.
	MaxFile = 1 << 20
	// maxDepth is some six times what an element file needs. The parser of the YAML
	// module calls itself for each level, and a stack that overflows cannot be
	// recovered from.
	maxDepth = 64
	// maxProblems is more than anybody mends at once.
	maxProblems = 100
)

// Document is a file that [Decode] has read: what its values mean, where they stand
// and what is wrong with them. It is not safe for concurrent use.
type Document struct {
	file     string
	places   map[string]place // by path
	problems []*Problem
	decoded  int // how many of the problems Decode found
}

// Decode fills the struct that v points to from a YAML file; file is its name in
// problems. It goes on after a problem; what it could not read is zero.
func Decode(file string, data []byte, v any) *Document {
	d := &Document{file: file, places: map[string]place{"": {file, 1, 1}}}
	if body := d.body(data); body != nil {
		d.structure(body, reflect.ValueOf(v).Elem(), at{})
	}
	d.decoded = len(d.problems)
	return d
}

// Append takes over what another document says of the items of some lists. They
// follow the items that d has of a list, of which there are as many as items says by
// its path; the paths of problems are then those of the whole list. What other says
// beside the lists stays as it is.
func (d *Document) Append(other *Document, items map[string]int) {
	for path, p := range other.places {
		moved := movedItem(path, items)
		if _, known := d.places[moved]; !known {
			d.places[moved] = place{other.file, p.line, p.column}
		}
	}
	for _, p := range other.problems {
		if len(d.problems) < maxProblems {
			p.Path = movedItem(p.Path, items)
			d.problems = append(d.problems, p)
		}
	}
	d.decoded = len(d.problems)
}

// movedItem adds to the index of a path that leads into a list.
func movedItem(path string, items map[string]int) string {
	list, rest, inside := strings.Cut(path, "[")
	number, rest, closed := strings.Cut(rest, "]")
	index, err := strconv.Atoi(number)
	if !inside || !closed || err != nil || items[list] == 0 {
		return path
	}
	return Item(list, items[list]+index) + rest
}

// Says reports whether the file has a value at path, so that it is no default.
func (d *Document) Says(path string) bool {
	_, ok := d.places[path]
	return ok
}

// Faulty reports whether Decode found something wrong at path or below it, so that
// nothing can be concluded from what is not there.
func (d *Document) Faulty(path string) bool {
	return slices.ContainsFunc(d.problems[:d.decoded], func(p *Problem) bool {
		return p.Path == path || below(p.Path, path)
	})
}

// Report notes a problem with the value at path, unless that follows from what
// Decode has reported: of the value itself, of one around it, or of the type that
// decides what may stand beside it.
func (d *Document) Report(path, format string, args ...any) {
	for _, p := range d.problems[:d.decoded] {
		around, isType := strings.CutSuffix(p.Path, ".type")
		if path == p.Path || below(path, p.Path) || isType && below(path, around) {
			return
		}
	}
	d.report(path, format, args...)
}

// below reports whether path leads into the value at around.
func below(path, around string) bool {
	rest, ok := strings.CutPrefix(path, around)
	return around == "" || ok && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "["))
}

// Err joins the problems, each a [*Problem], in the order of the files and
// their lines. It is nil if there are none.
func (d *Document) Err() error {
	sorted := slices.SortedStableFunc(slices.Values(d.problems), func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	errs := make([]error, len(sorted))
	for i, p := range sorted {
		errs[i] = p
	}
	return errors.Join(errs...)
}

// body returns the one value of a YAML text, or nil and a problem.
func (d *Document) body(data []byte) ast.Node {
	if len(data) > MaxFile {
		d.report("", "the element file has %d bytes, and the most is %d; leave out resources that nobody needs", len(data), MaxFile)
		return nil
	}
	tokens := lexer.Tokenize(string(data))
	if deep := tooDeep(tokens); deep != nil {
		d.reportAt(placeOf(deep), "", "nested more than %d levels deep; write it flatter", maxDepth)
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntax(err)
		return nil
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil {
			bodies = append(bodies, doc.Body)
		}
	}
	switch len(bodies) {
	case 0:
		d.report("", "the file is empty; write the first key")
		return nil
	case 1:
		return bodies[0]
	}
	d.reportAt(start(bodies[1]), "", "a second document; write one a file")
	return nil
}

// syntax reports what the YAML parser objects to.
func (d *Document) syntax(err error) {
	var detailed yaml.Error
	if errors.As(err, &detailed) && detailed.GetToken() != nil {
		d.reportAt(placeOf(detailed.GetToken()), "", "no YAML: %s; mend the text around here", detailed.GetMessage())
		return
	}
	d.report("", "no YAML: %v; mend the text", err)
}

// tooDeep returns the first token that may stand more than maxDepth levels deep. It
// counts brackets, the marks that open a level without one (as far as a comma or,
// outside of brackets, the end of the line), and indentation.
func tooDeep(tokens token.Tokens) *token.Token {
	brackets, marks, line := 0, 0, 0
	for _, t := range tokens {
		if brackets == 0 && t.Position.Line != line {
			marks, line = 0, t.Position.Line
		}
		switch t.Type { //nolint:exhaustive // the others open and close nothing
		case token.SequenceStartType, token.MappingStartType:
			brackets++
		case token.SequenceEndType, token.MappingEndType:
			brackets--
		case token.CollectEntryType:
			marks = 0
		case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType, token.TagType, token.AnchorType:
			marks++
		}
		if brackets > maxDepth || marks > maxDepth || t.Position.IndentNum > 4*maxDepth {
			return t
		}
	}
	return nil
}

// place is a position in a file, from 1. The name of the file is empty until it is
// noted.
type place struct {
	file         string
	line, column int
}

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{"", 1, 1}
	}
	return place{"", t.Position.Line, t.Position.Column}
}

// start returns where a node begins to a reader; the token of a block mapping is
// its first colon.
func start(n ast.Node) place {
	if m, ok := n.(ast.MapNode); ok {
		if entries := m.MapRange(); entries.Next() {
			return placeOf(entries.Key().GetToken())
		}
	}
	return placeOf(n.GetToken())
}

// report notes a problem with the value at path; of a path that the file does not
// have, with the nearest around it.
func (d *Document) report(path, format string, args ...any) {
	d.reportAt(d.nearest(path), path, format, args...)
}

func (d *Document) reportAt(p place, path, format string, args ...any) {
	if len(d.problems) >= maxProblems {
		return
	}
	d.problems = append(d.problems, &Problem{
		File: cmp.Or(p.file, d.file), Line: p.line, Column: p.column, Path: path, Message: fmt.Sprintf(format, args...),
	})
}
