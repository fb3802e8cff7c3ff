package hook

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // vendors sign with it, and hooks check that
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"github.com/dop251/goja"
)

// Bounds of what a run may write to the console.
const (
	maxLines = 100
	maxLine  = 1000 // bytes
)

// host returns what the prelude asks of us: it hashes, encodes and logs. The functions
// panic with values of the runtime, which hooks see as thrown errors.
func (r *run) host() goja.Value {
	host := r.NewObject()
	for name, f := range map[string]any{
		"hmac":     r.hmac,
		"md5":      func(text string) string { return hex.EncodeToString(sum(md5.New(), text)) },
		"encode64": func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) },
		"decode64": decode64,
		"random":   func() string { return strings.ToLower(rand.Text()[:10]) },
		"log":      r.log,
	} {
		if err := host.Set(name, f); err != nil {
			panic(err) // a new object takes any member
		}
	}
	return host
}

// hmac signs a text, in the names that Node gives algorithms and encodings.
func (r *run) hmac(algorithm, encoding, secret, text string) string {
	makers := map[string]func() hash.Hash{
		"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
	}
	encoders := map[string]func([]byte) string{
		"hex": hex.EncodeToString, "base64": base64.StdEncoding.EncodeToString, "base64url": base64.RawURLEncoding.EncodeToString,
	}
	maker, known := makers[strings.ToLower(strings.ReplaceAll(algorithm, "-", ""))]
	if !known {
		panic(r.NewTypeError(fmt.Sprintf("CE.hmac: unknown algorithm %q; use md5, sha1, sha224, sha256, sha384 or sha512", algorithm)))
	}
	encode, known := encoders[strings.ToLower(encoding)]
	if !known {
		panic(r.NewTypeError(fmt.Sprintf("CE.hmac: unknown encoding %q; use hex, base64 or base64url", encoding)))
	}
	return encode(sum(hmac.New(maker, []byte(secret)), text))
}

func sum(h hash.Hash, text string) []byte {
	h.Write([]byte(text))
	return h.Sum(nil)
}

// decode64 decodes base64 of any alphabet, with or without padding, up to the first
// character that does not belong there, as Node does.
func decode64(text string) string {
	plain := strings.NewReplacer("-", "+", "_", "/", "\n", "", "\r", "", " ", "").Replace(text)
	plain, _, _ = strings.Cut(plain, "=")
	if len(plain)%4 == 1 {
		plain = plain[:len(plain)-1]
	}
	decoded, _ := base64.RawStdEncoding.DecodeString(plain) // up to what is wrong
	return strings.ToValidUTF8(string(decoded), "\uFFFD")
}

// log keeps a line, if it is one of the first.
func (r *run) log(line string) {
	if len(line) > maxLine {
		line = strings.ToValidUTF8(line[:maxLine], "") + "…"
	}
	if len(r.lines) < maxLines {
		r.lines = append(r.lines, line)
	}
}
