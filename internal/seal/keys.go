package seal

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// lookupName is the entry that Lookup derives its key from. It never changes, or
// nobody could be found by their secret any more.
const lookupName = "lookup"

// nextName is the entry of the key that waits.
const nextName = "next"

const preamble = `# Turnstone's key ring. Whoever has it can read every secret in the database,
# and without it nobody can: keep a copy, apart from the copies of the database.
# The key with the highest number seals; older ones only open. So does the one named
# next, until it is put to use: then it gets the number behind the highest.
`

// entries is the text of a ring, parsed.
type entries struct {
	lookup []byte
	keys   map[uint32][]byte
	next   []byte // nil if no key waits
}

func newEntries() entries {
	return entries{lookup: newKey(), keys: map[uint32][]byte{1: newKey()}}
}

func newKey() []byte {
	key := make([]byte, keySize)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	return key
}

// Parse reads a ring from text, as Text writes it: entries such as
// "lookup:<hex>" and "1:<hex>" of 32 bytes each, separated by line ends, commas or
// spaces, with # starting a comment. All that is wrong is reported at once, and
// without showing a key.
func Parse(text string) (*Ring, error) {
	e := entries{keys: map[uint32][]byte{}}
	var problems []error
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		for _, entry := range strings.FieldsFunc(line, isSeparator) {
			problems = append(problems, e.add(entry))
		}
	}
	if e.lookup == nil {
		problems = append(problems, errors.New(`no "lookup" entry`))
	}
	if len(e.keys) == 0 {
		problems = append(problems, errors.New(`no key, such as "1:<64 hexadecimal digits>"`))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("key ring: %w", err)
	}
	return newRing(e)
}

func isSeparator(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }

// add parses one entry. The text of an entry is secret: errors show its name only.
func (e *entries) add(entry string) error {
	name, digits, found := strings.Cut(entry, ":")
	if !found {
		return errors.New("an entry without a colon; write name:<64 hexadecimal digits>")
	}
	if len(name) > len("4294967295") { // perhaps a key on the wrong side of the colon
		return errors.New("an entry with a long name; write name:<64 hexadecimal digits>")
	}
	key, err := hex.DecodeString(digits)
	if err != nil || len(key) != keySize {
		return fmt.Errorf("entry %q: write %d hexadecimal digits after the colon", name, 2*keySize)
	}
	if name == lookupName {
		if e.lookup != nil {
			return fmt.Errorf("entry %q: given twice", name)
		}
		e.lookup = key
		return nil
	}
	if name == nextName {
		if e.next != nil {
			return fmt.Errorf("entry %q: given twice", name)
		}
		e.next = key
		return nil
	}
	number, err := strconv.ParseUint(name, 10, 32)
	if err != nil || number == 0 {
		return fmt.Errorf("entry %q: name it %q or %q, or number it from 1", name, lookupName, nextName)
	}
	if _, given := e.keys[uint32(number)]; given {
		return fmt.Errorf("entry %q: given twice", name)
	}
	e.keys[uint32(number)] = key
	return nil
}

// Text returns the ring as Parse reads it. It is secret.
func (r *Ring) Text() string { return r.entries.text() }

func (e entries) text() string {
	var b strings.Builder
	b.WriteString(preamble)
	fmt.Fprintf(&b, "%s:%x\n", lookupName, e.lookup)
	for _, number := range slices.Sorted(maps.Keys(e.keys)) {
		fmt.Fprintf(&b, "%d:%x\n", number, e.keys[number])
	}
	if e.next != nil {
		fmt.Fprintf(&b, "%s:%x\n", nextName, e.next)
	}
	return b.String()
}

// newest returns the number of the key that seals.
func (e entries) newest() uint32 { return slices.Max(slices.Collect(maps.Keys(e.keys))) }

// added returns the entries with a key that waits.
func (e entries) added() (entries, error) {
	if e.next != nil {
		return entries{}, fmt.Errorf("key %d waits already: put that one to use first", e.newest()+1)
	}
	e.next = newKey()
	return e, nil
}

// used returns the entries with the key that waited as the newest.
func (e entries) used() (entries, error) {
	if e.next == nil {
		return entries{}, errors.New("no key waits to be used: add one first")
	}
	keys := maps.Clone(e.keys)
	keys[e.newest()+1] = e.next
	return entries{lookup: e.lookup, keys: keys}, nil
}

// rotated returns the entries with a new newest key, which is the one that waited if
// one did.
func (e entries) rotated() (entries, error) {
	if e.next == nil {
		e.next = newKey()
	}
	return e.used()
}

// dropped returns the entries without a key.
func (e entries) dropped(number uint32) (entries, error) {
	newest := e.newest()
	switch _, found := e.keys[number]; {
	case number == newest:
		return entries{}, fmt.Errorf("key %d is the one that seals: it cannot go", number)
	case e.next != nil && number == newest+1:
		e.next = nil
		return e, nil
	case !found:
		return entries{}, fmt.Errorf("there is no key %d", number)
	}
	e.keys = maps.Clone(e.keys)
	delete(e.keys, number)
	return e, nil
}
