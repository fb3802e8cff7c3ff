package hub

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"

	"turnstone"
	"turnstone/internal/ceql"
	"turnstone/internal/element"
	"turnstone/internal/provider"
)

const (
	// maxReads is how many pages of the vendor's are read for one call. Somebody waits
	// for the answer, and the vendor counts each of them.
	maxReads = 20
	// maxGathered bounds the bytes of a page that was put together from several.
	maxGathered = 16 << 20
	// maxSorted is how many records are sorted here: more would be read again for each
	// page of them.
	maxSorted = 2000
)

// page reads the page that a call asked for.
func (l *listing) page(ctx context.Context, at place) (Page, error) {
	if l.request.Background {
		return l.vendors(ctx, at)
	}
	if l.request.Next == "" && (l.asked.rest != nil || l.asked.order != nil) {
		at.Ask = largest(l.asked.resource.Retriever.Paginator)
	}
	from, err := l.jump(ctx, at)
	if err != nil || from == nil {
		return Page{}, err
	}
	if l.asked.order != nil {
		return l.sorted(ctx, *from)
	}
	page, next, err := l.gather(ctx, *from)
	if err != nil {
		return Page{}, err
	}
	return page.before(next)
}

// before returns the page with the token of the place at which the list goes on.
func (p Page) before(next *place) (Page, error) {
	if next == nil {
		return p, nil
	}
	var err error
	p.Next, err = next.token()
	return p, err
}

// vendors returns one page of the vendor's, as far as it was asked for. Who reads a
// list to its end needs no full pages, but to know which it has read.
func (l *listing) vendors(ctx context.Context, at place) (Page, error) {
	s, err := l.read(ctx, l.asked.resource, at)
	if err != nil {
		return Page{}, err
	}
	if l.asked.rest != nil && len(s.Records) > 0 {
		s.Lacks = lacking(s.Records, l.asked.rest)
		s.Listed = digest(s.Records)
		s.Records = slices.DeleteFunc(s.Records, func(r json.RawMessage) bool { return !matches(r, l.asked.rest) })
	}
	return s.before(s.next)
}

// maxLookedAt bounds the records in which a field is looked for: a poll reads the list every
// time, and the first record has the field as a rule.
const maxLookedAt = 20

// lacking returns the first field that a clause compares by size and that no record has.
func lacking(records []json.RawMessage, where ceql.Expr) string {
	if len(records) == 0 {
		return ""
	}
	sample := records[:min(len(records), maxLookedAt)]
	for _, term := range ceql.Terms(where) {
		test, plain := term.(ceql.Comparison)
		if !plain || test.Op == ceql.Equal || test.Op == ceql.NotEqual {
			continue
		}
		if !slices.ContainsFunc(sample, func(r json.RawMessage) bool { return valueAt(r, test.Field).Kind != ceql.NullKind }) {
			return test.Field
		}
	}
	return ""
}

// digest identifies records.
func digest(records []json.RawMessage) turnstone.Fingerprint {
	sum := sha256.New()
	for _, r := range records {
		sum.Write(r)
	}
	return turnstone.Fingerprint(sum.Sum(nil)[:len(turnstone.Fingerprint{})])
}

// gather puts a page together from as many pages of the vendor's as it takes, and
// returns where the list goes on; nil: nowhere. Without anything to evaluate here
// that is one of them.
func (l *listing) gather(ctx context.Context, at place) (Page, *place, error) {
	var page Page
	for size := 0; ; {
		s, err := l.read(ctx, l.asked.resource, at)
		if err != nil {
			return Page{}, nil, err
		}
		s.Lacks = lacking(s.Records, l.asked.rest)
		page = page.followedBy(s.Page)
		left := l.take(&page, s, &size)
		switch {
		case left >= 0:
			rest := s.here
			rest.Skip = left
			return page, &rest, nil
		case s.Broken != nil || s.next == nil || l.asked.rest == nil || l.spent(page, at.Size, size):
			return page, s.next, nil
		}
		at = *s.next
	}
}

// spent reports whether a page is full, or has cost as much as it may.
func (l *listing) spent(page Page, wanted, size int) bool {
	return wanted > 0 && len(page.Records) >= wanted || l.reads >= maxReads || size >= maxGathered
}

