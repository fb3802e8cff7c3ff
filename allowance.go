package turnstone

import "time"

// Allowance names what may be asked of a vendor for one instance under one limit.
// All nodes book on it.
type Allowance struct {
	AccountID  int64
	InstanceID int64
	Limit      string // such as "100 in 1m0s"
}

// Booking is time booked on an allowance: how much, and how far ahead of now the
// booked time may reach, at most.
type Booking struct {
	Cost  time.Duration
	Ahead time.Duration
}
