package format

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"
)

// keyText returns the name that a key of a mapping is.
func keyText(n ast.MapKeyNode) (string, bool) {
	switch k := n.(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.IntegerNode, *ast.BoolNode, *ast.FloatNode:
		return k.GetToken().Value, true
	}
	return "", false
}

// textOf returns the text that a scalar written as text is.
func textOf(n ast.Node) (string, bool) {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value, true
	case *ast.LiteralNode:
		return s.Value.Value, true
	}
	return "", false
}

// isScalar reports whether n is a single value.
func isScalar(n ast.Node) bool {
	switch n.(type) {
	case *ast.SequenceNode, ast.MapNode:
		return false
	}
	return true
}

// text fills v, which is written as one text.
func (d *Document) text(n ast.Node, v reflect.Value, a at) {
	text, ok := textOf(n)
	if !ok {
		if isScalar(n) {
			d.report(a.path, "is %s; write it in quotes, since it is text", n.GetToken().Value)
			return
		}
		d.wrong(n, a, "text")
		return
	}
	if text == "" && a.key.need {
		d.report(a.path, "is empty; %s", a.key.remedy())
		return
	}
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		if err := u.UnmarshalText([]byte(text)); err != nil {
			d.report(a.path, "%v", err)
		}
		return
	}
	v.SetString(text)
	d.among(text, a)
}

// among reports a text that is not among those the key may have.
func (d *Document) among(text string, a at) {
	if len(a.key.enum) > 0 && !slices.Contains(a.key.enum, text) {
		d.report(a.path, "%q is not known; %s", text, Suggestion(text, a.key.enum))
	}
}

func (d *Document) boolean(n ast.Node, v reflect.Value, a at) {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		d.wrong(n, a, "true or false, without quotes")
		return
	}
	v.SetBool(b.Value)
}

const wantInteger = "a whole number of at most 18 digits, without quotes"

func (d *Document) integer(n ast.Node, v reflect.Value, a at) {
	node, ok := n.(*ast.IntegerNode)
	if !ok {
		d.wrong(n, a, wantInteger)
		return
	}
	number, err := strconv.ParseInt(fmt.Sprint(node.Value), 10, 64)
	if err != nil {
		d.wrong(n, a, wantInteger)
		return
	}
	v.SetInt(number)
	d.among(strconv.FormatInt(number, 10), a)
}

// free returns a value of a part of the format that has no declared shape: text,
// a truth value, a number, a list or a map.
func (d *Document) free(n ast.Node, a at) any {
	if text, ok := textOf(n); ok {
		return text
	}
	switch s := n.(type) {
	case *ast.BoolNode:
		return s.Value
	case *ast.SequenceNode, ast.MapNode:
		return d.freeCollection(n, a)
	}
	number := json.Number(n.GetToken().Value)
	if !json.Valid([]byte(number)) {
		d.report(a.path, "%s is no value that JSON has; write text in quotes, true, false or a decimal number", number)
	}
	return number
}

func (d *Document) freeCollection(n ast.Node, a at) any {
	if _, ok := n.(*ast.SequenceNode); ok {
		items := []any{}
		d.list(n, reflect.ValueOf(&items).Elem(), a)
		return items
	}
	members := map[string]any{}
	d.mapping(n, reflect.ValueOf(&members).Elem(), a)
	return members
}

// wrong reports a value of the wrong kind.
func (d *Document) wrong(n ast.Node, a at, want string) {
	is := strconv.Quote(n.GetToken().Value)
	switch n.(type) {
	case *ast.SequenceNode:
		is = "a list"
	case ast.MapNode:
		is = "a mapping"
	}
	d.report(a.path, "is %s; write %s", is, want)
}
