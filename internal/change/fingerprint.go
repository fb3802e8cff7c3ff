package change

import (
	"crypto/sha256"

	"turnstone"
)

// Fingerprint identifies the content of a JSON record: two records have the same
// one if they hold the same values, whatever the order of their members, their
// white space, escapes, null members and trailing zeros. Content at the paths in
// ignore does not count; a path leads through arrays to each of their items.
func Fingerprint(record []byte, ignore ...string) turnstone.Fingerprint {
	f := fingerprinter{ignore: ignore}
	return f.of(record)
}

// Exact identifies the very bytes of a record, in a fifth of the time: records with
// the same one have the same Fingerprint, whatever is ignored. It is never zero.
func Exact(record []byte) turnstone.Fingerprint {
	sum := sha256.Sum256(record) // hardware does it, and it is the same in every process
	return turnstone.Fingerprint(sum[:16])
}
