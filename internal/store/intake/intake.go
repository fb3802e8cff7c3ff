// Package intake keeps what vendors sent by webhook, and what became of it.
//
// It promises that a webhook is stored with the events that were made of it, with what
// they are owed to, with what pollers must know of it and with the pollers that it wakes,
// or not at all; and that one which a vendor sends again under the same name is stored
// once. It refuses to read what vendors sent: what is in it is decided before.
package intake

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/delivery"
	"turnstone/internal/store/engine"
)

// instant is a time in a column, under a name short enough for statements.
type instant = column.Instant

// Inbox is the part of a database that takes webhooks in. Its methods may be called from
// many goroutines.
type Inbox struct {
	engine engine.Engine
	writes *engine.Batcher[*batch]
	keys   atomic.Int64
}

// Bounds of what webhooks share a transaction.
type Bounds struct {
	Calls int
	Rows  int
}

// Open returns an inbox that writes until Close.
func Open(ctx context.Context, e engine.Engine, b Bounds) *Inbox {
	in := &Inbox{engine: e}
	in.writes = engine.NewBatcher(ctx, engine.BatchOptions[*batch]{Do: in.commit, Workers: e.Concurrency(), MaxCalls: b.Calls, MaxRows: b.Rows})
	return in
}

// Close lets the writes that wait be made, and refuses new ones.
func (in *Inbox) Close() { in.writes.Close() }

// batch is what one webhook changes at the instances that it is for.
type batch struct {
	commits []turnstone.WebhookCommit
	stored  []turnstone.WebhookCommit // those that were no repeats
}

// rowBytes is how many bytes of bodies weigh as much as a row.
const rowBytes = 4096

// CommitWebhooks stores what a webhook changes at the instances that it is for, in one
// transaction, and returns the instances at which it was no repeat: at the others nothing
// is stored. Of a deletion that its poller has told already nothing is told.
func (in *Inbox) CommitWebhooks(ctx context.Context, commits []turnstone.WebhookCommit) ([]int64, error) {
	job := &batch{commits: commits}
	weight := 0
	for _, c := range commits {
		weight += 2 + len(c.Wake) + len(c.Deleted)
		for _, e := range c.Events {
			weight += 3 + len(e.Body)/rowBytes
		}
	}
	// Each call has a key of its own: any may share a write with any.
	err := in.writes.Call(ctx, engine.Request[*batch]{Job: job, Key: in.keys.Add(1), Weight: weight})
	if err != nil {
		return nil, fmt.Errorf("store a webhook: %w", err)
	}
	instances := make([]int64, len(job.stored))
	for i, c := range job.stored {
		instances[i] = c.Webhook.InstanceID
	}
	return instances, nil
}

// commit stores webhooks together.
func (in *Inbox) commit(ctx context.Context, calls []*engine.Call[*batch]) error {
	return in.engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		now, err := s.Now(ctx)
		if err != nil {
			return err
		}
		w := writer{s: s, now: now}
		fresh, err := w.webhooks(ctx, calls)
		if err != nil {
			return err
		}
		// In the order of poll commits, so that transactions that meet wait in a line:
		// pollers, versions, events, destinations.
		if err := w.wake(ctx, fresh); err != nil {
			return err
		}
		told, err := w.gone(ctx, fresh)
		if err != nil {
			return err
		}
		events := make(map[int64][]turnstone.Event)
		for _, c := range fresh {
			left := slices.DeleteFunc(slices.Clone(c.Events), func(e turnstone.Event) bool { return told[e.ID] })
			if err := w.amend(ctx, c, left); err != nil {
				return err
			}
			events[c.Webhook.InstanceID] = append(events[c.Webhook.InstanceID], left...)
		}
		if err := w.sightings(ctx, events); err != nil {
			return err
		}
		return delivery.Store(ctx, s, now, events)
	})
}

// writer writes webhooks in their transaction.
type writer struct {
	s   *engine.Session
	now time.Time
}

