package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"turnstone"
	"turnstone/internal/element"
)

// Where a webhook carries the secret that an instance may ask for.
const (
	SecretParameter = "webhookSecret"
	SecretHeader    = "Elements-Webhook-Secret"
)

// Request is a webhook as it came.
type Request struct {
	Element   string  // the key in its path
	Instances []int64 // that its path or header names; nil: the finder finds them
	Header    http.Header
	Query     url.Values
	Body      []byte
}

// arrival is a request that was read.
type arrival struct {
	Request
	payload json.RawMessage // the body as JSON, or the form or query as an object
}

// read reads the body: JSON, a form, or where there is none the query.
func (r Request) read() (arrival, error) {
	h := arrival{Request: r}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case len(r.Body) == 0:
		h.payload = object(r.Query)
	case media == "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(r.Body))
		if err != nil || !utf8.Valid(r.Body) {
			return h, problemf(Unreadable, "the body is no form, although its content type says so; send name=value pairs, or JSON")
		}
		h.payload = object(values)
	case utf8.Valid(r.Body) && json.Valid(r.Body):
		h.payload = json.RawMessage(r.Body)
	case media == "" || media == "text/plain" || strings.HasSuffix(media, "json"):
		return h, problemf(Unreadable, "the body is no JSON in UTF-8; send JSON, a form or query parameters")
	default:
		return h, problemf(Unsupported, "the content type %.60q is not read here; send JSON or a form", media)
	}
	return h, nil
}

// object returns a form or a query as a JSON object: texts, and lists of texts where a
// name stands there more than once. The secret of the instance is left out.
func object(values url.Values) json.RawMessage {
	members := make(map[string]any, len(values))
	for name, all := range values {
		switch {
		case name == SecretParameter:
		case len(all) == 1:
			members[name] = all[0]
		default:
			members[name] = all
		}
	}
	text, err := json.Marshal(members)
	if err != nil {
		panic(err) // texts always have a JSON form
	}
	return text
}

// value returns the text at a path of the payload; empty: there is none.
func (h arrival) value(path string) string { return text(gjson.GetBytes(h.payload, path)) }

// text returns a value as text: a number as the vendor wrote it.
func text(v gjson.Result) string {
	switch v.Type {
	case gjson.Null:
		return ""
	case gjson.Number:
		return v.Raw
	}
	return v.String()
}

// maxDeliveryID bounds the names that vendors give webhooks; longer ones are hashed.
const maxDeliveryID = 200

// deliveryID returns the vendor's name of the webhook; empty: it has none.
func (h arrival) deliveryID(n element.DeliveryName) string {
	id := ""
	switch {
	case n.Header != "":
		id = h.Header.Get(n.Header)
	case n.Path != "":
		id = h.value(n.Path)
	}
	if len(id) > maxDeliveryID || !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
		sum := sha256.Sum256([]byte(id))
		return hex.EncodeToString(sum[:])
	}
	return id
}

// of returns what is kept of the webhook at an instance.
func (h arrival) of(in turnstone.Instance, now time.Time) turnstone.Webhook {
	return turnstone.Webhook{AccountID: in.AccountID, InstanceID: in.ID, ReceivedAt: now, Size: len(h.Body)}
}

// refused returns what is kept of a webhook that was not taken. It has no name: when it
// comes again, it may be taken.
func (h arrival) refused(in turnstone.Instance, p *Problem, now time.Time) turnstone.WebhookCommit {
	kept := h.of(in, now)
	kept.Outcome, kept.Reason = turnstone.WebhookRefused, p.Text
	if p.Kind == Broken {
		kept.Outcome = turnstone.WebhookFailed
	}
	return turnstone.WebhookCommit{Webhook: kept}
}
