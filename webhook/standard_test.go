package webhook_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"pgregory.net/rapid"

	"turnstone/webhook"
)

var moment = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// standardHeader returns the headers of a callback with the signatures given.
func standardHeader(id string, at time.Time, signatures string) http.Header {
	h := http.Header{}
	h.Set(webhook.HeaderStandardID, id)
	h.Set(webhook.HeaderStandardTimestamp, strconv.FormatInt(at.Unix(), 10))
	h.Set(webhook.HeaderStandardSignature, signatures)
	return h
}

// oracle returns the library of the specification for a key of ours.
func oracle(t interface{ Fatal(...any) }, key string) *standardwebhooks.Webhook {
	w, err := standardwebhooks.NewWebhookRaw([]byte(key))
	if len(key) > 6 && key[:6] == "whsec_" {
		w, err = standardwebhooks.NewWebhook(key)
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// keys draws keys of both kinds.
func keys() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		raw := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "key")
		if rapid.Bool().Draw(t, "marked") {
			return "whsec_" + base64.StdEncoding.EncodeToString(raw)
		}
		return string(raw)
	})
}

func TestStandardSignaturesAreTheSpecifications(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key, id := keys().Draw(t, "key"), rapid.StringMatching(`[0-9A-Za-z_-]{1,30}`).Draw(t, "id")
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")

		want, err := oracle(t, key).Sign(id, moment, body)
		if err != nil {
			t.Fatal(err)
		}
		if got := webhook.SignStandard(key, id, moment, body); got != want {
			t.Fatalf("SignStandard = %q, want %q", got, want)
		}
		if err := webhook.VerifyStandard(standardHeader(id, moment, want), body, moment, key); err != nil {
			t.Fatalf("VerifyStandard = %v, want nil", err)
		}
	})
}

func TestTheSpecificationsLibraryAcceptsOurSignatures(t *testing.T) {
	now, body := time.Now(), []byte(`{"a":1}`)
	for name, key := range map[string]string{
		"text key":   "123456",
		"marked key": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	} {
		t.Run(name, func(t *testing.T) {
			signatures := webhook.SignAll([]string{"another", key}, "7", now, body)
			if err := oracle(t, key).Verify(body, standardHeader("7", now, signatures)); err != nil {
				t.Errorf("Verify = %v, want nil", err)
			}
		})
	}
}

func TestAKeyThatOnlyLooksMarkedIsText(t *testing.T) {
	for _, key := range []string{"whsec_", "whsec_not base64!"} {
		raw, err := standardwebhooks.NewWebhookRaw([]byte(key))
		if err != nil {
			t.Fatal(err)
		}
		want, err := raw.Sign("7", moment, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := webhook.SignStandard(key, "7", moment, nil); got != want {
			t.Errorf("SignStandard with key %q = %q, want %q", key, got, want)
		}
	}
}

func TestVerifyStandardRefuses(t *testing.T) {
	const key = "123456"
	body := []byte(`{"a":1}`)
	good := webhook.SignStandard(key, "7", moment, body)
	with := func(name, value string) http.Header {
		h := standardHeader("7", moment, good)
		h.Set(name, value)
		return h
	}
	tests := map[string]struct {
		header http.Header
		now    time.Time
		want   error
	}{
		"no headers":             {http.Header{}, moment, webhook.ErrUnsigned},
		"no id":                  {with(webhook.HeaderStandardID, ""), moment, webhook.ErrUnsigned},
		"another id":             {with(webhook.HeaderStandardID, "8"), moment, webhook.ErrSignature},
		"timestamp of words":     {with(webhook.HeaderStandardTimestamp, "noon"), moment, webhook.ErrUnsigned},
		"another timestamp":      {with(webhook.HeaderStandardTimestamp, "1772366401"), moment, webhook.ErrSignature},
		"no signature":           {with(webhook.HeaderStandardSignature, ""), moment, webhook.ErrUnsigned},
		"asymmetric only":        {with(webhook.HeaderStandardSignature, "v1a,"+good[3:]), moment, webhook.ErrUnsigned},
		"only another signature": {with(webhook.HeaderStandardSignature, "v1,AAAA v2,BBBB"), moment, webhook.ErrSignature},
		"too old":                {standardHeader("7", moment, good), moment.Add(webhook.Tolerance + time.Second), webhook.ErrTimestamp},
		"from the future":        {standardHeader("7", moment, good), moment.Add(-webhook.Tolerance - time.Second), webhook.ErrTimestamp},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := webhook.VerifyStandard(tt.header, body, tt.now, key); !errors.Is(err, tt.want) {
				t.Errorf("VerifyStandard = %v, want %v", err, tt.want)
			}
		})
	}
}

func TestTimestampsAreAcceptedWithinTheTolerance(t *testing.T) {
	h := standardHeader("7", moment, webhook.SignStandard("k", "7", moment, nil))
	for _, now := range []time.Time{moment.Add(webhook.Tolerance), moment, moment.Add(-webhook.Tolerance)} {
		if err := webhook.VerifyStandard(h, nil, now, "k"); err != nil {
			t.Errorf("VerifyStandard at %v = %v, want nil", now, err)
		}
	}
}

func TestOneGoodSignatureAmongSeveralIsEnough(t *testing.T) {
	body := []byte(`{"a":1}`)
	signatures := "v1a,x  v1, " + webhook.SignAll([]string{"new", "old"}, "7", moment, body)
	for _, key := range []string{"old", "new"} {
		if err := webhook.VerifyStandard(standardHeader("7", moment, signatures), body, moment, key); err != nil {
			t.Errorf("VerifyStandard with key %s = %v, want nil", key, err)
		}
	}
}

func TestSignAllSignsWithEachKeyInOrder(t *testing.T) {
	body := []byte(`{"a":1}`)
	want := webhook.SignStandard("new", "7", moment, body) + " " + webhook.SignStandard("old", "7", moment, body)
	if got := webhook.SignAll([]string{"new", "old"}, "7", moment, body); got != want {
		t.Errorf("SignAll = %q, want %q", got, want)
	}
	if got := webhook.SignAll(nil, "7", moment, body); got != "" {
		t.Errorf("SignAll without keys = %q, want nothing", got)
	}
}

func FuzzVerifyStandard(f *testing.F) {
	f.Add("7", "1772366400", webhook.SignStandard("k", "7", moment, []byte("{}")), []byte("{}"))
	f.Add("7", "-9223372036854775808", "v1,", []byte("{}"))
	f.Add("7", "9223372036854775807", "v1, v1,= v1a,", []byte(""))
	f.Fuzz(func(t *testing.T, id, timestamp, signatures string, body []byte) {
		h := http.Header{}
		h.Set(webhook.HeaderStandardID, id)
		h.Set(webhook.HeaderStandardTimestamp, timestamp)
		h.Set(webhook.HeaderStandardSignature, signatures)
		accepted := webhook.VerifyStandard(h, body, moment, "k") == nil
		if accepted && oracle(t, "k").VerifyIgnoringTimestamp(body, h) != nil {
			t.Errorf("VerifyStandard accepts what the specification's library refuses: %q", h)
		}
	})
}
