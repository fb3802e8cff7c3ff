package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// Instance returns an instance of the account, or turnstone.ErrNotFound.
func (db *DB) Instance(ctx context.Context, accountID, id int64) (turnstone.Instance, error) {
	row, err := engine.One(db.reader().Query(ctx, selectInstance+` WHERE i.account_id = $1 AND i.id = $2`, accountID, id), scanInstance)
	if err != nil {
		return turnstone.Instance{}, fmt.Errorf("instance %d: %w", id, err)
	}
	return db.unsealInstance(row)
}

// InstanceByToken returns the instance with this token, or turnstone.ErrNotFound. A token
// that was replaced is found as long as it is kept.
func (db *DB) InstanceByToken(ctx context.Context, token turnstone.Secret) (turnstone.Instance, error) {
	hash := db.sealer.Lookup("instance", []byte(token))
	row, err := engine.One(db.reader().Query(ctx, selectInstance+` WHERE i.token_lookup = $1`, hash), scanInstance)
	if absent(err) {
		row, err = db.instanceByOldToken(ctx, hash)
	}
	if err != nil {
		return turnstone.Instance{}, fmt.Errorf("find instance by token: %w", err)
	}
	return db.unsealInstance(row)
}

// instanceByOldToken returns the instance with a token that was replaced and still works.
func (db *DB) instanceByOldToken(ctx context.Context, hash []byte) (sealedInstance, error) {
	now, err := db.reader().Now(ctx)
	if err != nil {
		return sealedInstance{}, err
	}
	return engine.One(db.reader().Query(ctx, selectInstance+`
		WHERE i.old_token_lookup = $1 AND i.old_token_until <> 0 AND i.old_token_until > $2`, hash, instant(now)), scanInstance)
}

// Instances returns the instances of an account that match f, oldest first. One that
// cannot be unsealed is logged, and shown without its token and configuration and with a
// refused credential: whoever looks through a list must not miss it, nor all others.
func (db *DB) Instances(ctx context.Context, f turnstone.InstanceFilter) ([]turnstone.Instance, error) {
	rows := db.reader().Query(ctx, selectInstance+`
		WHERE i.account_id = $1 AND i.id > $2 AND ($3 = '' OR i.element = $3)
		ORDER BY i.id`, f.AccountID, f.After, f.Element)
	var instances []turnstone.Instance
	skipped := 0
	for row, err := range engine.Each(rows, scanInstance) {
		if err != nil {
			return nil, fmt.Errorf("list instances: %w", err)
		}
		if len(instances) >= f.Limit {
			break
		}
		if !matches(f, row.Instance) {
			continue
		}
		if skipped < f.Skip {
			skipped++
			continue
		}
		i, err := db.unsealInstance(row)
		if err != nil {
			db.log.Error("instance cannot be read", "account", row.AccountID, "instance", row.ID, "err", err)
			i = row.Instance
			i.Credential = turnstone.CredentialRefused
		}
		instances = append(instances, i)
	}
	return instances, nil
}

// CountInstances returns how many instances an account has that match f, by element. Of
// f, After, Skip and Limit do not matter. It unseals nothing.
func (db *DB) CountInstances(ctx context.Context, f turnstone.InstanceFilter) (map[string]int, error) {
	counts := make(map[string]int)
	for i, err := range engine.Each(db.reader().Query(ctx, `
		SELECT name, element, tags
		FROM instance
		WHERE account_id = $1 AND ($2 = '' OR element = $2)`, f.AccountID, f.Element), scanCounted) {
		if err != nil {
			return nil, fmt.Errorf("count instances: %w", err)
		}
		if matches(f, i) {
			counts[i.Element]++
		}
	}
	return counts, nil
}

func scanCounted(row engine.Row) (turnstone.Instance, error) {
	var i turnstone.Instance
	err := row.Scan(&i.Name, &i.Element, column.JSON{V: &i.Tags})
	return i, err
}

