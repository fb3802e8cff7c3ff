package people_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/auth"
	"turnstone/internal/people"
)

// token signs the member in.
func (o *office) token(t *testing.T) turnstone.Secret {
	t.Helper()
	token, err := o.SignIn.Start(t.Context(), "Member@Example.com", proof(password))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestATokenOpensTheSecretsOfWhoSignedIn(t *testing.T) {
	o := newOffice(t)
	got, err := o.SignIn.Secrets(t.Context(), o.token(t))
	want := people.Secrets{User: o.member.User.Secret, Organization: "organization-secret-2"}
	if err != nil || got != want {
		t.Errorf("Secrets = %v, %v, want those of the member", got, err)
	}
}

func TestATokenEnds(t *testing.T) {
	ends := map[string]func(t *testing.T, o *office) error{
		"with time": func(_ *testing.T, o *office) error { o.now = o.now.Add(auth.DefaultLife); return nil },
		"with the password": func(t *testing.T, o *office) error {
			_, err := o.Update(t.Context(), o.admin, o.member.User.Email, people.UserChange{UserInput: people.UserInput{Password: new("another long phrase")}})
			return err
		},
		"when the user is revoked": func(t *testing.T, o *office) error {
			_, err := o.Update(t.Context(), o.admin, o.member.User.Email, people.UserChange{UserInput: people.UserInput{Active: new(false)}})
			return err
		},
		"when the user is deleted": func(t *testing.T, o *office) error {
			return o.Delete(t.Context(), o.admin, o.member.User.Email)
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			token := o.token(t)
			if _, err := o.SignIn.User(t.Context(), token); err != nil {
				t.Fatalf("User = %v before", err)
			}
			if err := end(t, o); err != nil {
				t.Fatal(err)
			}
			if _, err := o.SignIn.User(t.Context(), token); !errors.Is(err, auth.ErrUnauthorized) {
				t.Errorf("User = %v, want ErrUnauthorized", err)
			}
		})
	}
}

func TestWhoIsRevokedDoesNotSignIn(t *testing.T) {
	o := newOffice(t)
	revoked := people.UserChange{UserInput: people.UserInput{Active: new(false)}}
	if _, err := o.Update(t.Context(), o.admin, o.member.User.Email, revoked); err != nil {
		t.Fatal(err)
	}
	if _, err := o.SignIn.Start(t.Context(), o.member.User.Email, proof(password)); !errors.Is(err, auth.ErrUnauthorized) {
		t.Errorf("Start = %v, want ErrUnauthorized", err)
	}
	revoked.Active = new(true)
	if _, err := o.Update(t.Context(), o.admin, o.member.User.Email, revoked); err != nil {
		t.Fatal(err)
	}
	o.token(t)
}

func TestWrongPasswordsAndUnknownUsersAreAnsweredAlike(t *testing.T) {
	o := newOffice(t)
	_, wrong := o.SignIn.Start(t.Context(), o.member.User.Email, proof("wrong"))
	_, unknown := o.SignIn.Start(t.Context(), "nobody@example.com", proof("wrong"))
	if !errors.Is(wrong, auth.ErrUnauthorized) || fmt.Sprint(wrong) != fmt.Sprint(unknown) {
		t.Errorf("Start = %v for a wrong password and %v for nobody, want the same refusal", wrong, unknown)
	}
}

func TestPasswordsCannotBeTriedAtWill(t *testing.T) {
	for name, email := range map[string]string{"of somebody": "member@example.com", "of nobody": "nobody@example.com"} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			tried := 0
			for range 20 {
				_, err := o.SignIn.Start(t.Context(), email, proof("wrong"))
				if errors.Is(err, auth.ErrUnauthorized) {
					tried++
				}
			}
			if tried != 5 {
				t.Errorf("%d passwords were tried, want 5", tried)
			}
			_, err := o.SignIn.Start(t.Context(), email, proof(password))
			late, ok := errors.AsType[*people.AttemptsError](err)
			if !ok || late.Wait <= 0 || late.Wait > time.Minute {
				t.Fatalf("Start = %v, want to wait up to a minute", err)
			}
			o.now = o.now.Add(late.Wait)
			_, err = o.SignIn.Start(t.Context(), email, proof(password))
			if email == "member@example.com" && err != nil {
				t.Errorf("Start after the wait = %v, want nil", err)
			}
		})
	}
}

func TestRightPasswordsAreNotCounted(t *testing.T) {
	o := newOffice(t)
	for range 12 {
		o.token(t)
	}
}

func TestGuessingElsewhereDoesNotLockAUserOutAtOnce(t *testing.T) {
	o := newOffice(t)
	for range 10 {
		_, _ = o.SignIn.Start(t.Context(), "member@example.com", people.Proof{Password: "wrong", Address: "203.0.113.9:1"})
	}
	o.token(t)
}

// One network has more IPv6 addresses than anybody can count.
func TestAttemptsAreCountedByNetwork(t *testing.T) {
	o := newOffice(t)
	var last error
	for n := range 10 {
		from := fmt.Sprintf("[2001:db8:1:2::%x]:%d", n, n+1)
		_, last = o.SignIn.Start(t.Context(), "member@example.com", people.Proof{Password: "wrong", Address: from})
	}
	if _, ok := errors.AsType[*people.AttemptsError](last); !ok {
		t.Errorf("Start = %v, want too many attempts", last)
	}
}

func TestManyWhoSignInAtOnceDoNotPassTogether(t *testing.T) {
	o := newOffice(t)
	var racing sync.WaitGroup
	results := make(chan error, 30)
	for range 30 {
		racing.Go(func() {
			_, err := o.SignIn.Start(t.Context(), "member@example.com", proof("wrong"))
			results <- err
		})
	}
	racing.Wait()
	close(results)
	tried := 0
	for err := range results {
		if errors.Is(err, auth.ErrUnauthorized) {
			tried++
		}
	}
	if tried != 5 {
		t.Errorf("%d passwords were tried, want 5", tried)
	}
}

func TestWhoGivesUpWaitingIsNotCounted(t *testing.T) {
	o := newOffice(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 {
		if _, err := o.SignIn.Start(gone, "member@example.com", proof("wrong")); err == nil {
			t.Fatal("Start = nil, want an error")
		}
	}
	o.token(t)
}
