package simulation_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"turnstone"
	"turnstone/internal/concursim"
)

// happen lets the next thing happen.
func (w *world) happen(ctx context.Context) {
	r, p := w.dice.about("happen"), w.profile
	w.employ(ctx)
	w.hush(ctx)
	switch n := r.IntN(100); {
	case n < 50:
		w.churn()
	case n < 60:
		w.sky.change(newWeather(w.dice.about("weather"), p))
	case n < 68 && p.flips:
		w.flip()
	case n < 76 && p.moods:
		oneOf(r, w.inboxes...).newMood()
	case n < 86:
		w.strike(r)
	case n < 93:
		w.intervene(ctx)
	case p.edits:
		c := oneOf(r, w.customers...)
		w.note("edit", c.edit(ctx))
	}
}

// hush lets reports change without a new date, once all were read: what nobody had seen
// before cannot be told to have changed.
func (w *world) hush(ctx context.Context) {
	if !w.profile.deletes || w.profile.switches.QuietShare > 0 {
		return
	}
	for _, c := range w.customers {
		pollers, err := w.db.Pollers(ctx, w.owner.AccountID, c.id)
		if err != nil || slices.ContainsFunc(pollers, func(p turnstone.Poller) bool { return p.Memo.CensusDone == 0 }) {
			return
		}
	}
	w.profile.switches.QuietShare = 0.1
	sw := w.sim.Switches()
	sw.QuietShare = w.profile.switches.QuietShare
	if err := w.sim.SetSwitches(sw); err != nil {
		w.watch.fault("hush: %v", err)
	}
}

// strike lets a node crash or stand still.
func (w *world) strike(r *rand.Rand) {
	switch p := w.profile; {
	case p.crashes && r.IntN(2) == 0:
		w.nodes[len(w.nodes)-1].crash("a random moment")
	case p.stalls:
		oneOf(r, w.nodes...).stand(between(r, time.Second, 15*time.Minute))
	}
}

// intervene lets the operator do something, or a customer something rare.
func (w *world) intervene(ctx context.Context) {
	r, p := w.dice.about("intervene"), w.profile
	c := oneOf(r, w.customers...)
	switch n := r.IntN(6); {
	case n == 0 && !p.deletes: // what is purged is not known to have been deleted
		w.purge(ctx)
	case n == 1 && p.forgets:
		_, err := w.db.ForgetVersions(ctx, time.Now().Add(-time.Hour), 10)
		w.note("forget versions", err)
	case n == 2 && p.policy:
		w.note("set the failure policy", w.db.SetFailurePolicy(ctx, w.owner.AccountID, oneOf(r, turnstone.PolicyQueue, turnstone.PolicyRetry)))
	case n == 3 && p.policy:
		w.redeliver(ctx)
	case n == 4 && p.extras:
		w.note("subscribe", c.subscribe(ctx))
	case n == 5:
		w.replay(ctx, c)
	}
}

// note logs what was done, and what came of it.
func (w *world) note(what string, err error) { w.log.Info("intervention", "what", what, "err", err) }

// redeliver asks for the deliveries that wait, and activates the destinations that were
// given up.
func (w *world) redeliver(ctx context.Context) {
	_, err := w.db.Redeliver(ctx, turnstone.DeliveryFilter{AccountID: w.owner.AccountID, State: turnstone.DeliveryQueued})
	w.note("redeliver", err)
	for _, c := range w.customers {
		w.watch.stored(c.id)
	}
}

// replay has the events of the last hour delivered again.
func (w *world) replay(ctx context.Context, c *customer) {
	for after := int64(0); ; {
		done, err := w.db.Replay(ctx, turnstone.Replay{
			AccountID: w.owner.AccountID, InstanceID: c.id, From: time.Now().Add(-time.Hour), After: after, Limit: 7,
		})
		w.note("replay", err)
		if after = done.Last; after == 0 {
			return
		}
	}
}

// purge removes what is old, as the upkeep does.
func (w *world) purge(ctx context.Context) {
	const retention = 30 * time.Minute
	for {
		n, err := w.db.Purge(ctx, time.Now().Add(-retention), 100)
		if err != nil {
			w.watch.fault("purge: %v", err)
		}
		if n == 0 || err != nil {
			return
		}
	}
}

// churn changes some reports.
func (w *world) churn() {
	r := w.dice.about("churn")
	order := concursim.Order{Count: number(r, 1, 6), Company: number(r, 0, w.profile.companies)}
	if _, err := w.sim.Change(order); err != nil {
		panic(err) // the order is a good one
	}
}

// steady is how long the vendor's clock is left alone: dates of what was made around
// the beginning would not tell on which side of it that was.
const steady = 30 * time.Minute

// maxOffset is how far the vendor's clock may be set, in seconds.
const maxOffset = 600

// flip draws the vendor's faults, and sets its clock perhaps.
func (w *world) flip() {
	r := w.dice.about("flip")
	if w.profile.jumps && time.Since(w.begun) > steady {
		w.profile.switches.ClockOffset = float64(number(r, -maxOffset, maxOffset))
	}
	sw := w.profile.switches
	share := func(most float64) float64 {
		if r.IntN(3) > 0 {
			return 0
		}
		return most * r.Float64()
	}
	sw.LateShare, sw.LateSeconds = share(1), float64(number(r, 1, leastOverlap-20))
	sw.LimitShare, sw.Limit400Share, sw.Error500Share, sw.Error503Share = share(0.3), share(0.1), share(0.2), share(0.1)
	sw.ErrorIn200Share, sw.HTMLShare, sw.WrongTypeShare = share(0.1), share(0.1), share(0.2)
	sw.TruncateShare, sw.SlowShare, sw.ResetShare = share(0.1), share(0.1), share(0.1)
	sw.TokenErrorShare = share(0.3)
	if r.IntN(4) == 0 {
		sw.RateLimit = number(r, 5, 60)
	}
	sw.SlowMillis = number(r, 1, 90_000)
	sw.RetryAfter = oneOf(r, "none", "0", "5", "300")
	sw.NextPageRepeats, sw.ForbidAll = r.IntN(12) == 0, r.IntN(12) == 0
	if err := w.sim.SetSwitches(sw); err != nil {
		panic(err) // shares add up to less than 1
	}
}
