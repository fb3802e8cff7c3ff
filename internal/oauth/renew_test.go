package oauth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/oauth"
)

func TestAnAnswerWithoutARefreshTokenLeavesTheOldOneInForce(t *testing.T) {
	store := newMemory(held())
	v := &vendor{answer: always(200, `{"access_token":"new"}`)}
	got, err := keeper(t, store, v).Renew(t.Context(), concur(nil), held())
	if err != nil {
		t.Fatal(err)
	}
	if got.RefreshToken != held().RefreshToken || got.Values["geolocation"] != held().Values["geolocation"] {
		t.Errorf("Renew = %+v, want the refresh token and values of before", got)
	}
}

func TestManyCallersMakeOneRequest(t *testing.T) {
	for name, processes := range map[string]int{"one process": 1, "two processes": 2} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				old := held()
				old.RefreshedAt, old.ExpiresAt = time.Now(), time.Now().Add(time.Hour)
				store := newMemory(old)
				store.now = time.Now
				v := &vendor{answer: rotating, before: func(r *http.Request) error { return pause(r.Context(), time.Second) }}
				var keepers []*oauth.Keeper
				for range processes {
					k := keeper(t, store, v)
					k.Now = time.Now
					keepers = append(keepers, k)
				}
				var wg sync.WaitGroup
				for i := range 100 {
					wg.Go(func() {
						got, err := keepers[i%processes].Renew(t.Context(), concur(nil), old)
						if err != nil || got.AccessToken != "access-1" {
							t.Errorf("Renew = %q, %v, want access-1", got.AccessToken, err)
						}
					})
				}
				wg.Wait()
				if len(v.asked) != 1 {
					t.Errorf("%d requests, want 1", len(v.asked))
				}
			})
		})
	}
}

func TestTheLeaseOfADeadProcessEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory(held())
		store.now = time.Now
		if _, err := store.LeaseCredential(t.Context(), 12, time.Minute); err != nil {
			t.Fatal(err)
		}
		k := keeper(t, store, &vendor{answer: rotating})
		began := time.Now()
		got, err := k.Renew(t.Context(), concur(nil), held())
		if err != nil || got.AccessToken != "access-1" {
			t.Errorf("Renew = %q, %v, want access-1", got.AccessToken, err)
		}
		if took := time.Since(began); took < time.Minute || took > time.Minute+time.Second {
			t.Errorf("Renew took %v, want a minute", took)
		}
	})
}

func TestACallerWhoLeavesDoesNotLoseTheToken(t *testing.T) {
	store := newMemory(held())
	ctx, cancel := context.WithCancel(t.Context())
	v := &vendor{answer: rotating, before: func(r *http.Request) error { cancel(); return r.Context().Err() }}
	got, err := keeper(t, store, v).Renew(ctx, concur(nil), held())
	if err != nil || got.AccessToken != "access-1" || store.current(12).AccessToken != "access-1" {
		t.Errorf("Renew = %q, %v, want access-1 used and stored", got.AccessToken, err)
	}
}

func TestACallerWhoStaysIsNotHurtByOneWhoLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory(held())
		store.now = time.Now
		if _, err := store.LeaseCredential(t.Context(), 12, 10*time.Second); err != nil {
			t.Fatal(err)
		}
		k := keeper(t, store, &vendor{answer: rotating})
		left := errors.New("left")
		ctx, cancel := context.WithCancelCause(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := k.Renew(ctx, concur(nil), held()); !errors.Is(err, left) {
				t.Errorf("Renew of who leaves = %v, want %v", err, left)
			}
		})
		synctest.Wait() // it leads, and waits for the lease
		wg.Go(func() {
			if got, err := k.Renew(t.Context(), concur(nil), held()); err != nil || got.AccessToken != "access-1" {
				t.Errorf("Renew of who stays = %q, %v, want access-1", got.AccessToken, err)
			}
		})
		synctest.Wait() // it follows
		cancel(left)
		wg.Wait()
	})
}

func TestAFollowerMayLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory(held())
		store.now = time.Now
		v := &vendor{answer: rotating, before: func(r *http.Request) error { return pause(r.Context(), time.Second) }}
		k := keeper(t, store, v)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := k.Renew(t.Context(), concur(nil), held()); err != nil {
				t.Errorf("Renew of the leader = %v, want nil", err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := k.Renew(ctx, concur(nil), held()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Renew of the follower = %v, want %v", err, context.DeadlineExceeded)
		}
		wg.Wait()
	})
}

func TestACredentialThatSomebodyReplacedIsReturned(t *testing.T) {
	stale := held()
	stale.AccessToken = "older"
	v := &vendor{answer: rotating}
	store := newMemory(held())
	got, err := keeper(t, store, v).Renew(t.Context(), concur(nil), stale)
	if err != nil || got.AccessToken != held().AccessToken {
		t.Errorf("Renew = %q, %v, want the stored one", got.AccessToken, err)
	}
	if len(v.asked) != 0 {
		t.Errorf("%d requests, want none", len(v.asked))
	}
	if _, err := store.LeaseCredential(t.Context(), 12, time.Minute); err != nil {
		t.Errorf("LeaseCredential afterwards = %v, want the lease to have ended", err)
	}
}

