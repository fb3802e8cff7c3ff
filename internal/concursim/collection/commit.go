package collection

import (
	"math/rand/v2"
	"strconv"
	"time"

	"turnstone/internal/concursim/expense"
)

// Draft is the next version of an object.
type Draft struct {
	Kind *Kind
	// ID names the object; empty: a new one.
	ID      string
	Record  Record
	Deleted bool
}

// moment is when a version is committed, stamped, and from when it is shown.
type moment struct{ at, stamp, visible time.Time }

// Commit records the draft at now, visible at once or, for some, late. What belonged
// to an object that is deleted goes with it.
func (b *Book) Commit(company int, d Draft, now time.Time, rules expense.Rules) *Version {
	r := b.room(company)
	m := moment{at: now, stamp: stampAt(now, rules), visible: now}
	if rules.LateShare > 0 && r.rng.Float64() < rules.LateShare {
		m.visible = now.Add(time.Duration(rules.LateSeconds * float64(time.Second)))
	}
	v := b.commit(r, d, m)
	b.touch(r, v, rules)
	return v
}

// touch makes the version that the report has because of a part of it: always if its
// total changes, and else by habit of the vendor.
func (b *Book) touch(r *room, v *Version, rules expense.Rules) {
	if v.Kind.Touch == nil {
		return
	}
	id, by := v.Kind.Touch(v)
	report := r.company.Report(id)
	if report == nil || by == 0 && !rules.TouchReports {
		return
	}
	edit := expense.Edit{Report: report, Apply: func(st *expense.State) error { st.Add(int64(by)); return nil }}
	_, _ = b.ledger.Write(r.company, edit, v.CommittedAt, rules) // only Apply could refuse it
}

func offset(rules expense.Rules) time.Duration {
	return time.Duration(rules.ClockOffset * float64(time.Second))
}

// stampAt is the vendor's stamp of a change: as fine as its database is.
func stampAt(now time.Time, rules expense.Rules) time.Time {
	grain := time.Millisecond
	if rules.WholeSeconds {
		grain = time.Second
	}
	return now.Add(offset(rules)).UTC().Truncate(grain)
}

func (b *Book) commit(r *room, d Draft, m moment) *Version {
	s := r.shelf(d.Kind.Name)
	o := s.byID[d.ID]
	if o == nil {
		o = s.add(d, r.rng)
	}
	v := &Version{
		Sequence: len(b.Log) + 1, Company: r.company.Number, Kind: d.Kind, Object: o, Number: len(o.versions) + 1,
		Deleted: d.Deleted, Modified: m.stamp, CommittedAt: m.at, VisibleAt: m.visible,
	}
	v.Record = d.Record
	if !d.Deleted {
		v.Record = d.Kind.finish(d.Record, o, m.stamp)
	}
	o.versions = append(o.versions, v)
	b.Log = append(b.Log, v)
	if d.Deleted {
		b.cascade(r, d.Kind, o.ID, m)
	}
	return v
}

// add makes the object of a draft, which gets an id unless it has one.
func (s *shelf) add(d Draft, rng *rand.Rand) *Object {
	id := d.ID
	if id == "" {
		id = d.Record.Text(d.Kind.ID)
	}
	if id == "" {
		id = d.Kind.NewID(rng)
	}
	o := &Object{ID: id, place: len(s.objects)}
	s.objects = append(s.objects, o)
	s.byID[id] = o
	if d.Kind.Parent != "" {
		parent := d.Record.Text(d.Kind.Parent)
		s.under[parent] = append(s.under[parent], o)
	}
	return o
}

// finish fills in what the vendor fills in: id, link, dates and counter.
func (k *Kind) finish(r Record, o *Object, stamp time.Time) Record {
	r = r.With(k.ID, o.ID)
	if k.LinkMember != "" {
		r = r.With(k.LinkMember, Link(k.Path+"/"+o.ID))
	}
	if k.Created != "" && len(o.versions) == 0 {
		r = r.With(k.Created, stamp.UTC().Format(k.Layout))
	}
	if k.Modified != "" {
		r = r.With(k.Modified, stamp.UTC().Format(k.Layout))
	}
	if k.Counter != "" {
		r = r.With(k.Counter, Number(strconv.Itoa(len(o.versions)+1)))
	}
	return r
}

// cascade deletes what belongs to the object of a kind with an id.
func (b *Book) cascade(r *room, kind *Kind, id string, m moment) {
	for _, k := range b.kinds {
		if k.ParentKind != kind.Name {
			continue
		}
		for _, o := range r.shelf(k.Name).under[id] {
			if v := o.latest(); !v.Deleted {
				b.commit(r, Draft{Kind: k, ID: o.ID, Record: v.Record, Deleted: true}, m)
			}
		}
	}
}

// Remove is the draft that removes an object: it is deleted, or marked.
func (v *Version) Remove() Draft {
	k := v.Kind
	if k.Removed == nil {
		return Draft{Kind: k, ID: v.Object.ID, Record: v.Record, Deleted: true}
	}
	return Draft{Kind: k, ID: v.Object.ID, Record: v.Record.With(k.Removed.Name, k.Removed.Value)}
}
