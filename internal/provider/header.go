package provider

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"

	"turnstone"
	"turnstone/internal/element"
)

// setHeaders sets the headers of the requester and, winning over them, of the
// call.
func setHeaders(req *http.Request, call Call, values element.Values) {
	req.Header.Set("User-Agent", "turnstone")
	req.Header.Set("Accept", "application/json")
	if call.Requester.Decoder == xmlDecoder {
		req.Header.Set("Accept", "application/xml")
	}
	if req.ContentLength > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, t := range call.Requester.Headers {
		if value := t.Expand(values); value != "" {
			req.Header.Set(name, value)
		}
	}
	for name, value := range call.Headers {
		req.Header.Set(name, value)
	}
}

// authenticate adds what proves who the request acts for.
func authenticate(req *http.Request, a element.Authenticator, values element.Values, cred turnstone.Credential) {
	header := a.Header
	if header == "" {
		header = "Authorization"
	}
	switch a.Type {
	case "OAuthAuthenticator":
		req.Header.Set(header, prefixed(a.Prefix, cred.AccessToken))
	case "ApiKeyAuthenticator":
		req.Header.Set(header, prefixed(a.Prefix, a.APIToken.Expand(values)))
	case "BearerAuthenticator":
		req.Header.Set(header, prefixed("Bearer", a.APIToken.Expand(values)))
	case "BasicHttpAuthenticator":
		req.SetBasicAuth(a.Username.Expand(values), a.Password.Expand(values))
	}
}

func prefixed(word, token string) string {
	if word == "" {
		return token
	}
	return word + " " + token
}

// checkHeaders refuses what would end a header and begin another. net/http does
// so too, but its error looks like the vendor's fault.
func checkHeaders(header http.Header) error {
	for name, values := range header {
		if name == "" || strings.ContainsFunc(name, outsideToken) {
			return fmt.Errorf("request_headers: %q is no name of a header", name)
		}
		for _, value := range values {
			if strings.ContainsFunc(value, isControl) {
				return fmt.Errorf("the header %s would hold a line break or another control character;"+
					" remove it from the configuration entry", name)
			}
		}
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// outsideToken reports whether a character cannot stand in the name of a header.
func outsideToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

// newUUID returns a random UUID, version 4.
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never returns an error
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
