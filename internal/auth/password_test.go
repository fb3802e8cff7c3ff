package auth_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/auth"
)

const password = "correct horse battery staple"

func TestPasswordsAreCheckedAgainstTheirHash(t *testing.T) {
	hash := hashed(t, password)
	if err := auth.CheckPassword(hash, password); err != nil {
		t.Errorf("CheckPassword = %v, want nil", err)
	}
	for name, wrong := range map[string]string{
		"another":      "correct horse battery stable",
		"empty":        "",
		"longer":       password + " ",
		"without end":  strings.Repeat(password, 100),
		"another case": strings.ToUpper(password),
	} {
		t.Run(name, func(t *testing.T) {
			if err := auth.CheckPassword(hash, wrong); !errors.Is(err, auth.ErrUnauthorized) {
				t.Errorf("CheckPassword = %v, want %v", err, auth.ErrUnauthorized)
			}
		})
	}
}

func TestHashesAreSaltedAndInPHCForm(t *testing.T) {
	first, second := hashed(t, password), hashed(t, password)
	if first == second {
		t.Error("the same password has the same hash twice")
	}
	if want := "$argon2id$v=19$m=19456,t=2,p=1$"; !strings.HasPrefix(string(first), want) {
		t.Errorf("HashPassword = %s, want prefix %s", string(first), want)
	}
	if strings.Contains(string(first), password) {
		t.Error("the hash shows the password")
	}
}

func TestHashesOfOtherProgramsAreUnderstood(t *testing.T) {
	// From the tests of the reference implementation, phc-winner-argon2.
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if err := auth.CheckPassword(hash, "password"); err != nil {
		t.Errorf("CheckPassword = %v, want nil", err)
	}
}

func TestPasswordsThatAreNoGoodAreRefused(t *testing.T) {
	for name, tt := range map[string]struct{ password, want string }{
		"empty":     {"", "at least 8"},
		"too short": {"concür", "has 6 characters: choose at least 8"},
		"too long":  {strings.Repeat("x", 1025), "has 1025 bytes: choose at most 1024"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := auth.HashPassword(rand.Reader, tt.password); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("HashPassword = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestABrokenHashIsNoRefusal(t *testing.T) {
	good := string(hashed(t, password))
	for name, hash := range map[string]string{
		"empty":         "",
		"text":          "password",
		"bcrypt":        "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"other variant": strings.Replace(good, "argon2id", "argon2i", 1),
		"other version": strings.Replace(good, "v=19", "v=16", 1),
		"no passes":     strings.Replace(good, "t=2", "t=0", 1),
		"no lanes":      strings.Replace(good, "p=1", "p=0", 1),
		"much memory":   strings.Replace(good, "m=19456", "m=4194304", 1),
		"many passes":   strings.Replace(good, "t=2", "t=100000", 1),
		"spaces":        strings.Replace(good, "t=2", "t= 2", 1),
		"half":          good[:len(good)-20] + "!",
		"no key":        good[:strings.LastIndex(good, "$")+1],
	} {
		t.Run(name, func(t *testing.T) {
			err := auth.CheckPassword(turnstone.Secret(hash), password)
			if err == nil || errors.Is(err, auth.ErrUnauthorized) {
				t.Errorf("CheckPassword = %v, want an error that is no refusal", err)
			}
		})
	}
}

func FuzzCheckPassword(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password")
	f.Add("$argon2id$v=19$m=,t=,p=$$", "")
	f.Fuzz(func(t *testing.T, hash, password string) {
		if auth.CheckPassword(turnstone.Secret(hash), password) == nil && !strings.HasPrefix(hash, "$argon2id$v=19$") {
			t.Errorf("CheckPassword accepts hash %q", hash)
		}
	})
}

func hashed(t *testing.T, password string) turnstone.Secret {
	t.Helper()
	hash, err := auth.HashPassword(rand.Reader, password)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}
