package intake

import (
	"context"
	"errors"
	"slices"

	"turnstone"
	"turnstone/internal/element"
)

// addressees are the instances that a webhook is for.
type addressees struct {
	instances []turnstone.Instance
	// sought says that the webhook holds what finders look for, whoever it may mean.
	sought bool
}

// find returns the instances that a webhook is for: those that it names, or else those
// whose finder finds its value in the body.
func (i *Intake) find(ctx context.Context, h arrival) (addressees, error) {
	if h.Instances != nil {
		named, err := i.Store.InstancesOf(ctx, h.Element, h.Instances)
		return addressees{instances: named}, err
	}
	paths, err := i.Store.FinderPaths(ctx, h.Element)
	if err != nil {
		return addressees{}, err
	}
	var all addressees
	for _, path := range paths {
		value := h.value(path)
		if value == "" {
			continue
		}
		all.sought = true
		found, err := i.Store.InstancesFound(ctx, h.Element, path, value)
		if err != nil {
			return addressees{}, err
		}
		for _, in := range found {
			if !slices.ContainsFunc(all.instances, func(other turnstone.Instance) bool { return other.ID == in.ID }) {
				all.instances = append(all.instances, in)
			}
		}
	}
	return all, nil
}

// nobody says why there is no instance that a webhook could be for.
func (h arrival) nobody() error {
	if h.Instances != nil {
		return problemf(Nobody, "there is no such instance of the element %.60q; use the address of one that there is: "+
			"/elements/api-v2/events/{element}/{the instance's id, in base64}", h.Element)
	}
	return problemf(Nobody, "nothing says which instance this is for: name one at the end of the path, in base64, or in the header Element-Instances, "+
		"or give an instance of the element %.60q an %s that finds its value in the body", h.Element, turnstone.KeyInstanceFinder)
}

// challenged answers a vendor that asks whether somebody is there.
func (i *Intake) challenged(ctx context.Context, h arrival, instances []turnstone.Instance) (answer Answer, asked bool, err error) {
	el, err := i.elementOf(ctx, h, instances)
	if err != nil || el == nil || el.Webhooks == nil || el.Webhooks.Challenge == nil {
		return Answer{}, false, err
	}
	c := *el.Webhooks.Challenge
	value := h.challenge(c)
	if value == "" || len(value) > maxChallenge {
		return Answer{}, false, nil
	}
	return echo(c, value), true, nil
}

// elementOf returns the element that a webhook is of; nil: there is none that everybody
// has, or that one of the instances has.
func (i *Intake) elementOf(ctx context.Context, h arrival, instances []turnstone.Instance) (*element.Element, error) {
	find := func() (*element.Element, error) { return i.Elements.Find(ctx, 0, h.Element) }
	if len(instances) > 0 {
		find = func() (*element.Element, error) { return i.Elements.OfInstance(ctx, instances[0]) }
	}
	el, err := find()
	if errors.Is(err, turnstone.ErrNotFound) {
		return nil, nil
	}
	return el, err
}
