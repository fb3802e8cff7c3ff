package poll

import (
	"context"
	"errors"
	"fmt"

	"turnstone"
	"turnstone/internal/change"
	"turnstone/internal/hub"
)

const (
	// maxVanished is how many objects a census looks at before it writes. Each may cost
	// a request.
	maxVanished = 50
	// brakeFrom is from how many missing objects on the share of them counts: of three
	// objects one is a third.
	brakeFrom = 10
)

// vanish takes the next step of a census that has read all its pages: it tells of
// some of the objects that it did not see. As with a page, the poll moves on only
// if that is stored.
func (p *poll) vanish(ctx context.Context) (ended bool, err error) {
	if err := p.stillHeld(); err != nil {
		return false, err
	}
	next := *p
	gone, cause := next.missing(ctx)
	if cause != nil && gone.passed == "" {
		return false, cause
	}
	c, err := next.changed(ctx, gone.verdicts, make(records))
	if err != nil {
		return false, err
	}
	next.bury(gone)
	switch {
	case cause != nil:
	case gone.last:
		next.endRescan(&c)
	case next.sliceOver():
		next.end(&c)
	}
	if err := next.write(ctx, next.where(c)); err != nil {
		return false, err
	}
	*p = next
	return c.End != nil, cause
}

// missed is what became of some objects that a census did not see.
type missed struct {
	verdicts []change.Verdict // of those that are gone
	present  []string         // those that are there all the same
	passed   string           // the last one looked at; empty: none was
	last     bool             // there are no more
}

// bury notes what became of objects that a census did not see.
func (p *poll) bury(m missed) {
	r := &p.memo.Rescan
	r.Failures, r.Problem = 0, ""
	if m.passed != "" {
		r.Passed = m.passed
	}
	p.counted = append(p.counted, m.present...)
	for i := range m.verdicts {
		p.count(&m.verdicts[i])
	}
	p.tellOfChanges(len(m.verdicts))
}

// missing looks at the next objects that the census did not see, unless they are too
// many to be believed. With an error it returns how far it came.
func (p *poll) missing(ctx context.Context) (missed, error) {
	query := turnstone.VanishedQuery{
		Census: p.memo.Census, Before: p.memo.Rescan.AskedAt, After: p.memo.Rescan.Passed, Limit: maxVanished,
	}
	found, err := p.vanished(ctx, query)
	if err != nil {
		return missed{}, err
	}
	if query.After == "" && p.brake(found) {
		return missed{last: true}, nil
	}
	if p.plan.Retrieves {
		return p.confirm(ctx, found.List)
	}
	// Nobody can be asked for one of them, so each must have been missing twice in a
	// row: a page that shifted while it was read hides an object once.
	query.Census--
	if found, err = p.vanished(ctx, query); err != nil {
		return missed{}, err
	}
	m := missed{last: len(found.List) < maxVanished}
	for _, v := range found.List {
		m.verdicts, m.passed = append(m.verdicts, p.plan.Rule.Vanished(v)), v.ObjectID
	}
	return m, nil
}

func (p *poll) vanished(ctx context.Context, q turnstone.VanishedQuery) (turnstone.Vanished, error) {
	found, err := p.Store.Vanished(ctx, p.lease.Poller, q)
	if err != nil {
		return found, fmt.Errorf("%w: read what the census did not see: %w", errOwn, err)
	}
	return found, nil
}

// brake reports whether a census missed so many objects that something else is the
// likelier cause, and says so.
func (p *poll) brake(found turnstone.Vanished) bool {
	share := p.plan.Config.MaxDeletedShare
	p.memo.Held = ""
	if found.Missing <= brakeFrom || float64(found.Missing) <= share*float64(found.Known) {
		return false
	}
	p.memo.Held = fmt.Sprintf("%d of %d objects are not listed any more, which is more than the %.3g %% that maxDeletedShare allows: none is told to be deleted. "+
		"If they are, raise maxDeletedShare, and the next search tells of them; if not, see whether the polled URL and the vendor's permissions still cover them",
		found.Missing, found.Known, share*100)
	p.problem("%s", p.memo.Held)
	return true
}

// confirm asks the vendor for each of some objects.
func (p *poll) confirm(ctx context.Context, versions []turnstone.Version) (missed, error) {
	m := missed{last: len(versions) < maxVanished}
	for _, v := range versions {
		exists, err := p.exists(ctx, v.ObjectID)
		switch {
		case leftOut(err):
			p.problem("object %s is not listed any more, but whether it was deleted cannot be told; the next search asks again: %v", v.ObjectID, err)
		case err != nil:
			return m, err
		case exists:
			m.present = append(m.present, v.ObjectID)
		default:
			m.verdicts = append(m.verdicts, p.plan.Rule.Vanished(v))
		}
		m.passed = v.ObjectID
		if p.sliceOver() || p.Now().Sub(p.held) >= p.Lease/quarter {
			m.last = m.last && v.ObjectID == versions[len(versions)-1].ObjectID
			break
		}
	}
	return m, nil
}

// exists asks the vendor whether it has an object.
func (p *poll) exists(ctx context.Context, id string) (bool, error) {
	ctx, span := p.start(ctx, "confirm")
	defer span.End()
	end := p.keep(ctx)
	exists, err := p.Source.Exists(ctx, p.lease.Instance, hub.Ref{Resource: p.plan.Resource, ID: id, Background: true})
	end()
	fail(span, err)
	return exists, err
}

// leftOut reports whether an error is about the one object that was asked for, such
// as that it may not be seen.
func leftOut(err error) bool {
	vendor, ok := errors.AsType[*turnstone.VendorError](err)
	_, refused := errors.AsType[*hub.RequestError](err)
	return refused || ok && vendor.Action == turnstone.VendorFail && vendor.Status != 0
}
