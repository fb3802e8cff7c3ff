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
}

// Date says where a date stands in a record and how it is written.
type Date struct {
	Field   string            // path; empty: there is none
	Pattern *javadate.Pattern // nil only when Field is empty
	Zone    *time.Location    // for dates that name none; never nil when Field is set
}

// Parse returns the date that text spells, in UTC, and the fineness to which it
// is known: a date cut to whole seconds may stand for any moment of that second.
func (d Date) Parse(text string) (at time.Time, fineness time.Duration, err error) {
	at, err = d.Pattern.Parse(text, d.Zone)
	if err != nil {
		return time.Time{}, 0, err
	}
	fineness = d.Pattern.Resolution()
	if fineness < time.Second && at.Nanosecond() == 0 {
		fineness = time.Second
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
