package instance

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strconv"

	"turnstone"
	"turnstone/internal/element"
)

// Entry is one entry of an instance's configuration, with what declares it.
type Entry struct {
	ID    int64
	Field element.Field // Type is TEXTFIELD_1000 for an entry that nothing declares
	Value string        // masked if it is a secret
}

// Entries returns the configuration of an instance entry by entry: what the
// element and the platform declare, also where it is not set, then the rest by
// key.
func (s *Instances) Entries(ctx context.Context, in turnstone.Instance) []Entry {
	masked := s.Masked(ctx, in)
	fields := Fields(s.elementOf(ctx, in))
	for _, key := range slices.Sorted(maps.Keys(masked)) {
		if !slices.ContainsFunc(fields, func(f element.Field) bool { return f.Key == key }) {
			fields = append(fields, element.Field{Key: key, Name: key, Type: "TEXTFIELD_1000"})
		}
	}
	entries := make([]Entry, len(fields))
	for i, f := range fields {
		entries[i] = Entry{ID: EntryID(f.Key), Field: f, Value: masked[f.Key]}
	}
	return entries
}

// EntryID returns the number of a configuration entry: a hash of its key, so that
// it is the same for all instances and needs no table. It fits the 32-bit integers
// that some clients read it into.
func EntryID(key string) int64 {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(key)) // never fails
	return int64(hash.Sum32() & math.MaxInt32)
}

// Entry returns the entry with a number or key. turnstone.ErrNotFound says that
// there is none.
func (s *Instances) Entry(ctx context.Context, in turnstone.Instance, numberOrKey string) (Entry, error) {
	var found []Entry
	for _, e := range s.Entries(ctx, in) {
		if e.Field.Key == numberOrKey {
			return e, nil
		}
		if strconv.FormatInt(e.ID, 10) == numberOrKey {
			found = append(found, e)
		}
	}
	switch len(found) {
	case 0:
		return Entry{}, fmt.Errorf("configuration entry %s: %w", excerpt(numberOrKey), turnstone.ErrNotFound)
	case 1:
		return found[0], nil
	}
	var problems Problems
	problems.add("configuration", "has several entries with the number %s; write the key in its place", numberOrKey)
	return Entry{}, problems
}

// SetEntry changes one entry of an instance's configuration to a JSON value and
// returns it as it is now. Errors are those of Update.
func (s *Instances) SetEntry(ctx context.Context, in turnstone.Instance, numberOrKey string, value json.RawMessage) (Entry, error) {
	e, err := s.Entry(ctx, in, numberOrKey)
	if err != nil {
		return Entry{}, err
	}
	var input Input
	input.Configuration = map[string]string{e.Field.Key: input.value("propertyValue", value)}
	saved, err := s.Update(ctx, in.AccountID, in.ID, input)
	if err != nil {
		return Entry{}, err
	}
	return s.Entry(ctx, saved, e.Field.Key)
}
