package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

func leaseCredential(t *testing.T, db *store.DB, id int64, length time.Duration) turnstone.CredentialLease {
	t.Helper()
	l, err := db.LeaseCredential(t.Context(), id, length)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestACredentialHasOneHolder(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		l := leaseCredential(t, db, i.ID, lease)
		if _, err := db.LeaseCredential(t.Context(), i.ID, lease); !errors.Is(err, turnstone.ErrConflict) {
			t.Errorf("LeaseCredential of a leased one = %v, want ErrConflict", err)
		}
		want := turnstone.Credential{
			InstanceID: i.ID, State: turnstone.CredentialValid, AccessToken: "new", RefreshToken: "rotated",
			ExpiresAt: storetest.Start().Add(time.Hour), Values: map[string]string{"geolocation": "https://eu.example"},
		}
		l.Credential = want
		if err := db.SaveCredential(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		if got := leaseCredential(t, db, i.ID, lease); !cmp.Equal(got.Credential, want) {
			t.Errorf("LeaseCredential (-want +got)\n%s", cmp.Diff(want, got.Credential))
		}
	})
}

func TestAReleasedCredentialIsUnchanged(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		l := leaseCredential(t, db, i.ID, lease)
		before := l.Credential
		l.Credential.AccessToken = "never saved"
		if err := db.ReleaseCredential(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		if got := leaseCredential(t, db, i.ID, lease); !cmp.Equal(got.Credential, before) {
			t.Errorf("LeaseCredential (-want +got)\n%s", cmp.Diff(before, got.Credential))
		}
	})
}

func TestAnOvertakenCredentialIsNotSaved(t *testing.T) {
	overtakes := map[string]func(t *testing.T, db *store.DB, w turnstone.InstanceWrite, l turnstone.CredentialLease){
		"another lease": func(t *testing.T, db *store.DB, w turnstone.InstanceWrite, _ turnstone.CredentialLease) {
			leaseCredential(t, db, w.Instance.ID, expired)
		},
		"a new authorisation": func(t *testing.T, db *store.DB, w turnstone.InstanceWrite, _ turnstone.CredentialLease) {
			storetest.Save(t, db, w)
		},
		"its own release": func(t *testing.T, db *store.DB, _ turnstone.InstanceWrite, l turnstone.CredentialLease) {
			if err := db.ReleaseCredential(t.Context(), l); err != nil {
				t.Fatal(err)
			}
		},
		"deletion": func(t *testing.T, db *store.DB, w turnstone.InstanceWrite, _ turnstone.CredentialLease) {
			if err := db.DeleteInstance(t.Context(), w.Instance.AccountID, w.Instance.ID); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, overtake := range overtakes {
		t.Run(name, func(t *testing.T) {
			eachDB(t, func(t *testing.T, open func() *store.DB) {
				db := open()
				_, u := storetest.Account(t, db, 1)
				w := storetest.Write(u, 1)
				w.Instance = storetest.Save(t, db, w)
				l := leaseCredential(t, db, w.Instance.ID, expired)
				overtake(t, db, w, l)
				l.Credential.AccessToken, l.Credential.State = "late", turnstone.CredentialRefused
				if err := db.SaveCredential(t.Context(), l); !errors.Is(err, turnstone.ErrLeaseLost) {
					t.Errorf("SaveCredential = %v, want ErrLeaseLost", err)
				}
				if c, err := db.Credential(t.Context(), w.Instance.ID); err == nil && c.AccessToken != "access-token" {
					t.Errorf("Credential = %q, want the one before", c.AccessToken)
				}
			})
		})
	}
}

func TestPollersFollowTheirCredential(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		polling := claimPoller(t, db, lease)

		refused := leaseCredential(t, db, i.ID, lease)
		refused.Credential.State, refused.Credential.Problem = turnstone.CredentialRefused, "token revoked"
		if err := db.SaveCredential(t.Context(), refused); err != nil {
			t.Fatal(err)
		}
		commit(t, db, polling, turnstone.PollCommit{End: &turnstone.PollEnd{
			Poll: turnstone.Poll{Outcome: turnstone.PollRefused}, Problem: "other words", Park: true,
		}})
		p := poller(t, db, i)
		if p.State != turnstone.PollerAwaiting || p.Problem != "token revoked" {
			t.Errorf("poller = %s (%s), want it to await a credential, and why", p.State, p.Problem)
		}
		if leases, err := db.ClaimPollers(t.Context(), 1, lease); len(leases) != 0 || err != nil {
			t.Errorf("ClaimPollers = %d, %v, want none", len(leases), err)
		}

		valid := leaseCredential(t, db, i.ID, lease)
		valid.Credential.State, valid.Credential.Problem = turnstone.CredentialValid, ""
		if err := db.SaveCredential(t.Context(), valid); err != nil {
			t.Fatal(err)
		}
		if l := claimPoller(t, db, lease); l.Poller.Problem != "" || l.Instance.Credential != turnstone.CredentialValid {
			t.Errorf("ClaimPollers = %q, %q, want it active and well", l.Poller.Problem, l.Instance.Credential)
		}
	})
}

func TestARefusedPollDoesNotDelayAReauthorisedPoller(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		i := storetest.Instance(t, db, 1)
		polling := claimPoller(t, db, lease)
		for _, state := range []turnstone.CredentialState{turnstone.CredentialRefused, turnstone.CredentialValid} {
			l := leaseCredential(t, db, i.ID, lease)
			l.Credential.State = state
			if err := db.SaveCredential(t.Context(), l); err != nil {
				t.Fatal(err)
			}
		}
		late := turnstone.PollCommit{End: &turnstone.PollEnd{NextAt: time.Now().Add(time.Hour)}}
		if err := db.CommitPoll(t.Context(), polling, lease, late); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("CommitPoll = %v, want ErrLeaseLost", err)
		}
		claimPoller(t, db, lease)
	})
}
