package auth

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"turnstone"
)

// What a new hash costs: the first choice of OWASP's password storage cheat
// sheet for Argon2id (19 MiB, two passes, one lane). More memory would let a few
// sign-ins at once push a small machine over.
const (
	hashMemory = 19 * 1024 // KiB
	hashPasses = 2
	hashLanes  = 1
	hashSize   = 32
	saltSize   = 16
)

// What a stored hash may cost to check, so that a forged one does not stop the
// program.
const (
	maxHashMemory = 64 * 1024 // KiB
	maxHashPasses = 8
	maxHashLanes  = 16
	maxHashSize   = 64
)

// What NIST SP 800-63B asks of passwords that people choose; the upper limit is
// ours and keeps hashing cheap.
const (
	minPassword = 8    // characters
	maxPassword = 1024 // bytes
)

// phcFormat is the form of a hash, by the PHC string format. Salt and key follow
// in base64 without padding.
const phcFormat = "$argon2id$v=%d$m=%d,t=%d,p=%d$"

// HashPassword returns what to keep of a password: its Argon2id hash in PHC form,
// with a salt read from random. A password must have at least 8 characters and
// at most 1,024 bytes.
func HashPassword(random io.Reader, password string) (turnstone.Secret, error) {
	if n := utf8.RuneCountInString(password); n < minPassword {
		return "", fmt.Errorf("password has %d characters: choose at least %d", n, minPassword)
	}
	if len(password) > maxPassword {
		return "", fmt.Errorf("password has %d bytes: choose at most %d", len(password), maxPassword)
	}
	salt, err := draw(random, saltSize)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	h := hash{memory: hashMemory, passes: hashPasses, lanes: hashLanes, salt: salt}
	h.key = h.of(password, hashSize)
	return h.secret(), nil
}

// CheckPassword says whether hash was made of password: nil if so, an error that
// wraps ErrUnauthorized if not, and another error if hash is none. It takes as
// long for a wrong password as for the right one.
func CheckPassword(hash turnstone.Secret, password string) error {
	h, err := parseHash(string(hash))
	if err != nil {
		return fmt.Errorf("check a password: %w", err)
	}
	// A password that is too long was never hashed; it is cut to keep the time.
	long := len(password) > maxPassword
	if long {
		password = password[:maxPassword]
	}
	same := subtle.ConstantTimeCompare(h.of(password, len(h.key)), h.key) == 1
	if !same || long {
		return fmt.Errorf("%w: wrong password", ErrUnauthorized)
	}
	return nil
}

// CheckNobody takes as long as CheckPassword does, and refuses: for an address that
// nobody has, so that the time of an answer does not tell which ones somebody has.
func CheckNobody(password string) error {
	h := hash{memory: hashMemory, passes: hashPasses, lanes: hashLanes, salt: make([]byte, saltSize)}
	h.of(password[:min(len(password), maxPassword)], hashSize)
	return fmt.Errorf("%w: wrong password", ErrUnauthorized)
}

// hash is a parsed PHC string.
type hash struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
	salt   []byte
	key    []byte
}

// of returns the first n bytes that Argon2id makes of password with h's costs
// and salt.
func (h hash) of(password string, n int) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.lanes, uint32(n))
}

func (h hash) secret() turnstone.Secret {
	encode := base64.RawStdEncoding.EncodeToString
	costs := fmt.Sprintf(phcFormat, argon2.Version, h.memory, h.passes, h.lanes)
	return turnstone.Secret(costs + encode(h.salt) + "$" + encode(h.key))
}

var errHash = errors.New("the stored hash is not an Argon2id hash in PHC form; set the password again")

func parseHash(text string) (hash, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return hash{}, errHash
	}
	var h hash
	var version int
	costs := strings.Join(parts[:4], "$") + "$"
	if _, err := fmt.Sscanf(costs, phcFormat, &version, &h.memory, &h.passes, &h.lanes); err != nil {
		return hash{}, errHash
	}
	var saltErr, keyErr error
	h.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	h.key, keyErr = base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || version != argon2.Version || !h.affordable() {
		return hash{}, errHash
	}
	if string(h.secret()) != text { // Sscanf is lenient about spaces, signs and zeros
		return hash{}, errHash
	}
	return h, nil
}

// affordable says whether h can be checked, and at a cost that we would choose.
func (h hash) affordable() bool {
	return within(h.memory, maxHashMemory) && within(h.passes, maxHashPasses) &&
		within(uint32(h.lanes), maxHashLanes) && within(uint32(len(h.key)), maxHashSize) && len(h.salt) > 0
}

func within(n, limit uint32) bool { return n > 0 && n <= limit }
