package deliver

import (
	"time"

	"turnstone"
)

const (
	// few is how many deliveries a look may read again: less than what asking costs.
	few = 64
	// doubtful and unsure are how long what was stored late may be passed over while
	// a lane has more to deliver than few: if something seems to be missing, and if
	// nothing does.
	doubtful = 100 * time.Millisecond
	unsure   = time.Second
)

// sight decides where a lane's looks begin, so that they miss nothing and read
// little again.
//
// Events are stored in the order in which their polls commit, which is not that of
// their ids. A look from the first event, whole, finds all that was stored before
// it began, and reads again what is unfinished. A look behind the last event seen
// reads only what is new, and passes over what was stored late. The signal, which
// counts the events ever stored, is read before the list, so what a look finds may
// be more than its signal counts: that the numbers match proves nothing. But what
// had been seen before a look began is all counted in its signal. If the signal is
// not larger than that, nothing was missed.
type sight struct {
	rung    bool      // something may have been stored since the last look began
	after   int64     // where the whole look under way goes on; 0: none is under way
	began   int64     // the signal of the first page of the last whole look
	beganAt time.Time // when that was read
	last    int64     // the last event seen

	vouched int64 // all events stored up to this signal were seen
	counted int64 // no more than were stored and seen: those vouched for, and what was found behind last
	sure    bool  // the last look proved that it missed nothing
	doubt   bool  // it found less than its signal counts
}

// next returns behind which event to look, and false if there is nothing to look
// for. Held is the number of deliveries that were seen and are unfinished.
func (s *sight) next(held int, now time.Time) (after int64, ok bool) {
	old := now.Sub(s.beganAt)
	switch {
	case s.after > 0:
		return s.after, true
	case s.settled():
		return 0, false
	case held <= few, !s.sure && old >= unsure, s.doubt && old >= doubtful:
		return 0, true
	}
	return s.last, s.rung
}

// begin notes that a look behind an event begins. What is stored from now on may
// not be in it; of a look that goes on, that was so from its beginning.
func (s *sight) begin(after int64) {
	if after == 0 || after != s.after {
		s.rung = false
	}
}

// settled reports whether there is nothing to look for, as far as we were told.
func (s *sight) settled() bool { return s.sure && !s.rung && s.after == 0 }

// saw takes in what a look behind an event found, begun at now. More says that it
// did not reach the end.
func (s *sight) saw(after int64, owed turnstone.Deliveries, more bool, now time.Time) {
	whole := after == 0 || after == s.after
	if after == 0 {
		s.began, s.beganAt = owed.Signal, now
	}
	found, last := len(owed.List), after
	if found > 0 {
		last = owed.List[found-1].EventID
	}
	s.last = max(s.last, last)
	switch {
	case whole && more:
		s.after = last
	case whole:
		// What was stored since the look began may stand before the place where it
		// went on: only the signal of its beginning vouches for all of it.
		s.after, s.vouched, s.counted, s.sure, s.doubt = 0, s.began, s.began, true, false
	default:
		s.beyond(owed.Signal, found, more)
	}
}

// beyond takes in a look behind the last event.
func (s *sight) beyond(signal int64, found int, more bool) {
	s.sure = signal <= s.counted
	if s.sure {
		s.vouched = signal
	}
	s.counted += int64(found)
	s.doubt = !more && signal > s.counted
	s.rung = s.rung || more
}