// followedBy returns what is known of a page that begins with p and goes on with
// next, but for the records.
func (p Page) followedBy(next Page) Page {
	joined := next
	joined.Records = p.Records
	joined.Elapsed += p.Elapsed
	if !p.Date.IsZero() {
		joined.Date, joined.URL = p.Date, p.URL
	}
	return joined
}

// take adds the records of a stretch that were asked for, and counts their bytes. It
// returns the place of the first that there was no room for, or -1.
func (l *listing) take(page *Page, s stretch, size *int) int {
	for i := s.here.Skip; i < len(s.Records); i++ {
		r := s.Records[i]
		if !matches(r, l.asked.rest) {
			continue
		}
		if s.here.Size > 0 && len(page.Records) >= s.here.Size {
			return i
		}
		if l.asked.rest != nil {
			r = bytes.Clone(r) // lest it keep the whole answer in memory
		}
		*size += len(r)
		page.Records = append(page.Records, r)
	}
	return -1
}

// sorted sorts a list that is short enough, and returns a page of it.
func (l *listing) sorted(ctx context.Context, at place) (Page, error) {
	var page Page
	var records []record
	size := 0
	for here := at.start(); ; {
		s, err := l.read(ctx, l.asked.resource, here)
		if err != nil {
			return Page{}, err
		}
		page = page.followedBy(s.Page)
		for _, r := range s.Records {
			if matches(r, l.asked.rest) {
				records = append(records, recordOf(bytes.Clone(r), l.asked.order))
				size += len(r)
			}
		}
		if len(records) > maxSorted || s.next != nil && l.spent(page, 0, size) {
			return Page{}, l.tooLong()
		}
		if s.next == nil {
			break
		}
		here = *s.next
	}
	sorted(records, l.asked.order)
	return page.cut(records, at)
}

func (l *listing) tooLong() error {
	return badRequest("orderBy", "the vendor cannot sort %s in this way, and the list is too long to be sorted here: that takes at most %d records,"+
		" in %d pages of the vendor's; narrow the list with where, or leave orderBy out", l.asked.resource.Name, maxSorted, maxReads)
}

// start returns where the list begins.
func (p place) start() place {
	p.Skip, p.Page, p.Parents, p.ParentNext = 0, provider.Page{}, nil, ""
	return p
}

// cut returns the page of sorted records at a place.
func (p Page) cut(records []record, at place) (Page, error) {
	rest := records[min(at.Skip, len(records)):]
	var next *place
	if at.Size > 0 && len(rest) > at.Size {
		rest = rest[:at.Size]
		after := at
		after.Skip += at.Size
		next = &after
	}
	for _, r := range rest {
		p.Records = append(p.Records, r.text)
	}
	return p.before(next)
}

// jump returns where the page begins whose number the call gives; nil: the list ends
// before it. Where neither the vendor nor we can count, the pages before it are read.
func (l *listing) jump(ctx context.Context, at place) (*place, error) {
	before := l.request.Page - 1
	if before < 1 || l.request.Next != "" {
		return &at, nil
	}
	switch {
	case at.Size == 0:
		return nil, nil //nolint:nilnil // the first page is the whole list
	case l.asked.order != nil:
		at.Skip = before * at.Size
		return &at, nil
	case l.asked.rest == nil && counts(l.asked.resource.Retriever, "PageIncrement"):
		at.Page.Done = before
		return &at, nil
	case l.asked.rest == nil && counts(l.asked.resource.Retriever, "OffsetIncrement"):
		at.Page.Done = before * at.Size
		return &at, nil
	}
	return l.walk(ctx, at, before)
}

// counts reports whether the vendor can be asked for any page of the size that the
// client wants, by a paginator of a type.
func counts(r *element.Retriever, paginator string) bool {
	return r.Partition == nil && r.Paginator != nil && r.Paginator.Type == paginator && r.Paginator.SizeOption != nil
}

// walk passes over so many pages.
func (l *listing) walk(ctx context.Context, at place, pages int) (*place, error) {
	for range pages {
		page, next, err := l.gather(ctx, at)
		if err == nil {
			err = page.Broken
		}
		if err != nil || next == nil {
			return nil, err
		}
		if l.reads >= maxReads {
			return nil, badRequest("page", "page %d lies further into the list than %d requests to the vendor reach; leave page out, and pass the"+
				" Elements-Next-Page-Token of each answer as nextPage to read the one after it", l.request.Page, maxReads)
		}
		at = *next
	}
	return &at, nil
}
