package peer

import "time"

// Plan says what a Server does, from now until it gets the next plan.
type Plan struct {
	Key     string // signs all events
	Objects int    // numbers 0 to Objects-1 are to arrive, each once
	Polls   int    // requests the vendor is to get
	Vendor  Vendor
	// Patience is how long nothing may come before the Client's Complete gives up;
	// 0: DefaultPatience.
	Patience time.Duration
}

// DefaultPatience is much longer than any wait that work which goes well has.
const DefaultPatience = 20 * time.Second

// Vendor is what the vendor shows.
type Vendor struct {
	// Records is how many records the list of a company has. Its pages are as
	// long as the request asks.
	Records int
	// Objects is how many objects a company has. With fewer than Records the list
	// shows them again and again; with more, it shows some from everywhere.
	Objects int
	Date    string // of every record, created and modified
	Size    int    // of a record, in bytes
}

// Tally is what came since the plan was set.
type Tally struct {
	Events   int   `json:"events"`   // POSTs that were in order
	Objects  int   `json:"objects"`  // that arrived
	Repeats  int   `json:"repeats"`  // arrivals of objects that had arrived before
	Refused  int   `json:"refused"`  // POSTs that were not in order
	Polls    int   `json:"polls"`    // requests to the vendor
	LastAt   int64 `json:"last_at"`  // when the last object arrived, in microseconds since 1970
	Complete bool  `json:"complete"` // as many objects and polls came as were planned
}

// Last returns when the last object arrived.
func (t Tally) Last() time.Time { return time.UnixMicro(t.LastAt) }

// Addresses are where a Server can be reached.
type Addresses struct {
	Control      string   `json:"control"`
	Vendor       string   `json:"vendor"`
	Destinations []string `json:"destinations"`
	Hanging      string   `json:"hanging"` // takes requests and never answers
}

// Destinations is how many destinations a Server has.
const Destinations = 100
