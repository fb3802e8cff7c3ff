package turnstone

import (
	"encoding/json"
	"time"
)

// PollerState says whether a poller is polled, and if not, why.
type PollerState string

// The states of a poller.
const (
	PollerActive   PollerState = "active"
	PollerAwaiting PollerState = "awaiting" // for somebody to authorise the instance
	PollerParked   PollerState = "parked"   // too many failures in a row
	PollerPaused   PollerState = "paused"   // the instance is disabled, or its events are off
)

// Poller is one resource of one instance, being polled.
type Poller struct {
	ID            int64
	AccountID     int64
	InstanceID    int64
	Resource      string
	Configuration string // the member of the poller configuration, JSON text
	Interval      time.Duration
	// MaxInterval is what Interval may grow to while nothing changes; 0: it stays.
	MaxInterval time.Duration
	State       PollerState
	Problem     string    // why the last poll failed, or the poller is parked; empty when all is well
	EnabledAt   time.Time // by our clock
	Since       time.Time // EnabledAt by the vendor's clock; zero before the first answer
	Cursor      time.Time // start of the last complete sweep by the vendor's clock; zero before it
	Sweep       Sweep
	Failures    int // polls failed in a row
	NextAt      time.Time
	LastAt      time.Time // start of the last poll
	LastGoodAt  time.Time // start of the last complete sweep by our clock
	Memo        PollerMemo
}

// PollerMemo is what a poller remembers besides its cursor.
type PollerMemo struct {
	Idle      int       `json:"idle,omitempty"` // polls in a row that found no change
	Lag       Lag       `json:"lag,omitzero"`
	Validator Validator `json:"validator,omitzero"`
	// Backfilled is the backfill that was carried out, as it was configured.
	Backfilled string `json:"backfilled,omitempty"`
	// Census is the number of the last census that began, CensusDone that of the last
	// one that read everything, and CensusAt when that one began, by our clock.
	Census     int64     `json:"census,omitempty"`
	CensusDone int64     `json:"census_done,omitempty"`
	CensusAt   time.Time `json:"census_at,omitzero"`
	// Held is why deletions that the last census found were not told; empty: they were.
	Held string `json:"held,omitempty"`
	// Blind is why the last poll could not have found any change; empty: it could.
	Blind  string `json:"blind,omitempty"`
	Rescan Rescan `json:"rescan,omitzero"`
	// LiveAt is when the live window is due, where a rescan makes the poller due before
	// that; zero: it is due with the poller.
	LiveAt time.Time `json:"live_at,omitzero"`
	// Doubtful is what the vendor's clock went through twice when it was set back:
	// dates in it do not tell what came first.
	Doubtful Span `json:"doubtful,omitzero"`
	// Ahead is what the clocks showed when the vendor's stood furthest ahead of ours, of
	// the pages read since the last complete sweep; zero: there were none.
	Ahead Clocks `json:"ahead,omitzero"`
	// Forgotten is when objects of which the versions were removed had last changed
	// before; zero: none were. An unknown object that is older may be one of them, and
	// is no news. Since is not before it.
	Forgotten time.Time `json:"forgotten,omitzero"`
}

// Clocks are one moment by the vendor's clock and by ours.
type Clocks struct {
	Vendor time.Time `json:"vendor"`
	Ours   time.Time `json:"ours"`
}

// Span is a stretch of time. The zero Span is none.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Lag is how late changes turned up: how long before the start of the sweep that
// should have shown them.
type Lag struct {
	// Counts[0] are the changes that came in time; Counts[i] those that were late by
	// up to 2^(i-1) seconds. Old ones weigh less and less.
	Counts []int64 `json:"counts,omitempty"`
}

