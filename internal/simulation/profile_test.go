package simulation_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"turnstone/internal/concursim"
	"turnstone/internal/deliver"
)

// profile is what a world is like. Each kind of trouble is absent from many worlds:
// one that has them all hides what a single one would show.
type profile struct {
	companies int
	reports   int // each company starts with
	nodes     int
	life      time.Duration // until everything is mended
	pace      time.Duration // most between two things that happen
	tick      time.Duration // of the loops
	pollLease time.Duration
	postLease time.Duration
	schedule  deliver.Schedule
	switches  concursim.Switches // that stay as they are: how dates are written, clocks and orders

	flips   bool // the vendor's faults come and go
	network bool
	storage bool
	moods   bool // receivers fail
	crashes bool
	stalls  bool
	edits   bool
	deletes bool // reports are deleted, and changed without a new date; customers look for that
	jumps   bool // the vendor's clock is set
	forgets bool // the operator has old versions removed
	policy  bool // the failure policy changes
	extras  bool // customers have further destinations
}

func newProfile(d *dice) profile {
	r := d.about("profile")
	p := profile{
		companies: number(r, 1, 3),
		reports:   number(r, 0, 6),
		nodes:     number(r, 1, 3),
		life:      between(r, time.Hour, 4*time.Hour),
		pace:      between(r, 2*time.Minute, 6*time.Minute),
		tick:      between(r, 15*time.Second, time.Minute),
		pollLease: between(r, 30*time.Second, 4*time.Minute),
		postLease: between(r, 40*time.Second, 4*time.Minute),
		schedule:  deliver.DefaultSchedule[:number(r, 3, 6)],
		switches:  habits(r),
		flips:     r.IntN(3) > 0,
		network:   r.IntN(3) > 0,
		storage:   r.IntN(2) > 0,
		moods:     r.IntN(3) > 0,
		crashes:   r.IntN(3) > 0,
		stalls:    r.IntN(3) > 0,
		edits:     r.IntN(2) > 0,
		deletes:   r.IntN(3) == 0,
		jumps:     r.IntN(4) == 0,
		forgets:   r.IntN(4) == 0,
		policy:    r.IntN(3) == 0,
		extras:    r.IntN(3) == 0,
	}
	if p.deletes {
		// Of what was forgotten nobody can tell that it is gone.
		p.forgets = false
		p.switches.DeleteShare = 0.2
	}
	return p
}

// habits are switches that a vendor has or has not.
func habits(r *rand.Rand) concursim.Switches {
	sw := concursim.Switches{
		WholeSeconds:  r.IntN(3) == 0,
		Fractions:     oneOf(r, "trimmed", "fixed"),
		Zone:          r.IntN(4) == 0,
		EqualStamps:   oneOf(r, 1, 1, 4, 20),
		ModifiedAfter: oneOf(r, "exclusive", "inclusive", "day"),
		Order:         oneOf(r, "creation", "id"),
		NextPageHost:  oneOf(r, "own", "own", "legacy", "http"),
		NextPageEnd:   oneOf(r, "null", "absent", "empty"),
		TokenSeconds:  oneOf(r, 300, 1200, 3600),
		ExpiresIn:     oneOf(r, "number", "string"),
		Geolocation:   oneOf(r, "plain", "path"),
		ExpiredStatus: oneOf(r, 401, 403),
		RetryAfter:    "5",
	}
	sw.ShortPages, sw.OverlapPages, sw.ETags = r.IntN(4) == 0, r.IntN(4) == 0, r.IntN(3) == 0
	sw.RateHeaders = oneOf(r, "none", "x", "ietf")
	sw.IgnoreModifiedAfter = r.IntN(5) == 0
	sw.KeepRefreshToken = r.IntN(2) == 0
	if r.IntN(3) == 0 {
		sw.ClockOffset = float64(number(r, -400, 400))
	}
	return sw
}

func (p profile) String() string {
	return fmt.Sprintf("%d companies, %d nodes, %v, tick %v, leases %v and %v; flips %v, network %v, storage %v, moods %v, crashes %v, stalls %v, edits %v, deletes %v, jumps %v, forgets %v, policy %v, extras %v; %+v",
		p.companies, p.nodes, p.life.Round(time.Minute), p.tick.Round(time.Second), p.pollLease.Round(time.Second), p.postLease.Round(time.Second),
		p.flips, p.network, p.storage, p.moods, p.crashes, p.stalls, p.edits, p.deletes, p.jumps, p.forgets, p.policy, p.extras, p.switches)
}
