package instance

import (
	"context"
	"fmt"
	"slices"
	"time"

	"turnstone"
)

// PollerStore is what Pollers needs from storage. What belongs to other accounts is
// turnstone.ErrNotFound.
type PollerStore interface {
	Pollers(ctx context.Context, accountID, instanceID int64) ([]turnstone.Poller, error)
	// Rescan starts a rescan; turnstone.ErrConflict says that one is under way.
	Rescan(ctx context.Context, accountID, pollerID int64, r turnstone.Rescan) error
	CancelRescan(ctx context.Context, accountID, pollerID int64) error
	ResetPoller(ctx context.Context, accountID, pollerID int64, since time.Time) error
}

// Pollers is what one may do with the pollers of an instance.
type Pollers struct {
	Store PollerStore
	Now   func() time.Time
}

// One returns the poller of a resource, or turnstone.ErrNotFound.
func (s *Pollers) One(ctx context.Context, in turnstone.Instance, resource string) (turnstone.Poller, error) {
	pollers, err := s.Store.Pollers(ctx, in.AccountID, in.ID)
	if err != nil {
		return turnstone.Poller{}, err
	}
	at := slices.IndexFunc(pollers, func(p turnstone.Poller) bool { return p.Resource == resource })
	if at < 0 {
		return turnstone.Poller{}, fmt.Errorf("poller of %s: %w", resource, turnstone.ErrNotFound)
	}
	return pollers[at], nil
}

// Replay asks the vendor again for what changed since a moment by its clock, and tells
// of all of it again. The live cursor stays where it is. turnstone.ErrConflict says
// that another such reading is under way.
func (s *Pollers) Replay(ctx context.Context, p turnstone.Poller, since time.Time) error {
	return s.Store.Rescan(ctx, p.AccountID, p.ID, turnstone.Rescan{
		Kind: turnstone.RescanReplay, Since: since, AskedAt: s.Now().UTC(),
	})
}

// CancelReplay ends a replay that is under way; turnstone.ErrNotFound says that none
// is. What it has told stays told.
func (s *Pollers) CancelReplay(ctx context.Context, p turnstone.Poller) error {
	return s.Store.CancelRescan(ctx, p.AccountID, p.ID)
}

// Reset moves the live cursor of a poller to a moment by the vendor's clock, and
// resumes it if it was parked. What it knows of objects stays, so that going back tells
// nothing twice; going ahead leaves out what happened in between.
func (s *Pollers) Reset(ctx context.Context, p turnstone.Poller, since time.Time) error {
	return s.Store.ResetPoller(ctx, p.AccountID, p.ID, since)
}
