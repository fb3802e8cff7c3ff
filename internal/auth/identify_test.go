package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/auth"
)

// people is a store with one user, one account and one instance, perhaps of
// different accounts.
type people struct {
	user    turnstone.User
	account turnstone.Account
	in      turnstone.Instance
	err     error
}

func (p people) UserBySecret(_ context.Context, s turnstone.Secret) (turnstone.User, error) {
	return p.user, p.found(s == p.user.Secret)
}

func (p people) AccountBySecret(_ context.Context, s turnstone.Secret) (turnstone.Account, error) {
	return p.account, p.found(s == p.account.OrganizationSecret)
}

func (p people) InstanceByToken(_ context.Context, s turnstone.Secret) (turnstone.Instance, error) {
	return p.in, p.found(s == p.in.Token)
}

func (p people) found(yes bool) error {
	switch {
	case p.err != nil:
		return p.err
	case !yes:
		return turnstone.ErrNotFound
	}
	return nil
}

// household is a store whose user, account and instance belong together.
func household() people {
	return people{
		user:    turnstone.User{ID: 7, AccountID: 3, Secret: user},
		account: turnstone.Account{ID: 3, OrganizationSecret: organization},
		in:      turnstone.Instance{ID: 12, AccountID: 3, Token: element},
	}
}

func TestCallersAreIdentified(t *testing.T) {
	tests := map[string]struct {
		header          string
		whole, instance bool
	}{
		"user and organization": {"User " + user + ", Organization " + organization, true, false},
		"user and element":      {"User " + user + ", Element " + element, false, true},
		"all three":             {"User " + user + ", Organization " + organization + ", Element " + element, true, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			store := household()
			got, err := (&auth.Auth{Store: store}).Identify(t.Context(), tt.header)
			if err != nil {
				t.Fatal(err)
			}
			want := auth.Identity{AccountID: 3, User: store.user, WholeAccount: tt.whole}
			if tt.instance {
				want.Instance = &store.in
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Identify (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhoDoesNotBelongTogetherIsRefused(t *testing.T) {
	foreignAccount, foreignInstance := household(), household()
	foreignAccount.account.ID = 4
	foreignInstance.in.AccountID = 4
	revoked := household()
	revoked.user.RevokedAt = time.Now()
	tests := map[string]struct {
		store        people
		header, want string
	}{
		"a revoked user":           {revoked, "User " + user + ", Organization " + organization, "was revoked"},
		"no header":                {household(), "", "header is missing"},
		"user alone":               {household(), "User " + user, "lacks Organization or Element"},
		"organization alone":       {household(), "Organization " + organization, "lacks User"},
		"element alone":            {household(), "Element " + element, "lacks User"},
		"unknown user":             {household(), "User x, Organization " + organization, "the User secret is not known"},
		"unknown organization":     {household(), "User " + user + ", Organization x", "the Organization secret is not known"},
		"unknown token":            {household(), "User " + user + ", Element x", "the Element token is not known"},
		"another's organization":   {foreignAccount, "User " + user + ", Organization " + organization, "another account"},
		"another's instance":       {foreignInstance, "User " + user + ", Element " + element, "the Element token is not known"},
		"instance of nobody there": {foreignInstance, "User " + user + ", Organization " + organization + ", Element " + element, "the Element token is not known"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := (&auth.Auth{Store: tt.store}).Identify(t.Context(), tt.header)
			if !errors.Is(err, auth.ErrUnauthorized) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Identify = %v, want ErrUnauthorized with %q", err, tt.want)
			}
			if got.AccountID != 0 || got.Instance != nil {
				t.Errorf("Identify returns %+v beside its error", got)
			}
			hides(t, err)
		})
	}
}

func TestWhatOneMayDoFollowsFromRoleAndSecrets(t *testing.T) {
	tests := map[string]struct {
		id              auth.Identity
		admin, operator bool
	}{
		"admin":                     {auth.Identity{AccountID: 3, WholeAccount: true, User: turnstone.User{Role: turnstone.RoleAdmin}}, true, false},
		"admin of the first":        {auth.Identity{AccountID: 1, WholeAccount: true, User: turnstone.User{Role: turnstone.RoleAdmin}}, true, true},
		"member of the first":       {auth.Identity{AccountID: 1, WholeAccount: true, User: turnstone.User{Role: turnstone.RoleMember}}, false, false},
		"admin with a token alone":  {auth.Identity{AccountID: 1, User: turnstone.User{Role: turnstone.RoleAdmin}}, false, false},
		"somebody of an older kind": {auth.Identity{AccountID: 1, WholeAccount: true}, false, false},
	}
	for name, tt := range tests {
		if tt.id.Admin() != tt.admin || tt.id.Operator() != tt.operator {
			t.Errorf("%s: Admin = %v, Operator = %v, want %v, %v", name, tt.id.Admin(), tt.id.Operator(), tt.admin, tt.operator)
		}
	}
}

func TestAStoreThatFailsIsNotARefusal(t *testing.T) {
	broken := household()
	broken.err = errors.New("disk full")
	_, err := (&auth.Auth{Store: broken}).Identify(t.Context(), "User "+user+", Element "+element)
	if !errors.Is(err, broken.err) || errors.Is(err, auth.ErrUnauthorized) {
		t.Errorf("Identify = %v, want %v alone", err, broken.err)
	}
}
