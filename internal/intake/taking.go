package intake

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/envelope"
)

// Bounds of the events of a webhook. The platform's POSTs had up to 20 changes, and each
// the whole of what the vendor sent.
const (
	perEvent   = 20
	eventBytes = 64 << 20 // of all bodies
)

// taking is a webhook being taken in at one instance.
type taking struct {
	*Intake
	arrival

	el     *element.Element
	in     turnstone.Instance
	proof  string
	commit *turnstone.WebhookCommit
}

// changes adds the events to the commit that the element's hook reads out of the webhook.
// The error is a *Problem, or a failure of ours.
func (t *taking) changes(ctx context.Context) error {
	rule := t.el.Webhooks.Events
	if rule == nil {
		return nil
	}
	if t.proof == "" {
		t.commit.Webhook.Reason = "nothing proves where it comes from, so that it tells of no change; set " + turnstone.KeyWebhookSecret +
			", and add it to the address as ?" + SecretParameter + "=…"
		return nil
	}
	now := t.Now()
	id, err := envelope.NewKey(now, t.Random)
	if err != nil {
		return err
	}
	call, err := t.call(t.in.Configuration, id, now)
	if err != nil {
		return err
	}
	name := "event hook of " + t.el.Key
	result, err := t.hooks.run(ctx, *rule, name, call)
	t.commit.Webhook.Details.Log = result.Log
	if err != nil {
		return err
	}
	all, err := readChanges(result.Value)
	if err != nil {
		return problemf(Broken, "%s: %v", name, err)
	}
	return t.tell(ctx, t.wanted(all))
}

// wanted returns the changes of resources that the instance wants to hear of.
func (t *taking) wanted(all []news) []news {
	return slices.DeleteFunc(all, func(n news) bool { return !t.listens(n.resource) })
}

// listens reports whether the instance wants to hear of a resource: any, or one of those
// that event.objects lists.
func (t *taking) listens(resource string) bool {
	objects := strings.TrimSpace(t.in.Configuration[turnstone.KeyObjects])
	if objects == "" {
		return true
	}
	for name := range strings.SplitSeq(objects, ",") {
		if strings.EqualFold(strings.TrimSpace(name), resource) {
			return true
		}
	}
	return false
}

// tell renders the events of changes.
func (t *taking) tell(ctx context.Context, all []news) error {
	groups := t.grouped(all)
	if len(groups) == 0 {
		return nil
	}
	var raw bytes.Buffer
	if err := json.Compact(&raw, t.payload); err != nil {
		return err
	}
	if len(groups)*raw.Len() > eventBytes {
		return problemf(TooLarge, "it makes %d events of %d bytes each; send less at a time", len(groups), raw.Len())
	}
	ids, err := t.Store.EventIDs(ctx, len(groups))
	if err != nil {
		return err
	}
	for i, group := range groups {
		e, err := t.event(ids[i], group, raw.Bytes())
		if err != nil {
			return err
		}
		t.commit.Events = append(t.commit.Events, e)
		t.commit.Webhook.Details.Events = append(t.commit.Webhook.Details.Events, e.ID)
		if t.once(group[0]) {
			t.commit.Deleted = append(t.commit.Deleted, turnstone.ObjectRef{Resource: e.Resource, ObjectID: e.Objects[0], EventID: e.ID})
		}
	}
	return nil
}

// grouped puts changes into runs, an event each: of one resource, of one kind where
// somebody wants only some, and not too many.
func (t *taking) grouped(all []news) [][]news {
	most := t.perEvent()
	var groups [][]news
	start := 0
	for i := 1; i <= len(all); i++ {
		if i == len(all) || i-start == most || !t.together(all[i-1], all[i]) {
			groups = append(groups, all[start:i])
			start = i
		}
	}
	return groups
}

// together reports whether two changes may share an event.
func (t *taking) together(a, b news) bool {
	return a.resource == b.resource && (!t.in.SplitOps || a.change.Op == b.change.Op) && !t.once(a) && !t.once(b)
}

// once reports whether a change is a deletion that a poller could find as well: whoever is
// first tells it, and so it has an event of its own.
func (t *taking) once(n news) bool {
	r, served := t.el.Resource(n.resource)
	return n.change.Op == turnstone.Deleted && served && r.Retriever != nil
}

// perEvent returns how many changes an event has.
func (t *taking) perEvent() int {
	if t.format() == turnstone.FormatCloudEvents {
		return 1
	}
	n, err := strconv.Atoi(strings.TrimSpace(t.in.Configuration[turnstone.KeyMaxChanges]))
	if err != nil || n < 1 {
		return perEvent
	}
	return n
}

func (t *taking) format() turnstone.Format {
	if strings.EqualFold(strings.TrimSpace(t.in.Configuration[turnstone.KeyFormat]), string(turnstone.FormatCloudEvents)) {
		return turnstone.FormatCloudEvents
	}
	return turnstone.FormatElements
}

// event renders an event.
func (t *taking) event(id int64, group []news, raw json.RawMessage) (turnstone.Event, error) {
	now := t.Now()
	key, err := envelope.NewKey(now, t.Random)
	if err != nil {
		return turnstone.Event{}, err
	}
	e := turnstone.Event{
		ID: id, Key: key, AccountID: t.in.AccountID, InstanceID: t.in.ID, Resource: group[0].resource, CreatedAt: now, Format: t.format(),
	}
	changes := make([]turnstone.Change, len(group))
	for i, n := range group {
		changes[i] = n.change
		changes[i].Record = raw
		e.Objects = append(e.Objects, n.change.ObjectID)
		e.Ops = append(e.Ops, n.change.Op)
	}
	e.Body, err = envelope.Render(envelope.Notification{
		ID: id, Key: key, Instance: t.in, Hub: t.el.Hub, Resource: e.Resource, CreatedAt: now, Changes: changes, Format: e.Format, Raw: raw,
	})
	return e, err
}

// wake returns the resources that the webhook says have changed.
func (t *taking) wake() []string {
	var woken []string
	for _, rule := range t.el.Webhooks.Wake {
		if t.fits(rule) && t.listens(rule.Resource) && !slices.Contains(woken, rule.Resource) {
			woken = append(woken, rule.Resource)
		}
	}
	return woken
}

// fits reports whether a rule holds for the webhook.
func (t *taking) fits(rule element.WakeRule) bool {
	if len(rule.Values) == 0 {
		return true
	}
	value := t.value(rule.Path)
	if rule.Header != "" {
		value = t.Header.Get(rule.Header)
	}
	return slices.Contains(rule.Values, value)
}

// conclude says what became of the webhook.
func (t *taking) conclude() {
	kept := &t.commit.Webhook
	switch {
	case len(t.commit.Events) > 0:
		kept.Outcome = turnstone.WebhookTold
	case len(t.commit.Wake) > 0:
		kept.Outcome = turnstone.WebhookWoke
	default:
		kept.Outcome = turnstone.WebhookDropped
		kept.Reason = cmp.Or(kept.Reason, fmt.Sprintf("the element %s found nothing to tell in it", t.el.Key))
	}
}

// eventsEnabled reports whether an instance wants to hear of changes.
func eventsEnabled(c turnstone.Configuration) bool {
	return strings.EqualFold(strings.TrimSpace(c[turnstone.KeyEventsEnabled]), "true")
}
