package oauth

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"turnstone"
	"turnstone/internal/element"
)

// answer is what a token endpoint said.
type answer struct {
	place  string // the endpoint, without a query
	status int
	header http.Header
	body   []byte // JSON; empty if the endpoint sent something else
}

func newAnswer(place string, resp *http.Response, body []byte) answer {
	a := answer{place: place, status: resp.StatusCode, header: resp.Header}
	if len(body) <= maxAnswer && gjson.ValidBytes(body) {
		a.body = body
	}
	return a
}

// text returns the value at path as text; nothing if it is absent, null, an
// object or an array.
func (a answer) text(path string) string {
	if path == "" || len(a.body) == 0 {
		return ""
	}
	value := gjson.GetBytes(a.body, path)
	if value.Type == gjson.JSON {
		return ""
	}
	return value.String()
}

// matches reports whether one of matches selects a.
func (a answer) matches(matches []element.Match) bool {
	return slices.ContainsFunc(matches, func(m element.Match) bool { return m.Holds(a.status, a.body) })
}

// failure returns a as an error with the vendor's own message.
func (a answer) failure(action turnstone.VendorAction, message string) *turnstone.VendorError {
	return &turnstone.VendorError{Action: action, Status: a.status, Message: message, URL: a.place}
}

// unusable returns a as an error that says in our words what is wrong with it.
func (a answer) unusable(action turnstone.VendorAction, format string, args ...any) *turnstone.VendorError {
	return &turnstone.VendorError{Action: action, Status: a.status, URL: a.place, Err: fmt.Errorf(format, args...)}
}

// defaultRefused is what RFC 6749 has for a grant or a client that is not
// accepted, for elements that declare nothing.
var defaultRefused = []element.Match{{Path: "error", Values: []string{"invalid_grant", "invalid_client"}}}

// read returns the credential that a holds, asked for at the time given, or why
// there is none.
func (x exchange) read(a answer, asked time.Time) (turnstone.Credential, error) {
	paths := x.el.Authenticator.TokenResponse
	token := a.text(paths.AccessToken)
	if a.status < 200 || a.status > 299 || token == "" {
		return turnstone.Credential{}, x.problem(a, asked)
	}
	c := turnstone.Credential{
		InstanceID:   x.held.InstanceID,
		State:        turnstone.CredentialValid,
		AccessToken:  token,
		RefreshToken: x.held.RefreshToken,
		RefreshUntil: x.held.RefreshUntil,
		RefreshedAt:  asked,
		Values:       x.kept(a),
	}
	if life := lifetime(a.text(paths.ExpiresIn)); life > 0 {
		c.ExpiresAt = asked.Add(life)
	}
	if refresh := a.text(paths.RefreshToken); refresh != "" {
		c.RefreshToken = refresh
		c.RefreshUntil = moment(a.text(paths.RefreshExpiresAt))
	}
	return c, nil
}

// kept returns what the element keeps of a. URLs lose all but scheme and host,
// and those of hosts that may not see the credential are passed over.
func (x exchange) kept(a answer) map[string]string {
	kept := x.held.Values
	paths := x.el.Authenticator.TokenResponse
	for name, path := range paths.Keep {
		value := a.text(path)
		if slices.Contains(paths.KeepURLs, name) {
			if value = originOf(value); !x.allowed(value) {
				continue // strayed names it
			}
		}
		if value != "" {
			kept = with(kept, name, value)
		}
	}
	return kept
}

// strayed returns the base URLs in an answer that a credential may not go to, and
// that are therefore not kept, by their names.
func (x exchange) strayed(a answer) map[string]string {
	strayed := make(map[string]string)
	paths := x.el.Authenticator.TokenResponse
	for _, name := range paths.KeepURLs {
		if text := a.text(paths.Keep[name]); text != "" && !x.allowed(originOf(text)) {
			strayed[name] = originOf(text)
		}
	}
	return strayed
}

// problem says what an answer without a token means.
func (x exchange) problem(a answer, now time.Time) error {
	handler := x.el.Authenticator.ErrorHandler
	refused := handler.RefusedIf
	if len(refused) == 0 {
		refused = defaultRefused
	}
	switch {
	case a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable:
		e := a.failure(turnstone.VendorWait, x.message(a))
		e.Wait = retryAfter(a.header, now)
		return e
	case a.status >= 500 || a.status == http.StatusRequestTimeout:
		return a.failure(turnstone.VendorRetry, x.message(a))
	case a.status >= 300 && a.status < 400:
		return a.unusable(turnstone.VendorFail, "a redirect, which is not followed with secrets; correct the URL of the grant in the element, or base.url")
	case len(a.body) == 0: // a page of a proxy, or of a vendor under maintenance
		return a.unusable(turnstone.VendorRetry, "no JSON but %q", shortened(x.scrubbed(a.header.Get("Content-Type"))))
	case a.matches(refused):
		return &refusal{a.failure(turnstone.VendorFail, x.message(a))}
	case a.status < 300:
		return a.unusable(turnstone.VendorRetry, "no %s in the answer", x.el.Authenticator.TokenResponse.AccessToken)
	}
	return a.failure(turnstone.VendorFail, x.message(a))
}

// message returns the vendor's words for people.
func (x exchange) message(a answer) string {
	for _, path := range x.el.Authenticator.ErrorHandler.Message {
		if text := a.text(path); text != "" {
			return shortened(x.scrubbed(text))
		}
	}
	return ""
}

// maxLife keeps an absurd life within what a time can hold.
const maxLife = 100 * 365 * 24 * time.Hour

// lifetime reads a number of seconds; 0 if it is none, or not positive.
func lifetime(text string) time.Duration {
	seconds, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(seconds) || seconds <= 0 {
		return 0
	}
	if seconds >= maxLife.Seconds() {
		return maxLife
	}
	return time.Duration(seconds * float64(time.Second))
}

// moment reads a number of seconds since 1970; zero if it is none.
func moment(text string) time.Time {
	since := lifetime(text)
	if since == 0 {
		return time.Time{}
	}
	return time.Unix(0, 0).UTC().Add(since)
}

// retryAfter returns how long a Retry-After header asks to wait; 0 if it does
// not say. A date is by the vendor's clock, which the Date header tells.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if at, err := http.ParseTime(text); err == nil {
		if date, err := http.ParseTime(h.Get("Date")); err == nil {
			now = date
		}
		return max(0, at.Sub(now))
	}
	return lifetime(text)
}
