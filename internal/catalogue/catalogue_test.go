package catalogue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"turnstone"
	"turnstone/elements"
	"turnstone/internal/catalogue"
	"turnstone/internal/element"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

const mine = `
version: 1
key: kiosk
id: 7
name: Kiosk
hub: commerce
description: Sales.
hosts: [api.kiosk.example]
authenticator: {type: NoAuth}
requester: {url_base: https://api.kiosk.example}
resources:
  - name: sales
    primary_key: no
    retriever: {requester: {path: /sales}, record_selector: {}}
`

func builtIn(t testing.TB) *element.Catalogue {
	t.Helper()
	c, err := element.Load(elements.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// counting counts how often a store is asked.
type counting struct {
	catalogue.Store

	asked atomic.Int64
}

func (c *counting) Definitions(ctx context.Context, accountID int64) ([]turnstone.Definition, error) {
	c.asked.Add(1)
	return c.Store.Definitions(ctx, accountID)
}

func (c *counting) DefinitionRevision(ctx context.Context) (int64, error) {
	c.asked.Add(1)
	return c.Store.DefinitionRevision(ctx)
}

// node is a node of an installation, whose clock the test turns.
type node struct {
	*catalogue.Catalogue

	now time.Time
}

func newNode(t testing.TB, s catalogue.Store) *node {
	n := &node{now: storetest.Start()}
	n.Catalogue = catalogue.New(builtIn(t), s, func() time.Time { return n.now })
	return n
}

func account(t testing.TB, db *store.DB, n int) int64 {
	t.Helper()
	a, _ := storetest.Account(t, db, n)
	return a.ID
}

func TestAnotherNodeSeesAChangeWithinASecond(t *testing.T) {
	db := storetest.Open(t)
	id := account(t, db, 1)
	first, second := newNode(t, db.Definitions()), newNode(t, db.Definitions())
	if _, err := second.Find(t.Context(), id, "kiosk"); !errors.Is(err, turnstone.ErrNotFound) {
		t.Fatalf("Find before there is one = %v, want ErrNotFound", err)
	}
	if _, err := first.Create(t.Context(), id, []byte(mine)); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Find(t.Context(), id, "kiosk"); err != nil {
		t.Errorf("Find by the node that made it = %v", err)
	}
	second.now = second.now.Add(time.Second)
	el, err := second.Find(t.Context(), id, "kiosk")
	if err != nil || el.ID <= turnstone.FirstDefinitionID || el.Key != "kiosk" {
		t.Fatalf("Find by another node a second later = %v, %v, want kiosk with an id of its own", el, err)
	}
	if by, err := second.Find(t.Context(), id, fmt.Sprint(el.ID)); err != nil || by != el {
		t.Errorf("Find by its id = %v, %v, want the same element", by, err)
	}
	if err := second.Delete(t.Context(), id, "kiosk"); err != nil {
		t.Fatal(err)
	}
	first.now = first.now.Add(time.Second)
	if _, err := first.Find(t.Context(), id, "kiosk"); !errors.Is(err, turnstone.ErrNotFound) {
		t.Errorf("Find of what another node deleted = %v, want ErrNotFound", err)
	}
}

func TestLookingUpAsksTheDatabaseOnceASecond(t *testing.T) {
	db := storetest.Open(t)
	id := account(t, db, 1)
	c := &counting{Store: db.Definitions()}
	n := newNode(t, c)
	if _, err := n.Create(t.Context(), id, []byte(mine)); err != nil {
		t.Fatal(err)
	}
	before := c.asked.Load()
	for i := range 1000 {
		n.now = storetest.Start().Add(time.Duration(i) * time.Millisecond)
		if _, err := n.Find(t.Context(), id, "kiosk"); err != nil {
			t.Fatal(err)
		}
	}
	if asked := c.asked.Load() - before; asked > 3 {
		t.Errorf("a thousand lookups in a second asked the database %d times, want 3 at most", asked)
	}
}

func TestAnElementIsItsAccountsAlone(t *testing.T) {
	db := storetest.Open(t)
	one, other := account(t, db, 1), account(t, db, 2)
	n := newNode(t, db.Definitions())
	d, err := n.Create(t.Context(), one, []byte(mine))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kiosk", fmt.Sprint(d.ID)} {
		if _, err := n.Find(t.Context(), other, name); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("Find(%s) by another account = %v, want ErrNotFound", name, err)
		}
		if err := n.Delete(t.Context(), other, name); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("Delete(%s) by another account = %v, want ErrNotFound", name, err)
		}
	}
	for account, want := range map[int64]int{one: 1, other: 0, 0: 0} {
		all, err := n.Elements(t.Context(), account)
		if got := len(all) - len(builtIn(t).All()); err != nil || got != want {
			t.Errorf("Elements of account %d = %d of its own, %v, want %d", account, got, err, want)
		}
	}
}

