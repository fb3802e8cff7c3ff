package catalogue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"turnstone"
	"turnstone/internal/element"
)

// Reader tells of the definitions of accounts.
type Reader interface {
	// Definitions returns those of an account.
	Definitions(ctx context.Context, accountID int64) ([]turnstone.Definition, error)
	// DefinitionRevision returns a number that grows with each change of any of them.
	DefinitionRevision(ctx context.Context) (int64, error)
	// PolledResources returns how many instances of an account's element poll each of its
	// resources.
	PolledResources(ctx context.Context, accountID int64, element string) (map[string]int, error)
}

// Store keeps the definitions of accounts. Its methods are called from many goroutines.
type Store interface {
	Reader
	// CreateDefinition gives a definition its id and stores it. turnstone.ErrConflict: the
	// account has one of that key.
	CreateDefinition(ctx context.Context, d turnstone.Definition) (turnstone.Definition, error)
	// UpdateDefinition replaces the definition of that id and revision, or returns
	// turnstone.ErrConflict if it has another revision.
	UpdateDefinition(ctx context.Context, d turnstone.Definition) (turnstone.Definition, error)
	// DeleteDefinition returns turnstone.ErrConflict while instances use it.
	DeleteDefinition(ctx context.Context, accountID, id int64) error
}

const (
	// freshness is for how long nothing is asked.
	freshness = time.Second
	// maxAccounts bounds the accounts whose elements are remembered, and maxDeclared the
	// elements that instances declare. An element takes some ten kilobytes.
	maxAccounts = 1000
	maxDeclared = 2000
)

// Catalogue finds elements, and implements element.Finder. Its methods may be called
// from many goroutines.
type Catalogue struct {
	builtIn *element.Catalogue
	store   Store
	now     func() time.Time

	mu       sync.Mutex
	checked  time.Time // when the revision was asked for
	revision int64
	accounts map[int64]shelf
	declared map[declaration]*element.Element
}

// shelf holds the elements of one account.
type shelf struct {
	byName map[string]own // key, and ID as text
	sorted []own
}

// own is an element of an account, with its definition.
type own struct {
	turnstone.Definition
	Element *element.Element
	broken  error // why there is none
}

// New returns a Catalogue of what everybody has and what accounts keep in the store.
func New(builtIn *element.Catalogue, store Store, now func() time.Time) *Catalogue {
	return &Catalogue{
		builtIn: builtIn, store: store, now: now, accounts: map[int64]shelf{}, declared: map[declaration]*element.Element{},
	}
}

// Find returns the element that an account has under a key or, in decimal digits, an ID.
// If it has none the error wraps turnstone.ErrNotFound.
func (c *Catalogue) Find(ctx context.Context, accountID int64, keyOrID string) (*element.Element, error) {
	if el, ok := c.builtIn.Lookup(keyOrID); ok {
		return el, nil
	}
	found, err := c.own(ctx, accountID, keyOrID)
	if err != nil {
		return nil, err
	}
	return found.Element, found.broken
}

// Elements returns the elements of an account in the order of their keys.
func (c *Catalogue) Elements(ctx context.Context, accountID int64) ([]*element.Element, error) {
	all := c.builtIn.All()
	if accountID == 0 {
		return all, nil // nobody in particular
	}
	mine, err := c.shelf(ctx, accountID)
	if err != nil {
		return nil, err
	}
	for _, o := range mine.sorted {
		if o.broken == nil {
			all = append(all, o.Element)
		}
	}
	slices.SortFunc(all, func(a, b *element.Element) int { return strings.Compare(a.Key, b.Key) })
	return all, nil
}

// Active reports whether an account may make new instances of an element.
func (c *Catalogue) Active(ctx context.Context, accountID int64, el *element.Element) (bool, error) {
	found, err := c.own(ctx, accountID, el.Key)
	if errors.Is(err, turnstone.ErrNotFound) {
		return true, nil
	}
	return found.Active, err
}

// Own returns the definition of an element that an account brought along. The error
// wraps turnstone.ErrNotFound if it has none, also where everybody has one of that name.
func (c *Catalogue) Own(ctx context.Context, accountID int64, keyOrID string) (turnstone.Definition, error) {
	found, err := c.own(ctx, accountID, keyOrID)
	return found.Definition, err
}

// BuiltIn reports whether everybody has an element of that key or ID.
func (c *Catalogue) BuiltIn(keyOrID string) bool {
	_, ok := c.builtIn.Lookup(keyOrID)
	return ok
}

func (c *Catalogue) own(ctx context.Context, accountID int64, keyOrID string) (own, error) {
	if accountID != 0 {
		mine, err := c.shelf(ctx, accountID)
		if err != nil {
			return own{}, err
		}
		if found, ok := mine.byName[keyOrID]; ok {
			return found, nil
		}
	}
	return own{}, fmt.Errorf("element %.60q: %w", keyOrID, turnstone.ErrNotFound)
}

// shelf returns the elements of an account, as they were a second ago at most.
func (c *Catalogue) shelf(ctx context.Context, accountID int64) (shelf, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.refresh(ctx); err != nil {
		return shelf{}, err
	}
	if known, ok := c.accounts[accountID]; ok {
		return known, nil
	}
	all, err := c.store.Definitions(ctx, accountID)
	if err != nil {
		return shelf{}, err
	}
	if len(c.accounts) >= maxAccounts {
		clear(c.accounts)
	}
	c.accounts[accountID] = c.shelve(all)
	return c.accounts[accountID], nil
}

// refresh forgets what was remembered if any definition has changed since.
func (c *Catalogue) refresh(ctx context.Context) error {
	now := c.now()
	if age := now.Sub(c.checked); age >= 0 && age < freshness && !c.checked.IsZero() {
		return nil
	}
	revision, err := c.store.DefinitionRevision(ctx)
	if err != nil {
		return err
	}
	if revision != c.revision {
		clear(c.accounts)
		clear(c.declared)
	}
	c.checked, c.revision = now, revision
	return nil
}

// forget makes the next lookup ask.
func (c *Catalogue) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checked = time.Time{}
}

// shelve reads the elements of an account. One that this version cannot read any more
// says so when it is asked for.
func (c *Catalogue) shelve(all []turnstone.Definition) shelf {
	s := shelf{byName: map[string]own{}}
	for _, d := range all {
		o := own{Definition: d}
		o.Element, o.broken = c.read(d)
		s.byName[d.Key], s.byName[strconv.FormatInt(d.ID, 10)] = o, o
		s.sorted = append(s.sorted, o)
	}
	slices.SortFunc(s.sorted, func(a, b own) int { return cmp.Compare(a.Key, b.Key) })
	return s
}

// read makes the element of a definition. Its id and key are the definition's, whatever
// the file says.
func (c *Catalogue) read(d turnstone.Definition) (*element.Element, error) {
	var el element.Element
	if base, ok := c.builtIn.Lookup(d.Base); ok {
		el = *base
	} else {
		read, err := element.Parse(d.Key, d.File)
		if err != nil {
			return nil, fmt.Errorf("element %q cannot be read by this version; import it again: %w", d.Key, err)
		}
		el = *read
	}
	el.ID, el.Key = d.ID, d.Key
	return &el, nil
}
