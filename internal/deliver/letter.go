package deliver

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"turnstone"
	"turnstone/webhook"
)

// letter is what all posts to a destination have in common.
type letter struct {
	request *http.Request
	key     string // to sign with; empty: nothing is signed
	unfit   error  // why the URL cannot be used
}

// newLetter returns the letter of a destination. What is configured cannot
// replace our headers.
func newLetter(d turnstone.Destination) letter {
	request, err := http.NewRequest(http.MethodPost, d.URL, http.NoBody)
	if err != nil {
		return letter{unfit: err}
	}
	h := request.Header
	for _, name := range slices.Sorted(maps.Keys(d.Secrets.Headers)) {
		h.Set(name, d.Secrets.Headers[name])
	}
	if d.Secrets.Username != "" || d.Secrets.Password != "" {
		request.SetBasicAuth(d.Secrets.Username, d.Secrets.Password)
	}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "Turnstone")
	return letter{request: request, key: d.Secrets.SignatureKey}
}

// post returns the request that carries the body of an event.
func (l letter) post(ctx context.Context, eventID int64, body []byte, now time.Time) *http.Request {
	request := l.request.WithContext(ctx)
	request.ContentLength = int64(len(body))
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	request.Body, _ = request.GetBody()

	h, id := maps.Clone(l.request.Header), strconv.FormatInt(eventID, 10)
	h.Set(webhook.HeaderID, id)
	h.Set(webhook.HeaderStandardID, id)
	h.Set(webhook.HeaderStandardTimestamp, strconv.FormatInt(now.Unix(), 10))
	if l.key != "" {
		h.Set(webhook.HeaderSignature, webhook.Sign(l.key, body))
		h.Set(webhook.HeaderStandardSignature, webhook.SignStandard(l.key, id, now, body))
	}
	request.Header = h
	return request
}
