package auth_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/auth"
	"turnstone/internal/seal"
)

func newSessions(t testing.TB) *auth.Sessions {
	t.Helper()
	ring, err := seal.Open(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	return &auth.Sessions{Sealer: ring}
}

var signedIn = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestATokenSaysWhoseItIs(t *testing.T) {
	sessions := newSessions(t)
	u := turnstone.User{ID: 7, AccountID: 3, PasswordHash: "$argon2id$a"}
	token, err := sessions.Start(u, signedIn)
	if err != nil {
		t.Fatal(err)
	}
	got, err := sessions.Read(token, signedIn.Add(auth.DefaultLife-time.Second))
	if err != nil || got.UserID != 7 || got.AccountID != 3 {
		t.Errorf("Read = %+v, %v, want user 7 of account 3", got, err)
	}
	if err := sessions.Holds(got, u); err != nil {
		t.Errorf("Holds = %v, want nil", err)
	}
	changed, revoked := u, u
	changed.PasswordHash, revoked.RevokedAt = "$argon2id$b", signedIn
	for name, u := range map[string]turnstone.User{"another password": changed, "revoked": revoked, "nobody": {}} {
		if err := sessions.Holds(got, u); !errors.Is(err, auth.ErrUnauthorized) {
			t.Errorf("Holds for %s = %v, want ErrUnauthorized", name, err)
		}
	}
}

func TestTokensThatAreNoneAreRefused(t *testing.T) {
	sessions := newSessions(t)
	token, err := sessions.Start(turnstone.User{ID: 7}, signedIn)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := newSessions(t).Start(turnstone.User{ID: 7}, signedIn)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		token turnstone.Secret
		at    time.Time
	}{
		"empty":               {"", signedIn},
		"no base64":           {"§", signedIn},
		"cut":                 {token[:len(token)-4], signedIn},
		"of another key ring": {foreign, signedIn},
		"expired":             {token, signedIn.Add(auth.DefaultLife)},
	} {
		if _, err := sessions.Read(tt.token, tt.at); !errors.Is(err, auth.ErrUnauthorized) {
			t.Errorf("%s: Read = %v, want ErrUnauthorized", name, err)
		}
	}
}

// What else is sealed is no token, though the same keys seal it.
func TestASealedSecretIsNoToken(t *testing.T) {
	sessions := newSessions(t)
	sealed, err := sessions.Sealer.Seal("account/1/secret", []byte(`{"user":1,"expires":9999999999}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sessions.Read(turnstone.Secret(base64.RawURLEncoding.EncodeToString(sealed)), signedIn); !errors.Is(err, auth.ErrUnauthorized) {
		t.Errorf("Read = %v, want ErrUnauthorized", err)
	}
}

func FuzzReadToken(f *testing.F) {
	sessions := newSessions(f)
	token, err := sessions.Start(turnstone.User{ID: 7}, signedIn)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("")
	f.Add(string(token[:len(token)-1]))
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := sessions.Read(turnstone.Secret(text), signedIn); err == nil && text != string(token) {
			t.Errorf("Read accepts %q", text)
		}
	})
}

func ExampleSessions() {
	ring, err := seal.Parse("lookup:0101010101010101010101010101010101010101010101010101010101010101\n" +
		"1:0202020202020202020202020202020202020202020202020202020202020202\n")
	if err != nil {
		fmt.Println(err)
		return
	}
	sessions := &auth.Sessions{Sealer: ring}
	token, err := sessions.Start(turnstone.User{ID: 7, AccountID: 3}, signedIn)
	if err != nil {
		fmt.Println(err)
		return
	}
	session, err := sessions.Read(token, signedIn.Add(30*time.Minute))
	fmt.Println(session.UserID, err)
	_, err = sessions.Read(token, signedIn.Add(2*time.Hour))
	fmt.Println(err)
	// Output:
	// 7 <nil>
	// not authorized: the token has expired; sign in again with POST /authentication
}
