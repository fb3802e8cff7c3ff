package people_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/auth"
	"turnstone/internal/people"
)

// browsers returns the sessions of an office, and the one of the member.
func (o *office) browsers(t *testing.T) (*people.Sessions, turnstone.Session) {
	t.Helper()
	s := &people.Sessions{Store: o.sessions, SignIn: o.SignIn, Sealer: o.sealer, Random: rand.Reader, Now: func() time.Time { return o.now }}
	session, err := s.Open(t.Context(), "Member@Example.com", proof(password), strings.Repeat("é", 1000)+"\x00\xff")
	if err != nil {
		t.Fatal(err)
	}
	return s, session
}

func TestASessionSaysWhoIsThere(t *testing.T) {
	o := newOffice(t)
	s, session := o.browsers(t)
	got, err := s.Visitor(t.Context(), session.Token)
	if err != nil || got.User.ID != o.member.User.ID || got.Account.ID != o.member.AccountID {
		t.Fatalf("Visitor = user %d of account %d, %v, want the member", got.User.ID, got.Account.ID, err)
	}
	if want := (people.Secrets{User: o.member.User.Secret, Organization: "organization-secret-2"}); got.Secrets != want {
		t.Error("the visitor has not the secrets of the member")
	}
}

func TestAWrongPasswordOpensNoSession(t *testing.T) {
	o := newOffice(t)
	s, _ := o.browsers(t)
	for _, email := range []string{"member@example.com", "nobody@example.com"} {
		if _, err := s.Open(t.Context(), email, proof("wrong"), ""); !errors.Is(err, auth.ErrUnauthorized) {
			t.Errorf("Open for %s = %v, want ErrUnauthorized", email, err)
		}
	}
}

func TestASessionEnds(t *testing.T) {
	change := func(t *testing.T, o *office, in people.UserInput) error {
		_, err := o.Update(t.Context(), o.admin, o.member.User.Email, people.UserChange{UserInput: in})
		return err
	}
	ends := map[string]func(t *testing.T, o *office, s *people.Sessions, token turnstone.Secret) error{
		"when it is not used": func(_ *testing.T, o *office, _ *people.Sessions, _ turnstone.Secret) error {
			o.now = o.now.Add(people.SessionIdle)
			return nil
		},
		"however much it is used": func(t *testing.T, o *office, s *people.Sessions, token turnstone.Secret) error {
			for range 2 * 14 {
				o.now = o.now.Add(people.SessionIdle - time.Second)
				if _, err := s.Visitor(t.Context(), token); err != nil {
					return err
				}
			}
			o.now = o.now.Add(people.SessionIdle - time.Second)
			return nil
		},
		"with the password": func(t *testing.T, o *office, _ *people.Sessions, _ turnstone.Secret) error {
			return change(t, o, people.UserInput{Password: new("another long phrase")})
		},
		"when the user is revoked": func(t *testing.T, o *office, _ *people.Sessions, _ turnstone.Secret) error {
			return change(t, o, people.UserInput{Active: new(false)})
		},
		"when the user is deleted": func(t *testing.T, o *office, _ *people.Sessions, _ turnstone.Secret) error {
			return o.Delete(t.Context(), o.admin, o.member.User.Email)
		},
		"when it is closed": func(t *testing.T, _ *office, s *people.Sessions, token turnstone.Secret) error {
			return s.Close(t.Context(), token)
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			s, session := o.browsers(t)
			if err := end(t, o, s, session.Token); err != nil {
				t.Fatal(err)
			}
			for range 2 { // what has ended does not come back
				if v, err := s.Visitor(t.Context(), session.Token); !errors.Is(err, auth.ErrUnauthorized) || v.User.ID != 0 {
					t.Errorf("Visitor = user %d, %v, want nobody and ErrUnauthorized", v.User.ID, err)
				}
			}
			if err := s.Close(t.Context(), session.Token); err != nil {
				t.Errorf("Close of a session that is gone = %v", err)
			}
		})
	}
}
