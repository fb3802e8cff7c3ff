package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Pollers returns the pollers of an instance, by resource.
func (db *DB) Pollers(ctx context.Context, accountID, instanceID int64) ([]turnstone.Poller, error) {
	pollers, err := engine.List(db.reader().Query(ctx, `
		SELECT `+pollerColumns+`
		FROM poller
		WHERE account_id = $1 AND instance_id = $2
		ORDER BY resource`, accountID, instanceID), scanPoller)
	if err != nil {
		return nil, fmt.Errorf("list pollers of instance %d: %w", instanceID, err)
	}
	return pollers, nil
}

// AccountPollers returns the pollers of an account that f selects, by instance and
// resource. It goes by the instances: an index of pollers by account would make every
// poll dearer.
func (db *DB) AccountPollers(ctx context.Context, f turnstone.PollerFilter) ([]turnstone.Poller, error) {
	pollers, err := engine.List(db.reader().Query(ctx, `
		SELECT `+pollerColumns+`
		FROM (SELECT id AS owner FROM instance WHERE account_id = $1 AND id >= $2) AS i JOIN poller ON instance_id = owner
		WHERE (owner > $2 OR resource > $3) AND ($4 = '' OR state = $4)
		ORDER BY owner, resource
		LIMIT $5`, f.AccountID, f.After.InstanceID, f.After.Resource, string(f.State), f.Limit), scanPoller)
	if err != nil {
		return nil, fmt.Errorf("list pollers of account %d: %w", f.AccountID, err)
	}
	return pollers, nil
}

// ClaimPollers leases up to n active pollers that are due, the longest due first,
// for the length of lease. A lease that is not extended or ended by CommitPoll before
// it expires may be claimed again.
func (db *DB) ClaimPollers(ctx context.Context, n int, lease time.Duration) ([]turnstone.PollLease, error) {
	var claimed []turnstone.PollLease
	err := db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		now, err := s.Now(ctx)
		if err != nil {
			return err
		}
		claimed, err = engine.List(s.Query(ctx, `
			WITH due AS MATERIALIZED (
				SELECT id FROM poller
				WHERE state = 'active' AND next_at <= $1 AND lease_until <= $1
				ORDER BY next_at
				LIMIT $2`+s.SkipLocked()+`)
			UPDATE poller
			SET lease_until = $3, fence = fence + 1, waking_at = woken_at, woken_at = 0
			WHERE id IN (SELECT id FROM due)
			RETURNING fence, waking_at, `+pollerColumns, instant(now), n, instant(now.Add(lease))), scanPollLease)
		return err
	})
	if err == nil {
		// Also if the caller was told to stop meanwhile: it can only give back what
		// it knows that it holds.
		claimed, err = db.withInstances(context.WithoutCancel(ctx), claimed)
	}
	if err != nil {
		return nil, fmt.Errorf("claim pollers: %w", err)
	}
	return claimed, nil
}

// withInstances completes claims, and puts them in order, which RETURNING does not
// promise. A poller whose instance was deleted meanwhile, or cannot be read, is left
// out; its lease expires.
func (db *DB) withInstances(ctx context.Context, claimed []turnstone.PollLease) ([]turnstone.PollLease, error) {
	if len(claimed) == 0 {
		return nil, nil
	}
	ids := make([]int64, 0, len(claimed))
	for _, l := range claimed {
		ids = append(ids, l.Poller.InstanceID)
	}
	slices.Sort(ids)
	instances, err := db.instances(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	leases := make([]turnstone.PollLease, 0, len(claimed))
	for _, l := range claimed {
		instance, found := instances[l.Poller.InstanceID]
		if !found {
			continue
		}
		instance.Configuration = instance.Configuration.Clone() // no two leases share a map
		l.Instance = instance
		leases = append(leases, l)
	}
	slices.SortFunc(leases, func(a, b turnstone.PollLease) int {
		return cmp.Or(a.Poller.NextAt.Compare(b.Poller.NextAt), cmp.Compare(a.Poller.ID, b.Poller.ID))
	})
	return leases, nil
}

const pollerColumns = `id, account_id, instance_id, resource, configuration, poll_interval, state, problem, enabled_at,
	since, cursor, sweep, failures, next_at, last_at, last_good_at, max_interval, memo`

// pollerFields are the destinations of pollerColumns.
func pollerFields(p *turnstone.Poller) []any {
	return []any{
		&p.ID, &p.AccountID, &p.InstanceID, &p.Resource, &p.Configuration, (*span)(&p.Interval), &p.State, &p.Problem,
		(*instant)(&p.EnabledAt), (*instant)(&p.Since), (*instant)(&p.Cursor),
		column.JSON{V: &p.Sweep},
		&p.Failures,
		(*instant)(&p.NextAt), (*instant)(&p.LastAt), (*instant)(&p.LastGoodAt),
		(*span)(&p.MaxInterval),
		column.JSON{V: &p.Memo},
	}
}

func scanPoller(row engine.Row) (turnstone.Poller, error) {
	var p turnstone.Poller
	err := row.Scan(pollerFields(&p)...)
	return p, err
}

func scanPollLease(row engine.Row) (turnstone.PollLease, error) {
	var l turnstone.PollLease
	err := row.Scan(append([]any{&l.Fence, (*instant)(&l.WokenAt)}, pollerFields(&l.Poller)...)...)
	return l, err
}
