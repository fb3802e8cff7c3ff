package poll

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"turnstone"
	"turnstone/internal/change"
	"turnstone/internal/hub"
)

// records are records of objects, by their ids.
type records map[string]json.RawMessage

// tally counts what became of the records of a page, and notes what is odd.
func (p *poll) tally(j judgement) {
	told := 0
	for i := range j.verdicts {
		v := &j.verdicts[i]
		p.count(v)
		if v.Op != "" {
			told++
		}
		if v.Object.Problem != "" {
			p.problem("%s", v.Object.Problem)
		}
		if v.Reason == turnstone.ReasonTwin {
			p.problem("object %s: page %d lists it twice, with different content and the same date, so that the newer one cannot be told; what is known stays", v.Object.Version.ObjectID, p.at.sweep.Pages)
		}
	}
	p.tellOfChanges(told)
	p.countSeen(j)
	p.doubtDates(j)
	if !p.at.live() {
		return
	}
	p.measure(j.verdicts)
	if p.at.sweep.Pages == 1 && p.plan.Windowed && !p.plan.NewestFirst && len(j.verdicts) > 0 {
		if n := j.rule.Outside(j.verdicts); n > 0 {
			p.problem("%d of %d records of the first page are from before the window: the vendor ignored the filter, so look at the where clause of the polled URL; until then the dates are compared here", n, len(j.verdicts))
		}
	}
}

// look notes whether the filter of the live window can find anything at all.
func (p *poll) look(page hub.Page) {
	if !p.at.live() || p.at.sweep.Pages != 1 {
		return
	}
	p.memo.Blind = ""
	if page.Lacks == "" {
		return
	}
	p.memo.Blind = fmt.Sprintf("none of the records that the vendor lists has %s, which the where clause of the polled URL compares, so no change can be found; write the field there in which records say when they were changed", page.Lacks)
	p.problem("%s", p.memo.Blind)
}

// count counts a verdict for the poll log.
func (p *poll) count(v *change.Verdict) {
	switch {
	case v.Op == turnstone.Created:
		p.log.Created++
	case v.Op == turnstone.Updated:
		p.log.Updated++
	case v.Op == turnstone.Deleted:
		p.log.Deleted++
	case v.Reason == turnstone.ReasonSame:
		p.log.Unchanged++
	case v.Learn:
		p.log.Learned++
	default:
		p.log.Ignored++
	}
}

// tellOfChanges notes that so many changes were found.
func (p *poll) tellOfChanges(n int) {
	if n > 0 {
		p.memo.Idle = 0
	}
	if !p.at.live() {
		p.memo.Rescan.Told += n
	}
}

// countSeen counts the objects that the vendor lists and that are as they are known,
// while a census is under way: what the live window shows is not gone either.
func (p *poll) countSeen(j judgement) {
	if p.memo.Rescan.Kind != turnstone.RescanCensus {
		return
	}
	for i := range j.verdicts {
		v := &j.verdicts[i]
		if known, ok := j.known[v.Object.Version.ObjectID]; ok && !known.Gone && !v.Learn {
			p.counted = append(p.counted, known.ObjectID)
		}
	}
}

// changed returns the commit of what was found: versions, sightings and events.
func (p *poll) changed(ctx context.Context, verdicts []change.Verdict, old records) (turnstone.PollCommit, error) {
	c := turnstone.PollCommit{KeepRecords: p.plan.Rendering.Diff}
	var news []tale
	for i := range verdicts {
		v := &verdicts[i]
		version := v.Object.Version
		if v.Op != "" {
			news = append(news, tale{change: p.changeOf(v, old), sighting: len(c.Sightings)})
		}
		if v.Op != "" || v.Remember {
			c.Sightings = append(c.Sightings, turnstone.Sighting{
				ObjectID: version.ObjectID, PollAt: p.log.StartedAt, SeenAt: p.Now(), Op: v.Op, Reason: v.Reason,
				Fingerprint: version.Fingerprint, Updated: version.Updated, Created: version.Created,
			})
		}
		if !v.Learn {
			continue
		}
		if c.KeepRecords && !version.Gone {
			version.Record = v.Object.Record
			old[version.ObjectID] = v.Object.Record // of the next one on this page
		}
		c.Versions = append(c.Versions, version)
	}
	return c, p.tell(ctx, &c, news)
}

// changeOf returns the change that a verdict tells of.
func (p *poll) changeOf(v *change.Verdict, old records) turnstone.Change {
	c := turnstone.Change{
		Op: v.Op, ObjectID: v.Object.Version.ObjectID,
		Date: v.Object.Version.Updated, Record: v.Object.Record,
	}
	if before := old[c.ObjectID]; c.Op == turnstone.Updated && before != nil {
		c.Diff = change.Diff(before, c.Record, p.plan.Rule.Ignore)
	}
	return c
}

// oldRecords returns the last known records of the objects that changed, if what
// changed from what is to be told.
func (p *poll) oldRecords(ctx context.Context, verdicts []change.Verdict) (records, error) {
	if !p.plan.Rendering.Diff {
		return nil, nil
	}
	var ids []string
	for i := range verdicts {
		if v := &verdicts[i]; v.Op == turnstone.Updated {
			ids = append(ids, v.Object.Version.ObjectID)
		}
	}
	old := make(records)
	if len(ids) == 0 {
		return old, nil
	}
	known, err := p.Store.Records(ctx, p.lease.Poller, ids)
	if err != nil {
		return nil, fmt.Errorf("%w: read known records: %w", errOwn, err)
	}
	maps.Copy(old, known)
	return old, nil
}
