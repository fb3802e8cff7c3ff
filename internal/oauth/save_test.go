package oauth_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
)

func TestARenewedCredentialIsSavedBeforeItIsUsed(t *testing.T) {
	store := newMemory(held())
	v := &vendor{answer: rotating, before: func(*http.Request) error { store.note("ask"); return nil }}
	got, err := keeper(t, store, v).Renew(t.Context(), concur(nil), held())
	if err != nil {
		t.Fatal(err)
	}
	want := held()
	want.AccessToken, want.RefreshToken = "access-1", "refresh-1"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Renew (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, store.current(12)); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	if want := []string{"read", "lease", "ask", "save valid"}; !slices.Equal(store.log, want) {
		t.Errorf("steps = %v, want %v", store.log, want)
	}
	// The refresh token goes to the data centre that the credential names.
	if want := "https://eu2.api.concursolutions.com" + tokenPath; v.asked[0].url != want {
		t.Errorf("asked at %s, want %s", v.asked[0].url, want)
	}
}

func TestACredentialThatCannotBeSavedIsNotUsedAndNotLost(t *testing.T) {
	store := newMemory(held())
	store.saveErr = errors.New("disk full")
	v := &vendor{answer: rotating}
	k := keeper(t, store, v)

	got, err := k.Renew(t.Context(), concur(nil), held())
	if !errors.Is(err, store.saveErr) || got.AccessToken != "" {
		t.Fatalf("Renew = %+v, %v, want no credential and %v", got, err, store.saveErr)
	}
	if want := []string{"read", "lease", "save valid", "release"}; !slices.Equal(store.log, want) {
		t.Errorf("steps = %v, want %v", store.log, want)
	}
	hides(t, err)

	store.saveErr = nil
	got, err = k.Renew(t.Context(), concur(nil), held())
	if err != nil || got.AccessToken != "access-1" || store.current(12).RefreshToken != "refresh-1" {
		t.Errorf("Renew = %+v, %v, want what the vendor gave before", got, err)
	}
	if len(v.asked) != 1 {
		t.Errorf("%d requests, want 1: a refresh token works once", len(v.asked))
	}
}

func TestARefusedRefreshTokenEndsTheCredential(t *testing.T) {
	store := newMemory(held())
	v := &vendor{answer: always(400, `{"code":108,"error":"invalid_grant","error_description":"bad or expired refresh token"}`)}
	k := keeper(t, store, v)
	in := concur(nil)
	renew := func() (turnstone.Credential, error) { return k.Renew(t.Context(), in, held()) }
	credential := func() (turnstone.Credential, error) { return k.Credential(t.Context(), in) }
	for i, call := range []func() (turnstone.Credential, error){renew, renew, credential} {
		_, err := call()
		if !errors.Is(err, turnstone.ErrUnauthenticated) {
			t.Fatalf("call %d = %v, want %v", i, err, turnstone.ErrUnauthenticated)
		}
		for _, want := range []string{"instance 12", "bad or expired refresh token", "provisionInteractions", "PATCH /instances/12"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("call %d = %v, want %q in it", i, err, want)
			}
		}
		hides(t, err)
	}
	if got := store.current(12); got.State != turnstone.CredentialRefused || !strings.Contains(got.Problem, "bad or expired") {
		t.Errorf("stored = %s, %q, want it refused and why", got.State, got.Problem)
	}
	if len(v.asked) != 1 {
		t.Errorf("%d requests, want 1: a dead token is not tried for ever", len(v.asked))
	}
}

func TestARefusalThatCannotBeSavedIsStillARefusal(t *testing.T) {
	store := newMemory(held())
	store.saveErr = errors.New("disk full")
	v := &vendor{answer: always(400, `{"error":"invalid_grant"}`)}
	_, err := keeper(t, store, v).Renew(t.Context(), concur(nil), held())
	if !errors.Is(err, turnstone.ErrUnauthenticated) || !errors.Is(err, store.saveErr) {
		t.Errorf("Renew = %v, want %v and %v", err, turnstone.ErrUnauthenticated, store.saveErr)
	}
	if want := []string{"read", "lease", "read", "save refused", "release"}; !slices.Equal(store.log, want) {
		t.Errorf("steps = %v, want %v", store.log, want)
	}
}
