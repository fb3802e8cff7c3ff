package deliver

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"turnstone"
	"turnstone/webhook"
)

// letter is what all posts to a destination have in common.
type letter struct {
	request *http.Request
	keys    []string // to sign with, the primary first; none: nothing is signed
	origin  string   // who we are, for receivers that are asked
	unfit   string   // why nothing can be posted; empty: it can
}

// newLetter returns the letter of a destination, from an origin. What is configured
// cannot replace our headers, nor stand anywhere but in its own. Why a letter is
// unfit does not repeat what is configured: it may be secret.
func newLetter(d turnstone.Destination, origin string) letter {
	request, err := http.NewRequest(http.MethodPost, d.URL, http.NoBody)
	if err != nil {
		return letter{unfit: "the callback URL cannot be used: write one such as https://example.com/callback"}
	}
	h := request.Header
	for _, name := range slices.Sorted(maps.Keys(d.Secrets.Headers)) {
		if problem := unfitHeader(name, d.Secrets.Headers[name]); problem != "" {
			return letter{unfit: problem}
		}
		h.Set(name, d.Secrets.Headers[name])
	}
	if d.Secrets.Username != "" || d.Secrets.Password != "" {
		request.SetBasicAuth(d.Secrets.Username, d.Secrets.Password)
	}
	h.Set("User-Agent", "Turnstone")
	if d.Handshake.Mode != turnstone.HandshakeOff {
		h.Set(webhook.HeaderRequestOrigin, origin)
	}
	return letter{request: request, keys: keys(d.Secrets), origin: origin}
}

// keys returns the keys to sign with. The secondary one signs beside a primary one
// only.
func keys(s turnstone.DestinationSecrets) []string {
	switch {
	case s.SignatureKey == "":
		return nil
	case s.SecondaryKey == "" || s.SecondaryKey == s.SignatureKey:
		return []string{s.SignatureKey}
	}
	return []string{s.SignatureKey, s.SecondaryKey}
}

// unfitHeader returns why a configured header cannot be sent; empty: it can.
func unfitHeader(name, value string) string {
	switch {
	case name == "" || strings.ContainsFunc(name, func(r rune) bool { return !isToken(r) }):
		return "a callback header has a name that HTTP does not allow: write event.notification.callback.headers with names of letters, digits and dashes"
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return fmt.Sprintf("the callback header %s has a line break or control character in its value: write event.notification.callback.headers without it", name)
	}
	return ""
}

// isToken reports whether r may stand in a header's name (RFC 9110, 5.6.2).
func isToken(r rune) bool {
	return r > ' ' && r < 0x7f && !strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

// post returns the request that carries the body of an event.
func (l letter) post(ctx context.Context, it *item, now time.Time) *http.Request {
	request, body := l.request.WithContext(ctx), it.body
	request.ContentLength = int64(len(body))
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	request.Body, _ = request.GetBody()

	h, id := maps.Clone(l.request.Header), strconv.FormatInt(it.EventID, 10)
	h.Set("Content-Type", contentType(it.Format))
	h.Set(webhook.HeaderID, id)
	h.Set(webhook.HeaderStandardID, id)
	h.Set(webhook.HeaderStandardTimestamp, strconv.FormatInt(now.Unix(), 10))
	if len(l.keys) > 0 {
		h.Set(webhook.HeaderSignature, webhook.Sign(l.keys[0], body))
		h.Set(webhook.HeaderStandardSignature, webhook.SignAll(l.keys, id, now, body))
	}
	request.Header = h
	return request
}

// question returns the request that asks whether posts are welcome, one in pace if
// that is bounded.
func (l letter) question(ctx context.Context, pace time.Duration) *http.Request {
	request := l.request.WithContext(ctx)
	request.Method, request.Header = http.MethodOptions, maps.Clone(l.request.Header)
	if pace > 0 {
		request.Header.Set(webhook.HeaderRequestRate, strconv.FormatInt(max(1, int64(time.Minute/pace)), 10))
	}
	return request
}

func contentType(f turnstone.Format) string {
	if f == turnstone.FormatCloudEvents {
		return webhook.ContentTypeCloudEvents
	}
	return webhook.ContentTypeElements
}
