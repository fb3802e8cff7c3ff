package plan

import (
	"strings"
	"sync"

	"turnstone"
	"turnstone/internal/element"
)

// most is how many plans are remembered, which bounds their memory to a few megabytes.
// The pollers of a resource are mostly configured alike, for the text is their
// element's.
const most = 1000

// Cache remembers the plans of configurations, since making one takes longer than
// the rest of a poll that finds nothing. The zero Cache is empty. It may be used by
// any number of goroutines.
type Cache struct {
	mu    sync.Mutex
	known map[key]*Plan
}

// key is all that a plan depends on. An element that changes is another one.
type key struct {
	element                              *element.Element
	resource, configuration              string
	format, diff, changes, bytes, common string
	// Where the instance's own entries are filled in, the plan is good for it alone.
	instance, revision int64
}

func keyOf(el *element.Element, lease turnstone.PollLease) key {
	in := lease.Instance
	k := key{
		element: el, resource: lease.Poller.Resource, configuration: lease.Poller.Configuration,
		format: in.Configuration[turnstone.KeyFormat], diff: in.Configuration[turnstone.KeyDiff],
		changes: in.Configuration[turnstone.KeyMaxChanges], bytes: in.Configuration[turnstone.KeyMaxBytes],
		common: in.Configuration[turnstone.KeyTransformations],
	}
	if fillable(k.configuration) {
		k.instance, k.revision = in.ID, in.Revision
	}
	return k
}

// fillable reports whether a configuration may hold a {placeholder}: a brace that
// neither opens an object nor follows the $ of a macro.
func fillable(configuration string) bool {
	if strings.Contains(configuration, `\u007`) {
		return true // an escaped one
	}
	for rest := configuration; ; {
		at := strings.IndexByte(rest, '{')
		if at < 0 || at+1 == len(rest) {
			return false
		}
		macro := at > 0 && rest[at-1] == '$'
		if next := rest[at+1]; !macro && next != '"' && next != '}' {
			return true
		}
		rest = rest[at+1:]
	}
}

// Of returns the plan of a poller, as the function of this name does.
func (c *Cache) Of(el *element.Element, lease turnstone.PollLease) (*Plan, error) {
	k := keyOf(el, lease)
	if p := c.lookup(k); p != nil {
		return p, nil
	}
	p, err := Of(el, lease)
	if err != nil {
		return nil, err
	}
	c.keep(k, p)
	return p, nil
}

func (c *Cache) lookup(k key) *Plan {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known[k]
}

// keep remembers a plan, and forgets some other one if there are too many.
func (c *Cache) keep(k key, p *Plan) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = make(map[key]*Plan)
	}
	if len(c.known) >= most {
		for other := range c.known {
			delete(c.known, other)
			break
		}
	}
	c.known[k] = p
}

// Len returns how many plans are remembered.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.known)
}
