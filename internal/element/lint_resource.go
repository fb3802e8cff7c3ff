package element

import (
	"slices"
	"strings"

	"turnstone/internal/element/format"
)

func lintResources(l linter) {
	if l.ResourcesFrom != "" {
		l.unknownSetting("resources_from", l.ResourcesFrom)
	} else if len(l.Resources) == 0 {
		l.Report("resources", "is empty; write at least one resource")
	}
	seen := map[string]bool{}
	for i, r := range l.Resources {
		path := format.Item("resources", i)
		switch {
		case !isName(r.Name):
			l.Report(path+".name", "%q is no name of a resource; write letters, digits, dashes and underscores, a letter first;"+
				" several segments with / between them may have parameters, as in reports/{reportId}/entries, but not as the first or the last", r.Name)
		case seen[r.Name]:
			l.Report(path+".name", "%q is declared twice; leave one", r.Name)
		case r.Retriever == nil && len(r.Operations) == 0:
			l.Report(path, "serves nothing; write a retriever, operations or both")
		case r.Incremental != nil && r.Retriever == nil:
			l.Report(path+".incremental_sync", "is about records that nothing lists; write a retriever too")
		}
		seen[r.Name] = true
		if r.Incremental != nil {
			l.incremental(path+".incremental_sync", r)
		}
	}
}

func (l linter) incremental(path string, r Resource) {
	s := r.Incremental
	if len(s.DatetimeFormats) == 0 {
		l.Report(path+".cursor_datetime_formats", "is empty; write the pattern of the dates")
	}
	if s.DeletedField != "" && len(s.DeletedValues) == 0 {
		l.Report(path+".deleted_values", "is empty, so that no record is marked as deleted; write the values of deleted_field that mean it")
	}
	if s.Order == NewestFirst && r.Retriever != nil && r.Retriever.Partition != nil {
		l.Report(path+".order", "holds for one list, and this resource has one for each %s; leave it out", r.Retriever.Partition.Parent)
	}
}

func lintPartitions(l linter) {
	for i, r := range l.Resources {
		if r.Retriever == nil || r.Retriever.Partition == nil {
			continue
		}
		path := format.Item("resources", i) + ".retriever.partition_router.parent"
		name := r.Retriever.Partition.Parent
		parent, ok := l.Resource(name)
		switch {
		case !ok:
			l.Report(path, "there is no resource %q; %s", name, format.Suggestion(name, l.resourceNames()))
		case parent.Retriever == nil:
			l.Report(path, "the resource %q has no retriever; write one, or take another parent", name)
		case parent.Retriever.Partition != nil:
			l.Report(path, "the resource %q is partitioned itself; take a parent that is not", name)
		case len(parent.Parameters()) > 0:
			l.Report(path, "the resource %q has parameters, for which there are no values here; take a parent without", name)
		}
	}
}

func (l linter) resourceNames() []string {
	all := make([]string, len(l.Resources))
	for i, r := range l.Resources {
		all[i] = r.Name
	}
	return all
}

// paginatorFields says which types of paginator a key is for, and which of them
// cannot do without it. Keys that are not here are for all.
var paginatorFields = []struct{ key, types, need string }{
	{"next", "NextURL CursorPagination", "NextURL CursorPagination"},
	{"next_host", "NextURL LinkHeader", ""},
	{"next_needs", "NextURL LinkHeader", ""},
	{"total_pages", "PageIncrement", ""},
	{"total_records", "OffsetIncrement", ""},
	{"start_from_page", "PageIncrement OffsetIncrement", ""},
	{"page_token_option", "CursorPagination OffsetIncrement PageIncrement", "CursorPagination OffsetIncrement PageIncrement"},
	{"repeat_filters", "CursorPagination", ""},
}

func lintPaginators(l linter) {
	for i, r := range l.Resources {
		if r.Retriever == nil || r.Retriever.Paginator == nil {
			continue
		}
		path, p := format.Item("resources", i)+".retriever.paginator", r.Retriever.Paginator
		for _, f := range paginatorFields {
			l.paginatorField(path+"."+f.key, p.Type, strings.Fields(f.types), strings.Fields(f.need))
		}
		l.paginatorNumbers(path, p)
	}
}

func (l linter) paginatorField(path, kind string, types, need []string) {
	switch said := l.Says(path); {
	case said && !slices.Contains(types, kind):
		l.Report(path, "is not for %s but for %s; leave it out, or change the type", kind, strings.Join(types, ", "))
	case !said && slices.Contains(need, kind):
		l.Report(path, "is missing; %s needs it", kind)
	}
}

func (l linter) paginatorNumbers(path string, p *Paginator) {
	switch {
	case p.PageSize < 1:
		l.Report(path+".page_size", "%d is no page; write 1 or more", p.PageSize)
	case p.MaxPageSize < 0:
		l.Report(path+".max_page_size", "%d is less than nothing; write the most the vendor gives, or leave it out", p.MaxPageSize)
	case p.MaxPageSize > 0 && p.PageSize > p.MaxPageSize:
		l.Report(path+".page_size", "%d is more than max_page_size, which is %d; write at most that", p.PageSize, p.MaxPageSize)
	case p.Start < 0:
		l.Report(path+".start_from_page", "%d is before the first; write 0 or more", p.Start)
	}
}

// operators are the comparisons of the where language that a search expression
// can have.
var operators = []string{"=", "!=", "<", "<=", ">", ">=", "LIKE"}

func lintFilters(l linter) {
	for i, r := range l.Resources {
		if r.Retriever == nil {
			continue
		}
		path, f := format.Item("resources", i)+".retriever.filter", r.Retriever.Filter
		switch {
		case f.Type == "none" && len(f.Attributes) > 0:
			l.Report(path+".attributes", "cannot be asked for with type none; write type: parameters or type: search")
		case f.Type != "none" && f.Type != "hooks" && len(f.Attributes) == 0:
			l.Report(path+".attributes", "is missing; write the attributes that the vendor knows")
		}
		switch {
		case f.Type == "search" && f.Body == nil:
			l.Report(path+".search", "is missing; type search needs it")
		case f.Type != "search" && f.Body != nil:
			l.Report(path+".search", "is not for type %s; write type: search, or leave it out", f.Type)
		}
		l.filterNames(path, f)
	}
}

func lintSorts(l linter) {
	for i, r := range l.Resources {
		if r.Retriever != nil && r.Retriever.Sort != nil && len(r.Retriever.Sort.Attributes) == 0 {
			l.Report(format.Item("resources", i)+".retriever.sort.attributes", "is empty; write what the vendor sorts by")
		}
	}
}

func (l linter) filterNames(path string, f Filter) {
	seen := map[string]bool{}
	for i, name := range f.Attributes {
		if seen[name] {
			l.Report(format.Item(path+".attributes", i), "%q stands here twice; leave one", name)
		}
		seen[name] = true
	}
	if f.Body == nil {
		return
	}
	for op := range f.Body.Operators {
		if !slices.Contains(operators, op) {
			l.Report(path+".search.operators."+op, "%q is no operator of a where clause; write one of %s", op, strings.Join(operators, ", "))
		}
	}
}
