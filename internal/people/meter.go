package people

import (
	"context"
	"sync"
	"time"

	"turnstone"
)

// limitsFor is how long limits are trusted that were read: another node may have changed
// them. It costs each account one read in that time.
const limitsFor = 5 * time.Second

// retryHubCall is when a hub call may be tried again that found too many under way. They
// take as long as vendors do.
const retryHubCall = time.Second

// Meter holds accounts to those of their limits that are about the moment: requests a
// second, and hub calls under way. It counts on this node alone. Make it with its fields
// set; it may be used from many goroutines.
type Meter struct {
	Accounts interface {
		Account(ctx context.Context, id int64) (turnstone.Account, error)
	}
	Now func() time.Time

	mu     sync.Mutex
	meters map[int64]*meter
}

// meter is what is known of one account.
type meter struct {
	limits   turnstone.Limits
	readAt   time.Time // zero: never
	requests budget
	hubCalls int
}

// Admit counts a request of an account. The error is a *turnstone.LimitError if it has
// sent too many within a second, which says how long to wait; or says why its limits
// cannot be read.
func (m *Meter) Admit(ctx context.Context, accountID int64) error {
	now := m.Now()
	if err := m.refresh(ctx, accountID, now); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	of := m.of(accountID)
	most, limited := of.limits[turnstone.LimitRequests]
	if !limited {
		return nil
	}
	r := rate{float64(most), time.Second / time.Duration(most)}
	of.requests.grow(r, now)
	if wait := of.requests.wait(r); wait > 0 {
		return &turnstone.LimitError{Limit: turnstone.LimitRequests, Most: most, Wait: wait}
	}
	of.requests.spend()
	return nil
}

// Enter counts a hub call of an account until leave is called. The error is a
// *turnstone.LimitError if too many are under way, or says why limits cannot be read;
// there is nothing to leave then.
func (m *Meter) Enter(ctx context.Context, accountID int64) (leave func(), err error) {
	if err := m.refresh(ctx, accountID, m.Now()); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	of := m.of(accountID)
	if most, limited := of.limits[turnstone.LimitHubCalls]; limited && of.hubCalls >= most {
		return nil, &turnstone.LimitError{Limit: turnstone.LimitHubCalls, Most: most, Wait: retryHubCall}
	}
	of.hubCalls++
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		of.hubCalls--
	}, nil
}

// hubCalls returns how many hub calls of an account are under way.
func (m *Meter) hubCalls(accountID int64) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of(accountID).hubCalls
}

// forget reads the limits of an account again before the next request.
func (m *Meter) forget(accountID int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.of(accountID).readAt = time.Time{}
}

// refresh reads the limits of an account, unless that was done a moment ago.
func (m *Meter) refresh(ctx context.Context, accountID int64, now time.Time) error {
	m.mu.Lock()
	readAt := m.of(accountID).readAt
	m.mu.Unlock()
	if !readAt.IsZero() && now.Sub(readAt) < limitsFor {
		return nil
	}
	a, err := m.Accounts.Account(ctx, accountID)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	of := m.of(accountID)
	of.limits, of.readAt = a.Limits, now
	return nil
}

// of returns the meter of an account.
func (m *Meter) of(accountID int64) *meter {
	if m.meters == nil {
		m.meters = make(map[int64]*meter)
	}
	if m.meters[accountID] == nil {
		m.meters[accountID] = &meter{}
	}
	return m.meters[accountID]
}
