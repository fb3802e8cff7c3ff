package webhook

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Tolerance is how far the timestamp of a callback may be from the receiver's
// clock. Five minutes is what the libraries of the specification allow.
const Tolerance = 5 * time.Minute

const (
	// keyPrefix marks a key whose bytes are written in base64.
	keyPrefix = "whsec_"
	// versionPrefix marks a signature by HMAC-SHA256, the one kind made with a
	// shared key.
	versionPrefix = "v1,"
)

// SignStandard returns the Standard Webhooks signature of a callback: "v1," and
// the base64 of the HMAC-SHA256 of id, at and body. A key with the prefix whsec_
// stands for the bytes whose base64 follows; any other key, and one whose rest
// is no base64, is used as it is.
func SignStandard(key, id string, at time.Time, body []byte) string {
	return signAt(key, id, at.Unix(), body)
}

// SignAll returns the value of HeaderStandardSignature: the signatures that
// SignStandard makes with each of keys, in their order, separated by spaces.
func SignAll(keys []string, id string, at time.Time, body []byte) string {
	signatures := make([]string, len(keys))
	for i, key := range keys {
		signatures[i] = SignStandard(key, id, at, body)
	}
	return strings.Join(signatures, " ")
}

// VerifyStandard checks the three Standard Webhooks headers of a callback
// against body, the bytes as they were received, and against now, the
// receiver's clock. Give several keys while one is being replaced by another. It
// returns an error that wraps ErrNoKey, ErrUnsigned, ErrSignature or
// ErrTimestamp.
func VerifyStandard(h http.Header, body []byte, now time.Time, keys ...string) error {
	id, timestamp := h.Get(HeaderStandardID), h.Get(HeaderStandardTimestamp)
	if id == "" {
		return fmt.Errorf("%s is missing: %w", HeaderStandardID, ErrUnsigned)
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return fmt.Errorf("%s is no number of seconds: %w", HeaderStandardTimestamp, ErrUnsigned)
	}
	signatures := versioned(h.Get(HeaderStandardSignature))
	if len(signatures) == 0 {
		return fmt.Errorf("%s has no signature that begins with %q: %w", HeaderStandardSignature, versionPrefix, ErrUnsigned)
	}
	if err := match(signatures, keys, func(key string) string {
		return signAt(key, id, seconds, body)
	}); err != nil {
		return err
	}
	// The signature comes first, so that only who knows a key learns our clock.
	// Seconds are compared because time.Unix wraps around on forged numbers.
	limit := int64(Tolerance / time.Second)
	if seconds < now.Unix()-limit || seconds > now.Unix()+limit {
		return fmt.Errorf("verify %s: %w", HeaderStandardTimestamp, ErrTimestamp)
	}
	return nil
}

// versioned returns the signatures in header that are of our version.
func versioned(header string) []string {
	return slices.DeleteFunc(strings.Fields(header), func(signature string) bool {
		return !strings.HasPrefix(signature, versionPrefix)
	})
}

func signAt(key, id string, seconds int64, body []byte) string {
	signed := fmt.Sprintf("%s.%d.", id, seconds)
	return versionPrefix + digest(sha256.New, keyBytes(key), []byte(signed), body)
}

// keyBytes returns what key stands for.
func keyBytes(key string) []byte {
	encoded, marked := strings.CutPrefix(key, keyPrefix)
	if !marked {
		return []byte(key)
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(decoded) == 0 {
		return []byte(key)
	}
	return decoded
}
