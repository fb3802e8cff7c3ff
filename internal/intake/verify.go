package intake

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // vendors sign with it
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/webhook"
)

// What proves a webhook, where its element declares no check.
const (
	provenBySecret = "secret"
	provenByHook   = "hook"
)

// verify returns how a webhook proves that it comes from the vendor of an instance; empty:
// it does not, and need not. The error is a *Problem.
func verify(v element.Verification, c turnstone.Configuration, h arrival, now time.Time) (proof string, err error) {
	if secret := c[turnstone.KeyWebhookSecret]; secret != "" {
		given := h.Header.Get(SecretHeader)
		if given == "" {
			given = h.Query.Get(SecretParameter)
		}
		if !same(given, secret) {
			return "", unproven("it needs the instance's %s, in the header %s or the query parameter %s", turnstone.KeyWebhookSecret, SecretHeader, SecretParameter)
		}
		proof = provenBySecret
	}
	switch v.Type {
	case "none":
		return proof, nil
	case "hook":
		return strings.TrimPrefix(proof+"+"+provenByHook, "+"), nil
	}
	checker := check{Verification: v, values: element.Values{Config: c}, arrival: h, now: now}
	if err := checker.run(); err != nil {
		return "", err
	}
	return v.Type, nil
}

func unproven(format string, args ...any) error {
	return problemf(Unproven, "this webhook does not prove where it comes from: "+format, args...)
}

// check is the check that an element declares.
type check struct {
	element.Verification
	arrival

	values element.Values
	now    time.Time
}

func (c check) run() error {
	switch c.Type {
	case "hmac":
		return c.hmac()
	case "rsa":
		return c.rsa()
	case "token":
		return c.token()
	case "basic":
		return c.basic()
	}
	return c.standard()
}

// secret returns what the vendor and the instance know.
func (c check) secret(t element.Template) (string, error) {
	secret := t.Expand(c.values)
	if secret == "" {
		return "", unproven("the instance has no value for %s to check it with; configure it", t)
	}
	return secret, nil
}

// same compares secrets in a time that does not tell how much of them is right.
func same(given, want string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return given != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

func (c check) token() error {
	secret, err := c.secret(c.Secret)
	if err != nil {
		return err
	}
	given, place := c.Query.Get(c.Parameter), "query parameter "+c.Parameter
	if c.Header != "" {
		given, place = c.arrival.Header.Get(c.Header), "header "+c.Header
	}
	if !same(strings.TrimPrefix(given, c.Prefix), secret) {
		return unproven("the %s does not hold the instance's token", place)
	}
	return nil
}

func (c check) basic() error {
	username, err := c.secret(c.Username)
	if err != nil {
		return err
	}
	password, err := c.secret(c.Password)
	if err != nil {
		return err
	}
	r := http.Request{Header: c.arrival.Header}
	user, word, _ := r.BasicAuth()
	if !same(user, username) || !same(word, password) {
		return unproven("the Authorization header does not hold the instance's user name and password")
	}
	return nil
}

func (c check) standard() error {
	secret, err := c.secret(c.Secret)
	if err != nil {
		return err
	}
	if err := webhook.VerifyStandard(c.arrival.Header, c.Body, c.now, secret); err != nil {
		return unproven("%v", err)
	}
	return nil
}

// hmac checks a signature with a secret, and that it is not an old one.
func (c check) hmac() error {
	secret, err := c.secret(c.Secret)
	if err != nil {
		return err
	}
	if err := c.recent(); err != nil {
		return err
	}
	maker := map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}[c.Algorithm]
	mac := hmac.New(maker, []byte(secret))
	mac.Write(c.signed())
	want := mac.Sum(nil)
	for _, signature := range c.signatures() {
		if hmac.Equal(signature, want) {
			return nil
		}
	}
	return unproven("the header %s does not hold the signature of the body, by the instance's secret", c.Header)
}

// signed returns what is signed.
func (c check) signed() []byte {
	return []byte(strings.NewReplacer("{body}", string(c.Body), "{timestamp}", c.timestamp()).Replace(c.Signed))
}

// timestamp returns when the webhook was sent, as it says itself.
func (c check) timestamp() string {
	if c.Item == "" {
		return c.arrival.Header.Get(c.Timestamp)
	}
	for _, value := range c.items(c.Timestamp) {
		return value
	}
	return ""
}

// items returns the values of an item of the header: "t=1,v1=ab".
func (c check) items(name string) []string {
	var values []string
	for item := range strings.SplitSeq(c.arrival.Header.Get(c.Header), ",") {
		if key, value, _ := strings.Cut(strings.TrimSpace(item), "="); key == name {
			values = append(values, value)
		}
	}
	return values
}

// signatures returns what the header holds, decoded.
func (c check) signatures() [][]byte {
	texts := []string{c.arrival.Header.Get(c.Header)}
	if c.Item != "" {
		texts = c.items(c.Item)
	}
	var all [][]byte
	for _, text := range texts {
		text, prefixed := strings.CutPrefix(strings.TrimSpace(text), c.Prefix)
		decode := hex.DecodeString
		if c.Encoding == "base64" {
			decode = base64.StdEncoding.DecodeString
		}
		if signature, err := decode(text); err == nil && prefixed && len(signature) > 0 {
			all = append(all, signature)
		}
	}
	return all
}

// recent checks when the webhook was sent, where it says so.
func (c check) recent() error {
	if c.Timestamp == "" {
		return nil
	}
	seconds, err := strconv.ParseInt(c.timestamp(), 10, 64)
	if err != nil {
		return unproven("%s holds no time in seconds since 1970", c.Timestamp)
	}
	if age := c.now.Sub(time.Unix(seconds, 0)).Abs(); age > time.Duration(c.Tolerance) {
		return unproven("it was signed %s ago or ahead, which is more than %s", age.Round(time.Second), time.Duration(c.Tolerance))
	}
	return nil
}

// rsa checks a signature with the vendor's public key.
func (c check) rsa() error {
	text, err := c.secret(c.PublicKey)
	if err != nil {
		return err
	}
	key, err := publicKey(text)
	if err != nil {
		return err
	}
	algorithm := map[string]crypto.Hash{"sha1": crypto.SHA1, "sha256": crypto.SHA256, "sha512": crypto.SHA512}[c.Algorithm]
	h := algorithm.New()
	h.Write(c.signed())
	digest := h.Sum(nil)
	for _, signature := range c.signatures() {
		err := rsa.VerifyPKCS1v15(key, algorithm, digest, signature)
		if c.Padding == "pss" {
			err = rsa.VerifyPSS(key, algorithm, digest, signature, nil)
		}
		if err == nil {
			return nil
		}
	}
	return unproven("the header %s does not hold the signature of the body, by the vendor's key", c.Header)
}

// publicKey reads a public key, or that of a certificate.
func publicKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, unproven("the public key of the vendor is no PEM; configure it with its BEGIN and END lines")
	}
	var parsed any
	var err error
	if block.Type == "CERTIFICATE" {
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			parsed = certificate.PublicKey
		}
	} else {
		parsed, err = x509.ParsePKIXPublicKey(block.Bytes)
	}
	key, is := parsed.(*rsa.PublicKey)
	if err != nil || !is {
		return nil, unproven("the public key of the vendor is no RSA key; configure another")
	}
	return key, nil
}
