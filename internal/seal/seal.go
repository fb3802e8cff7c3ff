// Package seal keeps secrets unreadable at rest.
//
// A Ring holds the keys. What it seals is encrypted and authenticated with
// AES-256-GCM under its newest key, names that key, and is bound to a place: the
// row and column it belongs to. A sealed value copied to another place does not
// open. For secrets that must be found again, Lookup gives a keyed hash that
// equal secrets share and that says nothing without the ring.
//
// The package refuses to use a key ring that others can read, and to open
// anything it cannot authenticate. It does not guard against somebody who reads
// the ring itself: keep it apart from the copies of the database.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// keySize is that of AES-256, and of the lookup secret.
const keySize = 32

// A sealed value is: format byte, key number (4 bytes, big endian), then nonce,
// ciphertext and tag as the AEAD makes them.
const (
	format     = 1
	headerSize = 5
)

// ErrUnsealable says that a value cannot be opened here: it was damaged, belongs
// to another place, or was sealed by another ring.
var ErrUnsealable = errors.New("cannot be unsealed")

// Ring is a set of keys. It is immutable and safe for concurrent use.
type Ring struct {
	entries entries
	aeads   map[uint32]cipher.AEAD
	newest  uint32
	lookup  []byte
}

func newRing(e entries) (*Ring, error) {
	lookup, err := hkdf.Key(sha256.New, e.lookup, nil, "turnstone lookup", keySize)
	if err != nil {
		return nil, fmt.Errorf("derive lookup key: %w", err)
	}
	r := &Ring{entries: e, aeads: make(map[uint32]cipher.AEAD, len(e.keys)+1), newest: e.newest(), lookup: lookup}
	opening := maps.Clone(e.keys)
	if e.next != nil {
		opening[r.newest+1] = e.next
	}
	for number, key := range opening {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", number, err)
		}
		// A random nonce of 96 bits is good for 2^32 values a key, far more than
		// an installation writes between two rotations.
		if r.aeads[number], err = cipher.NewGCMWithRandomNonce(block); err != nil {
			return nil, fmt.Errorf("key %d: %w", number, err)
		}
	}
	return r, nil
}

// Key is a key of a ring, without what is secret of it.
type Key struct {
	Number uint32
	Role   Role
}

// Role is what a key is there for.
type Role string

// The roles of keys.
const (
	Opens Role = "opens" // what it sealed while it was the newest
	Seals Role = "seals" // and opens: the newest
	Waits Role = "waits" // to be used, and opens what others seal with it already
)

// Keys returns the keys of the ring, by number.
func (r *Ring) Keys() []Key {
	keys := make([]Key, 0, len(r.aeads))
	for _, number := range slices.Sorted(maps.Keys(r.aeads)) {
		role := Opens
		switch {
		case number == r.newest:
			role = Seals
		case number > r.newest:
			role = Waits
		}
		keys = append(keys, Key{number, role})
	}
	return keys
}

// Newest returns the number of the key that seals.
func (r *Ring) Newest() uint32 { return r.newest }

// SealedBy returns the number of the key that a value names as the one that sealed it,
// whether the ring holds that key or not. It fails on what is no sealed value.
func (r *Ring) SealedBy(sealed []byte) (uint32, error) {
	if len(sealed) < headerSize || sealed[0] != format {
		return 0, fmt.Errorf("not a sealed value: %w", ErrUnsealable)
	}
	return binary.BigEndian.Uint32(sealed[1:headerSize]), nil
}

// Seal encrypts plain under the newest key, for place only. It fails on no
// input; the error is there for implementations that ask a key service.
func (r *Ring) Seal(place string, plain []byte) ([]byte, error) {
	header := make([]byte, headerSize, headerSize+len(plain)+r.aeads[r.newest].Overhead())
	header[0] = format
	binary.BigEndian.PutUint32(header[1:], r.newest)
	return r.aeads[r.newest].Seal(header, nil, plain, bind(header, place)), nil
}

// Open decrypts what Seal made for the same place. Its errors wrap
// ErrUnsealable, and say which key is missing if that is why.
func (r *Ring) Open(place string, sealed []byte) ([]byte, error) {
	number, err := r.SealedBy(sealed)
	if err != nil {
		return nil, err
	}
	aead, found := r.aeads[number]
	if !found {
		return nil, fmt.Errorf("sealed with key %d, which the key ring lacks; restore the ring that holds it: %w", number, ErrUnsealable)
	}
	plain, err := aead.Open(nil, nil, sealed[headerSize:], bind(sealed[:headerSize], place))
	if err != nil {
		return nil, fmt.Errorf("damaged, moved from another place, or sealed by another key ring: %w", ErrUnsealable)
	}
	return plain, nil
}

// Lookup returns a hash by which a secret kept at this kind of place can be
// found. It stays the same when the ring is rotated, and differs between places,
// so that equal secrets of different kinds do not show as equal.
func (r *Ring) Lookup(place string, secret []byte) []byte {
	mac := hmac.New(sha256.New, r.lookup)
	mac.Write([]byte(place))
	mac.Write([]byte{0})
	mac.Write(secret)
	return mac.Sum(nil)
}

// bind returns the associated data of a value: its header and its place.
func bind(header []byte, place string) []byte {
	return append(header[:headerSize:headerSize], place...)
}
