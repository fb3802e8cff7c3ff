package webhook

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"slices"
	"strings"
)

const (
	prefixSHA256 = "sha256="
	prefixSHA1   = "sha1="
)

// Sign returns the platform's signature of body, the value of HeaderSignature:
// "sha256=" and the padded base64 of the HMAC-SHA256 under the bytes of key.
func Sign(key string, body []byte) string {
	return prefixSHA256 + digest(sha256.New, []byte(key), body)
}

// Verify checks the value of HeaderSignature against body, the bytes as they
// were received. Give several keys while one is being replaced by another. It
// returns an error that wraps ErrNoKey, ErrUnsigned or ErrSignature.
func Verify(header string, body []byte, keys ...string) error {
	if !strings.HasPrefix(header, prefixSHA256) {
		return fmt.Errorf("%s does not begin with %q: %w", HeaderSignature, prefixSHA256, ErrUnsigned)
	}
	return match([]string{header}, keys, func(key string) string { return Sign(key, body) })
}

// VerifyLegacy is Verify for a receiver that must also accept what the platform
// sent until about 2016: "sha1=" and an HMAC-SHA1.
func VerifyLegacy(header string, body []byte, keys ...string) error {
	if !strings.HasPrefix(header, prefixSHA1) {
		return Verify(header, body, keys...)
	}
	return match([]string{header}, keys, func(key string) string {
		return prefixSHA1 + digest(sha1.New, []byte(key), body)
	})
}

// match says whether one of signatures is what sign makes with one of keys. It
// signs once a key, so that a header full of signatures costs comparisons only.
func match(signatures, keys []string, sign func(key string) string) error {
	if len(keys) == 0 || slices.Contains(keys, "") {
		return fmt.Errorf("verify signature: %w", ErrNoKey)
	}
	for _, key := range keys {
		want := []byte(sign(key))
		for _, signature := range signatures {
			if hmac.Equal([]byte(signature), want) {
				return nil
			}
		}
	}
	return fmt.Errorf("verify signature with %d key(s): %w", len(keys), ErrSignature)
}

// digest returns the base64 of the HMAC of parts, one after the other.
func digest(algorithm func() hash.Hash, key []byte, parts ...[]byte) string {
	mac := hmac.New(algorithm, key)
	for _, part := range parts {
		mac.Write(part)
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
