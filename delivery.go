package turnstone

import "time"

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
	URL        string
	Secrets    DestinationSecrets
	State      DestinationState
	Problem    string // why it is inactive, or its last failure; empty when all is well
	Failures   int    // attempts failed in a row
	LastGoodAt time.Time
}

// DestinationSecrets is what a destination must not show.
type DestinationSecrets struct {
	SignatureKey string            `json:"signature_key,omitempty"`
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
	StoredAt      time.Time // when its event was made
	Size          int       // of its event's body, in bytes
	Trace         string    // of its event; see Event.Trace
}

// Deliveries is a look at what a destination is owed.
type Deliveries struct {
	List   []Delivery // in the order of their events
	Signal int64      // grows with each event stored; see DeliveryBatch.Signal
}

// Attempt is one HTTP try of a delivery.
type Attempt struct {
	EventID int64
	Number  int // 1 is the first
	At      time.Time
	Took    time.Duration
	Status  int    // 0 when no answer came
	Problem string // empty on success
}

// Settlement is an attempt and what follows from it.
type Settlement struct {
	Attempt       Attempt
	Done          bool      // the delivery is made; otherwise it is due again at NextAt
	FirstFailedAt time.Time // of this delivery
	NextAt        time.Time
}

// DeliveryBatch is what some attempts to one destination change, committed in
// one transaction that also extends the lease, or ends it.
type DeliveryBatch struct {
	Settlements []Settlement
	Failures    int              // attempts failed in a row by now
	State       DestinationState // DestinationInactive gives the destination up
	Problem     string
	Release     *Release // nil keeps the lease
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
