package turnstone

import "time"

// InstanceWrite is an instance as it is to be stored, with everything that
// follows from its configuration, written in one transaction.
type InstanceWrite struct {
	Instance Instance
	// Pollers are all the resources to poll. One that exists already keeps its
	// cursor, known versions and sweep; one that is not named is removed.
	Pollers []PollerWrite
	// Destination is the main one; nil: there is none. An existing one keeps what it
	// is owed and is made active. Others stay as they are.
	Destination *DestinationWrite
	// Credential replaces the instance's credential; nil: unchanged.
	Credential *Credential
	// Now is when this happens, by our clock.
	Now time.Time
}

// PollerWrite is a poller as it is to be stored.
type PollerWrite struct {
	Resource      string
	Configuration string // JSON text
	Interval      time.Duration
	MaxInterval   time.Duration // 0: none
	State         PollerState
}

// DestinationWrite is a destination as it is to be stored.
type DestinationWrite struct {
	URL       string
	Secrets   DestinationSecrets
	Filter    DestinationFilter
	Limits    DestinationLimits
	Handshake HandshakeMode
}

// InstanceFilter selects instances of an account, oldest first.
type InstanceFilter struct {
	AccountID int64
	Element   string   // an element's key; empty: all
	Tags      []string // all of them; empty: any
	Search    string   // part of the name or the element's key, without case
	After     int64    // the last ID of the page before
	Skip      int      // so many of those that match are left out
	Limit     int
}
