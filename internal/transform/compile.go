package transform

import (
	"fmt"
	"strings"

	"turnstone"
)

// MaxFields bounds the fields of one mapping.
const MaxFields = 1000

// maxCopies bounds how often a vendor's value stands in a record: records are large, and
// many names for one value would make them larger than memory.
const maxCopies = 8

// Problems are what is wrong with a mapping, in the order of its fields.
type Problems []Problem

// Problem is one of them.
type Problem struct {
	Path    string // of the member at fault, such as fields.0.path
	Message string // what is wrong, and what to write instead
}

// Error returns the problems, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Path + ": " + problem.Message
	}
	return strings.Join(lines, "\n")
}

// compiler makes a mapping.
type compiler struct {
	mapping  Mapping
	problems Problems
}

func (c *compiler) problem(at int, member, format string, args ...any) {
	c.problems = append(c.problems, Problem{fmt.Sprintf("fields.%d.%s", at, member), fmt.Sprintf(format, args...)})
}

// add compiles one field.
func (c *compiler) add(at int, f turnstone.MappedField) {
	common, ok := c.path(at, "path", f.Path)
	if !ok {
		return
	}
	vendorPath := f.VendorPath
	if vendorPath == "" && (f.Dropped || f.DroppedWrites) {
		vendorPath = f.Path // which is to be dropped under the name it has
	}
	if vendorPath == "" {
		return // the vendor has no such field
	}
	vendor, ok := c.path(at, "vendorPath", vendorPath)
	if !ok {
		return
	}
	compiled := field{common: common, vendor: vendor, dropped: f.Dropped, droppedWrites: f.DroppedWrites}
	if c.fits(at, compiled) {
		c.mapping.fields = append(c.mapping.fields, compiled)
	}
}

// fits reports whether a field goes together with itself and with those before it; a
// problem says why not.
func (c *compiler) fits(at int, f field) bool {
	if repeats(f.common) != repeats(f.vendor) {
		c.problem(at, "vendorPath", "goes into all items of %d arrays, and path into those of %d; write [*] as often in both", repeats(f.vendor), repeats(f.common))
		return false
	}
	copies := 1
	for _, other := range c.mapping.fields {
		if begins(other.common, f.common) || begins(f.common, other.common) {
			c.problem(at, "path", "%s and %s are the same place, or one is inside the other; keep one", text(f.common), text(other.common))
			return false
		}
		if begins(other.vendor, f.vendor) {
			copies++
		}
	}
	if copies > maxCopies {
		c.problem(at, "vendorPath", "%s is in more than %d fields; keep fewer", text(f.vendor), maxCopies)
		return false
	}
	return true
}

// path reads a path of a field.
func (c *compiler) path(at int, member, path string) ([]step, bool) {
	if path == "" {
		c.problem(at, member, "is missing; write the name of the field")
		return nil, false
	}
	steps, err := parsePath(path)
	if err != nil {
		c.problem(at, member, "%.60q %v", path, err)
		return nil, false
	}
	return steps, true
}

// err returns the problems as an error; nil if there are none.
func (c *compiler) err() error {
	if len(c.problems) == 0 {
		return nil
	}
	return c.problems
}

// CheckPath says what is wrong with the path of a field, and what to write instead.
func CheckPath(path string) error {
	_, err := parsePath(path)
	return err
}
