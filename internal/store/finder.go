package store

import (
	"context"
	"fmt"
	"strings"

	"turnstone"
	"turnstone/internal/store/engine"
	"turnstone/internal/store/intake"
)

// InstancesFound returns the instances of an element, of all accounts, whose instance
// finder looks at path and wants value there, oldest first.
func (db *DB) InstancesFound(ctx context.Context, element, path, value string) ([]turnstone.Instance, error) {
	ids, err := intake.Found(ctx, db.reader(), intake.Finder{Element: element, Path: path, Lookup: db.finderHash(value)})
	if err != nil {
		return nil, fmt.Errorf("find instances of %s: %w", element, err)
	}
	return db.inOrder(ctx, ids)
}

// InstancesOf returns those of the instances that are of an element, of all accounts, in
// the order of their ids.
func (db *DB) InstancesOf(ctx context.Context, element string, ids []int64) ([]turnstone.Instance, error) {
	all, err := db.inOrder(ctx, ids)
	if err != nil {
		return nil, err
	}
	var own []turnstone.Instance
	for _, in := range all {
		if in.Element == element {
			own = append(own, in)
		}
	}
	return own, nil
}

// inOrder returns the instances with these ids that exist, in their order.
func (db *DB) inOrder(ctx context.Context, ids []int64) ([]turnstone.Instance, error) {
	found, err := db.instances(ctx, ids)
	if err != nil {
		return nil, err
	}
	var list []turnstone.Instance
	for _, id := range ids {
		if in, exists := found[id]; exists {
			list = append(list, in)
		}
	}
	return list, nil
}

// syncFinder keeps what in a webhook says that it is for an instance, by a keyed hash: it
// may be a secret.
func (db *DB) syncFinder(ctx context.Context, s *engine.Session, in turnstone.Instance) error {
	f := intake.Finder{Element: in.Element}
	key, path, _ := strings.Cut(in.Configuration[turnstone.KeyInstanceFinder], "|")
	if value := in.Configuration[strings.TrimSpace(key)]; value != "" {
		f.Path, f.Lookup = strings.TrimSpace(path), db.finderHash(value)
	}
	if err := f.Keep(ctx, s, in.AccountID, in.ID); err != nil {
		return fmt.Errorf("keep the instance finder: %w", err)
	}
	return nil
}

func (db *DB) finderHash(value string) []byte { return db.sealer.Lookup("finder", []byte(value)) }

// CommitWebhooks stores what a webhook changes; see intake.Inbox.
func (db *DB) CommitWebhooks(ctx context.Context, commits []turnstone.WebhookCommit) ([]int64, error) {
	instances, err := db.Inbox.CommitWebhooks(ctx, commits)
	for _, id := range instances {
		db.announcer.stored(id)
	}
	return instances, err
}