// matches decides here, because SQL has no test for a member of a JSON list, nor
// one for text without case, that both databases answer alike.
func matches(f turnstone.InstanceFilter, i turnstone.Instance) bool {
	for _, tag := range f.Tags {
		if !slices.Contains(i.Tags, tag) {
			return false
		}
	}
	search := strings.ToLower(f.Search)
	return strings.Contains(strings.ToLower(i.Name), search) || strings.Contains(strings.ToLower(i.Element), search)
}

// DeleteInstance removes an instance of the account with its credential, pollers
// and destinations, and takes their leases from whoever holds them. It returns
// turnstone.ErrNotFound if there is none. From then on nothing of it shows or is
// delivered; what it leaves in the large tables is for Purge.
func (db *DB) DeleteInstance(ctx context.Context, accountID, id int64) error {
	err := db.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		if _, err := engine.One(s.Query(ctx, `SELECT id FROM instance WHERE account_id = $1 AND id = $2`, accountID, id), engine.Number); err != nil {
			return err
		}
		for _, gone := range []selection{{"poller", "instance_id", id}, {"destination", "instance_id", id}, {"bulk_job", "instance_id", id}} {
			if err := abandon(ctx, s, gone); err != nil {
				return err
			}
		}
		for _, table := range []string{"credential", "allowance", "webhook_finder", "object_definition", "transformation"} {
			if _, err := s.Exec(ctx, `DELETE FROM `+table+` WHERE account_id = $1 AND instance_id = $2`, accountID, id); err != nil {
				return err
			}
		}
		return abandon(ctx, s, selection{"instance", "id", id})
	})
	if err != nil {
		return fmt.Errorf("delete instance %d: %w", id, err)
	}
	return nil
}

// sealedInstance is an instance as it is stored.
type sealedInstance struct {
	turnstone.Instance
	token, configuration []byte
}

const (
	instanceColumns = `i.id, i.account_id, i.user_id, i.element, i.name, i.tags, i.token, i.configuration,
		i.external_authentication, i.disabled, i.created_at, i.revision, i.split_ops, c.state`
	instanceTables = `instance i JOIN credential c ON c.instance_id = i.id`
	selectInstance = `SELECT ` + instanceColumns + ` FROM ` + instanceTables
)

func scanInstance(row engine.Row) (sealedInstance, error) {
	var i sealedInstance
	err := row.Scan(&i.ID, &i.AccountID, &i.UserID, &i.Element, &i.Name, column.JSON{V: &i.Tags}, &i.token, &i.configuration,
		&i.ExternalAuthentication, &i.Disabled, (*instant)(&i.CreatedAt), &i.Revision, &i.SplitOps, &i.Credential)
	return i, err
}

func (db *DB) unsealInstance(row sealedInstance) (turnstone.Instance, error) {
	token, err := db.openText(place("instance", row.ID, "token"), row.token)
	if err != nil {
		return turnstone.Instance{}, err
	}
	row.Token = turnstone.Secret(token)
	if err := db.openJSON(place("instance", row.ID, "configuration"), row.configuration, &row.Configuration); err != nil {
		return turnstone.Instance{}, err
	}
	return row.Instance, nil
}

// instances returns the instances with these ids. One that cannot be unsealed is
// logged and left out: it must not stop the work of all others.
func (db *DB) instances(ctx context.Context, ids []int64) (map[int64]turnstone.Instance, error) {
	found := make(map[int64]turnstone.Instance, len(ids))
	rows, err := engine.Find(ctx, db.reader(), engine.Lookup[int64]{
		Select: instanceColumns, From: instanceTables, Column: "i.id", Members: ids,
	}, scanInstance)
	if err != nil {
		return nil, fmt.Errorf("read instances: %w", err)
	}
	for _, row := range rows {
		i, err := db.unsealInstance(row)
		if err != nil {
			db.log.Error("instance cannot be read", "account", row.AccountID, "instance", row.ID, "err", err)
			continue
		}
		found[i.ID] = i
	}
	return found, nil
}
