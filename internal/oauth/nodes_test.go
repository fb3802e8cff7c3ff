package oauth_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"turnstone"
	"turnstone/internal/oauth"
	"turnstone/internal/store/storetest"
)

// nodes are the Keepers of three nodes that share a database, in which an
// instance has a credential.
type nodes struct {
	keepers []*oauth.Keeper
	store   oauth.Store
	in      turnstone.Instance
}

// eachDatabase runs a test with nodes on each database, and a vendor that gives
// other tokens each time. SQLite has one node alone, whose Keepers stand for what
// several processes did.
func eachDatabase(t *testing.T, c turnstone.Credential, test func(*testing.T, nodes, *vendor)) {
	t.Helper()
	for _, name := range []string{"sqlite", "postgres"} {
		t.Run(name, func(t *testing.T) {
			db := storetest.Open(t)
			stores := []oauth.Store{db, db, db}
			if name == "postgres" {
				dir, url := t.TempDir(), storetest.Postgres(t)
				db = storetest.OpenURL(t, url, dir)
				stores = []oauth.Store{db, storetest.OpenURL(t, url, dir), storetest.OpenURL(t, url, dir)}
			}
			_, user := storetest.Account(t, db, 1)
			write := storetest.Write(user, 1)
			write.Instance.Element, write.Instance.Configuration = "concur", concur(nil).Configuration
			write.Credential = &c
			n := nodes{store: db, in: storetest.Save(t, db, write)}
			v := &vendor{answer: rotating}
			for _, store := range stores {
				n.keepers = append(n.keepers, keeper(t, store, v))
			}
			test(t, n, v)
		})
	}
}

func TestAllNodesRenewAnEndedTokenOnce(t *testing.T) {
	ended := held()
	ended.ExpiresAt = moment
	eachDatabase(t, ended, func(t *testing.T, n nodes, v *vendor) {
		var wg sync.WaitGroup
		for i := range 50 * len(n.keepers) {
			wg.Go(func() {
				got, err := n.keepers[i%len(n.keepers)].Credential(t.Context(), n.in)
				if err != nil || got.AccessToken != "access-1" {
					t.Errorf("Credential = %q, %v, want access-1", got.AccessToken, err)
				}
			})
		}
		wg.Wait()
		if len(v.asked) != 1 {
			t.Errorf("%d requests, want 1", len(v.asked))
		}
	})
}

func TestARefreshTokenIsUsedOnce(t *testing.T) {
	const rounds = 10
	eachDatabase(t, held(), func(t *testing.T, n nodes, v *vendor) {
		for range rounds {
			stale, err := n.store.Credential(t.Context(), n.in.ID)
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for i := range 5 * len(n.keepers) {
				wg.Go(func() {
					got, err := n.keepers[i%len(n.keepers)].Renew(t.Context(), n.in, stale)
					if err != nil || got.AccessToken == stale.AccessToken {
						t.Errorf("Renew = %q, %v, want another token", got.AccessToken, err)
					}
				})
			}
			wg.Wait()
		}
		var used []string
		for _, a := range v.asked {
			used = append(used, a.form.Get("refresh_token"))
		}
		slices.Sort(used)
		if len(used) != rounds || len(slices.Compact(used)) != rounds {
			t.Errorf("refresh tokens used: %q, want %d, each once", used, rounds)
		}
	})
}

// frozen is the store as a node sees it that is frozen once: after it has taken
// the lease, or before it saves. What happens meanwhile is run then.
type frozen struct {
	*memory
	afterLease, beforeSave func()
}

func (f *frozen) LeaseCredential(ctx context.Context, id int64, lease time.Duration) (turnstone.CredentialLease, error) {
	l, err := f.memory.LeaseCredential(ctx, id, lease)
	thaw(&f.afterLease)
	return l, err
}

func (f *frozen) SaveCredential(ctx context.Context, l turnstone.CredentialLease) error {
	thaw(&f.beforeSave)
	return f.memory.SaveCredential(ctx, l)
}

// thaw runs do the first time.
func thaw(do *func()) {
	if run := *do; run != nil {
		*do = nil
		run()
	}
}

