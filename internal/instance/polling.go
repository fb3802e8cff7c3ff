package instance

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/hub"
	"turnstone/internal/javadate"
	"turnstone/internal/pollerconfig"
)

// vendorPolling is the only way in which this version finds changes.
const vendorPolling = "polling"

// maxInterval is what longer intervals are cut to: clients of the platform write
// 999999999 minutes to make a poller never fire, and a duration has to hold it.
const maxInterval = 100 * 365 * 24 * time.Hour

// checkPolling checks how, how often and what to poll.
func (d *draft) checkPolling(s *Instances) {
	switch kind := d.value(turnstone.KeyVendorType); strings.ToLower(kind) {
	case "", vendorPolling:
	case "webhook", "webhooks":
		d.problems.add(path(turnstone.KeyVendorType), `is %s, and the element %q has no webhooks; write "polling"`, excerpt(kind), d.el.Key)
	default:
		d.problems.add(path(turnstone.KeyVendorType), `is %s; write "polling"`, excerpt(kind))
	}
	if text := d.value(turnstone.KeyRefreshInterval); text != "" {
		d.interval = d.readInterval(text, s.minInterval())
	}
	d.readPollers(s)
}

// readInterval reads the minutes between polls.
func (d *draft) readInterval(text string, shortest time.Duration) time.Duration {
	interval, whole, ok := minutes(text)
	switch {
	case !ok || interval <= 0:
		d.problems.add(path(turnstone.KeyRefreshInterval), "is %s; write a number of minutes, such as 15", excerpt(text))
	case !whole && shortest >= time.Minute:
		d.problems.add(path(turnstone.KeyRefreshInterval), "is %s; write whole minutes (fractions need the operator's --min-interval)", excerpt(text))
	case interval < shortest:
		d.problems.add(path(turnstone.KeyRefreshInterval), "is %s minutes; write at least %s (the operator's --min-interval is %v)",
			text, strconv.FormatFloat(shortest.Minutes(), 'f', -1, 64), shortest)
	}
	return interval
}

// minutes reads a decimal number of minutes: digits with perhaps a fraction, and
// none of the other forms that ParseFloat knows.
func minutes(text string) (d time.Duration, whole, ok bool) {
	if strings.Trim(text, "0123456789.") != "" {
		return 0, false, false
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false, false
	}
	if n >= maxInterval.Minutes() {
		return maxInterval, true, true
	}
	return time.Duration(n * float64(time.Minute)), n == math.Trunc(n), true
}

// minInterval returns the shortest interval that may be asked for.
func (s *Instances) minInterval() time.Duration {
	if s.MinInterval <= 0 {
		return time.Minute
	}
	return s.MinInterval
}

// readPollers reads which resources to poll: the element's own where the client
// names none.
func (d *draft) readPollers(s *Instances) {
	set, err := pollerconfig.Parse(d.Configuration[turnstone.KeyPollers])
	if err == nil && len(set.Members) == 0 && (EventsEnabled(d.Configuration) || d.hadPollers()) {
		set, err = pollerconfig.Parse(d.el.PollerConfiguration())
		if err == nil && len(set.Members) == 0 {
			d.problems.add(path(turnstone.KeyPollers), "names no resource, and the element %q polls none by default; write an object with one member a resource", d.el.Key)
			return
		}
	}
	if err != nil {
		d.pollerProblems(err)
		return
	}
	for _, m := range set.Members {
		if err := s.checkPolled(d, m); err != nil {
			d.problems.add(path(pollerconfig.Root)+"."+m.Resource+".url", "%s", aboutURL(err))
		}
	}
	if _, present := d.Configuration[turnstone.KeyPollers]; present || len(set.Members) > 0 {
		d.Configuration[turnstone.KeyPollers] = set.Text
	}
	d.members = set.Members
}

// hadPollers reports whether the instance has pollers, whose cursors are to be kept
// while events are off.
func (d *draft) hadPollers() bool {
	set, err := pollerconfig.Parse(d.before[turnstone.KeyPollers])
	return err == nil && len(set.Members) > 0
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

// checkPolled checks that the hub serves what a member polls, with the macros as
// they might expand.
func (s *Instances) checkPolled(d *draft, m pollerconfig.Member) error {
	expanded, err := javadate.Expand(m.Config.URL, javadate.Moment{Since: d.now, Now: d.now})
	if err != nil {
		return err
	}
	request, err := hub.ParseURL(expanded)
	if err != nil {
		return err
	}
	return s.Hub.Check(d.el, request)
}

// aboutURL returns what is wrong with a polled URL, without saying once more that
// it is the URL.
func aboutURL(err error) string {
	if wrong, ok := errors.AsType[*hub.RequestError](err); ok && wrong.Param == "url" {
		return wrong.Problem
	}
	return err.Error()
}

// pollers returns what is to be polled.
func (d *draft) pollers() []turnstone.PollerWrite {
	writes := make([]turnstone.PollerWrite, len(d.members))
	for i, m := range d.members {
		writes[i] = turnstone.PollerWrite{
			Resource: m.Resource, Configuration: m.Text, Interval: d.interval, State: pollerState(d.Instance),
		}
	}
	return writes
}

// pollerState returns the state of the pollers of an instance.
func pollerState(in turnstone.Instance) turnstone.PollerState {
	switch {
	case in.Disabled || !EventsEnabled(in.Configuration):
		return turnstone.PollerPaused
	case in.Credential != turnstone.CredentialValid:
		return turnstone.PollerAwaiting
	}
	return turnstone.PollerActive
}
