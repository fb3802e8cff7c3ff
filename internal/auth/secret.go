package auth

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"

	"turnstone"
)

// Sizes of what secrets are made from, in bytes.
const (
	tokenSize        = 32
	organizationSize = 16
)

// NewUserSecret returns a new user secret: the base64 of 32 bytes read from
// random.
func NewUserSecret(random io.Reader) (turnstone.Secret, error) {
	raw, err := draw(random, tokenSize)
	if err != nil {
		return "", fmt.Errorf("make a user secret: %w", err)
	}
	return turnstone.Secret(base64.StdEncoding.EncodeToString(raw)), nil
}

// NewOrganizationSecret returns a new organization secret: 32 hexadecimal digits
// in lower case, from 16 bytes read from random.
func NewOrganizationSecret(random io.Reader) (turnstone.Secret, error) {
	raw, err := draw(random, organizationSize)
	if err != nil {
		return "", fmt.Errorf("make an organization secret: %w", err)
	}
	return turnstone.Secret(hex.EncodeToString(raw)), nil
}

// NewElementToken returns a new token of an instance: the base64 of 32 bytes
// read from random.
func NewElementToken(random io.Reader) (turnstone.Secret, error) {
	raw, err := draw(random, tokenSize)
	if err != nil {
		return "", fmt.Errorf("make an element token: %w", err)
	}
	return turnstone.Secret(base64.StdEncoding.EncodeToString(raw)), nil
}

func draw(random io.Reader, n int) ([]byte, error) {
	raw := make([]byte, n)
	if _, err := io.ReadFull(random, raw); err != nil {
		return nil, fmt.Errorf("read %d random bytes: %w", n, err)
	}
	return raw, nil
}
