package instance

import (
	"maps"
	"slices"
	"strings"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/spelling"
)

// Warnings returns what an instance's poller configuration says without effect, by
// the resource it says it for.
func Warnings(in turnstone.Instance) map[string][]string {
	p, err := polledBy(in.Configuration)
	if err != nil {
		return nil
	}
	warnings := make(map[string][]string)
	for _, m := range p.set.Members {
		for _, w := range p.set.Warnings {
			if strings.HasPrefix(w.Path, p.key+"."+m.Resource+".") {
				warnings[m.Resource] = append(warnings[m.Resource], w.Error())
			}
		}
	}
	return warnings
}

// ConfigurationWarnings returns what a configuration says without effect: event
// entries that nobody knows, those that others take the place of, and what Warnings
// returns. Problems are not among them, since they are refused.
func ConfigurationWarnings(el *element.Element, c turnstone.Configuration) []Problem {
	var warnings Problems
	for _, key := range slices.Sorted(maps.Keys(c)) {
		if !strings.HasPrefix(strings.ToLower(key), "event.") || c[key] == "" || knownKey(el, key) {
			continue
		}
		message := "is not known; it is kept and has no effect"
		if guess := nearestKey(el, key); guess != "" {
			message += " (is " + guess + " meant?)"
		}
		warnings.add(path(key), "%s", message)
	}
	warnings.overruled(c)
	return warnings
}

// overruled warns of entries that name resources to poll and do not count.
func (p *Problems) overruled(c turnstone.Configuration) {
	what, err := polledBy(c)
	if err != nil {
		return
	}
	for _, w := range what.set.Warnings {
		p.add(path(w.Path), "%s", w.Message)
	}
	keys := []string{turnstone.KeyPollers, turnstone.KeyPollerURLs, turnstone.KeyObjects}
	for _, key := range keys[slices.Index(keys, what.key)+1:] {
		if strings.TrimSpace(c[key]) != "" && !what.empty() {
			p.add(path(key), "has no effect, since %s says what to poll; clear that for this to count", what.key)
		}
	}
}

// idleKeys are the platform's event entries that are stored without being acted on.
// Old configurations are full of them, and nobody has to be warned.
var idleKeys = []string{
	"event.helper.key", "event.metadata", "event.notification.instance.finder", "event.notification.subscription.id",
	"event.notification.type", "event.raw.enabled",
}

// knownKey reports whether an event entry means something to the element, to us, or
// to the platform.
func knownKey(el *element.Element, key string) bool {
	return slices.Contains(idleKeys, key) || slices.ContainsFunc(Fields(el), func(f element.Field) bool { return f.Key == key })
}

// nearestKey guesses which entry a misspelt one was meant to be: nothing if none is
// near. The halves are compared one by one, since whole keys are alike anyway.
func nearestKey(el *element.Element, key string) string {
	groups := make(map[string][]string) // the second halves, by the first
	for _, f := range Fields(el) {
		group, last := halves(f.Key)
		groups[group] = append(groups[group], last)
	}
	group, last := halves(strings.ToLower(key))
	group, near := spelling.Nearest(group, slices.Sorted(maps.Keys(groups)))
	if !near {
		return ""
	}
	if last, near = spelling.Nearest(last, groups[group]); !near {
		return ""
	}
	return group + "." + last
}

// halves cuts a key after its second part, or after the first of two.
func halves(key string) (group, last string) {
	parts := strings.SplitN(key, ".", 3)
	last = parts[len(parts)-1]
	return strings.TrimSuffix(strings.TrimSuffix(key, last), "."), last
}
