package turnstone

import (
	"slices"
	"time"
)

// DestinationState says whether a destination is served.
type DestinationState string

// The states of a destination.
const (
	DestinationActive DestinationState = "active"
	// DestinationInactive is the state after the receiver said 410, or refused
	// every attempt of an event. Its events wait until it is activated again.
	DestinationInactive DestinationState = "inactive"
)

// Destination is a callback URL of an instance, with what is needed to post to
// it.
type Destination struct {
	ID         int64
	AccountID  int64
	InstanceID int64
	// Main says that it is the one that the instance's configuration names; others
	// were added beside it.
	Main       bool
	URL        string
	Secrets    DestinationSecrets
	Filter     DestinationFilter
	Limits     DestinationLimits
	Handshake  Handshake
	Policy     FailurePolicy // its account's
	Owed       int           // deliveries that are not made
	Queued     int           // of those, the ones that wait until somebody asks
	CreatedAt  time.Time     // zero: not known
	State      DestinationState
	Problem    string // why it is inactive, or its last failure; empty when all is well
	Failures   int    // attempts failed in a row
	LastGoodAt time.Time
}

// DestinationFilter says which events a destination is owed: all those that pass
// both lists.
type DestinationFilter struct {
	Resources []string `json:"resources,omitempty"` // empty: all
	Ops       []Op     `json:"ops,omitempty"`       // empty: all; else events hold changes of one op each
}

// Wants reports whether an event of a resource passes the filter. Of an event that was
// made before anybody wanted only some kinds of changes, one such change is enough.
func (f DestinationFilter) Wants(resource string, ops []Op) bool {
	if len(f.Resources) > 0 && !slices.Contains(f.Resources, resource) {
		return false
	}
	return len(f.Ops) == 0 || slices.ContainsFunc(ops, func(op Op) bool { return slices.Contains(f.Ops, op) })
}

// MaxDestinations is how many destinations an instance may have beside the main one:
// each is owed every event, and every commit of a poll pays for it.
const MaxDestinations = 50

// DestinationLimits bound what a destination is sent.
type DestinationLimits struct {
	Pace        time.Duration `json:"pace,omitempty"`        // least time between two POSTs, on average; 0: none
	Concurrency int           `json:"concurrency,omitempty"` // POSTs under way; 0: the default
}

// Handshake is what a receiver of CloudEvents said when it was asked whether it wants
// them (CloudEvents HTTP Webhook 1.0, section 4).
type Handshake struct {
	Mode      HandshakeMode `json:"mode,omitempty"`
	AllowedAt time.Time     `json:"allowed_at,omitzero"` // zero: it has not been asked, or did not answer
	Pace      time.Duration `json:"pace,omitempty"`      // the receiver allows one POST in this time; 0: it did not say
}

// HandshakeMode says whether a receiver is asked before the first POST.
type HandshakeMode string

// The modes of a handshake.
const (
	HandshakeOff      HandshakeMode = ""         // it is not asked
	HandshakeAsk      HandshakeMode = "ask"      // it is asked; one that does not know the question is posted to
	HandshakeRequired HandshakeMode = "required" // nothing is posted before it has agreed
)

// DestinationSecrets is what a destination must not show.
type DestinationSecrets struct {
	SignatureKey string `json:"signature_key,omitempty"`
	// SecondaryKey signs beside SignatureKey while receivers change over to it.
	SecondaryKey string            `json:"secondary_key,omitempty"`
	Username     string            `json:"username,omitempty"`
	Password     string            `json:"password,omitempty"`
	Headers      map[string]string `json:"headers,omitempty"`
}

// DestinationLease is the exclusive right to deliver to one destination.
type DestinationLease struct {
	Destination Destination
	Fence       int64
}

// Delivery is one event owed to one destination. A delivered one is no more: its
// last attempt is the proof.
type Delivery struct {
	EventID       int64
	Objects       []string // of the event, for order per object
	Attempts      int      // made so far, all failed
	FirstFailedAt time.Time
	NextAt        time.Time // due then; zero: at once
	Queued        bool      // due only when somebody asks for it; NextAt does not matter
	StoredAt      time.Time // when its event was made
	Size          int       // of its event's body, in bytes
	Format        Format    // of its event's body
	Trace         string    // of its event; see Event.Trace
}

