package instance

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"turnstone"
)

// vendorPolling is how changes are found where nothing else is said.
const vendorPolling = "polling"

// maxInterval is what longer intervals are cut to: clients of the platform write
// 999999999 minutes to make a poller never fire, and a duration has to hold it.
const maxInterval = 100 * 365 * 24 * time.Hour

// checkPolling checks how, how often and what to poll.
func (d *draft) checkPolling(s *Instances) {
	switch kind := d.value(turnstone.KeyVendorType); strings.ToLower(kind) {
	case "", vendorPolling, "webhook", "webhooks":
	default:
		d.problems.add(path(turnstone.KeyVendorType), `is %s; write "polling" or "webhooks"`, excerpt(kind))
	}
	d.checkWebhooks()
	if text := d.value(turnstone.KeyRefreshInterval); text != "" {
		d.interval = d.readInterval(text, s.minInterval())
	}
	d.maxInterval = d.readMaxInterval(s.minInterval())
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

// readMaxInterval reads the minutes that idle pollers slow down to; none stands for
// none.
func (d *draft) readMaxInterval(shortest time.Duration) time.Duration {
	text := d.value(turnstone.KeyMaxInterval)
	if text == "" {
		return 0
	}
	longest, whole, ok := minutes(text)
	switch {
	case !ok:
		d.problems.add(path(turnstone.KeyMaxInterval), "is %s; write a number of minutes, such as 60, or leave it out", excerpt(text))
	case !whole && shortest >= time.Minute:
		d.problems.add(path(turnstone.KeyMaxInterval), "is %s; write whole minutes (fractions need the operator's --min-interval)", excerpt(text))
	case longest > 0 && longest < d.interval:
		d.problems.add(path(turnstone.KeyMaxInterval), "is %s minutes, and %s is longer; write at least %s, or leave it out",
			text, turnstone.KeyRefreshInterval, strconv.FormatFloat(d.interval.Minutes(), 'f', -1, 64))
	}
	return longest
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

// pollers returns what is to be polled.
func (d *draft) pollers() []turnstone.PollerWrite {
	writes := make([]turnstone.PollerWrite, len(d.members))
	for i, m := range d.members {
		writes[i] = turnstone.PollerWrite{
			Resource: m.Resource, Configuration: m.Text, Interval: d.interval, MaxInterval: d.maxInterval, State: pollerState(d.Instance),
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