// freeze lets a node renew the credential and freezes it with set while another
// node does so too. It returns what the first is given.
func freeze(t *testing.T, shared *memory, v *vendor, set func(*frozen, func())) turnstone.Credential {
	t.Helper()
	now := moment
	shared.now = func() time.Time { return now }
	one := &frozen{memory: shared}
	first, second := keeper(t, one, v), keeper(t, shared, v)
	first.Now = shared.now
	set(one, func() {
		now = now.Add(2 * time.Minute)
		_, _ = second.Renew(t.Context(), concur(nil), held())
	})
	got, err := first.Renew(t.Context(), concur(nil), held())
	if err != nil {
		t.Fatalf("Renew of the frozen node: %v", err)
	}
	return got
}

func TestANodeThatWasFrozenGoesOnWithWhatTheOtherSaved(t *testing.T) {
	t.Run("before it asked", func(t *testing.T) {
		shared, v := newMemory(held()), &vendor{answer: rotating}
		got := freeze(t, shared, v, func(f *frozen, meanwhile func()) { f.afterLease = meanwhile })
		if got.AccessToken != "access-1" || len(v.asked) != 1 {
			t.Errorf("Renew = %q after %d requests, want access-1 of the other node, after its one request", got.AccessToken, len(v.asked))
		}
	})
	t.Run("before it saved", func(t *testing.T) {
		shared, v := newMemory(held()), &vendor{answer: rotating}
		got := freeze(t, shared, v, func(f *frozen, meanwhile func()) { f.beforeSave = meanwhile })
		if got.AccessToken != "access-2" || shared.current(12).AccessToken != "access-2" {
			t.Errorf("Renew = %q with %q stored, want access-2 of the other node", got.AccessToken, shared.current(12).AccessToken)
		}
	})
}

func TestATokenIsNotLostToTheNodeThatTookOver(t *testing.T) {
	once := func(a asked) (int, string) {
		if a.number > 1 { // the refresh token has been used
			return 400, `{"error":"invalid_grant"}`
		}
		return rotating(a)
	}
	shared, v := newMemory(held()), &vendor{answer: once}
	got := freeze(t, shared, v, func(f *frozen, meanwhile func()) { f.beforeSave = meanwhile })
	stored := shared.current(12)
	if got.AccessToken != "access-1" || stored.AccessToken != "access-1" || stored.State != turnstone.CredentialValid {
		t.Errorf("Renew = %q, stored %q as %s, want access-1 valid", got.AccessToken, stored.AccessToken, stored.State)
	}
	if !slices.Contains(shared.log, "save refused") {
		t.Errorf("steps = %v, want a refusal of the other node in between", shared.log)
	}
}

func TestWhatAnotherNodeRenewedIsFoundByReading(t *testing.T) {
	shared, v := newMemory(held()), &vendor{answer: rotating}
	first, second := keeper(t, shared, v), keeper(t, shared, v)
	stale, err := second.Credential(t.Context(), concur(nil)) // and remembers it
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Renew(t.Context(), concur(nil), held()); err != nil {
		t.Fatal(err)
	}
	shared.log = nil
	for range 2 {
		got, err := second.Renew(t.Context(), concur(nil), stale)
		if err != nil || got.AccessToken != "access-1" || len(v.asked) != 1 {
			t.Errorf("Renew = %q, %v after %d requests, want access-1 after 1", got.AccessToken, err, len(v.asked))
		}
	}
	if slices.Contains(shared.log, "lease") {
		t.Errorf("steps = %v, want reading alone", shared.log)
	}
	if got, err := second.Credential(t.Context(), concur(nil)); err != nil || got.AccessToken != "access-1" {
		t.Errorf("Credential = %q, %v, want access-1", got.AccessToken, err)
	}
}

func TestANodeWaitsForAnotherWithoutHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newMemory(held())
		shared.now = time.Now
		slow := &vendor{answer: rotating, before: func(r *http.Request) error { return pause(r.Context(), 20*time.Second) }}
		keepers := []*oauth.Keeper{keeper(t, shared, slow), keeper(t, shared, slow)}
		var wg sync.WaitGroup
		for _, k := range keepers {
			k.Now = time.Now
			wg.Go(func() {
				if got, err := k.Renew(t.Context(), concur(nil), held()); err != nil || got.AccessToken != "access-1" {
					t.Errorf("Renew = %q, %v, want access-1", got.AccessToken, err)
				}
			})
		}
		wg.Wait()
		if len(shared.log) > 35 { // 20 seconds, a look each, and the first ones
			t.Errorf("%d steps while another node renewed for 20s, want at most 35", len(shared.log))
		}
	})
}
