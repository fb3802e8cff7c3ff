package concursim

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/ess"
	"turnstone/internal/concursim/expense"
	"turnstone/internal/concursim/resource"
)

// snapshot is the simulator on paper.
type snapshot struct {
	Format   int              `json:"format"`
	Switches Switches         `json:"switches"`
	Sessions map[string]grant `json:"sessions"`
	Codes    map[string]grant `json:"codes"`
	Access   map[string]grant `json:"access"`
	Refresh  map[string]grant `json:"refresh"`
	Ledger   expense.Saved    `json:"ledger"`
	Book     collection.Saved `json:"book"`
	Apps     ess.Saved        `json:"apps"`
}

const snapshotFormat = 1

// Save writes everything that Load needs to go on from here: companies,
// versions, switches, subscriptions, and tokens, which is why it must be kept as a
// secret. The request log and events under way are not part of it.
func (s *Simulator) Save(w io.Writer) error {
	snap, err := s.snapshot()
	if err != nil {
		return fmt.Errorf("saving the simulator: %w", err)
	}
	if err := json.NewEncoder(w).Encode(snap); err != nil {
		return fmt.Errorf("saving the simulator: %w", err)
	}
	return nil
}

func (s *Simulator) snapshot() (snapshot, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	saved, err := s.ledger.Save()
	if err != nil {
		return snapshot{}, err
	}
	book, err := s.book.Save()
	if err != nil {
		return snapshot{}, err
	}
	s.vault.mu.Lock()
	defer s.vault.mu.Unlock()
	return snapshot{
		Format: snapshotFormat, Switches: s.Switches(), Ledger: saved, Book: book, Apps: s.events.Save(),
		Sessions: maps.Clone(s.vault.sessions), Codes: maps.Clone(s.vault.codes),
		Access: maps.Clone(s.vault.access), Refresh: maps.Clone(s.vault.refresh),
	}, nil
}

// Load replaces the companies, versions, switches and tokens by those that
// Save wrote. On an error nothing has changed.
func (s *Simulator) Load(r io.Reader) error {
	var snap snapshot
	if err := json.NewDecoder(r).Decode(&snap); err != nil {
		return fmt.Errorf("loading the simulator: %w", err)
	}
	if snap.Format != snapshotFormat {
		return fmt.Errorf("loading the simulator: the snapshot has format %d and this program reads %d; start without it", snap.Format, snapshotFormat)
	}
	if err := snap.Switches.Check(); err != nil {
		return fmt.Errorf("loading the simulator: %w", err)
	}
	ledger, err := snap.Ledger.Restore()
	if err != nil {
		return fmt.Errorf("loading the simulator: %w", err)
	}
	// A snapshot from before there was a book has none; the company gets a new one.
	book := collection.Open(snap.Ledger.Seed, ledger, resource.All(), s.now())
	if snap.Book.Chance != nil {
		if book, err = snap.Book.Restore(snap.Ledger.Seed, ledger, resource.All()); err != nil {
			return fmt.Errorf("loading the simulator: %w", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger, s.book = ledger, book
	s.told = announced{reports: len(ledger.Log), others: len(book.Log)}
	s.switches.Store(&snap.Switches)
	s.events.Load(snap.Apps)
	s.vault.load(s.vault.sessions, snap.Sessions)
	s.vault.load(s.vault.codes, snap.Codes)
	s.vault.load(s.vault.access, snap.Access)
	s.vault.load(s.vault.refresh, snap.Refresh)
	return nil
}
