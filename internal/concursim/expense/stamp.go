package expense

import (
	"fmt"
	"time"
)

// stampStyle is how the timestamps of a version are spelled.
type stampStyle struct {
	Fixed bool `json:"fixed,omitempty"`
	Zone  bool `json:"zone,omitempty"`
	// Local is the name of the zone in whose local time stamps are written; empty for
	// UTC.
	Local string `json:"local,omitempty"`
}

// StampLayout is how the vendor spells a moment unless it is told otherwise.
const StampLayout = "2006-01-02T15:04:05.999"

// format spells t without a zone and, as .NET does, without trailing zeros in
// its fraction, unless the style says otherwise.
func (f stampStyle) format(t time.Time) string {
	if f.Local != "" {
		return t.In(location(f.Local)).Format(StampLayout)
	}
	layout := StampLayout
	if f.Fixed {
		layout = "2006-01-02T15:04:05.000"
	}
	if f.Zone {
		layout += "Z"
	}
	return t.UTC().Format(layout)
}

// tick returns the last instant not after t that SQL Server's datetime can
// hold: its milliseconds end in 0, 3 or 7.
func tick(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Millisecond)
	past := [10]time.Duration{0, 1, 2, 0, 1, 2, 3, 0, 1, 2}
	return t.Add(-past[t.Nanosecond()/1e6%10] * time.Millisecond)
}

// location returns the location with a name that was checked when it was chosen.
func location(name string) *time.Location {
	if known, err := time.LoadLocation(name); err == nil {
		return known
	}
	return time.UTC
}

// ParseDate reads a date of a query. Concur documents yyyy-MM-dd and
// yyyy-MM-ddTHH:mm:ss.SSS; a zone is accepted because .NET accepts one.
func ParseDate(text string) (time.Time, error) { return ParseDateIn(text, "") }

// ParseDateIn is ParseDate for a vendor whose dates are local to the zone with the
// name; empty for UTC.
func ParseDateIn(text, zone string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, location(zone)); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a date; use yyyy-MM-dd or yyyy-MM-ddTHH:mm:ss.SSS", text)
}

// clerk hands out the LastModifiedDate of changes.
type clerk struct {
	Last time.Time `json:"last"` // the stamp handed out last
	Used int       `json:"used"` // how many changes have it
}

// sharedFor bounds how long changes may share a stamp: an older one would be a
// late change in disguise, which is another switch.
const sharedFor = time.Second

func (c *clerk) stamp(now time.Time, rules Rules) time.Time {
	now = now.Add(seconds(rules.ClockOffset))
	age := now.Sub(c.Last)
	if c.Used < rules.EqualStamps && age >= 0 && age < sharedFor {
		c.Used++
		return c.Last
	}
	c.Last, c.Used = tick(now), 1
	if rules.WholeSeconds {
		c.Last = now.UTC().Truncate(time.Second)
	}
	return c.Last
}

// before returns the business date of a change that was stamped at t. Concur
// takes the stamp at the end of the transaction, about 0.4 s after the dates
// that the transaction sets.
func before(t time.Time, lead time.Duration, rules Rules) time.Time {
	if rules.WholeSeconds {
		return t.UTC().Truncate(time.Second)
	}
	return tick(t.Add(-lead))
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second))
}
