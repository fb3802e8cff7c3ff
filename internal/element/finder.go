package element

import (
	"context"
	"fmt"

	"turnstone"
)

// Finder finds elements: those that everybody has, and those of one account. Its
// methods may be called from many goroutines.
type Finder interface {
	// Find returns the element that an account has under a key or, in decimal digits,
	// an ID. If it has none the error wraps turnstone.ErrNotFound.
	Find(ctx context.Context, accountID int64, keyOrID string) (*Element, error)
	// OfInstance returns the element of an instance, with what the instance's
	// configuration adds to it. The error is Find's.
	OfInstance(ctx context.Context, in turnstone.Instance) (*Element, error)
	// Elements returns the elements of an account in the order of their keys.
	Elements(ctx context.Context, accountID int64) ([]*Element, error)
}

// Find returns the element with that key or ID, whatever the account.
func (c *Catalogue) Find(_ context.Context, _ int64, keyOrID string) (*Element, error) {
	e, ok := c.Lookup(keyOrID)
	if !ok {
		return nil, fmt.Errorf("element %.60q: %w", keyOrID, turnstone.ErrNotFound)
	}
	return e, nil
}

// OfInstance returns the element of an instance.
func (c *Catalogue) OfInstance(ctx context.Context, in turnstone.Instance) (*Element, error) {
	return c.Find(ctx, in.AccountID, in.Element)
}

// Elements returns the elements, which are the same for all accounts.
func (c *Catalogue) Elements(context.Context, int64) ([]*Element, error) { return c.All(), nil }
