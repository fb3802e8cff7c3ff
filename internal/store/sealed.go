package store

import (
	"encoding/json"
	"fmt"

	"turnstone/internal/store/tables"
)

// Sealer makes secrets unreadable. All methods are called from many goroutines.
type Sealer interface {
	// Seal encrypts plain so that only Open for the same place gives it back.
	Seal(place string, plain []byte) ([]byte, error)
	// Open decrypts what Seal made; it fails on anything else.
	Open(place string, sealed []byte) ([]byte, error)
	// Lookup returns a keyed hash by which a secret of a kind can be found.
	Lookup(kind string, secret []byte) []byte
	// Newest returns the number of the key that Seal uses.
	Newest() uint32
	// SealedBy returns the number of the key that sealed a value; it fails on
	// what is no sealed value.
	SealedBy(sealed []byte) (uint32, error)
}

// place names a column of a row, to which a sealed value is bound.
func place(table string, id int64, column string) string {
	return tables.Place(table, id, column)
}

func (db *DB) sealJSON(place string, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", place, err)
	}
	return db.sealText(place, string(text))
}

func (db *DB) openJSON(place string, sealed []byte, v any) error {
	text, err := db.openText(place, sealed)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("unseal %s: %w", place, err)
	}
	return nil
}

func (db *DB) sealText(place, text string) ([]byte, error) {
	sealed, err := db.sealer.Seal(place, []byte(text))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", place, err)
	}
	return sealed, nil
}

func (db *DB) openText(place string, sealed []byte) (string, error) {
	text, err := db.sealer.Open(place, sealed)
	if err != nil {
		return "", fmt.Errorf("unseal %s: %w", place, err)
	}
	return string(text), nil
}
