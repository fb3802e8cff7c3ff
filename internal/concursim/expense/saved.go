package expense

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Saved is a ledger on paper. Who works where follows from the seed, and what
// the reports say from the log.
type Saved struct {
	Seed      uint64         `json:"seed"`
	Companies int            `json:"companies"`
	Chance    []byte         `json:"chance"`
	Clerk     clerk          `json:"clerk"`
	Debt      float64        `json:"debt"`
	Log       []savedVersion `json:"log"`
}

type savedVersion struct {
	Company   int        `json:"company"`
	ID        string     `json:"id"`
	State     State      `json:"state"`
	Style     stampStyle `json:"style"`
	Committed time.Time  `json:"committed"`
	Visible   time.Time  `json:"visible"`
}

// Save returns everything that Restore needs.
func (l *Ledger) Save() (Saved, error) {
	chance, err := l.source.MarshalBinary()
	if err != nil {
		return Saved{}, fmt.Errorf("saving the source of chance: %w", err)
	}
	saved := Saved{Seed: l.seed, Companies: len(l.Companies), Chance: chance, Clerk: l.clerk, Debt: l.debt}
	for _, v := range l.Log {
		saved.Log = append(saved.Log, savedVersion{v.Company, v.Report.ID, v.State, v.style, v.CommittedAt, v.VisibleAt})
	}
	return saved, nil
}

// Restore replays the log. It returns an error if the log does not fit the
// companies.
func (saved Saved) Restore() (*Ledger, error) {
	if saved.Companies < 1 {
		return nil, fmt.Errorf("the snapshot has %d companies; start without it", saved.Companies)
	}
	l := Open(saved.Seed, saved.Companies)
	if err := l.source.UnmarshalBinary(saved.Chance); err != nil {
		return nil, fmt.Errorf("restoring the source of chance: %w", err)
	}
	l.rng, l.clerk, l.debt = rand.New(l.source), saved.Clerk, saved.Debt
	for i, v := range saved.Log {
		c, err := l.Company(v.Company)
		if err != nil {
			return nil, fmt.Errorf("version %d: %w", i+1, err)
		}
		l.record(c, &Version{Report: &Report{ID: v.ID}, State: v.State, style: v.Style, CommittedAt: v.Committed, VisibleAt: v.Visible})
	}
	return l, nil
}
