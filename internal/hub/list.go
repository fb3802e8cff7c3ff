package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/tidwall/gjson"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/provider"
)

// Page is some of the records of a list.
type Page struct {
	Records []json.RawMessage
	// Next asks for the page after this one, as Request.Next. Empty: this was
	// the last. A page without records may still have a next one.
	Next string
	// Date is when the vendor was asked, by the vendor's clock; zero if it has
	// not said. See provider.Answer.
	Date    time.Time
	Elapsed time.Duration // until the answer had come
	URL     string        // what was asked, without credentials
	// RateLimit is what the vendor told of the requests it allows; zero: nothing.
	RateLimit turnstone.RateLimit
	// Validator asks for the same list again, as Request.Validator. It tells of this
	// page alone, so it is of use if there is no next one. It is zero for the pages
	// after the first, and where the element asks for no such thing.
	Validator turnstone.Validator
	// Unmodified says that the list is what it was when Request.Validator came. There
	// are no records then.
	Unmodified bool
	// Listed identifies all that the vendor listed, where only some of it is in
	// Records: a page of which the same is left as of the one before need not be the
	// same page. It is zero where Records are all.
	Listed turnstone.Fingerprint
	// Lacks is a field by which the records are filtered here and that none of those has
	// which the vendor listed; empty: there are some, or none were listed.
	Lacks string
	// Broken says why what follows this page cannot be read, though the page itself
	// could. It is a *turnstone.VendorError; nil: nothing is wrong.
	Broken error
}

// List returns one page. It returns a *[RequestError] where Check does, for a Next
// of another list, and where serving the request here would take too many requests
// to the vendor. It passes on the errors of provider.Client.Do.
func (h *Hub) List(ctx context.Context, in turnstone.Instance, r Request) (Page, error) {
	el, err := h.elementOf(ctx, in)
	if err != nil {
		return Page{}, err
	}
	asked, err := checked(el, r)
	if err != nil {
		return Page{}, err
	}
	r.Where = asked.where // with what the URL said elsewhere
	at, err := placeOf(el, asked.resource, r)
	if err != nil {
		return Page{}, err
	}
	if r.Next != "" { // which has the clause that its list began with
		if asked, err = clauseOf(asked.resource, at.Where, at.OrderBy); err != nil {
			return Page{}, err
		}
	}
	l := &listing{hub: h, instance: in, element: el, asked: asked, request: r}
	page, err := l.page(ctx, at)
	if err != nil {
		return Page{}, err
	}
	keeps := keepsNulls(in)
	for i, record := range page.Records {
		if !keeps {
			record = withoutNulls(record)
		}
		page.Records[i] = onlyFields(record, r.Fields)
	}
	return page, nil
}

// listing reads the pages of one instance's resources.
type listing struct {
	hub      *Hub
	instance turnstone.Instance
	element  *element.Element
	request  Request
	asked    clause // what the list was asked for with, translated once
	reads    int    // pages of the vendor's that were read
}

// stretch is a page of the vendor's, with its records as they came.
type stretch struct {
	Page
	here place  // where it was read
	next *place // where the list goes on; nil: it was the last
}

// read reads the page of the vendor's at a place.
func (l *listing) read(ctx context.Context, resource *element.Resource, at place) (stretch, error) {
	l.reads++
	if resource.Retriever.Partition != nil {
		return l.partition(ctx, resource, at)
	}
	page, next, err := l.vendorPage(ctx, resource, at)
	if err != nil || next == nil {
		return stretch{Page: page, here: at}, err
	}
	after := at
	after.turn(next)
	return stretch{page, at, &after}, nil
}

// vendorPage asks the vendor for the page at a place, and returns the one after it;
// nil: it was the last.
func (l *listing) vendorPage(ctx context.Context, resource *element.Resource, at place) (Page, *provider.Page, error) {
	answer, err := l.hub.ask(ctx, l.call(resource, at))
	if err != nil {
		return Page{}, nil, err
	}
	page := pageOf(answer)
	if l.conditional(resource, at) {
		page.Validator, page.Unmodified = answer.Validator, answer.Unmodified
	}
	if page.Unmodified {
		return page, nil, nil
	}
	page.Records, err = answer.Records(resource.Retriever.Selector)
	if err != nil {
		return Page{}, nil, unusable(answer, err)
	}
	got := provider.Listed{Answer: answer, Records: len(page.Records), Size: at.asks()}
	next, more, err := at.Page.After(resource.Retriever.Paginator, got)
	if err != nil {
		page.Broken = unusable(answer, err)
	}
	if !more {
		return page, nil, nil
	}
	return page, &next, nil
}

