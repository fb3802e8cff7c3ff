//go:build unix && !race

package app_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"sync"
	"time"

	"turnstone"
	"turnstone/internal/app"
	"turnstone/internal/store"
)

// moment is when a service dies: right before the n-th call of a method of its store,
// or right after that. The zero moment never comes.
type moment struct {
	Method string
	N      int
	After  bool
}

// This file is long because each method of the store has to be forwarded by hand, so
// that a new one does not compile until it is counted, too.

// mortal is a store that counts the calls of each method, and kills its own process at
// one of them, as kill -9 does.
type mortal struct {
	app.Keeping // which is due too seldom for a test to see it
	db          *store.DB
	dies        moment

	mu      sync.Mutex
	counted map[string]int
}

var _ app.Database = (*mortal)(nil)

// calls counts a call, and returns what is to be done after it.
func (m *mortal) calls(method string) func() {
	m.mu.Lock()
	m.counted[method]++
	now := method == m.dies.Method && m.counted[method] == m.dies.N
	m.mu.Unlock()
	if now && !m.dies.After {
		die()
	}
	return func() {
		if now {
			die()
		}
	}
}

// die ends the process as a power cut would, and does not return.
func die() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {}
}

// counts returns how often each method was called.
func (m *mortal) counts() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.counted)
}

// ClaimPollers lets the shortest time between two censuses, a minute, seem to pass
// between two polls: what vanishes is told by the second census in a row, and a test
// should see many of them.
func (m *mortal) ClaimPollers(ctx context.Context, n int, span time.Duration) ([]turnstone.PollLease, error) {
	defer m.calls("ClaimPollers")()
	leases, err := m.db.ClaimPollers(ctx, n, span)
	for i := range leases {
		if memo := &leases[i].Poller.Memo; !memo.CensusAt.IsZero() {
			memo.CensusAt = memo.CensusAt.Add(-time.Minute)
		}
	}
	return leases, err
}

func (m *mortal) AccountBySecret(ctx context.Context, secret turnstone.Secret) (turnstone.Account, error) {
	defer m.calls("AccountBySecret")()
	return m.db.AccountBySecret(ctx, secret)
}

func (m *mortal) Bodies(ctx context.Context, account int64, ids []int64) (map[int64][]byte, error) {
	defer m.calls("Bodies")()
	return m.db.Bodies(ctx, account, ids)
}

func (m *mortal) Book(ctx context.Context, a turnstone.Allowance, b turnstone.Booking) (time.Duration, error) {
	defer m.calls("Book")()
	return m.db.Book(ctx, a, b)
}

func (m *mortal) CancelRescan(ctx context.Context, account, poller int64) error {
	defer m.calls("CancelRescan")()
	return m.db.CancelRescan(ctx, account, poller)
}

func (m *mortal) ClaimDestinations(ctx context.Context, n int, span time.Duration) ([]turnstone.DestinationLease, error) {
	defer m.calls("ClaimDestinations")()
	return m.db.ClaimDestinations(ctx, n, span)
}

func (m *mortal) CommitPoll(ctx context.Context, lease turnstone.PollLease, extend time.Duration, c turnstone.PollCommit) error {
	defer m.calls("CommitPoll")()
	return m.db.CommitPoll(ctx, lease, extend, c)
}

func (m *mortal) CountReplay(ctx context.Context, r turnstone.Replay) (turnstone.Replayed, error) {
	defer m.calls("CountReplay")()
	return m.db.CountReplay(ctx, r)
}

func (m *mortal) Credential(ctx context.Context, instance int64) (turnstone.Credential, error) {
	defer m.calls("Credential")()
	return m.db.Credential(ctx, instance)
}

func (m *mortal) DeleteDestination(ctx context.Context, account, instance, id int64) error {
	defer m.calls("DeleteDestination")()
	return m.db.DeleteDestination(ctx, account, instance, id)
}

func (m *mortal) DeleteInstance(ctx context.Context, account, id int64) error {
	defer m.calls("DeleteInstance")()
	return m.db.DeleteInstance(ctx, account, id)
}

func (m *mortal) Deliveries(ctx context.Context, d turnstone.DestinationLease, after int64, n int) (turnstone.Deliveries, error) {
	defer m.calls("Deliveries")()
	return m.db.Deliveries(ctx, d, after, n)
}

func (m *mortal) DeliveryHistory(ctx context.Context, account, instance int64, ids []int64) ([]turnstone.DeliveryRecord, error) {
	defer m.calls("DeliveryHistory")()
	return m.db.DeliveryHistory(ctx, account, instance, ids)
}

func (m *mortal) Destination(ctx context.Context, account, instance, id int64) (turnstone.Destination, error) {
	defer m.calls("Destination")()
	return m.db.Destination(ctx, account, instance, id)
}