// webhooks stores the webhooks of calls, and returns the commits of those that were not
// stored before.
func (w writer) webhooks(ctx context.Context, calls []*engine.Call[*batch]) ([]turnstone.WebhookCommit, error) {
	total := 0
	for _, c := range calls {
		c.Job.stored = nil // of a try that failed
		total += len(c.Job.commits)
	}
	last, err := w.s.Advance(ctx, "webhook", total)
	if err != nil {
		return nil, err
	}
	owner := make(map[int64]*batch, total)
	commits := make(map[int64]turnstone.WebhookCommit, total)
	rows := make([][]any, 0, total)
	for _, c := range calls {
		for _, commit := range c.Job.commits {
			id := last - int64(total-1-len(rows))
			commit.Webhook.ID = id
			owner[id], commits[id] = c.Job, commit
			rows = append(rows, row(id, commit.Webhook))
		}
	}
	stored, err := engine.Join(ctx, w.s, engine.Against{Text: `
		INSERT INTO webhook (id, account_id, instance_id, received_at, delivery_id, outcome, reason, size, details)
		SELECT v.id, v.account_id, v.instance_id, v.received_at, v.delivery_id, v.outcome, v.reason, v.size, v.details
		FROM %s
		WHERE v.id > 0
		ON CONFLICT DO NOTHING
		RETURNING id`, Values: engine.Values{Rows: rows, Columns: columns()}}, engine.Number)
	if err != nil {
		return nil, fmt.Errorf("save webhooks: %w", err)
	}
	slices.Sort(stored)
	fresh := make([]turnstone.WebhookCommit, len(stored))
	for i, id := range stored {
		fresh[i] = commits[id]
		owner[id].stored = append(owner[id].stored, commits[id])
	}
	return fresh, nil
}

func columns() []engine.Column {
	return []engine.Column{
		{Name: "id"},
		{Name: "account_id"},
		{Name: "instance_id"},
		{Name: "received_at"},
		{Name: "delivery_id", Kind: engine.Text},
		{Name: "outcome", Kind: engine.Text},
		{Name: "reason", Kind: engine.Text},
		{Name: "size"},
		{Name: "details", Kind: engine.Text},
	}
}

func row(id int64, h turnstone.Webhook) []any {
	return []any{
		id, h.AccountID, h.InstanceID, instant(h.ReceivedAt), h.DeliveryID, string(h.Outcome), h.Reason, h.Size, column.JSON{V: h.Details},
	}
}

// object is one of which a webhook tells.
type object struct {
	instance     int64
	resource, id string
}

// gone takes objects for gone that were told to be deleted, where they have a poller, and
// returns the events of those that were taken for gone before.
func (w writer) gone(ctx context.Context, commits []turnstone.WebhookCommit) (map[int64]bool, error) {
	var rows [][]any
	told, seen := make(map[int64]bool), make(map[object]bool)
	unread := make([]byte, len(turnstone.Fingerprint{}))
	for _, c := range commits {
		for _, o := range c.Deleted {
			this := object{c.Webhook.InstanceID, o.Resource, o.ObjectID}
			if told[o.EventID] = seen[this]; told[o.EventID] { // by another webhook of the group
				continue
			}
			seen[this] = true
			rows = append(rows, []any{this.instance, o.Resource, engine.Verbatim(o.ObjectID), o.EventID, instant(w.now), unread})
		}
	}
	deleted := engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "instance_id"},
		{Name: "resource", Kind: engine.Text},
		{Name: "object_id", Kind: engine.Exact},
		{Name: "event_id"},
		{Name: "now"},
		{Name: "unread", Kind: engine.Blob},
	}}
	already, err := engine.Join(ctx, w.s, engine.Against{Text: `
		SELECT v.event_id
		FROM %s
		JOIN poller p ON p.instance_id = v.instance_id AND p.resource = v.resource
		JOIN version k ON k.poller_id = p.id AND k.object_id = v.object_id AND k.account_id = p.account_id
		WHERE k.gone_at <> 0`, Values: deleted}, engine.Number)
	if err != nil {
		return nil, fmt.Errorf("find what is gone: %w", err)
	}
	for _, event := range already {
		told[event] = true
	}
	return told, w.bury(ctx, deleted)
}