func TestARefusalOfATokenReplacedMeanwhileIsNoRefusal(t *testing.T) {
	other := held()
	other.AccessToken, other.RefreshToken = "authorised-anew", "r"
	tests := map[string]func(asked) (int, string){
		"refused": always(400, `{"error":"invalid_grant"}`),
		"renewed": rotating,
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			store := newMemory(held())
			v := &vendor{answer: answer, before: func(*http.Request) error { store.replace(other); return nil }}
			got, err := keeper(t, store, v).Renew(t.Context(), concur(nil), held())
			if err != nil || got.AccessToken != "authorised-anew" {
				t.Errorf("Renew = %q, %v, want the one authorised anew", got.AccessToken, err)
			}
			if diff := cmp.Diff(other, store.current(12)); diff != "" {
				t.Errorf("stored (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFaultOfTheVendorKeepsTheCredential(t *testing.T) {
	tests := map[string]*vendor{
		"no answer": {before: func(*http.Request) error { return io.ErrUnexpectedEOF }},
		"a page":    {answer: always(200, "<html>")},
		"busy":      {answer: always(429, "")},
		"down":      {answer: always(502, `{"error":"invalid_grant"}`)},
	}
	for name, v := range tests {
		t.Run(name, func(t *testing.T) {
			store := newMemory(held())
			_, err := keeper(t, store, v).Renew(t.Context(), concur(nil), held())
			if _, ok := errors.AsType[*turnstone.VendorError](err); !ok || errors.Is(err, turnstone.ErrUnauthenticated) {
				t.Errorf("Renew = %v, want a VendorError alone", err)
			}
			if diff := cmp.Diff(held(), store.current(12)); diff != "" {
				t.Errorf("stored (-want +got):\n%s", diff)
			}
			if want := []string{"read", "lease", "release"}; !slices.Equal(store.log, want) {
				t.Errorf("steps = %v, want %v", store.log, want)
			}
			hides(t, err)
		})
	}
}

func TestAVendorThatHangsIsGivenUpWithinTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory(held())
		store.now = time.Now
		v := &vendor{before: func(r *http.Request) error { return pause(r.Context(), time.Hour) }}
		began := time.Now()
		_, err := keeper(t, store, v).Renew(t.Context(), concur(nil), held())
		if e, ok := errors.AsType[*turnstone.VendorError](err); !ok || e.Action != turnstone.VendorRetry {
			t.Errorf("Renew = %v, want a VendorError to retry", err)
		}
		if took := time.Since(began); took != 30*time.Second {
			t.Errorf("Renew took %v, want 30s", took)
		}
		if want := []string{"read", "lease", "release"}; !slices.Equal(store.log, want) {
			t.Errorf("steps = %v, want %v", store.log, want)
		}
	})
}

func TestALoginIsRepeatedWhenItsRefreshTokenIsRefused(t *testing.T) {
	login := concur(turnstone.Configuration{"username": "ann", "password": password})
	refuseRefresh := func(a asked) (int, string) {
		if a.form.Get("grant_type") == "refresh_token" {
			return 400, `{"error":"invalid_grant"}`
		}
		return rotating(a)
	}
	store, v := newMemory(held()), &vendor{answer: refuseRefresh}
	got, err := keeper(t, store, v).Renew(t.Context(), login, held())
	if err != nil || got.AccessToken != "access-2" || store.current(12).RefreshToken != "refresh-2" {
		t.Errorf("Renew = %q, %v, want access-2, stored", got.AccessToken, err)
	}
	if got := v.asked[1].form.Get("password"); got != password {
		t.Errorf("second request has password %q, want the stored one", got)
	}

	store, v = newMemory(held()), &vendor{answer: always(400, `{"error":"invalid_grant","error_description":"Incorrect credentials. Please Retry"}`)}
	_, err = keeper(t, store, v).Renew(t.Context(), login, held())
	if !errors.Is(err, turnstone.ErrUnauthenticated) || store.current(12).State != turnstone.CredentialRefused || len(v.asked) != 2 {
		t.Errorf("Renew = %v after %d requests, want %v after 2", err, len(v.asked), turnstone.ErrUnauthenticated)
	}
}

func TestATokenThatCameAloneIsNotRenewed(t *testing.T) {
	alone := turnstone.Credential{InstanceID: 12, State: turnstone.CredentialValid, AccessToken: "t"}
	store, v := newMemory(alone), &vendor{answer: rotating}
	_, err := keeper(t, store, v).Renew(t.Context(), concur(nil), alone)
	if !errors.Is(err, turnstone.ErrUnauthenticated) || !strings.Contains(err.Error(), "no refresh token") {
		t.Errorf("Renew = %v, want %v for want of a refresh token", err, turnstone.ErrUnauthenticated)
	}
	if len(v.asked) != 0 || store.current(12).State != turnstone.CredentialRefused {
		t.Errorf("%d requests, state %s, want none, refused", len(v.asked), store.current(12).State)
	}
}

// pause waits as a slow vendor does.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
