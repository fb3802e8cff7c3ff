package deliver

import (
	"time"

	"turnstone"
)

const (
	// patience is how long a lane waits until its next post may leave. Where that is
	// farther away, it gives the lease back.
	patience = 5 * time.Second
	// slack is how late a post may be without delaying those behind it: timers are
	// not exact, and a thousand posts a second must not need a thousand of them.
	slack = 10 * time.Millisecond
)

// pacer spaces the posts to a destination. A rate.Limiter would do the same, but
// does not tell when the next post may leave without letting it leave, and that is
// what a lane says when it gives its lease back.
type pacer struct {
	least time.Duration // between two posts, on average; 0: any
	next  time.Time     // before then none leaves; zero: none has left
}

// pace returns the least time between two posts to a destination: its own, or what
// its receiver allows, if it was asked, whichever is slower.
func pace(d turnstone.Destination) time.Duration {
	if d.Handshake.Mode == turnstone.HandshakeOff {
		return d.Limits.Pace
	}
	return max(d.Limits.Pace, d.Handshake.Pace)
}

// book notes that a post leaves at now.
func (p *pacer) book(now time.Time) {
	if p.least == 0 {
		return
	}
	if now.Sub(p.next) > slack {
		p.next = now
	}
	p.next = p.next.Add(p.least)
}

// wait returns how long the next post must wait at now.
func (p *pacer) wait(now time.Time) time.Duration { return max(p.next.Sub(now), 0) }

// soon returns how many posts may leave within about a second, if that is less than
// most.
func (p *pacer) soon(most int) int {
	if p.least == 0 {
		return most
	}
	return min(most, 1+int(time.Second/p.least))
}

// hold returns how long the pace keeps a lane from posting what is ready; 0 if it
// keeps nothing.
func (n *lane) hold() time.Duration {
	if n.pacer.least == 0 || !n.ready() {
		return 0
	}
	return n.pacer.wait(n.Now())
}

// pausing reports whether the next post may leave soon, so that the lane waits for
// it.
func (n *lane) pausing() bool {
	hold := n.hold()
	return hold > 0 && hold <= patience && !n.health.failing()
}

// beat returns what wakes a lane to look for what other nodes stored. While its pace
// holds back what is ready, nothing does, but for the end of the hold, or the time to
// extend the lease.
func (n *lane) beat() <-chan time.Time {
	hold := n.hold()
	if hold == 0 {
		return n.ticks
	}
	n.pause.Reset(min(hold, n.Lease/4))
	return nil
}

// ready reports whether there is something to post now.
func (n *lane) ready() bool {
	if len(n.loaded) > 0 {
		return true
	}
	due, ok := n.queue.dueAt()
	return ok && !due.After(n.Now())
}

// rest returns until when nobody may post to the destination: its receiver asked for
// it, or the pace does. Zero: nothing does.
func (n *lane) rest() time.Time {
	rest := n.health.rest
	if next := n.pacer.next; n.pacer.wait(n.Now()) > 0 && next.After(rest) {
		rest = next
	}
	return rest
}