// Deliveries is a look at what a destination is owed.
type Deliveries struct {
	List   []Delivery // in the order of their events
	Signal int64      // grows with each event stored; see DeliveryBatch.Signal
}

// Attempt is one HTTP try of a delivery.
type Attempt struct {
	DestinationID int64 // 0 in a Settlement: that of its lease
	EventID       int64
	Number        int // 1 is the first
	At            time.Time
	Took          time.Duration
	Status        int    // 0 when no answer came
	Problem       string // empty on success
}

// Settlement is an attempt and what follows from it.
type Settlement struct {
	Attempt       Attempt
	Done          bool      // the delivery is made; otherwise it is due again at NextAt
	FirstFailedAt time.Time // of this delivery
	NextAt        time.Time
	Queued        bool // not made, and due only when somebody asks; NextAt does not matter
}

// DeliveryBatch is what some attempts to one destination change, committed in
// one transaction that also extends the lease, or ends it.
type DeliveryBatch struct {
	Settlements []Settlement
	Failures    int              // attempts failed in a row by now
	State       DestinationState // DestinationInactive gives the destination up
	Problem     string
	Handshake   *Handshake // set when the receiver was asked
	Release     *Release   // nil keeps the lease
}

// Release ends a lease on a destination.
type Release struct {
	// NextAt is when the destination is due again if no event comes meanwhile;
	// zero: only then.
	NextAt time.Time
	// Signal is Deliveries.Signal of the last look. If events were stored since,
	// the destination is due at once.
	Signal int64
	// RestUntil keeps everybody from claiming the destination before then, also
	// when events are stored: its receiver asked for it. Zero: nothing does. A
	// change of the destination, or our restart, ends the rest.
	RestUntil time.Time
}

// DeliveryState says how far a delivery is.
type DeliveryState string

// The states of a delivery; the words are the platform's.
const (
	DeliveryCreated   DeliveryState = "created"   // not tried yet
	DeliveryRetry     DeliveryState = "retry"     // failed, and due again
	DeliveryQueued    DeliveryState = "queued"    // waits until somebody asks for it to be made again
	DeliveryDelivered DeliveryState = "delivered" // made
)

// DeliveryRecord is a delivery as its history shows it.
type DeliveryRecord struct {
	DestinationID int64
	InstanceID    int64
	URL           string
	EventID       int64
	State         DeliveryState
	Attempts      []Attempt // oldest first
	CreatedAt     time.Time // when its event was made
	UpdatedAt     time.Time // of the last attempt; zero: none was made
	NextAt        time.Time // zero: at once, or not by itself
}

// DeliveryFilter selects deliveries of an account that are not made, by destination
// and event.
type DeliveryFilter struct {
	AccountID     int64
	InstanceID    int64         // 0: any
	DestinationID int64         // 0: any
	EventID       int64         // 0: any
	URL           string        // of the destination; empty: any
	State         DeliveryState // created, retry or queued; empty: any
	After         DeliveryRef   // the last one of the page before
	Limit         int           // of a page
}

// DeliveryRef names a delivery.
type DeliveryRef struct {
	InstanceID    int64
	DestinationID int64
	EventID       int64
}

// Replay asks for stored events of an instance to be delivered again, under their
// ids and byte for byte. Without EventIDs it asks for those made in a span of time; with
// them Resource, From and To do not matter.
type Replay struct {
	AccountID     int64
	InstanceID    int64
	DestinationID int64 // 0: every destination that the event is for
	EventIDs      []int64
	Resource      string    // empty: any
	From          time.Time // zero: from the oldest that is kept
	To            time.Time // zero: to the newest
	After         int64     // the last event of the batch before
	Limit         int       // events looked at in one batch
}

// Replayed is what a batch of a Replay did.
type Replayed struct {
	Events     int   // that were found
	Deliveries int   // that are owed again; those that are owed anyway do not count
	Last       int64 // the last event looked at; 0: there are no more
}
