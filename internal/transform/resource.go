package transform

import (
	"slices"
	"strings"

	"turnstone/internal/element"
)

// Resource returns the common resource that a mapping makes of a vendor's: it is
// served in the same way, and its fields are called as the account calls them. r is
// not changed.
func (m Mapping) Resource(name string, r element.Resource) element.Resource {
	r.Name = name
	r.PrimaryKey = m.CommonPath(r.PrimaryKey)
	r.IgnoreFields = m.commonPaths(r.IgnoreFields)
	r.Fields = m.topLevel(r.Fields)
	if r.Incremental != nil {
		dates := *r.Incremental
		dates.CursorField = m.CommonPath(dates.CursorField)
		dates.CreatedField = m.commonPathOf(dates.CreatedField)
		dates.DeletedField = m.commonPathOf(dates.DeletedField)
		r.Incremental = &dates
	}
	if r.Retriever != nil {
		list := *r.Retriever
		list.Filter.Attributes = m.commonPaths(list.Filter.Attributes)
		r.Retriever = &list
	}
	return r
}

// topLevel returns the top-level members of renamed records; none, if those of the
// vendor's are not known.
func (m Mapping) topLevel(vendor []string) []string {
	if len(vendor) == 0 {
		return nil
	}
	names := m.commonPaths(vendor)
	for i, name := range names {
		names[i], _, _ = strings.Cut(name, ".")
	}
	for _, f := range m.fields {
		names = append(names, f.common[0].member)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// commonPathOf is CommonPath for a path that may be missing.
func (m Mapping) commonPathOf(path string) string {
	if path == "" {
		return ""
	}
	return m.CommonPath(path)
}

func (m Mapping) commonPaths(paths []string) []string {
	if paths == nil {
		return nil
	}
	renamed := make([]string, len(paths))
	for i, path := range paths {
		renamed[i] = m.CommonPath(path)
	}
	return renamed
}
