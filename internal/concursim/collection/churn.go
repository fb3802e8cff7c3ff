package collection

import (
	"fmt"
	"time"

	"turnstone/internal/concursim/expense"
)

// Choice restricts a change; what it leaves empty is left to chance.
type Choice struct {
	Company int // which must exist
	Kind    *Kind
	Change  expense.Kind
}

// Of a hundred changes, so many are new objects, and so many removals.
const (
	createPercent = 20
	removePercent = 10
)

// Rest lets the time until now pass without changes.
func (b *Book) Rest(now time.Time) { b.last = now }

// Step makes the changes that have become due, at rate a second, and returns how
// many.
func (b *Book) Step(now time.Time, rate float64, rules expense.Rules) int {
	if !b.last.IsZero() && now.After(b.last) {
		b.debt += now.Sub(b.last).Seconds() * rate
	}
	b.last = now
	due := int(b.debt + 1e-6) // as in expense.Ledger.Step
	b.debt -= float64(due)
	for range due {
		// Some kind can always change in some way, so chance need not be asked twice.
		_, _ = b.Change(Choice{}, now, rules)
	}
	return due
}

// Change makes one change that the choice allows. It returns an error if the kind
// does not allow such a change, or has nothing left that could be changed so.
func (b *Book) Change(want Choice, now time.Time, rules expense.Rules) (*Version, error) {
	company := want.Company
	if company == 0 {
		company = 1 + b.rng.IntN(len(b.ledger.Companies))
	}
	scene := b.Scene(company, now, rules)
	k := want.Kind
	if k == nil {
		living := b.living()
		k = living[b.rng.IntN(len(living))]
	}
	change := want.Change
	if change == "" {
		change = k.chance(scene)
	}
	d, err := k.draft(scene, change)
	if err != nil {
		return nil, err
	}
	return b.Commit(company, d, now, rules), nil
}

// living returns the kinds whose objects change by themselves.
func (b *Book) living() []*Kind {
	var all []*Kind
	for _, k := range b.kinds {
		if k.New != nil && k.Edit != nil {
			all = append(all, k)
		}
	}
	return all
}

// chance decides what happens to a kind: nothing but creation where there is nothing
// to change.
func (k *Kind) chance(scene *Scene) expense.Kind {
	luck := scene.Rand.IntN(100)
	switch {
	case luck < createPercent || len(k.candidates(scene)) == 0:
		return expense.Created
	case luck < createPercent+removePercent && !k.Kept:
		return expense.Deleted
	}
	return expense.Updated
}

func (k *Kind) draft(scene *Scene, change expense.Kind) (Draft, error) {
	if k.New == nil || k.Edit == nil {
		return Draft{}, fmt.Errorf("%s do not change by themselves; change them through the API", k.Name)
	}
	if change == expense.Created {
		r := k.New(scene)
		if r == nil {
			return Draft{}, fmt.Errorf("%s have nothing to belong to; create that first", k.Name)
		}
		return Draft{Kind: k, Record: r}, nil
	}
	from := k.candidates(scene)
	if len(from) == 0 {
		return Draft{}, fmt.Errorf("there are no %s left; create some first", k.Name)
	}
	v := from[scene.Rand.IntN(len(from))]
	if change == expense.Updated {
		return Draft{Kind: k, ID: v.Object.ID, Record: k.Edit(scene, v.Record)}, nil
	}
	if k.Kept {
		return Draft{}, fmt.Errorf("%s are never removed", k.Name)
	}
	return v.Remove(), nil
}

// candidates returns the versions of the objects that may change: those that are
// neither deleted, nor marked as removed or dealt with.
func (k *Kind) candidates(scene *Scene) []*Version {
	var all []*Version
	for _, o := range scene.room.shelf(k.Name).objects {
		v := o.latest()
		if !v.Deleted && !k.Removed.marks(v.Record) && !k.Done.marks(v.Record) {
			all = append(all, v)
		}
	}
	return all
}

// marks tells whether the record has the member with that value.
func (m *Member) marks(r Record) bool { return m != nil && same(r.Value(m.Name), m.Value) }
