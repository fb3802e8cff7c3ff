package webhook_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"turnstone/webhook"
)

// vectors are recomputed from the platform's documentation and its code samples.
var vectors = map[string]struct{ key, body, signature string }{
	"documented body": {
		"MySecretEventSignatureKey", "<INSERT_EVENT_NOTIFICATION_RESPONSE_BODY>",
		"sha256=jHdbRx5EZAsOfTwAPJOGkNUzQMVVdu5VJlxcsk+G6jQ=",
	},
	"empty object": {"MySecretEventSignatureKey", "{}", "sha256=VCEjNAd+69UFD8GyBJHLTM9UoZnYx6WcvlKNmAG1gbU="},
	"short key":    {"123456", `{"a":1}`, "sha256=u1RqK98KEKTjFqm4uAtcJ0zLYuwehedyV/SGRZurEOc="},
}

func TestSignaturesAreThePlatforms(t *testing.T) {
	for name, v := range vectors {
		t.Run(name, func(t *testing.T) {
			if got := webhook.Sign(v.key, []byte(v.body)); got != v.signature {
				t.Errorf("Sign = %q, want %q", got, v.signature)
			}
			if err := webhook.Verify(v.signature, []byte(v.body), v.key); err != nil {
				t.Errorf("Verify = %v, want nil", err)
			}
		})
	}
}

func TestVerifyRefuses(t *testing.T) {
	const key, body = "123456", `{"a":1}`
	good := webhook.Sign(key, []byte(body))
	tests := map[string]struct {
		header, body string
		keys         []string
		want         error
	}{
		"another body":         {good, `{"a":2}`, []string{key}, webhook.ErrSignature},
		"another key":          {good, body, []string{"1234567"}, webhook.ErrSignature},
		"half a signature":     {good[:20], body, []string{key}, webhook.ErrSignature},
		"signature and more":   {good + "x", body, []string{key}, webhook.ErrSignature},
		"no header":            {"", body, []string{key}, webhook.ErrUnsigned},
		"digest alone":         {good[len("sha256="):], body, []string{key}, webhook.ErrUnsigned},
		"other spelling":       {"SHA256=" + good[len("sha256="):], body, []string{key}, webhook.ErrUnsigned},
		"SHA-1 without asking": {sha1Signature(key, body), body, []string{key}, webhook.ErrUnsigned},
		"no key":               {good, body, nil, webhook.ErrNoKey},
		"empty key":            {webhook.Sign("", []byte(body)), body, []string{""}, webhook.ErrNoKey},
		"empty second key":     {webhook.Sign("", []byte(body)), body, []string{key, ""}, webhook.ErrNoKey},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := webhook.Verify(tt.header, []byte(tt.body), tt.keys...); !errors.Is(err, tt.want) {
				t.Errorf("Verify = %v, want %v", err, tt.want)
			}
		})
	}
}

func TestEitherKeyVerifiesDuringARotation(t *testing.T) {
	body := []byte(`{"a":1}`)
	for _, key := range []string{"old", "new"} {
		if err := webhook.Verify(webhook.Sign(key, body), body, "new", "old"); err != nil {
			t.Errorf("Verify signed with %s = %v, want nil", key, err)
		}
	}
}

func TestVerifyLegacyAcceptsBothDigests(t *testing.T) {
	const key, body = "123456", `{"a":1}`
	for name, header := range map[string]string{
		"SHA-1":   sha1Signature(key, body),
		"SHA-256": webhook.Sign(key, []byte(body)),
	} {
		t.Run(name, func(t *testing.T) {
			if err := webhook.VerifyLegacy(header, []byte(body), key); err != nil {
				t.Errorf("VerifyLegacy = %v, want nil", err)
			}
			if err := webhook.VerifyLegacy(header, []byte(body+" "), key); !errors.Is(err, webhook.ErrSignature) {
				t.Errorf("VerifyLegacy of another body = %v, want %v", err, webhook.ErrSignature)
			}
		})
	}
}

func TestEverySignatureVerifiesForItsBodyOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringN(1, 40, -1).Draw(t, "key")
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		header := webhook.Sign(key, body)
		if err := webhook.Verify(header, body, key); err != nil {
			t.Fatalf("Verify = %v, want nil", err)
		}
		if err := webhook.Verify(header, append(body, '.'), key); !errors.Is(err, webhook.ErrSignature) {
			t.Fatalf("Verify of another body = %v, want %v", err, webhook.ErrSignature)
		}
	})
}

func FuzzVerify(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.signature, []byte(v.body), v.key)
	}
	f.Add("sha1=", []byte("{}"), "k")
	f.Fuzz(func(t *testing.T, header string, body []byte, key string) {
		accepted := webhook.Verify(header, body, key) == nil
		if want := key != "" && header == webhook.Sign(key, body); accepted != want {
			t.Errorf("Verify(%q) accepts: %v, want %v", header, accepted, want)
		}
		legacy := webhook.VerifyLegacy(header, body, key) == nil
		if want := accepted || key != "" && header == sha1Signature(key, string(body)); legacy != want {
			t.Errorf("VerifyLegacy(%q) accepts: %v, want %v", header, legacy, want)
		}
	})
}

func sha1Signature(key, body string) string {
	mac := hmac.New(sha1.New, []byte(key))
	mac.Write([]byte(body))
	return "sha1=" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
