package people_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/auth"
	"turnstone/internal/people"
)

func TestOnlyTheOperatorManagesAccounts(t *testing.T) {
	o := newOffice(t)
	ctx, own := t.Context(), o.admin.AccountID
	limited := people.AccountInput{Limits: map[turnstone.Limit]*int{turnstone.LimitUsers: new(5)}}
	tests := map[string]func(by auth.Identity) error{
		"create": func(by auth.Identity) error {
			_, _, err := o.accounts.Create(ctx, by, people.AccountInput{})
			return err
		},
		"limit":  func(by auth.Identity) error { return err(o.accounts.Update(ctx, by, own, limited)) },
		"delete": func(by auth.Identity) error { return o.accounts.Delete(ctx, by, own) },
		"show":   func(by auth.Identity) error { return err(o.accounts.One(ctx, by, o.operator.AccountID)) },
	}
	for name, do := range tests {
		if got := do(o.admin); !errors.Is(got, people.ErrForbidden) {
			t.Errorf("%s by the admin of another account = %v, want ErrForbidden", name, got)
		}
	}
	list, got := o.accounts.List(ctx, o.admin, 10)
	if len(list) != 1 || list[0].ID != own || got != nil {
		t.Errorf("List = %v, %v, want one's own account", list, got)
	}
	list, got = o.accounts.List(ctx, o.operator, 10)
	if len(list) != 2 || got != nil {
		t.Errorf("List by the operator = %v, %v, want both accounts", list, got)
	}
}

func TestANewAccountHasAnAdminWhoSignsIn(t *testing.T) {
	o := newOffice(t)
	in := people.AccountInput{
		Name: new("Third"), Limits: map[turnstone.Limit]*int{turnstone.LimitInstances: new(7)},
		Admin: people.UserInput{Email: new("third@example.com"), Password: new(password)},
	}
	a, u, err := o.accounts.Create(t.Context(), o.operator, in)
	if err != nil || a.ID == 0 || u.AccountID != a.ID || u.Role != turnstone.RoleAdmin {
		t.Fatalf("Create = %+v, %+v, %v, want an account with an admin", a, u, err)
	}
	token, err := o.SignIn.Start(t.Context(), "third@example.com", proof(password))
	if err != nil {
		t.Fatal(err)
	}
	secrets, err := o.SignIn.Secrets(t.Context(), token)
	if err != nil || secrets.Organization != a.OrganizationSecret || secrets.User != u.Secret {
		t.Errorf("Secrets = %v, %v, want those of the account", secrets, err)
	}
	if got := o.accounts.Delete(t.Context(), o.operator, a.ID); got != nil {
		t.Errorf("Delete = %v, want nil", got)
	}
	if _, err := o.SignIn.User(t.Context(), token); !errors.Is(err, auth.ErrUnauthorized) {
		t.Errorf("User of a deleted account = %v, want ErrUnauthorized", err)
	}
}

func TestTheFirstAccountStays(t *testing.T) {
	o := newOffice(t)
	if err := o.accounts.Delete(t.Context(), o.operator, turnstone.OperatorAccountID); !errors.Is(err, people.ErrForbidden) {
		t.Errorf("Delete = %v, want ErrForbidden", err)
	}
}

func TestWhatIsWrongWithAnAccountIsSaid(t *testing.T) {
	o := newOffice(t)
	limit := func(what turnstone.Limit, most int) people.AccountInput {
		return people.AccountInput{Limits: map[turnstone.Limit]*int{what: &most}}
	}
	for name, tt := range map[string]struct {
		in   people.AccountInput
		want string
	}{
		"no name":             {people.AccountInput{Name: new(" ")}, "name: is missing"},
		"a long name":         {people.AccountInput{Name: new(strings.Repeat("x", 256))}, "name: is longer than 255"},
		"another limit":       {limit("instance", 1), `limits: "instance" is not known; write some of instances, `},
		"no such limit, null": {people.AccountInput{Limits: map[turnstone.Limit]*int{"x": nil}}, `limits: "x" is not known`},
		"a negative limit":    {limit(turnstone.LimitInstances, -1), "limits.instances: is -1; write a whole number from 0"},
		"no requests":         {limit(turnstone.LimitRequests, 0), "limits.requestsPerSecond: is 0; write a whole number from 1"},
	} {
		_, err := o.accounts.Update(t.Context(), o.operator, o.admin.AccountID, tt.in)
		if _, ok := errors.AsType[*people.InputError](err); !ok || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Update = %v, want %q", name, err, tt.want)
		}
	}
}

