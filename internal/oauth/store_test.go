package oauth_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/oauth"
	"turnstone/internal/store/storetest"
)

// The fake store of the other tests promises what the real one does.
func TestTheRealStoreKeepsTheKeepersPromises(t *testing.T) {
	db := storetest.Open(t)
	_, user := storetest.Account(t, db, 1)
	write := storetest.Write(user, 1)
	first := held()
	write.Instance.Element, write.Instance.Configuration = "concur", concur(nil).Configuration
	write.Credential = &first
	in := storetest.Save(t, db, write)

	v := &vendor{answer: rotating}
	newKeeper := func() *oauth.Keeper {
		return &oauth.Keeper{
			Store: db, Elements: catalogue(t), HTTP: &http.Client{Transport: v},
			Now: func() time.Time { return moment },
		}
	}
	keepers := []*oauth.Keeper{newKeeper(), newKeeper()}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			got, err := keepers[i%2].Renew(t.Context(), in, first)
			if err != nil || got.AccessToken != "access-1" {
				t.Errorf("Renew = %q, %v, want access-1", got.AccessToken, err)
			}
		})
	}
	wg.Wait()
	if len(v.asked) != 1 {
		t.Errorf("%d requests, want 1", len(v.asked))
	}

	got, err := keepers[0].Credential(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	v.answer = always(400, `{"error":"invalid_grant"}`)
	if _, err := keepers[0].Renew(t.Context(), in, got); !errors.Is(err, turnstone.ErrUnauthenticated) {
		t.Errorf("Renew of a dead token = %v, want %v", err, turnstone.ErrUnauthenticated)
	}
	stored, err := db.Credential(t.Context(), in.ID)
	if err != nil || stored.State != turnstone.CredentialRefused || stored.AccessToken != got.AccessToken {
		t.Errorf("stored = %s, %v, want the credential kept as refused", stored.State, err)
	}
}
