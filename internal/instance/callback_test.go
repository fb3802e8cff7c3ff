package instance_test

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/instance"
)

func TestTwoKeysSignDuringARotation(t *testing.T) {
	h := newHouse(t)
	store := h.record()
	made := h.create(input(turnstone.KeySignatureKey, "new", turnstone.KeySecondaryKey, "old"))
	if got := store.last.Destination.Secrets; got.SignatureKey != "new" || got.SecondaryKey != "old" {
		t.Errorf("keys = %s and %s, want new and old", got.SignatureKey, got.SecondaryKey)
	}
	if got := h.Masked(t.Context(), made)[turnstone.KeySecondaryKey]; got != turnstone.Masked {
		t.Errorf("the secondary key is shown as %q, want %q", got, turnstone.Masked)
	}
	h.update(made, changed(turnstone.KeySignatureKey, turnstone.Masked, turnstone.KeySecondaryKey, ""))
	if got := store.last.Destination.Secrets; got.SignatureKey != "new" || got.SecondaryKey != "" {
		t.Errorf("keys = %s and %s after the rotation, want new and none", got.SignatureKey, got.SecondaryKey)
	}
}

func TestASecondKeyNeedsAnotherFirst(t *testing.T) {
	h, _ := newSketch(t)
	h.refused(input(turnstone.KeySecondaryKey, "k"), map[string]string{
		turnstone.KeySecondaryKey: "is set, and event.notification.signature.key is not; write the key there",
	})
	h.refused(input(turnstone.KeySignatureKey, "k", turnstone.KeySecondaryKey, "k"), map[string]string{
		turnstone.KeySecondaryKey: "is the same as event.notification.signature.key",
	})
}

// TestNoEntryCanEndALine tries to smuggle a header through every entry that becomes
// part of a request.
func TestNoEntryCanEndALine(t *testing.T) {
	h, _ := newSketch(t)
	for _, key := range []string{
		turnstone.KeyCallbackURL, turnstone.KeyBaseURL, turnstone.KeySignatureKey, turnstone.KeySecondaryKey, turnstone.KeyBasicUsername,
		turnstone.KeyBasicPassword, turnstone.KeyUsername, turnstone.KeyPassword, turnstone.KeyOAuthClientID, turnstone.KeyOAuthClientSecret,
		turnstone.KeyOAuthCallbackURL, turnstone.KeyOAuthScope, turnstone.KeyOAuthToken, turnstone.KeyOAuthRefreshToken, "api.key", "listId",
	} {
		for _, value := range []string{"a\r\nX-Evil= 1", "a\x00", "a\x7f", "a\n", "\ta"} {
			in := configured("several", turnstone.KeySignatureKey, "first", key, value)
			in.Configuration[key] = value
			h.refused(in, map[string]string{key: "has a line break or control character in it; write it on one line"})
		}
	}
	for _, value := range []string{"X-A:b\r\nX-Evil:1", "X-A:b\nc", `{"X-A":"b\r\nX-Evil: 1"}`, "X-A:b\x00c"} {
		h.refused(input(turnstone.KeyCallbackHeaders, value), map[string]string{
			turnstone.KeyCallbackHeaders: "has a line break or control character in the value of X-A; write it on one line",
		})
	}
}

func TestATextOfSeveralLinesIsAnEntryOfItsOwn(t *testing.T) {
	h, _ := newSketch(t)
	h.create(configured("several", "note", "one\ntwo", "unknown.key", "three\nfour"))
}

func TestNoParameterOfAnAddressCanEndALine(t *testing.T) {
	h, _ := newSketch(t)
	_, err := h.AuthorizeURL(mustLookup(t, h, "concur"), map[string]string{"apiKey": "a\r\nb", "callbackUrl": "https://a.example"}, "")
	if err == nil || !strings.Contains(err.Error(), "apiKey: has a line break") {
		t.Errorf("AuthorizeURL = %v, want a problem with apiKey", err)
	}
}

// FuzzCallbackHeaders sends what is accepted: a server reads the same headers, and
// none besides.
func FuzzCallbackHeaders(f *testing.F) {
	for _, text := range []string{
		`{"X-Team": "billing", "x-env": null}`, "x-team: billing , X-Env:a:b,X-None:", "a:b\r\nc:d", `{"a":"\u000d\n"}`, "Host:x", `{" ":"x"}`, "a:\x00", "ä:b", "a:ä",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		headers, err := instance.CallbackHeaders(text)
		if err != nil {
			return
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://receiver.example", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range headers {
			request.Header.Set(name, value)
		}
		var sent bytes.Buffer
		if err := request.Write(&sent); err != nil {
			t.Fatalf("a request with the headers of %q = %v", text, err)
		}
		got, err := http.ReadRequest(bufio.NewReader(&sent))
		if err != nil {
			t.Fatalf("reading a request with the headers of %q = %v", text, err)
		}
		for _, own := range []string{"User-Agent", "Content-Length"} {
			got.Header.Del(own)
		}
		if len(got.Header) != len(headers) {
			t.Errorf("%q sends %v, want %v", text, got.Header, headers)
		}
		for name, value := range headers {
			if got.Header.Get(name) != strings.Trim(value, " \t") {
				t.Errorf("%q sends %s as %q, want %q", text, name, got.Header.Get(name), value)
			}
		}
	})
}