// bury takes objects for gone. Of those that no poll has seen yet, that is all that is
// known; their rows are inserted in one order, so that transactions that meet wait in a line.
func (w writer) bury(ctx context.Context, deleted engine.Values) error {
	_, err := engine.Join(ctx, w.s, engine.Against{Text: `
		INSERT INTO version (account_id, poller_id, object_id, fingerprint, exact, updated, created, seen_at, gone_at)
		SELECT p.account_id, p.id, v.object_id, v.unread, v.unread, 0, 0, 0, v.now
		FROM %s
		JOIN poller p ON p.instance_id = v.instance_id AND p.resource = v.resource
		WHERE p.id > 0
		ORDER BY p.id, v.object_id
		ON CONFLICT (account_id, poller_id, object_id) DO UPDATE SET gone_at = excluded.gone_at WHERE version.gone_at = 0
		RETURNING poller_id`, Values: deleted}, engine.Number)
	if err != nil {
		return fmt.Errorf("take objects for gone: %w", err)
	}
	return nil
}

// sightings notes with the objects that have a poller what was told of them.
func (w writer) sightings(ctx context.Context, events map[int64][]turnstone.Event) error {
	var rows [][]any
	unread := make([]byte, len(turnstone.Fingerprint{}))
	for _, instance := range slices.Sorted(maps.Keys(events)) {
		for _, e := range events[instance] {
			for i, id := range e.Objects {
				rows = append(rows, []any{e.InstanceID, e.Resource, engine.Verbatim(id), instant(w.now), string(e.Ops[i]), e.ID, unread})
			}
		}
	}
	_, err := engine.Join(ctx, w.s, engine.Against{Text: `
		INSERT INTO sighting (account_id, poller_id, object_id, poll_at, seen_at, op, reason, fingerprint, updated, created, event_id)
		SELECT p.account_id, p.id, v.object_id, v.now, v.now, v.op, 'told', v.unread, 0, 0, v.event_id
		FROM %s
		JOIN poller p ON p.instance_id = v.instance_id AND p.resource = v.resource
		RETURNING poller_id`, Values: engine.Values{Rows: rows, Columns: []engine.Column{
		{Name: "instance_id"},
		{Name: "resource", Kind: engine.Text},
		{Name: "object_id", Kind: engine.Exact},
		{Name: "now"},
		{Name: "op", Kind: engine.Text},
		{Name: "event_id"},
		{Name: "unread", Kind: engine.Blob},
	}}}, engine.Number)
	if err != nil {
		return fmt.Errorf("note what webhooks told: %w", err)
	}
	return nil
}

// amend says with a webhook which events were made of it after all.
func (w writer) amend(ctx context.Context, c turnstone.WebhookCommit, left []turnstone.Event) error {
	if len(left) == len(c.Events) {
		return nil
	}
	h := c.Webhook
	h.Details.Events = nil
	for _, e := range left {
		h.Details.Events = append(h.Details.Events, e.ID)
	}
	if len(left) == 0 {
		h.Outcome, h.Reason = turnstone.WebhookDropped, "what it tells to be deleted was told before"
	}
	_, err := w.s.Exec(ctx, `
		UPDATE webhook SET outcome = $1, reason = $2, details = $3 WHERE account_id = $4 AND id = $5`,
		string(h.Outcome), h.Reason, column.JSON{V: h.Details}, h.AccountID, h.ID)
	if err != nil {
		return fmt.Errorf("amend webhook %d: %w", h.ID, err)
	}
	return nil
}
