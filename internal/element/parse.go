package element

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"turnstone/internal/element/format"
)

// Problem is something wrong in an element file.
type Problem = format.Problem

// File is one of the files of an element.
type File struct {
	Name string // in problems
	Data []byte
}

// MaxFile is the most bytes that an element file has.
const MaxFile = format.MaxFile

// Parse reads an element file; file is its name in problems. The error joins a
// [*Problem] for everything that is wrong with it, up to a hundred, in the order
// of the lines.
func Parse(file string, data []byte) (*Element, error) {
	return ParseParts(File{file, data}, nil)
}

// ParseParts reads an element that has some of its resources in files of their own,
// each a [Part]. They follow those of the element file in the order of the parts.
// The error is as Parse's, for all files.
func ParseParts(main File, parts []File) (*Element, error) {
	e := &Element{}
	doc := format.Decode(main.Name, main.Data, e)
	for _, file := range parts {
		part := &Part{}
		other := format.Decode(file.Name, file.Data, part)
		doc.Append(other, map[string]int{"resources": len(e.Resources), "polling.available": len(e.Polling.Available)})
		e.Resources = append(e.Resources, part.Resources...)
		e.Polling.Available = append(e.Polling.Available, part.Polling.Available...)
	}
	for _, rule := range rules {
		rule(linter{Element: e, Document: doc})
	}
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return e, nil
}

// Read reads the element of a folder: its element.yaml, and the files
// resources/*.yaml beside it if there are any. The error is as Parse's.
func Read(fsys fs.FS, folder string) (*Element, error) {
	names, err := fs.Glob(fsys, path.Join(folder, "resources", "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("list the parts of an element: %w", err)
	}
	main, err := readFile(fsys, path.Join(folder, "element.yaml"))
	problems := []error{err}
	var parts []File
	for _, name := range names {
		part, err := readFile(fsys, name)
		parts, problems = append(parts, part), append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return ParseParts(main, parts)
}

func readFile(fsys fs.FS, name string) (File, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return File{}, fmt.Errorf("read an element: %w", err)
	}
	return File{name, data}, nil
}
