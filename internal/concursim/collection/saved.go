package collection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"turnstone/internal/concursim/expense"
)

// Saved is a book on paper.
type Saved struct {
	Founded time.Time      `json:"founded"`
	Chance  []byte         `json:"chance"`
	Debt    float64        `json:"debt"`
	Rooms   []savedRoom    `json:"rooms,omitempty"`
	Log     []savedVersion `json:"log,omitempty"`
}

type savedRoom struct {
	Company  int    `json:"company"`
	Chance   []byte `json:"chance"`
	Followed int    `json:"followed"`
}

type savedVersion struct {
	Company   int             `json:"company"`
	Kind      string          `json:"kind"`
	ID        string          `json:"id"`
	Deleted   bool            `json:"deleted,omitempty"`
	Record    json.RawMessage `json:"record"`
	Modified  time.Time       `json:"modified"`
	Committed time.Time       `json:"committed"`
	Visible   time.Time       `json:"visible"`
}

// linkBase stands before the links of a saved record, so that they are known for
// links again.
const linkBase = "link:"

// Save returns everything that Restore needs besides the seed, the ledger and the
// kinds.
func (b *Book) Save() (Saved, error) {
	chance, err := b.source.MarshalBinary()
	if err != nil {
		return Saved{}, fmt.Errorf("saving the source of chance: %w", err)
	}
	saved := Saved{Founded: b.founded, Chance: chance, Debt: b.debt}
	for _, number := range b.opened() {
		r := b.rooms[number]
		chance, err := r.source.MarshalBinary()
		if err != nil {
			return Saved{}, fmt.Errorf("saving the source of chance: %w", err)
		}
		saved.Rooms = append(saved.Rooms, savedRoom{number, chance, r.followed})
	}
	for _, v := range b.Log {
		saved.Log = append(saved.Log, savedVersion{
			v.Company, v.Kind.Name, v.Object.ID, v.Deleted, v.Record.AppendJSON(nil, linkBase), v.Modified, v.CommittedAt, v.VisibleAt,
		})
	}
	return saved, nil
}

// Restore replays the log of a book on the companies of the ledger. It returns an
// error if the log does not fit the companies and kinds.
func (saved Saved) Restore(seed uint64, ledger *expense.Ledger, kinds []*Kind) (*Book, error) {
	b := Open(seed, ledger, kinds, saved.Founded)
	if err := b.source.UnmarshalBinary(saved.Chance); err != nil {
		return nil, fmt.Errorf("restoring the source of chance: %w", err)
	}
	b.debt, b.last = saved.Debt, time.Time{} // nothing happens while the book is on paper
	for _, room := range saved.Rooms {
		if _, err := ledger.Company(room.Company); err != nil {
			return nil, err
		}
		r := b.emptyRoom(room.Company)
		if err := r.source.UnmarshalBinary(room.Chance); err != nil {
			return nil, fmt.Errorf("restoring the source of chance: %w", err)
		}
		r.followed = room.Followed
	}
	for i, v := range saved.Log {
		if err := b.replay(v); err != nil {
			return nil, fmt.Errorf("version %d: %w", i+1, err)
		}
	}
	return b, nil
}

func (b *Book) replay(saved savedVersion) error {
	k, err := b.Kind(saved.Kind)
	if err != nil {
		return err
	}
	r := b.rooms[saved.Company]
	if r == nil {
		return fmt.Errorf("there is no company %d", saved.Company)
	}
	record, err := ParseRecord(bytes.NewReader(saved.Record))
	if err != nil {
		return err
	}
	s := r.shelf(k.Name)
	o := s.byID[saved.ID]
	if o == nil {
		o = s.add(Draft{Kind: k, ID: saved.ID, Record: record}, r.rng)
	}
	v := &Version{
		Sequence: len(b.Log) + 1, Company: saved.Company, Kind: k, Object: o, Number: len(o.versions) + 1, Record: linked(record),
		Deleted: saved.Deleted, Modified: saved.Modified, CommittedAt: saved.Committed, VisibleAt: saved.Visible,
	}
	o.versions = append(o.versions, v)
	b.Log = append(b.Log, v)
	return nil
}

// linked turns the texts that are links into links.
func linked(r Record) Record {
	for i, m := range r {
		switch v := m.Value.(type) {
		case string:
			if path, isLink := strings.CutPrefix(v, linkBase); isLink {
				r[i].Value = Link(path)
			}
		case Record:
			linked(v)
		case List:
			for j, item := range v {
				if inner, ok := item.(Record); ok {
					v[j] = linked(inner)
				}
			}
		}
	}
	return r
}
