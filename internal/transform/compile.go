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
	if f.VendorPath == "" && (f.Dropped || f.DroppedWrites) {
		f.VendorPath = f.Path // which is to be dropped under the name it has
	}
	if f.VendorPath == "" {
		return // the vendor has no such field
	}
	vendor, ok := c.path(at, "vendorPath", f.VendorPath)
	if !ok {
		return
	}
	if repeats(common) != repeats(vendor) {
		c.problem(at, "vendorPath", "goes into all items of %d arrays, and path into those of %d; write [*] as often in both", repeats(vendor), repeats(common))
		return
	}
	copies := 1
	for _, other := range c.mapping.fields {
		if begins(other.common, common) || begins(common, other.common) {
			c.problem(at, "path", "%s and %s are the same place, or one is inside the other; keep one", text(common), text(other.common))
			return
		}
		if begins(other.vendor, vendor) {
			copies++
		}
	}
	if copies > maxCopies {
		c.problem(at, "vendorPath", "%s is in more than %d fields; keep fewer", text(vendor), maxCopies)
		return
	}
	c.mapping.fields = append(c.mapping.fields, field{common: common, vendor: vendor, dropped: f.Dropped, droppedWrites: f.DroppedWrites})
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
