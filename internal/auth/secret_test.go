package auth_test

import (
	"crypto/rand"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/auth"
)

func TestSecretsHaveThePlatformsForm(t *testing.T) {
	base64 := regexp.MustCompile(`^[A-Za-z0-9+/]{43}=$`)
	tests := map[string]struct {
		make func(io.Reader) (turnstone.Secret, error)
		form *regexp.Regexp
	}{
		"user":         {auth.NewUserSecret, base64},
		"organization": {auth.NewOrganizationSecret, regexp.MustCompile(`^[0-9a-f]{32}$`)},
		"element":      {auth.NewElementToken, base64},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			first, err := tt.make(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			second, err := tt.make(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			if !tt.form.MatchString(string(first)) {
				t.Errorf("secret %q does not match %v", string(first), tt.form)
			}
			if first == second {
				t.Error("two secrets are the same")
			}
			if _, err := tt.make(strings.NewReader("too short")); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("secret from too little randomness = %v, want %v", err, io.ErrUnexpectedEOF)
			}
		})
	}
}
