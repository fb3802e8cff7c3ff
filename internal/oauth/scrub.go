package oauth

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"turnstone"
)

const (
	// maxMessage is as much of a vendor's message as people read.
	maxMessage = 300
	// shortestSecret is the length from which a secret is looked for, in bytes.
	shortestSecret = 4
)

// scrubbed returns text with Masked in place of every secret that the request
// held: some vendors repeat what they were sent.
func (x exchange) scrubbed(text string) string {
	secrets := []string{x.code, x.held.AccessToken, x.held.RefreshToken}
	for key, value := range x.config {
		if x.el.Secret(key) {
			secrets = append(secrets, value)
		}
	}
	for _, secret := range secrets {
		secrets = append(secrets, url.QueryEscape(secret))
	}
	// What is shorter stands in many a word: masking it would tell what it is.
	secrets = slices.DeleteFunc(secrets, func(s string) bool { return len(s) < shortestSecret })
	// Of two secrets that begin alike the replacer takes the one named first.
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, secret := range secrets {
		pairs = append(pairs, secret, turnstone.Masked)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// shortened returns text on one line, and no longer than people read.
func shortened(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	if runes := []rune(strings.TrimSpace(text)); len(runes) > maxMessage {
		return string(runes[:maxMessage]) + "…"
	}
	return strings.TrimSpace(text)
}
