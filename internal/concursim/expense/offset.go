package expense

import (
	"crypto/aes"
	"encoding/binary"
	"fmt"
)

// Offset is a place in the list of a company. Spelled, it hides what it holds, as
// Concur's do, so that nobody is tempted to calculate with it.
type Offset struct{ Company, Place uint64 }

// offsetKey is no secret, and never changes: an offset outlives a restart.
const offsetKey = "creation order k"

// String spells the offset.
func (o Offset) String() string {
	var b [aes.BlockSize]byte
	binary.BigEndian.PutUint64(b[:8], o.Company)
	binary.BigEndian.PutUint64(b[8:], o.Place)
	block, _ := aes.NewCipher([]byte(offsetKey)) // the key has the right length
	block.Encrypt(b[:], b[:])
	return Protect(b[:])
}

// ParseOffset reads what String spelled. It returns an error for anything else.
func ParseOffset(text string) (Offset, error) {
	b, err := Unprotect(text)
	if err != nil || len(b) != aes.BlockSize {
		return Offset{}, fmt.Errorf("offset %q is not valid; take it from NextPage", text)
	}
	block, _ := aes.NewCipher([]byte(offsetKey)) // the key has the right length
	block.Decrypt(b, b)
	return Offset{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}, nil
}
