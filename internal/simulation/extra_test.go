package simulation_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"turnstone"
)

// extra is a destination beside the main one of an instance.
type extra struct {
	destination turnstone.Destination
	inbox       *inbox
	made        time.Time
	gone        bool
}

// subscribe makes a further destination, or removes one.
func (c *customer) subscribe(ctx context.Context) error {
	r, w := c.world.dice.about("subscribe"), c.world
	if i := slices.IndexFunc(c.extras, func(e *extra) bool { return !e.gone }); i >= 0 && r.IntN(3) == 0 {
		e := c.extras[i]
		e.gone = true
		return w.db.DeleteDestination(ctx, w.owner.AccountID, c.id, e.destination.ID)
	}
	b, err := newInbox(w, fmt.Sprintf("%sextra/%d", c.inbox.name, len(c.extras)))
	if err != nil {
		return err
	}
	made, err := w.db.SaveDestination(ctx, turnstone.Destination{
		AccountID: w.owner.AccountID, InstanceID: c.id, URL: "https://" + inboxHost + b.name,
		Secrets: turnstone.DestinationSecrets{SignatureKey: key},
		Filter: oneOf(r,
			turnstone.DestinationFilter{},
			turnstone.DestinationFilter{Ops: []turnstone.Op{turnstone.Created}},
			turnstone.DestinationFilter{Ops: []turnstone.Op{turnstone.Updated, turnstone.Deleted}},
			turnstone.DestinationFilter{Resources: []string{"reports"}},
			turnstone.DestinationFilter{Resources: []string{"others"}},
		),
		Limits: turnstone.DestinationLimits{Concurrency: number(r, 0, 4)},
	}, time.Now())
	if err == nil {
		c.extras = append(c.extras, &extra{destination: made, inbox: b, made: time.Now()})
	}
	return err
}

// owed returns the events of the instance that did not arrive where they should, or
// arrived where they should not.
func (c *customer) owed() []string {
	var problems []string
	for _, e := range c.world.watch.events[c.id] {
		if !c.inbox.has(e.id) {
			problems = append(problems, fmt.Sprintf("instance %d: event %d never arrived", c.id, e.id))
		}
		for _, x := range c.extras {
			if x.gone || e.at.Sub(x.made).Abs() < time.Second {
				continue // what came first, the event or the destination, cannot be told
			}
			// Events from before come if somebody asks for them again.
			wanted, got := x.destination.Filter.Wants(e.resource, e.ops), x.inbox.has(e.id)
			if got && !wanted || wanted && !got && e.at.After(x.made) {
				problems = append(problems, fmt.Sprintf("destination %d (%+v, made %s): event %d of %s (%v) arrived: %v, want %v",
					x.destination.ID, x.destination.Filter, x.made, e.id, e.at, e.ops, got, wanted))
			}
		}
	}
	return problems
}
