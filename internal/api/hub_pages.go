package api

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"turnstone/internal/hub"
)

// Signer signs what clients keep for us. All nodes make the same signature of a text,
// and nobody else can.
type Signer interface {
	// Lookup returns at least 16 bytes, which equal texts share that were signed for
	// the same place.
	Lookup(place string, text []byte) []byte
}

// signatureSize is how many bytes of a signature travel: nobody guesses 128 bits, and
// the token is part of a URL.
const signatureSize = 16

// signedPage returns the token of a page as clients get it. The hub's own names what to
// ask the vendor for, so one that a client made up would choose that in our name.
func (a *API) signedPage(instanceID int64, token string) string {
	return token + "." + a.pageSignature(instanceID, token)
}

// openedPage returns the hub's token in one that came from a client, if it is what
// signedPage made for the instance.
func (a *API) openedPage(instanceID int64, signed string) (string, error) {
	if signed == "" {
		return "", nil
	}
	token, signature, _ := strings.Cut(signed, ".")
	if subtle.ConstantTimeCompare([]byte(signature), []byte(a.pageSignature(instanceID, token))) != 1 {
		return "", &hub.RequestError{Param: "nextPage", Problem: fmt.Sprintf("is no token that instance %d was given; %s", instanceID, hub.TokenHelp)}
	}
	return token, nil
}

func (a *API) pageSignature(instanceID int64, token string) string {
	signature := a.Signer.Lookup(fmt.Sprintf("hub page of instance %d", instanceID), []byte(token))
	return base64.RawURLEncoding.EncodeToString(signature[:signatureSize])
}