func TestAnInstanceDeclaresItsResources(t *testing.T) {
	n := newNode(t, storetest.Open(t).Definitions())
	in := turnstone.Instance{AccountID: 1, Element: "rest", Configuration: turnstone.Configuration{
		"base.url": "https://api.example.com", "rest.resources": `[{"name":"orders"}]`, "rest.key": "secret-1",
	}}
	el, err := n.OfInstance(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := el.Resource("orders"); !ok {
		t.Error("OfInstance has no resource orders")
	}
	again := in
	again.Configuration = in.Configuration.Clone()
	again.Configuration["rest.key"] = "secret-2" // which no element holds
	if other, err := n.OfInstance(t.Context(), again); err != nil || other != el {
		t.Errorf("OfInstance of an instance that declares the same = %v, %v, want the same element", other, err)
	}
	again.Configuration["rest.resources"] = `[{"name":"orders","pth":"/o"}]`
	_, err = n.OfInstance(t.Context(), again)
	wrong, ok := errors.AsType[*element.ConfigurationError](err)
	if !ok || wrong.Key != "rest.resources" || !strings.Contains(wrong.Problem, "[0].pth is no member of a resource; did you mean path?") {
		t.Errorf("OfInstance of a wrong declaration = %v, want a ConfigurationError about [0].pth", err)
	}
}

func TestACloneFollowsItsElement(t *testing.T) {
	db := storetest.Open(t)
	id := account(t, db, 1)
	n := newNode(t, db.Definitions())
	if _, err := n.Clone(t.Context(), id, "concur", ""); err != nil {
		t.Fatal(err)
	}
	el, err := n.Find(t.Context(), id, "concur-clone")
	if err != nil {
		t.Fatal(err)
	}
	concur, _ := builtIn(t).Lookup("concur")
	if len(el.Resources) != len(concur.Resources) || el.Key != "concur-clone" || el.ID == concur.ID {
		t.Errorf("the clone has key %s, id %d and %d resources, want its own key and id, and %d resources", el.Key, el.ID, len(el.Resources), len(concur.Resources))
	}
}

func TestADeclarationOfWhatIsTakenIsRefused(t *testing.T) {
	db := storetest.Open(t)
	id := account(t, db, 1)
	n := newNode(t, db.Definitions())
	_, err := n.Create(t.Context(), id, []byte(strings.Replace(mine, "key: kiosk", "key: concur", 1)))
	if taken, ok := errors.AsType[*catalogue.TakenError](err); !ok || !errors.Is(err, turnstone.ErrConflict) {
		t.Errorf("Create of concur = %v, %v, want a TakenError", taken, err)
	}
	if _, err := n.Replace(t.Context(), id, "concur", []byte(mine)); err == nil {
		t.Error("Replace of a built-in element = nil, want a BuiltInError")
	}
	if _, err := n.Create(t.Context(), id, []byte("key: x")); err == nil {
		t.Error("Create of half an element = nil, want an InputError")
	}
}

// BenchmarkFind measures what each poll and each call pays.
func BenchmarkFind(b *testing.B) {
	db := storetest.Open(b)
	id := account(b, db, 1)
	n := catalogue.New(builtIn(b), db.Definitions(), time.Now)
	if _, err := n.Create(b.Context(), id, []byte(mine)); err != nil {
		b.Fatal(err)
	}
	for name, key := range map[string]string{"built in": "concur", "own": "kiosk"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := n.Find(b.Context(), id, key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
