package explain

import (
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/change"
)

// History is all that is stored of one object.
type History struct {
	Instance turnstone.Instance
	Poller   turnstone.Poller
	ObjectID string
	Known    *turnstone.Version   // nil: the object is not known
	Seen     []turnstone.Sighting // oldest first
	More     bool                 // there are older ones than Seen
	Polls    []turnstone.Poll     // those that made Seen, as far as they are kept
	// Deliveries are those of the events that Seen names, by event and destination.
	Deliveries []turnstone.DeliveryRecord
}

// Story returns the sentences of the history, the oldest first, and after them how
// things stand at now.
func Story(h History, now time.Time) []string {
	t := teller{History: h, polls: make(map[int64]turnstone.Poll, len(h.Polls))}
	for _, p := range h.Polls {
		t.polls[p.StartedAt.UnixMicro()] = p
	}
	t.say("This is what we know of %s %s of instance %d (%s).", h.Poller.Resource, h.ObjectID, h.Instance.ID, h.Instance.Name)
	t.beginning()
	for _, s := range h.Seen {
		t.sighting(s)
	}
	t.standing(now)
	return t.sentences
}

// teller collects the sentences of a story.
type teller struct {
	History
	polls     map[int64]turnstone.Poll // by when they began, in microseconds
	sentences []string
}

func (t *teller) say(format string, args ...any) {
	t.sentences = append(t.sentences, fmt.Sprintf(format, args...))
}

// moment spells a time for people.
func moment(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 UTC") }

// beginning says what the story cannot tell, if anything.
func (t *teller) beginning() {
	switch {
	case len(t.Seen) == 0 && t.Known == nil:
		t.unknown()
	case len(t.Seen) == 0:
		t.say("Nothing new was seen of it in the time for which histories are kept. %s", dated(t.Known.Updated, t.Known.Created))
	case t.More:
		t.say("Earlier parts of its history are left out here.")
	}
}

// unknown says why an object may never have been seen.
func (t *teller) unknown() {
	p := t.Poller
	if p.LastGoodAt.IsZero() {
		t.say("It was never seen, and the list of %s has not been read to its end yet.", p.Resource)
		return
	}
	since := p.Since
	if since.IsZero() {
		since = p.EnabledAt
	}
	t.say("It was never seen, although the list of %s was last read to its end at %s.", p.Resource, moment(p.LastGoodAt))
	t.say("If it exists: it may have last changed before %s, when we were asked to watch, and so is no news; the filter in the polled URL may leave it out; or the vendor may not show it to whoever authorised the instance.", moment(since))
	t.say("A preview of the poll shows what the vendor lists now, and what we would make of each record.")
}

// dated says what the vendor says of the dates of a version.
func dated(updated, created time.Time) string {
	switch {
	case updated.IsZero() && created.IsZero():
		return "The vendor gives no date for this version."
	case updated.IsZero():
		return fmt.Sprintf("The vendor says that it was created at %s.", moment(created))
	case created.IsZero():
		return fmt.Sprintf("The vendor says that it was last changed at %s.", moment(updated))
	}
	return fmt.Sprintf("The vendor says that it was created at %s and last changed at %s.", moment(created), moment(updated))
}

// sighting tells of one version, and of the event that came of it.
func (t *teller) sighting(s turnstone.Sighting) {
	how := "a poll saw it"
	if p, ok := t.polls[s.PollAt.UnixMicro()]; ok && !p.From.IsZero() {
		how = fmt.Sprintf("a poll that asked for what changed since %s saw it", moment(p.From))
	}
	switch s.Reason {
	case turnstone.ReasonTold:
		t.say("%s: a webhook came. %s", moment(s.SeenAt), change.Because(s.Reason))
	case turnstone.ReasonVanished:
		how = "we had looked for it"
		fallthrough
	default:
		t.say("%s: %s. %s %s", moment(s.SeenAt), how, dated(s.Updated, s.Created), change.Because(s.Reason))
	}
	switch {
	case s.Op == "":
	case s.EventID == 0:
		t.say("That was reported as %s.", s.Op)
	default:
		t.say("That was reported as %s, in event %d.", s.Op, s.EventID)
		t.deliveries(s.EventID)
	}
}

// standing says what is to be expected.
func (t *teller) standing(now time.Time) {
	p := t.Poller
	switch {
	case t.Known != nil && t.Known.Gone:
		t.say("As far as we know it is deleted.")
	case p.Memo.Held != "":
		t.say("The last search for deleted records told of none, this one or others: %s.", p.Memo.Held)
	}
	switch p.State {
	case turnstone.PollerAwaiting:
		t.say("At present %s is not polled: somebody has to authorise the instance again.", p.Resource)
	case turnstone.PollerParked:
		t.say("At present %s is not polled, since too many polls failed: %s.", p.Resource, p.Problem)
	case turnstone.PollerPaused:
		t.say("At present %s is not polled: the instance is disabled, or its events are off.", p.Resource)
	case turnstone.PollerActive:
		t.reading(now)
	}
}

// reading says how a poller that is polled does.
func (t *teller) reading(now time.Time) {
	p := t.Poller
	if p.Problem != "" {
		t.say("The last poll of %s failed: %s. It is tried again at %s.", p.Resource, p.Problem, moment(p.NextAt))
		return
	}
	if p.LastGoodAt.IsZero() {
		return
	}
	next := "is due now"
	if p.NextAt.After(now) {
		next = "follows at " + moment(p.NextAt)
	}
	t.say("The list of %s was last read to its end at %s; the next poll %s.", p.Resource, moment(p.LastGoodAt), next)
}
