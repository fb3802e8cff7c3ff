package turnstone

import "time"

// Backlog is how much work waits, for those who watch over the service.
type Backlog struct {
	DuePollers   int       // active, due and not being polled; counted up to a limit
	OldestDue    time.Time // when the longest due of them was due; zero: none is
	Awaiting     int       // pollers that wait for somebody to authorise their instance
	Parked       int       // pollers given up after too many failures
	Owed         int       // deliveries to active destinations that are not made, without Queued
	OldestOwed   time.Time // when the oldest event of those was made; zero: none is
	Queued       int       // deliveries to active destinations that wait until somebody asks
	Waiting      int       // active destinations that are owed something
	Failing      int       // of those, the ones whose last attempt failed
	Inactive     int       // destinations given up
	InactiveOwed int       // deliveries that wait for those
}