func (m *mortal) EventIDs(ctx context.Context, n int) ([]int64, error) {
	defer m.calls("EventIDs")()
	return m.db.EventIDs(ctx, n)
}

func (m *mortal) Instance(ctx context.Context, account, id int64) (turnstone.Instance, error) {
	defer m.calls("Instance")()
	return m.db.Instance(ctx, account, id)
}

func (m *mortal) InstanceByToken(ctx context.Context, secret turnstone.Secret) (turnstone.Instance, error) {
	defer m.calls("InstanceByToken")()
	return m.db.InstanceByToken(ctx, secret)
}

func (m *mortal) Instances(ctx context.Context, i turnstone.InstanceFilter) ([]turnstone.Instance, error) {
	defer m.calls("Instances")()
	return m.db.Instances(ctx, i)
}

func (m *mortal) LeaseCredential(ctx context.Context, instance int64, span time.Duration) (turnstone.CredentialLease, error) {
	defer m.calls("LeaseCredential")()
	return m.db.LeaseCredential(ctx, instance, span)
}

func (m *mortal) PollAt(ctx context.Context, account, poller int64, at time.Time) (turnstone.Poll, error) {
	defer m.calls("PollAt")()
	return m.db.PollAt(ctx, account, poller, at)
}

func (m *mortal) Pollers(ctx context.Context, account, instance int64) ([]turnstone.Poller, error) {
	defer m.calls("Pollers")()
	return m.db.Pollers(ctx, account, instance)
}

func (m *mortal) Records(ctx context.Context, p turnstone.Poller, ids []string) (map[string]json.RawMessage, error) {
	defer m.calls("Records")()
	return m.db.Records(ctx, p, ids)
}

func (m *mortal) Redeliver(ctx context.Context, d turnstone.DeliveryFilter) (int, error) {
	defer m.calls("Redeliver")()
	return m.db.Redeliver(ctx, d)
}

func (m *mortal) ReleaseCredential(ctx context.Context, c turnstone.CredentialLease) error {
	defer m.calls("ReleaseCredential")()
	return m.db.ReleaseCredential(ctx, c)
}

func (m *mortal) Replay(ctx context.Context, r turnstone.Replay) (turnstone.Replayed, error) {
	defer m.calls("Replay")()
	return m.db.Replay(ctx, r)
}

func (m *mortal) Rescan(ctx context.Context, account, poller int64, r turnstone.Rescan) error {
	defer m.calls("Rescan")()
	return m.db.Rescan(ctx, account, poller, r)
}

func (m *mortal) ResetPoller(ctx context.Context, account, poller int64, at time.Time) error {
	defer m.calls("ResetPoller")()
	return m.db.ResetPoller(ctx, account, poller, at)
}

func (m *mortal) SaveCredential(ctx context.Context, c turnstone.CredentialLease) error {
	defer m.calls("SaveCredential")()
	return m.db.SaveCredential(ctx, c)
}

func (m *mortal) SaveDestination(ctx context.Context, d turnstone.Destination, at time.Time) (turnstone.Destination, error) {
	defer m.calls("SaveDestination")()
	return m.db.SaveDestination(ctx, d, at)
}

func (m *mortal) SaveInstance(ctx context.Context, i turnstone.InstanceWrite) (turnstone.Instance, error) {
	defer m.calls("SaveInstance")()
	return m.db.SaveInstance(ctx, i)
}

func (m *mortal) SettleDeliveries(ctx context.Context, lease turnstone.DestinationLease, extend time.Duration, b turnstone.DeliveryBatch) error {
	defer m.calls("SettleDeliveries")()
	return m.db.SettleDeliveries(ctx, lease, extend, b)
}

func (m *mortal) Sightings(ctx context.Context, s turnstone.SightingFilter) ([]turnstone.Sighting, error) {
	defer m.calls("Sightings")()
	return m.db.Sightings(ctx, s)
}

func (m *mortal) Told(ctx context.Context, p turnstone.Poller, at time.Time, ids []string) (map[string]turnstone.Fingerprint, error) {
	defer m.calls("Told")()
	return m.db.Told(ctx, p, at, ids)
}

func (m *mortal) UserBySecret(ctx context.Context, secret turnstone.Secret) (turnstone.User, error) {
	defer m.calls("UserBySecret")()
	return m.db.UserBySecret(ctx, secret)
}

func (m *mortal) Vanished(ctx context.Context, p turnstone.Poller, v turnstone.VanishedQuery) (turnstone.Vanished, error) {
	defer m.calls("Vanished")()
	return m.db.Vanished(ctx, p, v)
}

func (m *mortal) Versions(ctx context.Context, p turnstone.Poller, ids []string) (map[string]turnstone.Version, error) {
	defer m.calls("Versions")()
	return m.db.Versions(ctx, p, ids)
}
