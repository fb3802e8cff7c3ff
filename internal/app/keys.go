package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"turnstone/internal/seal"
)

// KeyUse is a key of the ring, and what it is there for.
type KeyUse struct {
	Number uint32
	Role   string // "opens", "seals" or "waits"; "missing" if values need it and the ring lacks it
	Values int64  // sealed with it
}

// KeyUses returns the keys of the ring, and those that values need, by number.
func (s Storage) KeyUses(ctx context.Context, log *slog.Logger) ([]KeyUse, error) {
	ring, err := s.existingRing()
	if err != nil {
		return nil, err
	}
	counts, err := s.seals(ctx, log)
	if err != nil {
		return nil, err
	}
	uses := map[uint32]KeyUse{}
	for number, n := range counts {
		uses[number] = KeyUse{number, "missing", n}
	}
	for _, key := range ring.Keys() {
		uses[key.Number] = KeyUse{key.Number, string(key.Role), counts[key.Number]}
	}
	var all []KeyUse
	for _, number := range slices.Sorted(maps.Keys(uses)) {
		all = append(all, uses[number])
	}
	return all, nil
}

// seals returns how many values each key has sealed.
func (s Storage) seals(ctx context.Context, log *slog.Logger) (map[uint32]int64, error) {
	db, err := s.openExisting(ctx, log)
	if err != nil {
		return nil, err
	}
	counts, err := db.Seals(ctx)
	return counts, errors.Join(err, db.Close())
}

// AddKey adds a key to the file of the ring and returns its number. It opens, and does
// not seal before UseKey: each node must have it first.
func (s Storage) AddKey() (uint32, error) {
	if err := s.changeable(); err != nil {
		return 0, err
	}
	ring, err := seal.Add(s.KeyFile())
	if err != nil {
		return 0, err
	}
	return ring.Newest() + 1, nil
}

// UseKey makes the key that waits the one that seals, from the next start of each node
// on. The number must be that of the key, so that nobody uses one by mistake.
func (s Storage) UseKey(number uint32) error {
	if err := s.changeable(); err != nil {
		return err
	}
	ring, err := s.existingRing()
	if err != nil {
		return err
	}
	if !slices.Contains(ring.Keys(), seal.Key{Number: number, Role: seal.Waits}) {
		return fmt.Errorf("key %d does not wait to be used: turnstone keys list shows which one does, turnstone keys add makes one", number)
	}
	_, err = seal.Use(s.KeyFile())
	return err
}

// Reseal seals with the key that seals everything that another one sealed, and returns
// how many values that were.
func (s Storage) Reseal(ctx context.Context, m Move) (int64, error) {
	db, err := s.openExisting(ctx, m.Log)
	if err != nil {
		return 0, err
	}
	n, err := db.Reseal(ctx, m.Progress)
	return n, errors.Join(err, db.Close())
}

// RotateKeys adds a key, uses it and reseals everything, and returns how many values
// that were. It is for the installation of one node, while that is stopped.
func (s Storage) RotateKeys(ctx context.Context, m Move) (int64, error) {
	if s.Database != "" {
		return 0, errors.New("nodes that run could not open what a key they lack has sealed: in place of keys rotate use keys add, keys use and keys reseal, as docs/operations.md says")
	}
	if err := s.changeable(); err != nil {
		return 0, err
	}
	db, err := s.openExisting(ctx, m.Log) // which nobody has open, and the ring is its own
	if err != nil {
		return 0, err
	}
	_, err = seal.Rotate(s.KeyFile())
	if err := errors.Join(err, db.Close()); err != nil {
		return 0, err
	}
	n, err := s.Reseal(ctx, m)
	if err != nil {
		err = fmt.Errorf("%w; turnstone keys reseal does the rest", err)
	}
	return n, err
}

// DropKey removes a key that nothing was sealed with any more.
func (s Storage) DropKey(ctx context.Context, number uint32, log *slog.Logger) error {
	if err := s.changeable(); err != nil {
		return err
	}
	ring, err := s.existingRing()
	if err != nil {
		return err
	}
	counts, err := s.seals(ctx, log)
	if err != nil {
		return err
	}
	if n := counts[number]; n > 0 && number != ring.Newest() { // which Drop refuses in any case
		return fmt.Errorf("key %d is needed to open %d values: run turnstone keys reseal first", number, n)
	}
	_, err = seal.Drop(s.KeyFile(), number)
	return err
}

// changeable returns an error if the key ring is not in a file.
func (s Storage) changeable() error {
	if s.KeyFile() == "" {
		return errors.New("--key-ring is a text that cannot be changed from here: write it to a file, name that with --keys in place of it, and give the nodes what is in the file afterwards")
	}
	return nil
}
