package instance

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"turnstone"
)

// maxHeaders bounds the headers a client may add to its callbacks.
const maxHeaders = 50

// CallbackURL returns where events go; nothing if they go nowhere. Some elements
// of the platform had the default "false", so that old instances carry it.
func CallbackURL(c turnstone.Configuration) string {
	text := strings.TrimSpace(c[turnstone.KeyCallbackURL])
	if strings.EqualFold(text, "false") {
		return ""
	}
	return text
}

// checkCallback checks where events go and what is sent with them.
func (d *draft) checkCallback() {
	if text := CallbackURL(d.Configuration); text != "" && !d.problems.about(path(turnstone.KeyCallbackURL)) {
		if problem := webAddress(text); problem != "" {
			d.problems.add(path(turnstone.KeyCallbackURL), "%s; write the address of your receiver, such as https://receiver.example.com/events", problem)
		}
	}
	if strings.Contains(d.Configuration[turnstone.KeyBasicUsername], ":") {
		d.problems.add(path(turnstone.KeyBasicUsername), "has a colon, which HTTP Basic authentication cannot carry; write a name without one")
	}
	if _, err := callbackHeaders(d.Configuration[turnstone.KeyCallbackHeaders]); err != nil {
		d.problems.add(path(turnstone.KeyCallbackHeaders), "%v", err)
	}
	d.checkKeys()
}

// checkKeys checks the keys that callbacks are signed with.
func (d *draft) checkKeys() {
	first, second := d.Configuration[turnstone.KeySignatureKey], d.Configuration[turnstone.KeySecondaryKey]
	switch {
	case second == "":
	case first == "":
		d.problems.add(path(turnstone.KeySecondaryKey), "is set, and %s is not; write the key there, or leave both out", turnstone.KeySignatureKey)
	case first == second:
		d.problems.add(path(turnstone.KeySecondaryKey), "is the same as %s; write the key that receivers are changing from or to, or leave it out", turnstone.KeySignatureKey)
	}
}

// webAddress says what is wrong with an address; nothing if it is one that a
// request can be sent to. Passwords in it are refused and not repeated.
func webAddress(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil && strings.Contains(text, "@"), err == nil && u.User != nil:
		return "has a user name in it"
	case err != nil || (u.Scheme != "http" && u.Scheme != "https"):
		return excerpt(text) + " is no http or https address"
	case u.Hostname() == "":
		return excerpt(text) + " has no host"
	case u.Fragment != "":
		return excerpt(text) + " has a fragment (#), which is never sent"
	}
	return ""
}

// destination returns where the events of a checked configuration go; nil:
// nowhere. It stays while events are off, because it may be owed some.
func destination(c turnstone.Configuration) *turnstone.DestinationWrite {
	address := CallbackURL(c)
	if address == "" {
		return nil
	}
	headers, err := callbackHeaders(c[turnstone.KeyCallbackHeaders])
	if err != nil {
		headers = nil // stored before the rule that it breaks
	}
	return &turnstone.DestinationWrite{
		URL: address,
		Secrets: turnstone.DestinationSecrets{
			SignatureKey: c[turnstone.KeySignatureKey],
			SecondaryKey: c[turnstone.KeySecondaryKey],
			Username:     c[turnstone.KeyBasicUsername],
			Password:     c[turnstone.KeyBasicPassword],
			Headers:      headers,
		},
		Limits:    limits(c),
		Handshake: handshake(c),
	}
}

// callbackHeaders reads further headers of callbacks: a JSON object, or
// name:value,name:value. Errors do not repeat the values, which may be secret.
func callbackHeaders(text string) (map[string]string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	headers, err := headerPairs(text)
	if err != nil {
		return nil, err
	}
	if len(headers) > maxHeaders {
		return nil, fmt.Errorf("has %d headers; write at most %d", len(headers), maxHeaders)
	}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		if err := checkHeader(name, headers[name]); err != nil {
			return nil, err
		}
	}
	return headers, nil
}

// headerPairs splits text into names and values.
func headerPairs(text string) (map[string]string, error) {
	const remedy = `write a JSON object of texts, such as {"X-Team": "billing"}, or X-Team:billing,X-Env:prod`
	headers := make(map[string]string)
	if strings.HasPrefix(text, "{") {
		var object map[string]*string
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			return nil, fmt.Errorf("is no JSON object of texts; %s", remedy)
		}
		for name, value := range object {
			headers[textproto.CanonicalMIMEHeaderKey(name)] = *cmp.Or(value, new(string))
		}
		return headers, nil
	}
	for pair := range strings.SplitSeq(text, ",") {
		name, value, found := strings.Cut(pair, ":")
		if !found {
			return nil, fmt.Errorf("has a part without a colon; %s", remedy)
		}
		headers[textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name))] = strings.TrimSpace(value)
	}
	return headers, nil
}

// checkHeader refuses a header that would break the request, or speak for us.
func checkHeader(name, value string) error {
	lower := strings.ToLower(name)
	switch {
	case name == "" || strings.ContainsFunc(name, func(r rune) bool { return !isToken(r) }):
		return fmt.Errorf("has the header name %s; write a name of letters, digits and dashes", excerpt(name))
	case strings.ContainsFunc(value, func(r rune) bool { return isControl(r) && r != '\t' }):
		return fmt.Errorf("has a line break or control character in the value of %s; write it on one line", name)
	case slices.Contains(connectionHeaders, lower):
		return fmt.Errorf("sets %s, which belongs to the connection; leave it out", name)
	case slices.Contains(ownHeaders, lower) || strings.HasPrefix(lower, "elements-webhook-") || strings.HasPrefix(lower, "webhook-"):
		return fmt.Errorf("sets %s, which every callback has already; choose another name", name)
	}
	return nil
}

// connectionHeaders are those that RFC 9110, 7.6.1 keeps for each hop, and Host.
var connectionHeaders = []string{
	"connection", "content-length", "expect", "host", "keep-alive", "proxy-authenticate", "proxy-authorization",
	"proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
}

// ownHeaders are those that each callback carries.
var ownHeaders = []string{"accept-encoding", "content-encoding", "content-type", "user-agent"}

// isToken reports whether r may stand in a header's name (RFC 9110, 5.6.2).
func isToken(r rune) bool {
	return r > ' ' && r < 0x7f && !strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}
