package instance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/hub"
	"turnstone/internal/javadate"
	"turnstone/internal/pollerconfig"
)

// polled is what a configuration says about the resources to poll.
type polled struct {
	key string // the configuration entry that says it
	set pollerconfig.Set
	// names are resources to be polled as the element says; set is empty then.
	names []string
}

// polledBy reads which resources to poll. Several entries can say it, and the first
// that says something counts. The error is pollerconfig.Problems.
func polledBy(c turnstone.Configuration) (polled, error) {
	set, err := pollerconfig.Parse(c[turnstone.KeyPollers])
	if err != nil || len(set.Members) > 0 {
		return polled{key: turnstone.KeyPollers, set: set}, err
	}
	set, names, err := pollerconfig.ParsePipe(c[turnstone.KeyPollerURLs])
	if err != nil || len(set.Members) > 0 || names != nil {
		return polled{key: turnstone.KeyPollerURLs, set: set, names: names}, err
	}
	if names = listed(c[turnstone.KeyObjects]); names != nil {
		return polled{key: turnstone.KeyObjects, names: names}, nil
	}
	return polled{key: turnstone.KeyPollers, set: pollerconfig.Set{Text: "{}"}}, nil
}

// listed returns the names in a list with commas.
func listed(text string) []string {
	var names []string
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// empty reports whether a configuration leaves it to the element what to poll.
func (p polled) empty() bool { return len(p.set.Members) == 0 && p.names == nil }

// readPollers reads which resources to poll: the element's own where the client
// names none.
func (d *draft) readPollers(s *Instances) {
	d.giveWay()
	p, err := polledBy(d.Configuration)
	if err == nil && (p.names != nil || p.empty() && (EventsEnabled(d.Configuration) || d.hadPollers())) {
		p.set, err = d.defaults(p)
	}
	if err != nil {
		d.pollerProblems(err)
		return
	}
	d.checkMembers(s, p)
	_, present := d.Configuration[turnstone.KeyPollers]
	switch {
	case p.key != turnstone.KeyPollers: // reads back as the client wrote it
	case present || len(p.set.Members) > 0:
		d.Configuration[turnstone.KeyPollers] = p.set.Text
	}
	d.members = p.set.Members
}

// checkMembers checks how each resource is to be polled.
func (d *draft) checkMembers(s *Instances, p polled) {
	for _, m := range p.set.Members {
		if from := m.Config.Backfill.From; from.After(d.now) {
			d.problems.add(path(p.key)+"."+m.Resource+".backfill", "is %s, which is to come; write a date that is past, all or none", from.Format(time.DateOnly))
		}
		for _, problem := range s.checkPolled(d, m) {
			d.problems.add(path(p.key)+"."+m.Resource+".url", "%s", problem)
		}
	}
}

// giveWay takes back the default that was entered for a client that named no
// resources, once it names some in another entry. Clients that send back whole answers
// send the default, too.
func (d *draft) giveWay() {
	entered := d.Configuration[turnstone.KeyPollers]
	named := d.changed(turnstone.KeyPollerURLs) || d.changed(turnstone.KeyObjects)
	if named && entered == d.before[turnstone.KeyPollers] && entered == d.el.PollerConfiguration() {
		delete(d.Configuration, turnstone.KeyPollers)
	}
}

// changed reports whether an entry says something that it did not say before.
func (d *draft) changed(key string) bool {
	return d.value(key) != "" && d.Configuration[key] != d.before[key]
}

// defaults returns the resources that the element polls by default, or those that are
// named, as the element says how to poll them.
func (d *draft) defaults(p polled) (pollerconfig.Set, error) {
	known := d.el.PollerConfiguration()
	if p.names != nil {
		known = d.el.AvailablePollerConfiguration()
	}
	all, err := pollerconfig.Parse(known)
	if err != nil {
		return all, err
	}
	if d.webhooked() && d.el.Webhooks != nil {
		return d.woken(all, p.names), nil
	}
	if p.names == nil {
		if len(all.Members) == 0 {
			d.problems.add(path(turnstone.KeyPollers), "names no resource, and the element %q polls none by default; write an object with one member a resource", d.el.Key)
		}
		return all, nil
	}
	var chosen pollerconfig.Set
	for _, name := range p.names {
		i := slices.IndexFunc(all.Members, func(m pollerconfig.Member) bool { return strings.EqualFold(m.Resource, name) })
		switch {
		case i < 0:
			d.problems.add(path(p.key), "names %s, which the element %q does not say how to poll; write %sdescribe the resource in %s",
				excerpt(name), d.el.Key, choices(all.Members), turnstone.KeyPollers)
		case !slices.ContainsFunc(chosen.Members, func(m pollerconfig.Member) bool { return m.Resource == all.Members[i].Resource }):
			chosen.Members = append(chosen.Members, all.Members[i])
		}
	}
	return chosen, nil
}

// choices returns the names of members, for use before another proposal.
func choices(members []pollerconfig.Member) string {
	var b strings.Builder
	for _, m := range members {
		b.WriteString(m.Resource + ", or ")
	}
	return b.String()
}

// hadPollers reports whether the instance has pollers, whose cursors are to be kept
// while events are off.
func (d *draft) hadPollers() bool {
	p, err := polledBy(d.before)
	return err == nil && !p.empty()
}

// pollerProblems takes over what is wrong with a poller configuration.
func (d *draft) pollerProblems(err error) {
	problems, ok := errors.AsType[pollerconfig.Problems](err)
	if !ok {
		d.problems.add(path(pollerconfig.Root), "%v", err)
		return
	}
	for _, p := range problems {
		d.problems.add(path(p.Path), "%s", p.Message)
	}
}

// checkPolled returns what is wrong with what a member polls: whether its
// placeholders can be filled in, and whether the hub serves it, with the macros as
// they might expand.
func (s *Instances) checkPolled(d *draft, m pollerconfig.Member) []string {
	var problems []string
	url, err := pollerconfig.Fill(m.Config.URL, func(name string) (string, bool) {
		if secret(d.el, name) {
			problems = append(problems, fmt.Sprintf("has the placeholder {%s}, and that entry is a secret, which would be seen in the URL; write another", name))
			return name, true
		}
		value, ok := d.Configuration[name]
		return value, ok
	})
	if err != nil {
		problems = append(problems, strings.Split(err.Error(), "\n")...)
	}
	if problems != nil {
		return problems
	}
	if err := s.checkServed(d, url); err != nil {
		return []string{aboutURL(err)}
	}
	return nil
}

// checkServed checks that the hub serves a polled URL.
func (s *Instances) checkServed(d *draft, url string) error {
	expanded, err := javadate.Expand(url, javadate.Moment{Since: d.now, Now: d.now})
	if err != nil {
		return err
	}
	request, err := hub.ParseURL(expanded)
	if err != nil {
		return err
	}
	return s.Hub.Check(d.served, request)
}

// serve finds out what the hub serves of an instance.
func (s *Instances) serve(ctx context.Context, d *draft) error {
	d.served = d.el
	if s.Common == nil {
		return nil
	}
	var err error
	d.served, err = s.Common.Extended(ctx, d.Instance, d.el)
	return err
}

// aboutURL returns what is wrong with a polled URL, without saying once more that
// it is the URL.
func aboutURL(err error) string {
	if wrong, ok := errors.AsType[*hub.RequestError](err); ok && wrong.Param == "url" {
		return wrong.Problem
	}
	return err.Error()
}
