package javadate

import (
	"fmt"
	"strings"
	"time"
)

// zone reads a zone in any of its spellings, whichever letter the pattern has:
// vendors change between Z, +0000 and +00:00 from one record to the next.
func (r *reader) zone() (problem string) {
	rest := r.rest()
	if seconds, length := offsetName(rest); length > 0 {
		return r.putOffset(seconds, length)
	}
	if seconds, length := offsetOfLong(rest); length > 0 {
		return r.putOffset(seconds, length)
	}
	length := 0
	for length < len(rest) && isLetter(rest[length]) {
		length++
	}
	switch {
	case length == 0:
		return "expected a time zone such as Z, +01:00 or EST"
	case strings.EqualFold(rest[:length], "Z"):
		return r.putOffset(0, length)
	}
	r.abbreviation, r.named = rest[:length], r.pos
	r.pos += length
	return ""
}

func (r *reader) putOffset(seconds, length int) (problem string) {
	if r.zoned && r.offset != seconds {
		return "a second time zone contradicts the first"
	}
	r.zoned, r.offset = true, seconds
	r.pos += length
	return ""
}

// trailingZone reads a Z or an offset that the pattern does not provide for. An
// offset counts only after a time of day: behind yyyy-MM, "-05" is a day.
func (r *reader) trailingZone(fields fieldSet) {
	start := r.pos
	r.skipBlanks()
	rest := r.rest()
	if rest == "Z" || rest == "z" {
		r.putOffset(0, 1)
		return
	}
	seconds, length := readOffset(rest)
	if length == 0 || !fields.any(hour, hourTo24, hour12, hourTo12) {
		r.pos = start
		return
	}
	r.putOffset(seconds, length)
}

// instants moves the wall clock to the instants that it shows in the text's own
// zone, or else in the given one, for the length of a unit.
func (r *reader) instants(wall time.Time, unit time.Duration, zone *time.Location) (s span, problem string) {
	if r.abbreviation != "" {
		seconds, ok := abbreviated(r.abbreviation, wall.Year(), zone)
		if !ok {
			r.pos = r.named
			return s, fmt.Sprintf("the time zone %.20q is not known; expected Z, an offset such as +01:00, or EST and its like",
				r.abbreviation)
		}
		if problem = r.putOffset(seconds, 0); problem != "" {
			return s, problem
		}
	}
	if r.zoned || zone == time.UTC {
		at := wall.Add(-time.Duration(r.offset) * time.Second)
		return span{at, at, at.Add(unit)}, ""
	}
	s.first, s.last = inZone(wall, zone)
	_, end := inZone(wall.Add(unit-1), zone)
	s.end = end.Add(1)
	return s, ""
}

// abbreviated returns the offset of an abbreviation. The zone of the poller comes
// first, so that CST is China's for a poller in Asia/Shanghai; as in Java, an
// abbreviation stands for one offset all year.
func abbreviated(name string, year int, zone *time.Location) (seconds int, ok bool) {
	for _, month := range [2]time.Month{time.January, time.July} {
		short, seconds := time.Date(year, month, 1, 0, 0, 0, 0, zone).Zone()
		if strings.EqualFold(short, name) {
			return seconds, true
		}
	}
	return offsetOfShort(name)
}

// inZone returns the first and the last instant at which clocks in the zone show
// what wall shows in UTC. They differ where clocks are set back. Where they are put
// forward and no instant does, it is the one that they would have shown it at:
// 02:30 becomes 03:30, as in Java. time.Date does not say which it takes.
func inZone(wall time.Time, zone *time.Location) (first, last time.Time) {
	// No zone changes its clocks twice within two days, so that these are the
	// offsets before and after the only change there can be.
	_, before := wall.Add(-oneDay).In(zone).Zone()
	_, after := wall.Add(oneDay).In(zone).Zone()
	later := wall.Add(-time.Duration(min(before, after)) * time.Second)
	earlier := wall.Add(-time.Duration(max(before, after)) * time.Second)
	switch {
	case !shows(earlier, wall, zone):
		return later, later
	case !shows(later, wall, zone):
		return earlier, earlier
	}
	return earlier, later
}

// shows reports whether clocks in the zone show wall at the instant t.
func shows(t, wall time.Time, zone *time.Location) bool {
	_, seconds := t.In(zone).Zone()
	return t.Add(time.Duration(seconds) * time.Second).Equal(wall)
}
