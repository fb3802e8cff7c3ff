package deliver

import (
	"log/slog"
	"time"
)

const (
	// awayTick is how often a store that is away is asked, and remindAfter how often
	// the log says that it is: nobody reads ten lines a second.
	awayTick    = time.Second
	remindAfter = 10 * time.Second
)

// outage follows whether the store answers.
type outage struct {
	log   *slog.Logger
	since time.Time // it is away; zero: it answers
	told  time.Time
}

// changed takes in what came of a claim, and reports whether the store has gone
// away or come back.
func (o *outage) changed(err error, now time.Time) bool {
	switch {
	case err == nil && !o.away():
		return false
	case err == nil:
		o.log.Info("destinations can be claimed again", "took", now.Sub(o.since))
		o.since = time.Time{}
		return true
	case !o.away():
		o.since = now
		o.tell(err, now)
		return true
	case now.Sub(o.told) >= remindAfter:
		o.tell(err, now)
	}
	return false
}

func (o *outage) tell(err error, now time.Time) {
	o.log.Error("claim destinations", "err", err)
	o.told = now
}

func (o *outage) away() bool { return !o.since.IsZero() }

// pace returns how long to wait between claims that wait for tick otherwise.
func (o *outage) pace(tick time.Duration) time.Duration {
	if o.away() {
		return max(tick, awayTick)
	}
	return tick
}
