package pollerconfig

import (
	"strings"
	"time"

	"turnstone/internal/javadate"
)

// Root is the configuration key this package reads; every path starts with it.
const Root = "event.poller.configuration"

// Set is a whole poller configuration.
type Set struct {
	Members  []Member
	Text     string    // compact JSON, members in the order they came
	Warnings []Problem // what was kept and is not acted on
}

// Member is the configuration of one resource.
type Member struct {
	Resource string
	Text     string // compact JSON of the member alone
	Config   Config
}

// Config says how to poll one resource.
type Config struct {
	// URL is the hub URL to poll, with its macros.
	URL string
	// IDField is the path of a record's id; empty: as the element says.
	IDField string
	// Dated says that datesConfiguration names a date; otherwise the element's own
	// dates are used.
	Dated   bool
	Updated Date
	Created Date
	// PageSize is the number of records to ask for at a time; 0: as the element
	// says.
	PageSize int
	// PollDelay is taken off the lower bound of a poll's window, for a vendor
	// whose search lags behind its writes.
	PollDelay time.Duration
	// Overlap is how much of the recent past each poll reads again; negative: as
	// the element says.
	Overlap time.Duration
	// IgnoreFields are paths that do not make a new version.
	IgnoreFields []string

	Detect Detect
	// CreatedTolerance is how far the dates of an object may lie apart for it to count
	// as created. Only DetectDates asks for it.
	CreatedTolerance time.Duration
	// IgnoreUpdated says that the updated date of a record is no reason to leave it
	// out, for vendors that do not keep it.
	IgnoreUpdated bool
	// LeaveLater says that records that were updated after a poll began are left to
	// the next one.
	LeaveLater bool
	Backfill   Backfill
	// DetectDeletes is the time from one search for deleted objects to the next; 0:
	// there is none.
	DetectDeletes time.Duration
	// MaxDeletedShare is the largest share of the known objects, from 0 to 1, that
	// one search is believed to have found deleted.
	MaxDeletedShare float64
	// NewestFirst says that the vendor lists what was updated last first, so that
	// reading may stop where the window begins.
	NewestFirst bool
}

// Detect says what makes a record a change, and of which kind.
type Detect string

// The ways to detect changes.
const (
	// DetectContent compares records with the known versions of their objects.
	DetectContent Detect = ""
	// DetectDates is Cloud Elements' rule: a record whose dates lie within
	// CreatedTolerance is created, any other updated.
	DetectDates Detect = "dates"
)

// Backfill says what to tell of that is older than the polling. The zero Backfill is
// nothing.
type Backfill struct {
	All  bool
	From time.Time // UTC; what is dated from then on; zero with All
}

// Wanted reports whether there is anything to tell of.
func (b Backfill) Wanted() bool { return b.All || !b.From.IsZero() }

// String returns none, all, or the date in RFC 3339.
func (b Backfill) String() string {
	switch {
	case b.All:
		return "all"
	case b.From.IsZero():
		return "none"
	}
	return b.From.Format(time.RFC3339Nano)
}

// Date says where a date stands in a record and how it is written.
type Date struct {
	Field   string            // path; empty: there is none
	Pattern *javadate.Pattern // nil only when Field is empty
	Zone    *time.Location    // for dates that name none; never nil when Field is set
}

// Parse returns the date that text spells, in UTC, and the fineness to which it is
// known: it may stand for any moment from at until at+fineness. A date cut to whole
// seconds may be any moment of that second, and a local time that occurs twice is
// the earlier one, with a fineness that reaches to the later.
func (d Date) Parse(text string) (at time.Time, fineness time.Duration, err error) {
	at, end, err := d.Pattern.ParseSpan(text, d.Zone)
	if err != nil {
		return time.Time{}, 0, err
	}
	fineness = end.Sub(at)
	if unit := d.Pattern.Resolution(); unit < time.Second && at.Nanosecond() == 0 {
		fineness += time.Second - unit
	}
	return at, fineness, nil
}

// Problem is one thing wrong with a configuration.
type Problem struct {
	Path    string // of the member, starting with Root
	Message string // what is wrong, and what to write instead
}

// Error returns the path and the message.
func (p Problem) Error() string { return p.Path + ": " + p.Message }

// Problems is everything wrong with a configuration.
type Problems []Problem

// Error returns one problem a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}
