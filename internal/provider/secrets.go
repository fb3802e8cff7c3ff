package provider

import (
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"turnstone"
)

const (
	// shortestSecret is the length from which a configured secret is looked for
	// in texts. A shorter one would blank out ordinary words, and protects
	// nothing.
	shortestSecret = 4
	// maxExcerpt is how much of a vendor's text is shown, in characters.
	maxExcerpt = 200
	// maxError is how much of an error is shown: our own words and an excerpt.
	maxError = 500
	// maxSearched is how much of a vendor's text is cleaned of secrets before it
	// is cut to maxExcerpt, in bytes.
	maxSearched = 64 << 10
)

// secrets removes the secrets of a call from what may be shown. Vendors repeat
// what they were sent in their error messages.
type secrets []string

func newSecrets(call Call, cred turnstone.Credential) secrets {
	config := call.Instance.Configuration
	all := secrets{cred.AccessToken, cred.RefreshToken}
	for key, value := range config {
		if len(value) >= shortestSecret && call.Element.Secret(key) {
			all = append(all, value)
		}
	}
	if user, password := config[turnstone.KeyUsername], config[turnstone.KeyPassword]; password != "" {
		all = append(all, base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
	}
	return slices.DeleteFunc(all, func(secret string) bool { return len(secret) < shortestSecret })
}

// hide returns the text without the secrets. Most texts are URLs that hold none,
// for which looking is all there is to do.
func (s secrets) hide(text string) string {
	var pairs []string
	for _, secret := range s {
		if len(secret) > len(text) {
			continue // and escaped it is not shorter
		}
		for _, form := range [...]string{secret, escapeQuery(secret), url.PathEscape(secret)} {
			if strings.Contains(text, form) {
				pairs = append(pairs, form, turnstone.Masked)
			}
		}
	}
	if pairs == nil {
		return text
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// excerpt returns the beginning of a vendor's text on one line, without the
// secrets and without what a terminal would obey.
func (s secrets) excerpt(text string) string {
	return shorten(s.hide(text[:min(len(text), maxSearched)]), maxExcerpt)
}

// strip returns the error, or if its text shows a secret, or more than an
// excerpt of what came from elsewhere, one with a text that does not.
func (s secrets) strip(err error) error {
	if text := shorten(s.hide(err.Error()), maxError); text != err.Error() {
		return errors.New(text)
	}
	return err
}

// shorten returns up to limit characters of the text on one line.
func shorten(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, " "))
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return string(runes)
}