func TestLimitsAreSetOneByOneAndShownWithTheirUse(t *testing.T) {
	o := newOffice(t)
	id := o.admin.AccountID
	for _, limits := range []map[turnstone.Limit]*int{
		{turnstone.LimitUsers: new(9), turnstone.LimitElements: new(0)},
		{turnstone.LimitHubCalls: new(4), turnstone.LimitElements: nil},
	} {
		if _, err := o.accounts.Update(t.Context(), o.operator, id, people.AccountInput{Limits: limits}); err != nil {
			t.Fatal(err)
		}
	}
	leave, err := o.accounts.Meter.Enter(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	uses, err := o.accounts.Limits(t.Context(), o.admin, id)
	if err != nil {
		t.Fatal(err)
	}
	got := map[turnstone.Limit]people.Use{}
	for _, u := range uses {
		got[u.Limit] = u
	}
	for _, want := range []people.Use{
		{Limit: turnstone.LimitUsers, Most: 9, Limited: true, Used: 2, Counted: true},
		{Limit: turnstone.LimitHubCalls, Most: 4, Limited: true, Used: 1, Counted: true},
		{Limit: turnstone.LimitInstances, Counted: true},
	} {
		if diff := cmp.Diff(want, got[want.Limit]); diff != "" {
			t.Errorf("Limits (-want +got)\n%s", diff)
		}
	}
	if len(uses) != len(turnstone.AllLimits()) || got[turnstone.LimitElements].Limited {
		t.Errorf("Limits = %v, want all, and no limit of elements any more", uses)
	}
}

func TestRequestsAreAdmittedByTheSecond(t *testing.T) {
	o := newOffice(t)
	id, meter := o.admin.AccountID, o.accounts.Meter
	in := people.AccountInput{Limits: map[turnstone.Limit]*int{turnstone.LimitRequests: new(10)}}
	if _, err := o.accounts.Update(t.Context(), o.operator, id, in); err != nil {
		t.Fatal(err)
	}
	admitted := func() (n int) {
		for range 50 {
			err := meter.Admit(t.Context(), id)
			if err == nil {
				n++
			} else if limit, ok := errors.AsType[*turnstone.LimitError](err); !ok || limit.Wait <= 0 || limit.Wait > 100*time.Millisecond {
				t.Fatalf("Admit = %v, want to wait up to 100 ms", err)
			}
		}
		return n
	}
	if n := admitted(); n != 10 {
		t.Errorf("%d requests were admitted at once, want 10", n)
	}
	o.now = o.now.Add(500 * time.Millisecond)
	if n := admitted(); n != 5 {
		t.Errorf("%d requests were admitted half a second later, want 5", n)
	}
	if err := meter.Admit(t.Context(), o.operator.AccountID); err != nil {
		t.Errorf("Admit of an account without limits = %v, want nil", err)
	}
}

// Whatever comes and goes, no more calls are under way than the limit says, and as many
// as it says are let in.
func TestHubCallsUnderWayAreBounded(t *testing.T) {
	o := newOffice(t)
	id, meter := o.admin.AccountID, o.accounts.Meter
	rapid.Check(t, func(rt *rapid.T) {
		most := rapid.IntRange(0, 4).Draw(rt, "most")
		in := people.AccountInput{Limits: map[turnstone.Limit]*int{turnstone.LimitHubCalls: &most}}
		if _, err := o.accounts.Update(t.Context(), o.operator, id, in); err != nil {
			rt.Fatal(err)
		}
		var leaves []func()
		for _, enters := range rapid.SliceOfN(rapid.Bool(), 1, 30).Draw(rt, "calls") {
			if !enters {
				if len(leaves) > 0 {
					leaves[0]()
					leaves = leaves[1:]
				}
				continue
			}
			leave, err := meter.Enter(t.Context(), id)
			if (err == nil) != (len(leaves) < most) {
				rt.Fatalf("Enter = %v with %d of %d under way", err, len(leaves), most)
			}
			if err == nil {
				leaves = append(leaves, leave)
			}
		}
		for _, leave := range leaves {
			leave()
		}
	})
}
