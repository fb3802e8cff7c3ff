package element

import "turnstone/internal/element/format"

// Problem is something wrong in an element file.
type Problem = format.Problem

// Parse reads an element file; file is its name in problems. The error joins a
// [*Problem] for everything that is wrong with it, up to a hundred, in the order
// of the lines.
func Parse(file string, data []byte) (*Element, error) {
	e := &Element{}
	doc := format.Decode(file, data, e)
	for _, rule := range rules {
		rule(linter{Element: e, Document: doc})
	}
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return e, nil
}
