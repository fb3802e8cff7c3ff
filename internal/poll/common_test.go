package poll_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/transform"
)

// names calls deals bargains.
type names struct{ err error }

var bargains = turnstone.Mapping{VendorName: "deals", Fields: []turnstone.MappedField{
	{Path: "key", VendorPath: "id"}, {Path: "text.content", VendorPath: "content"},
}}

func (n names) Extended(_ context.Context, _ turnstone.Instance, el *element.Element) (*element.Element, error) {
	mapping, err := transform.Compile(bargains)
	if err != nil {
		return nil, err
	}
	deals, _ := el.Resource("deals")
	extended := *el
	extended.Resources = append([]element.Resource{mapping.Resource("bargains", *deals)}, el.Resources...)
	return &extended, n.err
}

func (n names) CommonName(_ context.Context, _ turnstone.Instance, resource string) (string, transform.Mapping, error) {
	if resource != "deals" || n.err != nil {
		return "", transform.Mapping{}, n.err
	}
	mapping, err := transform.Compile(bargains)
	return "bargains", mapping, err
}

func TestEventsTellOfCommonResourcesWhereTheInstanceWantsIt(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.loop.Common = names{}
	w.configure(turnstone.KeyDiff, "true")
	w.change("a", "1")
	w.poll(t.Context())
	w.configure(turnstone.KeyTransformations, "TRUE")
	w.change("a", "2")
	w.poll(t.Context())
	if len(w.store.events) != 2 {
		t.Fatalf("events = %d, want 2", len(w.store.events))
	}
	before, after := string(w.store.events[0].Body), string(w.store.events[1].Body)
	if !strings.Contains(before, `"raw":{"deals":[{"id":"a",`) {
		t.Errorf("body = %s, want the vendor's names before", before)
	}
	for _, want := range []string{`"raw":{"bargains":[{`, `"key":"a"`, `"text":{"content":"2"}`, `"objectType":"bargains"`, `"objectId":"a"`, `"field":"text.content"`} {
		if !strings.Contains(after, want) {
			t.Errorf("body = %s, want %s in it", after, want)
		}
	}
	if e := w.store.events[1]; e.Resource != "deals" || strings.Contains(after, `"deals"`) {
		t.Errorf("event of %s, body %s, want one of deals that does not say so", e.Resource, after)
	}
}

func TestTurningCommonNamesOnTellsNothingAgain(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.loop.Common = names{}
	w.change("a", "1")
	w.poll(t.Context())
	w.configure(turnstone.KeyTransformations, "true")
	if log := w.poll(t.Context()); log.Events != 0 {
		t.Errorf("events = %d, want none", log.Events)
	}
}

func TestACommonResourceIsPolledLikeTheVendors(t *testing.T) {
	w := newWorld(t, "bargains", strings.ReplaceAll(deals, "/deals", "/bargains"))
	if log := w.poll(t.Context()); !strings.Contains(strings.Join(log.Problems, " "), `no resource "bargains"`) {
		t.Errorf("problems = %q, want the resource named", log.Problems)
	}
	w.loop.Common = names{}
	mapping, err := transform.Compile(bargains)
	if err != nil {
		t.Fatal(err)
	}
	w.vendor.page = func(_ int, p *hub.Page) error { // as the hub of common resources does
		for i, record := range p.Records {
			p.Records[i] = mapping.ToCommon(record)
		}
		return nil
	}
	w.change("a", "1")
	log := w.poll(t.Context())
	if len(w.store.events) != 1 || w.store.events[0].Resource != "bargains" {
		t.Errorf("events = %v, problems %q, want one of bargains", w.store.events, log.Problems)
	}
}

func TestAPollWaitsForWhatThingsAreCalled(t *testing.T) {
	w := newWorld(t, "deals", deals)
	w.loop.Common = names{errors.New("the database does not answer")}
	w.configure(turnstone.KeyTransformations, "true")
	w.change("a", "1")
	if log := w.poll(t.Context()); log.Outcome != turnstone.PollFailed || len(w.store.events) != 0 {
		t.Errorf("outcome = %s with %d events, want a failure and none", log.Outcome, len(w.store.events))
	}
	w.loop.Common = names{}
	w.poll(t.Context())
	if len(w.store.events) != 1 || !strings.Contains(string(w.store.events[0].Body), `"bargains"`) {
		t.Errorf("events = %v, want the change told once it has a name", w.store.events)
	}
}
