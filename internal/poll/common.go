package poll

import (
	"context"
	"fmt"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/poll/plan"
	"turnstone/internal/transform"
)

// Common knows what instances call things. Its methods are called from many
// goroutines.
type Common interface {
	// Extended returns the element of an instance with the instance's common resources.
	Extended(ctx context.Context, in turnstone.Instance, el *element.Element) (*element.Element, error)
	// CommonName returns what an instance calls a resource of its vendor, and the mapping
	// that makes it so. The name is empty if it has none for it.
	CommonName(ctx context.Context, in turnstone.Instance, resource string) (string, transform.Mapping, error)
}

// commonPlan returns the plan of a poller of an element's resource or of a common one.
// It is not remembered: what a common resource is may change at any time.
func commonPlan(ctx context.Context, common Common, el *element.Element, lease turnstone.PollLease) (*plan.Plan, error) {
	if common == nil {
		return plan.Of(el, lease)
	}
	extended, err := common.Extended(ctx, lease.Instance, el)
	if err != nil {
		return nil, fmt.Errorf("%w: read common resources: %w", errOwn, err)
	}
	return plan.Of(extended, lease)
}

// naming is what changes are called in events.
type naming struct {
	resource string
	mapping  transform.Mapping // zero: records stay as they are
}

// naming returns what the changes of the poller are called: as the vendor calls them,
// unless the instance wants its common resources.
func (p *poll) naming(ctx context.Context) (naming, error) {
	n := naming{resource: p.lease.Poller.Resource}
	if !p.plan.Rendering.Common || p.Common == nil {
		return n, nil
	}
	name, mapping, err := p.Common.CommonName(ctx, p.lease.Instance, p.plan.Resource)
	if err != nil {
		return n, fmt.Errorf("%w: read common resources: %w", errOwn, err)
	}
	if name != "" {
		n = naming{name, mapping}
	}
	return n, nil
}

// renamed returns a change under the names of n.
func (n naming) renamed(c turnstone.Change) turnstone.Change {
	c.Record = n.mapping.ToCommon(c.Record)
	if c.Diff == nil {
		return c
	}
	diff := make([]turnstone.FieldChange, len(c.Diff))
	for i, f := range c.Diff {
		f.Field = n.mapping.CommonPath(f.Field)
		diff[i] = f
	}
	c.Diff = diff
	return c
}
