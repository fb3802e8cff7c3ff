package store_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/seal"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// eachRing runs a test on each kind of database, whose key ring is in a file.
func eachRing(t *testing.T, test func(t *testing.T, keys string, open func(store.Sealer) *store.DB)) {
	t.Helper()
	opener := func(t *testing.T, o store.Options) func(store.Sealer) *store.DB {
		return func(s store.Sealer) *store.DB {
			o.Sealer = s
			db, err := store.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() }) // fails if the test closed it
			return db
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		test(t, filepath.Join(dir, "keys"), opener(t, store.Options{Path: filepath.Join(dir, "turnstone.db")}))
	})
	t.Run("postgres", func(t *testing.T) {
		test(t, filepath.Join(t.TempDir(), "keys"), opener(t, store.Options{URL: storetest.Postgres(t)}))
	})
}

// ring returns a key ring, after it was made or changed.
func ring(t *testing.T) func(r *seal.Ring, err error) *seal.Ring {
	return func(r *seal.Ring, err error) *seal.Ring {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

func seals(t *testing.T, db *store.DB) map[uint32]int64 {
	t.Helper()
	counts, err := db.Seals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

func reseal(t *testing.T, db *store.DB) int64 {
	t.Helper()
	n, err := db.Reseal(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAfterResealingAnOldKeyIsOfNoUse(t *testing.T) {
	eachRing(t, func(t *testing.T, keys string, open func(store.Sealer) *store.DB) {
		db := open(ring(t)(seal.Open(keys)))
		const instances = 250 // more than a batch
		_, u := storetest.Account(t, db, 0)
		for n := range instances {
			storetest.Save(t, db, storetest.Write(u, n))
		}
		const values = 2 + 4*instances
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = open(ring(t)(seal.Rotate(keys)))
		if got, want := seals(t, db), map[uint32]int64{1: values}; !cmp.Equal(got, want) {
			t.Errorf("Seals = %v, want %v", got, want)
		}
		if n := reseal(t, db); n != values {
			t.Errorf("Reseal = %d, want %d", n, values)
		}
		if n := reseal(t, db); n != 0 {
			t.Errorf("Reseal again = %d, want 0", n)
		}
		if got, want := seals(t, db), map[uint32]int64{2: values}; !cmp.Equal(got, want) {
			t.Errorf("Seals = %v, want %v", got, want)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}

		everythingOpens(t, open(ring(t)(seal.Drop(keys, 1))))
	})
}

// everythingOpens reads a value of each sealed column.
func everythingOpens(t *testing.T, db *store.DB) {
	t.Helper()
	_, asUser := db.UserBySecret(t.Context(), "user-secret-0")
	_, asAccount := db.AccountBySecret(t.Context(), "organization-secret-0")
	if err := errors.Join(asUser, asAccount); err != nil {
		t.Error(err)
	}
	i, err := db.InstanceByToken(t.Context(), "instance-token-7")
	if err != nil || i.Token != "instance-token-7" || i.Configuration[turnstone.KeyOAuthClientSecret] != "client-secret" {
		t.Errorf("InstanceByToken = %+v, %v, want it with its secrets", i, err)
	}
	if c, err := db.Credential(t.Context(), i.ID); err != nil || c.AccessToken != "access-token" {
		t.Errorf("Credential = %+v, %v, want the token", c, err)
	}
	if d := destination(t, db, i); d.Secrets.SignatureKey != "signature-key" {
		t.Errorf("Destination = %+v, want its key", d)
	}
}

// meddling is a key ring with somebody who does something while it opens a value.
type meddling struct {
	*seal.Ring
	place string
	do    func() // once
}

func (m *meddling) Open(place string, sealed []byte) ([]byte, error) {
	plain, err := m.Ring.Open(place, sealed)
	if do := m.do; place == m.place && do != nil {
		m.do = nil
		do()
	}
	return plain, err
}

func TestAChangeWhileResealingIsKept(t *testing.T) {
	eachRing(t, func(t *testing.T, keys string, open func(store.Sealer) *store.DB) {
		db := open(ring(t)(seal.Open(keys)))
		i := storetest.Instance(t, db, 1)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		m := &meddling{Ring: ring(t)(seal.Rotate(keys)), place: "credential/1/secrets"}
		db = open(m)
		m.do = func() {
			l := leaseCredential(t, db, i.ID, lease)
			l.Credential.AccessToken = "renewed meanwhile"
			if err := db.SaveCredential(t.Context(), l); err != nil {
				t.Error(err)
			}
		}
		reseal(t, db)
		if c, err := db.Credential(t.Context(), i.ID); err != nil || c.AccessToken != "renewed meanwhile" {
			t.Errorf("Credential = %+v, %v, want the one saved meanwhile", c, err)
		}
		if got := seals(t, db); len(got) != 1 || got[2] == 0 {
			t.Errorf("Seals = %v, want key 2 alone", got)
		}
	})
}

func TestAValueThatDoesNotOpenIsReportedAndTheOthersAreResealed(t *testing.T) {
	eachRing(t, func(t *testing.T, keys string, open func(store.Sealer) *store.DB) {
		db := open(ring(t)(seal.Open(keys)))
		storetest.Instance(t, db, 1)
		storetest.Instance(t, db, 2)
		err := db.Write(t.Context(), func(exec func(string, ...any) error) error {
			return exec(`UPDATE credential SET secrets = (SELECT secrets FROM credential WHERE instance_id = 2) WHERE instance_id = 1`)
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = open(ring(t)(seal.Rotate(keys)))
		if _, err := db.Reseal(t.Context(), nil); !errors.Is(err, seal.ErrUnsealable) || !strings.Contains(err.Error(), "credential/1/secrets") {
			t.Errorf("Reseal = %v, want the place of the value that does not open", err)
		}
		if got, want := seals(t, db), (map[uint32]int64{1: 1, 2: 11}); !cmp.Equal(got, want) {
			t.Errorf("Seals = %v, want %v", got, want)
		}
	})
}
