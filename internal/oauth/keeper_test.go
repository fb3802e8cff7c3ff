package oauth_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"turnstone"
)

func TestACredentialIsReadFromTheStoreOnce(t *testing.T) {
	store, v := newMemory(held()), &vendor{answer: rotating}
	k := keeper(t, store, v)
	in := concur(nil)
	for range 3 {
		if got, err := k.Credential(t.Context(), in); err != nil || got.AccessToken != held().AccessToken {
			t.Fatalf("Credential = %q, %v, want the stored one", got.AccessToken, err)
		}
	}
	if want := []string{"read"}; !slices.Equal(store.log, want) {
		t.Errorf("steps = %v, want %v", store.log, want)
	}
}

func TestAChangedInstanceHasItsCredentialReadAgain(t *testing.T) {
	store := newMemory(held())
	k := keeper(t, store, &vendor{answer: rotating})
	in := concur(nil)
	if _, err := k.Credential(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	other := held()
	other.AccessToken = "of another company"
	store.replace(other)
	in.Revision++
	if got, err := k.Credential(t.Context(), in); err != nil || got.AccessToken != other.AccessToken {
		t.Errorf("Credential = %q, %v, want %q", got.AccessToken, err, other.AccessToken)
	}
}

func TestTheCacheForgetsRatherThanGrows(t *testing.T) {
	const more = 10_001 // than it holds
	store := newMemory(held())
	for id := range int64(more) {
		c := held()
		c.InstanceID = id
		store.credentials[id] = c
	}
	k := keeper(t, store, &vendor{})
	for range 2 {
		for id := range int64(more) {
			in := concur(nil)
			in.ID = id
			if got, err := k.Credential(t.Context(), in); err != nil || got.InstanceID != id {
				t.Fatalf("Credential of instance %d = that of %d, %v", id, got.InstanceID, err)
			}
		}
	}
	if reads := len(store.log); reads <= more {
		t.Errorf("%d reads, want more than %d: some were forgotten", reads, more)
	}
}

func TestACredentialIsRenewedBeforeItEnds(t *testing.T) {
	tests := map[string]struct {
		life, left time.Duration
		renewed    bool
	}{
		"an hour, fresh":           {time.Hour, time.Hour, false},
		"an hour, a minute left":   {time.Hour, time.Minute, true},
		"an hour, 61 seconds left": {time.Hour, 61 * time.Second, false},
		"an hour, over":            {time.Hour, -time.Second, true},
		"20 seconds, fresh":        {20 * time.Second, 20 * time.Second, false},
		"20 seconds, 6 left":       {20 * time.Second, 6 * time.Second, false},
		"20 seconds, 5 left":       {20 * time.Second, 5 * time.Second, true},
		"life unknown":             {0, time.Minute, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := held()
			c.ExpiresAt = moment.Add(tt.left)
			c.RefreshedAt = c.ExpiresAt.Add(-tt.life)
			if tt.life == 0 {
				c.RefreshedAt = time.Time{}
			}
			store, v := newMemory(c), &vendor{answer: rotating}
			got, err := keeper(t, store, v).Credential(t.Context(), concur(nil))
			if err != nil {
				t.Fatal(err)
			}
			if renewed := got.AccessToken == "access-1"; renewed != tt.renewed {
				t.Errorf("renewed = %v, want %v", renewed, tt.renewed)
			}
		})
	}
}

func TestACredentialThatCannotBeRenewedIsUsedToItsEnd(t *testing.T) {
	ends := held()
	ends.RefreshedAt, ends.ExpiresAt = moment.Add(-time.Hour), moment.Add(30*time.Second)
	over := ends
	over.ExpiresAt = moment
	alone := ends
	alone.RefreshToken = ""
	down := always(502, "")
	tests := map[string]struct {
		credential turnstone.Credential
		answer     func(asked) (int, string)
		used       bool
	}{
		"vendor down, seconds left": {ends, down, true},
		"vendor down, over":         {over, down, false},
		"refused, seconds left":     {ends, always(400, `{"error":"invalid_grant"}`), false},
		"nothing to renew it with":  {alone, rotating, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := &vendor{answer: tt.answer}
			got, err := keeper(t, newMemory(tt.credential), v).Credential(t.Context(), concur(nil))
			if renewable := tt.credential.RefreshToken != ""; renewable != (len(v.asked) == 1) {
				t.Errorf("%d requests for a credential that can be renewed: %v", len(v.asked), renewable)
			}
			if used := err == nil && got.AccessToken == tt.credential.AccessToken; used != tt.used {
				t.Errorf("Credential = %q, %v, used: %v, want %v", got.AccessToken, err, used, tt.used)
			}
		})
	}
}

func TestAnInstanceWithoutACredentialSaysWhatToDo(t *testing.T) {
	tests := map[string]struct {
		element string
		state   turnstone.CredentialState
		want    []string
	}{
		"awaiting":   {"concur", turnstone.CredentialAwaiting, []string{"nobody has authorised it yet", "provisionInteractions", "PATCH /instances/12"}},
		"refused":    {"concur", turnstone.CredentialRefused, []string{"client disabled", "provisionInteractions", "PATCH /instances/12"}},
		"bad key":    {"keyed", turnstone.CredentialRefused, []string{"client disabled", "a new login, key or token", "PATCH /instances/12"}},
		"no state":   {"concur", "", []string{"nobody has authorised it yet"}},
		"no element": {"gone", turnstone.CredentialValid, []string{`no element "gone"`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			store := newMemory(turnstone.Credential{InstanceID: 12, State: tt.state, Problem: "client disabled"})
			in := concur(nil)
			in.Element = tt.element
			_, err := keeper(t, store, &vendor{}).Credential(t.Context(), in)
			if err == nil || tt.element != "gone" && !errors.Is(err, turnstone.ErrUnauthenticated) {
				t.Fatalf("Credential = %v, want %v", err, turnstone.ErrUnauthenticated)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Credential = %v, want %q in it", err, want)
				}
			}
		})
	}
}

func TestACredentialThatIsGoneIsNotFound(t *testing.T) {
	in := concur(nil)
	in.ID = 13
	if _, err := keeper(t, newMemory(held()), &vendor{}).Credential(t.Context(), in); !errors.Is(err, turnstone.ErrNotFound) {
		t.Errorf("Credential = %v, want %v", err, turnstone.ErrNotFound)
	}
}

func TestAKeyNeedsNoRenewing(t *testing.T) {
	in := concur(nil)
	in.Element = "keyed"
	store := newMemory(turnstone.Credential{InstanceID: 12, State: turnstone.CredentialValid})
	if got, err := keeper(t, store, &vendor{}).Credential(t.Context(), in); err != nil || got.State != turnstone.CredentialValid {
		t.Errorf("Credential = %+v, %v, want a valid one", got, err)
	}
}
