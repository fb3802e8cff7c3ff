package instance

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"turnstone"
)

// Condition is how one side of an instance does.
type Condition string

// The conditions, the better ones first.
const (
	ConditionOK       Condition = "ok"
	ConditionIdle     Condition = "idle"     // there is nothing to do: no callback URL, nothing to poll, or events are off
	ConditionStarting Condition = "starting" // not done for the first time yet
	ConditionOff      Condition = "off"      // somebody disabled the instance
	ConditionBehind   Condition = "behind"   // it works, and comes too late or keeps something back
	ConditionFailing  Condition = "failing"  // the last try failed; it is tried again
	ConditionStopped  Condition = "stopped"  // it is not tried again unless somebody does something
)

// severity orders conditions: what is worse is larger.
func (c Condition) severity() int {
	return slices.Index([]Condition{
		ConditionOK, ConditionIdle, ConditionStarting, ConditionOff, ConditionBehind, ConditionFailing, ConditionStopped,
	}, c)
}

// Fact is how one thing does, and what to do about it.
type Fact struct {
	Name       string // of the resource, or the id of the destination; empty for a summary
	Condition  Condition
	LastGoodAt time.Time // zero: never
	Problem    string    // empty when all is well
	Remedy     string    // what to do; empty when there is nothing to do
}

// OK reports whether it does all that is asked of it.
func (f Fact) OK() bool { return f.Condition.severity() < ConditionOff.severity() }

// Health is how an instance does, as two facts: reading from the vendor and delivering
// to the customer. Neither says anything of the other.
type Health struct {
	Reading      Fact // as its worst poller
	Delivering   Fact // as its worst destination
	Pollers      []Fact
	Destinations []Fact
	Owed         int // deliveries that are not made
}

// HealthOf returns the health of an instance with its pollers and destinations at now.
func HealthOf(in turnstone.Instance, pollers []turnstone.Poller, destinations []turnstone.Destination, now time.Time) Health {
	h := Health{
		Reading: Fact{Condition: ConditionIdle, Problem: "nothing is polled", Remedy: "switch event.notification.enabled on, and name resources in event.poller.configuration"},
		Delivering: Fact{
			Condition: ConditionIdle, Problem: "there is no callback URL: events are kept, and can be replayed",
			Remedy: "set event.notification.callback.url",
		},
	}
	for _, p := range pollers {
		h.Pollers = append(h.Pollers, readingOf(in, p, now))
	}
	for _, d := range destinations {
		h.Destinations = append(h.Destinations, deliveringOf(d))
		h.Owed += d.Owed
	}
	if in.Disabled {
		h.Reading = Fact{Condition: ConditionOff, Problem: disabled, Remedy: enable}
	} else {
		h.Reading = worst(h.Reading, h.Pollers)
	}
	h.Delivering = worst(h.Delivering, h.Destinations)
	return h
}

// worst returns the fact of all: the condition of the worst, and the oldest of the good
// times. Without any it is that of none.
func worst(none Fact, all []Fact) Fact {
	if len(all) == 0 {
		return none
	}
	summary := all[0]
	oldest := summary.LastGoodAt
	for _, f := range all[1:] {
		if f.Condition.severity() > summary.Condition.severity() {
			summary = f
		}
		if f.LastGoodAt.Before(oldest) {
			oldest = f.LastGoodAt
		}
	}
	if summary.Problem != "" && len(all) > 1 {
		summary.Problem = summary.Name + ": " + summary.Problem
	}
	summary.Name, summary.LastGoodAt = "", oldest
	return summary
}

// late is how long after it was due a poll may begin before we call that behind.
const late = time.Minute

// What is said of an instance that somebody disabled.
const (
	disabled = "the instance is disabled"
	enable   = "PUT /instances/{id}/enabled"
)

// readingOf returns how a poller does.
func readingOf(in turnstone.Instance, p turnstone.Poller, now time.Time) Fact {
	f := Fact{Name: p.Resource, Condition: ConditionOK, LastGoodAt: p.LastGoodAt, Problem: p.Problem}
	switch {
	case p.State == turnstone.PollerAwaiting:
		f.Condition = ConditionStopped
		f.Problem = cmp.Or(p.Problem, "nobody has authorised the instance yet")
		f.Remedy = fmt.Sprintf("send somebody to GET /elements/%s/oauth/url, then PATCH /instances/{id} with providerData.code", in.Element)
		if p.Problem != "" { // which may be about us, and not about who authorised us
			f.Remedy = fmt.Sprintf("see that %s and %s are those of your app at the vendor; then %s", turnstone.KeyOAuthClientID, turnstone.KeyOAuthClientSecret, f.Remedy)
		}
	case p.State == turnstone.PollerParked:
		f.Condition, f.Remedy = ConditionStopped, "mend the cause, then PUT /instances/{id}/enabled"
	case in.Disabled:
		f.Condition, f.Problem, f.Remedy = ConditionOff, disabled, enable
	case p.State == turnstone.PollerPaused:
		f.Condition, f.Problem, f.Remedy = ConditionIdle, "events are off", "switch event.notification.enabled on"
	case p.Problem != "":
		f.Condition, f.Remedy = ConditionFailing, "it is tried again by itself, which helps where the vendor was down; else GET /instances/{id}/pollers/{resource}/polls tells what was asked, and base.url or url in event.poller.configuration is to be mended"
	case p.LastGoodAt.IsZero():
		f.Condition, f.Problem = ConditionStarting, "the first reading is not complete yet"
	case now.Sub(p.NextAt) > late+p.Interval:
		f.Condition = ConditionBehind
		f.Problem = fmt.Sprintf("its poll was due at %s", p.NextAt.UTC().Format(time.RFC3339))
		f.Remedy = "see whether the service runs, and whether it has more to poll than it can: start another node"
	case p.Memo.Blind != "":
		f.Condition, f.Problem = ConditionBehind, p.Memo.Blind
		f.Remedy = "change url in event.poller.configuration; POST /instances/{id}/pollers/{resource}/preview shows what it finds"
	case p.Memo.Held != "":
		f.Condition, f.Problem = ConditionBehind, p.Memo.Held
		f.Remedy = "if so many objects are deleted indeed, raise maxDeletedShare of the resource"
	}
	return f
}

// deliveringOf returns how a destination does.
func deliveringOf(d turnstone.Destination) Fact {
	f := Fact{Name: strconv.FormatInt(d.ID, 10), Condition: ConditionOK, LastGoodAt: d.LastGoodAt, Problem: d.Problem}
	const again = "POST /instances/{id}/destinations/{destinationId}/redeliver"
	// A problem says what to do about it where its cause shows that.
	problem, advice, advised := strings.Cut(d.Problem, "; ")
	switch {
	case d.State == turnstone.DestinationInactive && advised:
		f.Condition, f.Problem, f.Remedy = ConditionStopped, problem, advice+"; then "+again
	case d.State == turnstone.DestinationInactive:
		f.Condition, f.Remedy = ConditionStopped, "mend the receiver, then "+again
	case d.Failures > 0 && advised:
		f.Condition, f.Problem, f.Remedy = ConditionFailing, problem, advice+"; it is tried again by itself"
	case d.Failures > 0:
		f.Condition, f.Remedy = ConditionFailing, "it is tried again by itself; see what the receiver says"
	case d.Queued > 0:
		f.Condition, f.Remedy = ConditionBehind, "mend the receiver, then "+again
		f.Problem = fmt.Sprintf("%d deliveries failed and wait until somebody asks for them again", d.Queued)
	case d.LastGoodAt.IsZero():
		f.Condition = ConditionStarting
	}
	return f
}