// Validator lets a vendor answer that a list is what it was.
type Validator struct {
	URL          string `json:"url,omitempty"` // expanded, of the list that it is good for
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// RescanKind is what a Rescan is for.
type RescanKind string

// The kinds of a rescan.
const (
	RescanBackfill RescanKind = "backfill" // tells of what is older than the polling
	RescanReplay   RescanKind = "replay"   // tells again what changed since a moment, as somebody asked
	RescanCensus   RescanKind = "census"   // reads everything, to find what differs or is gone
)

// Rescan is a reading beside the live one, which leaves the cursor alone. It goes on,
// some pages at a time, whenever the live window has been read. The zero Rescan is
// none.
type Rescan struct {
	Kind     RescanKind `json:"kind,omitempty"`
	Since    time.Time  `json:"since,omitzero"`    // from when on to read; zero: everything
	AskedAt  time.Time  `json:"asked_at,omitzero"` // by our clock
	Sweep    Sweep      `json:"sweep,omitzero"`
	Records  int        `json:"records,omitempty"`  // read so far
	Told     int        `json:"told,omitempty"`     // changes told so far
	Failures int        `json:"failures,omitempty"` // in a row
	Problem  string     `json:"problem,omitempty"`
	RetryAt  time.Time  `json:"retry_at,omitzero"` // not to be read before, after a failure
	// Vanishing says that a census has read all its pages and tells of what it did
	// not see, of which Passed is the last object looked at.
	Vanishing bool   `json:"vanishing,omitempty"`
	Passed    string `json:"passed,omitempty"`
}

// Sweep is a reading of a whole window, page by page. It is kept between polls
// so that a vendor that asked us to wait is asked for the same page again.
type Sweep struct {
	StartedAt time.Time `json:"started_at,omitzero"` // by the vendor's clock
	AskedAt   time.Time `json:"asked_at,omitzero"`   // the same moment by our clock
	SavedAt   time.Time `json:"saved_at,omitzero"`   // by our clock
	From      time.Time `json:"from,omitzero"`       // lower bound of the window, by the vendor's clock
	URL       string    `json:"url,omitempty"`       // the polled URL with its macros expanded
	Next      string    `json:"next,omitempty"`      // token of the page to read next
	Pages     int       `json:"pages,omitempty"`     // read so far
	Waits     int       `json:"waits,omitempty"`     // asked for in a row, at this page
}

// PollLease is a poller claimed for one poll, with the instance it belongs to.
type PollLease struct {
	Poller   Poller
	Instance Instance
	Fence    int64
	// WokenAt is when somebody asked for a poll at once, by the store's clock; zero: it is
	// only its turn.
	WokenAt time.Time
}

// Fingerprint identifies the content of a record.
type Fingerprint [16]byte

// Version is what we know of an object. Its dates are zero where the record has
// none.
type Version struct {
	ObjectID    string
	Fingerprint Fingerprint
	Exact       Fingerprint // of the record's very bytes; zero if not known
	Updated     time.Time
	Created     time.Time
	Mapping     uint32 // identifies the rule that Fingerprint was made by; 0: not known
	Gone        bool   // the object was told to be deleted
	// ToldGone is when somebody else than a poll told that the object was deleted; zero:
	// nobody did, or a poll has seen it since.
	ToldGone time.Time
	// Record is the whole record; nil where it is not kept, or was not asked for.
	Record json.RawMessage
}

// Tombstone reports whether all that is known of the object is that it is gone: a webhook
// told so before any poll saw it.
func (v Version) Tombstone() bool { return v.Gone && v.Fingerprint == Fingerprint{} }

// Reason says why a record became a change, or did not.
type Reason string

// The reasons for a verdict.
const (
	ReasonNew      Reason = "new"      // the object is new
	ReasonSeen     Reason = "seen"     // the object was not known, and is older than its polling
	ReasonDiffers  Reason = "differs"  // its content differs from the known version
	ReasonSame     Reason = "same"     // its content is the known version
	ReasonEarlier  Reason = "earlier"  // it was last changed before polling was enabled
	ReasonThere    Reason = "there"    // it has no date, and was there when the resource was first read
	ReasonStale    Reason = "stale"    // it is older than the known version
	ReasonTwin     Reason = "twin"     // its page shows the known version too, under the same date
	ReasonLater    Reason = "later"    // it was changed after the poll began, and is left to the next
	ReasonOutside  Reason = "outside"  // it lies before the window, and such records are to be left out
	ReasonMapping  Reason = "mapping"  // its fingerprint differs only because it is made by another rule
	ReasonMarked   Reason = "marked"   // the vendor marks it as deleted
	ReasonVanished Reason = "vanished" // the vendor does not list it any more
	ReasonBack     Reason = "back"     // it was deleted, and is back
	ReasonReplay   Reason = "replay"   // somebody asked for it to be told again
	ReasonTold     Reason = "told"     // a webhook told of it
	ReasonLagging  Reason = "lagging"  // a webhook told just before that it was deleted, and the list may not know yet
)

// Sighting is a version of an object as a poll saw it, and what became of it.
type Sighting struct {
	ID          int64
	ObjectID    string
	PollAt      time.Time // Poll.StartedAt of the poll that saw it
	SeenAt      time.Time
	Op          Op // empty: no change
	Reason      Reason
	Fingerprint Fingerprint
	Updated     time.Time
	Created     time.Time
	EventID     int64 // that tells of it; 0: none
}
