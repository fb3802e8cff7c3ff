package auth

import (
	"fmt"
	"strings"

	"turnstone"
)

// maxHeader is ten times what three secrets need, and short enough to scan for
// callers whom nobody knows yet.
const maxHeader = 2048

// howTo ends the errors about a header that cannot be read.
const howTo = `write "User <user secret>, Organization <organization secret>" or "User <user secret>, Element <element token>"`

// Secrets are the parts of an Authorization header. Those absent are empty.
type Secrets struct {
	User         turnstone.Secret
	Organization turnstone.Secret
	Element      turnstone.Secret
}

// ParseAuthorization reads the value of an Authorization header: the words User,
// Organization and Element, each followed by its secret. Clients of the platform
// write them in any order and case, with or without commas between them and a
// colon after the word, and so may yours. Errors wrap ErrUnauthorized and repeat
// nothing of the header.
func ParseAuthorization(header string) (Secrets, error) {
	var s Secrets
	if len(header) > maxHeader {
		return s, refuse("the Authorization header is longer than %d bytes", maxHeader)
	}
	rest := strings.FieldsFunc(header, separates)
	if len(rest) == 0 {
		return s, refuse("the Authorization header is missing")
	}
	for len(rest) > 0 {
		word, secret, used := part(rest)
		place := s.place(word)
		switch {
		case place == nil:
			return Secrets{}, refuse("the Authorization header has text that is none of User, Organization and Element with its secret")
		case secret == "" || s.place(secret) != nil:
			return Secrets{}, refuse("the Authorization header has no secret after %s", name(word))
		case *place != "":
			return Secrets{}, refuse("the Authorization header has %s twice", name(word))
		}
		*place = turnstone.Secret(secret)
		rest = rest[used:]
	}
	return s, nil
}

// part splits the first word and its secret off texts: "User: s" and "User s"
// are two texts, "User:s" is one.
func part(texts []string) (word, secret string, used int) {
	word, secret, _ = strings.Cut(texts[0], ":")
	if secret != "" {
		return word, secret, 1
	}
	if len(texts) == 1 {
		return word, "", 1
	}
	return word, texts[1], 2
}

// place returns where the secret after word belongs; nil if it is none of the
// three words.
func (s *Secrets) place(word string) *turnstone.Secret {
	switch name(word) {
	case "User":
		return &s.User
	case "Organization":
		return &s.Organization
	case "Element":
		return &s.Element
	}
	return nil
}

// name returns which of the three words text is or begins with, in our spelling.
func name(text string) string {
	word, _, _ := strings.Cut(text, ":")
	for _, known := range []string{"User", "Organization", "Element"} {
		if strings.EqualFold(word, known) {
			return known
		}
	}
	return ""
}

func separates(r rune) bool { return r == ',' || r == ' ' || r == '\t' }

// refuse returns an error about a header that cannot be read.
func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: "+format+"; "+howTo, append([]any{ErrUnauthorized}, args...)...)
}
