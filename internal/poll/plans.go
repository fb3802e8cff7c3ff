package poll

import (
	"sync"

	"turnstone"
	"turnstone/internal/element"
)

// maxPlans bounds the memory of plans to a few megabytes. Most pollers of a
// resource are configured alike, for the text is their element's.
const maxPlans = 1000

// plans remembers the plans of configurations, since making one takes longer than
// the rest of a poll that finds nothing. It may be used by any number of goroutines.
type plans struct {
	mu    sync.Mutex
	known map[planKey]*plan
}

// planKey is all that a plan depends on, beside the catalogue.
type planKey struct{ element, resource, configuration string }

// of returns the plan of a poller, which is not to be changed.
func (c *plans) of(elements *element.Catalogue, lease turnstone.PollLease) (*plan, error) {
	key := planKey{lease.Instance.Element, lease.Poller.Resource, lease.Poller.Configuration}
	if p := c.lookup(key); p != nil {
		return p, nil
	}
	p, err := newPlan(elements, lease)
	if err != nil {
		return nil, err
	}
	c.keep(key, p)
	return p, nil
}

func (c *plans) lookup(key planKey) *plan {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known[key]
}

// keep remembers a plan, and forgets some other one if there are too many.
func (c *plans) keep(key planKey, p *plan) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = make(map[planKey]*plan)
	}
	if len(c.known) >= maxPlans {
		for other := range c.known {
			delete(c.known, other)
			break
		}
	}
	c.known[key] = p
}
