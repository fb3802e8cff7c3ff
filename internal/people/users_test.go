package people_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/auth"
	"turnstone/internal/people"
)

func TestMembersManageNobodyButThemselves(t *testing.T) {
	o := newOffice(t)
	ctx, admin := t.Context(), o.admin.User.Email
	tests := map[string]func(by auth.Identity) error{
		"list":          func(by auth.Identity) error { return err(o.List(ctx, by, 10)) },
		"show":          func(by auth.Identity) error { return err(o.One(ctx, by, admin)) },
		"show nobody":   func(by auth.Identity) error { return err(o.One(ctx, by, "nobody@example.com")) },
		"create":        func(by auth.Identity) error { return err(o.Create(ctx, by, people.UserInput{})) },
		"change":        func(by auth.Identity) error { return err(o.Update(ctx, by, admin, people.UserChange{})) },
		"delete":        func(by auth.Identity) error { return o.Delete(ctx, by, admin) },
		"delete myself": func(by auth.Identity) error { return o.Delete(ctx, by, people.Me) },
		"rotate":        func(by auth.Identity) error { return err(o.RotateSecret(ctx, by, admin, time.Time{})) },
		"become admin": func(by auth.Identity) error {
			return err(o.Update(ctx, by, people.Me, people.UserChange{UserInput: people.UserInput{Role: new(turnstone.RoleAdmin)}}))
		},
		"organization": func(by auth.Identity) error { return err(o.accounts.RotateSecret(ctx, by, time.Time{})) },
		"account": func(by auth.Identity) error {
			return err(o.accounts.Update(ctx, by, by.AccountID, people.AccountInput{}))
		},
		"journal":       func(by auth.Identity) error { return err(o.journal.Read(ctx, by, turnstone.JournalFilter{})) },
		"other account": func(by auth.Identity) error { return err(o.accounts.One(ctx, by, 1)) },
	}
	tokenAlone := o.admin
	tokenAlone.WholeAccount = false
	for name, do := range tests {
		for who, by := range map[string]auth.Identity{"a member": o.member, "an admin with a token alone": tokenAlone} {
			self := who != "a member" && (name == "show" || name == "change" || name == "rotate" || name == "become admin")
			if got := do(by); !errors.Is(got, people.ErrForbidden) && !self {
				t.Errorf("%s by %s = %v, want ErrForbidden", name, who, got)
			}
		}
	}
}

// err returns the error of a call that returns a value, too.
func err[T any](_ T, err error) error { return err }

func TestMembersChangeThemselves(t *testing.T) {
	o := newOffice(t)
	renamed, err := o.Update(t.Context(), o.member, people.Me, people.UserChange{UserInput: people.UserInput{FirstName: new(" Grace ")}})
	if err != nil || renamed.FirstName != "Grace" {
		t.Errorf("Update = %+v, %v, want the first name Grace", renamed, err)
	}
	secret, err := o.RotateSecret(t.Context(), o.member, "MEMBER@example.com", time.Time{})
	if err != nil || secret == o.member.User.Secret || secret == "" {
		t.Errorf("RotateSecret = %q, %v, want another one", string(secret), err)
	}
}

func TestWhoChangesTheirOwnPasswordKnowsTheOldOne(t *testing.T) {
	o := newOffice(t)
	change := people.UserChange{UserInput: people.UserInput{Password: new("another long phrase")}, Proof: proof("guessed")}
	if _, err := o.Update(t.Context(), o.member, people.Me, change); !errors.Is(err, auth.ErrUnauthorized) {
		t.Errorf("Update with a wrong password = %v, want ErrUnauthorized", err)
	}
	moved := people.UserChange{UserInput: people.UserInput{Email: new("thief@example.com")}}
	if _, err := o.Update(t.Context(), o.member, people.Me, moved); !errors.Is(err, auth.ErrUnauthorized) {
		t.Errorf("Update of the address without a password = %v, want ErrUnauthorized", err)
	}
	change.Proof = proof(password)
	if _, err := o.Update(t.Context(), o.member, people.Me, change); err != nil {
		t.Errorf("Update = %v, want nil", err)
	}
	if _, err := o.SignIn.Start(t.Context(), o.member.User.Email, proof("another long phrase")); err != nil {
		t.Errorf("Start with the new password = %v, want nil", err)
	}
	change.Password = new("set by the admin")
	if _, err := o.Update(t.Context(), o.admin, o.member.User.Email, change); err != nil {
		t.Errorf("Update by an admin = %v, want nil", err)
	}
}

func TestUsersOfOtherAccountsAreNotThere(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{o.operator.User.Email, "1", "999", "nobody@example.com"} {
		if _, err := o.One(t.Context(), o.admin, name); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("One %s = %v, want ErrNotFound", name, err)
		}
		if err := o.Delete(t.Context(), o.admin, name); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("Delete %s = %v, want ErrNotFound", name, err)
		}
	}
}

func TestWhatIsWrongWithAUserIsSaid(t *testing.T) {
	o := newOffice(t)
	good := people.UserInput{Email: new("new@example.com"), Password: new(password)}
	tests := map[string]struct {
		spoil func(in *people.UserInput)
		want  string
	}{
		"no address":      {func(in *people.UserInput) { in.Email = nil }, "emailAddress: is missing"},
		"no password":     {func(in *people.UserInput) { in.Password = nil }, "password: is missing"},
		"no such address": {func(in *people.UserInput) { in.Email = new("ada") }, "emailAddress: is no address"},
		"a name with it":  {func(in *people.UserInput) { in.Email = new("Ada <ada@example.com>") }, "emailAddress: is no address"},
		"a line break":    {func(in *people.UserInput) { in.FirstName = new("A\nB") }, "firstName: has line breaks"},
		"a long name":     {func(in *people.UserInput) { in.LastName = new(strings.Repeat("é", 256)) }, "lastName: is longer than 255"},
		"another role":    {func(in *people.UserInput) { in.Role = new(turnstone.Role("root")) }, `role: "root" is not known; write "admin" or "member"`},
		"short password":  {func(in *people.UserInput) { in.Password = new("short") }, "password: has 5 characters"},
	}
	for name, tt := range tests {
		in := good
		tt.spoil(&in)
		_, err := o.Create(t.Context(), o.admin, in)
		if _, ok := errors.AsType[*people.InputError](err); !ok || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Create = %v, want %q", name, err, tt.want)
		}
	}
	if _, err := o.Create(t.Context(), o.admin, people.UserInput{Email: new("MEMBER@example.com"), Password: new(password)}); !errors.Is(err, turnstone.ErrConflict) {
		t.Errorf("Create of an address that is taken = %v, want ErrConflict", err)
	}
}

func TestSecretsAreKeptForThirtyDaysAtMost(t *testing.T) {
	o := newOffice(t)
	for name, tt := range map[string]struct {
		until time.Time
		good  bool
	}{
		"at once":     {time.Time{}, true},
		"a day":       {o.now.Add(24 * time.Hour), true},
		"the past":    {o.now.Add(-time.Second), false},
		"half a year": {o.now.Add(180 * 24 * time.Hour), false},
	} {
		_, err := o.RotateSecret(t.Context(), o.member, people.Me, tt.until)
		if _, wrong := errors.AsType[*people.InputError](err); wrong == tt.good {
			t.Errorf("%s: RotateSecret = %v, want it possible: %v", name, err, tt.good)
		}
	}
}
