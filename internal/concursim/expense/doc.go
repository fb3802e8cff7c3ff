// Package expense is the business behind the simulated Concur: companies whose
// people write expense reports that are submitted, sent back, approved and
// paid, and the log of every version of every report.
//
// It promises that one seed and one sequence of calls give the same log, and
// that the log is everything: replaying it restores the rest. It knows nothing
// of requests, tokens and clocks. Nothing here may be called concurrently with
// a method that changes a Ledger; Version.AppendJSON, AppendXML and Changed may.
package expense

// Path is where reports live below the base URL.
const Path = "/api/v3.0/expense/reports"

// Rules are the habits of the vendor that are visible in its data.
type Rules struct {
	LateShare    float64 // share of the changes that become visible late
	LateSeconds  float64 // how late
	WholeSeconds bool    // timestamps have no fraction
	FixedDigits  bool    // fractions keep their trailing zeros
	Zone         bool    // timestamps end with Z
	EqualStamps  int     // how many changes share a stamp
	ClockOffset  float64 // seconds by which the vendor's clock is ahead
	Local        string  // name of the zone in whose local time stamps are written; empty: UTC
	DeleteShare  float64 // share of the changes that delete a report, or restore one
	QuietShare   float64 // share of the updates that leave the stamp as it was
	FutureShare  float64 // share of the updates that are dated a day ahead
	TouchReports bool    // an edit of an entry is one of its report, too
}