// pageOf returns a page with what an answer says beside its records.
func pageOf(a provider.Answer) Page {
	return Page{Date: a.Date, Elapsed: a.Elapsed, URL: a.URL, RateLimit: a.RateLimit}
}

// unusable says that a successful answer is not what the element declares.
func unusable(a provider.Answer, err error) error {
	return &turnstone.VendorError{Action: turnstone.VendorFail, Status: a.Status, URL: a.URL, Err: err}
}

// call returns the request for the page at a place.
func (l *listing) call(resource *element.Resource, at place) provider.Call {
	call := provider.Call{
		Element:   l.element,
		Instance:  l.instance,
		Requester: resource.Retriever.Requester.Over(l.element.Requester),
		Values:    element.Values{Where: make(map[string]string), Path: resource.Values(at.Resource)},
		Turn:      l.request.turn(),
	}
	if l.conditional(resource, at) {
		call.Validator = l.request.Validator
	}
	if call.Requester.Hooks != nil {
		call.Hub = l.hubCall(resource, at)
	}
	var settings []setting
	if resource == l.asked.resource { // parents are listed without
		settings = l.asked.settings
	}
	paginator := resource.Retriever.Paginator
	if paginator == nil || paginator.RepeatFilters || at.Page.Token == "" {
		for _, s := range settings {
			call.SetText(s.option, s.text)
			call.Values.Where[s.name] = s.text
		}
	}
	if len(at.Parents) > 0 {
		call.Values.ParentKey = at.Parents[0]
	}
	at.Page.Ask(paginator, at.asks(), &call)
	return call
}

// conditional reports whether the page at a place may be asked for under the
// condition that the list changed: the first of the list that was asked for, where
// the element says so. What is evaluated here may change while the list does not.
func (l *listing) conditional(resource *element.Resource, at place) bool {
	return resource == l.asked.resource && l.asked.rest == nil && resource.Retriever.Conditional && at.Page == (provider.Page{})
}

// maxParents is how many parents are listed at once: their keys travel in the
// token, which clients send as part of a URL.
const maxParents = 50

// partition reads the next page of a resource that is listed once for each
// record of another.
func (l *listing) partition(ctx context.Context, resource *element.Resource, at place) (stretch, error) {
	var page Page
	if len(at.Parents) == 0 {
		parents, err := l.parents(ctx, resource.Retriever.Partition, &at)
		if err != nil {
			return stretch{}, err
		}
		page = Page{Date: parents.Date, Elapsed: parents.Elapsed, URL: parents.URL, RateLimit: parents.RateLimit}
	}
	here := at
	if len(at.Parents) > 0 {
		children, next, err := l.vendorPage(ctx, resource, at)
		if err != nil {
			return stretch{}, err
		}
		if !page.Date.IsZero() {
			children.Date = page.Date // this read began when the parents were asked for
		}
		children.Elapsed += page.Elapsed
		page = children
		if page.Broken != nil {
			return stretch{Page: page, here: here}, nil
		}
		at.turn(next)
	}
	if len(at.Parents) == 0 && at.ParentNext == "" {
		return stretch{Page: page, here: here}, nil
	}
	return stretch{page, here, &at}, nil
}

// parents puts the keys of the next page of parents into the place.
func (l *listing) parents(ctx context.Context, p *element.Partition, at *place) (stretch, error) {
	page, err := l.parentPage(ctx, p, at.ParentNext)
	if err == nil {
		err = page.Broken
	}
	if err != nil {
		return stretch{}, fmt.Errorf("list the %s: %w", p.Parent, err)
	}
	at.ParentNext = ""
	if page.next != nil {
		if at.ParentNext, err = page.next.token(); err != nil {
			return stretch{}, err
		}
	}
	for i, record := range page.Records {
		key := gjson.GetBytes(record, p.ParentKey)
		if key.String() == "" {
			err := fmt.Errorf("list the %s: record %d has no %s", p.Parent, i+1, p.ParentKey)
			return stretch{}, unusable(provider.Answer{Status: http.StatusOK, URL: page.URL}, err)
		}
		at.Parents = append(at.Parents, key.String())
	}
	return page, nil
}

// parentPage reads a page of parents.
func (l *listing) parentPage(ctx context.Context, p *element.Partition, next string) (stretch, error) {
	parent, err := resourceNamed(l.element, p.Parent)
	if err != nil {
		return stretch{}, err
	}
	at, err := placeOf(l.element, parent, Request{
		Resource: p.Parent, PageSize: min(maxParents, sizeOf(parent.Retriever.Paginator, 0)), Next: next,
	})
	if err != nil {
		return stretch{}, err
	}
	return l.read(ctx, parent, at)
}
