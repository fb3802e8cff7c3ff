package bench

import "time"

// Size is how much there is of a work. What a work has no use for is zero.
type Size struct {
	Objects      int           `json:"objects,omitempty"`      // to be delivered, or read
	Destinations int           `json:"destinations,omitempty"` // that they go to
	Hanging      int           `json:"hanging,omitempty"`      // destinations besides, which never answer
	Changes      int           `json:"changes,omitempty"`      // in an event, at most
	Pollers      int           `json:"pollers,omitempty"`
	Known        int           `json:"known,omitempty"`    // versions, of all pollers together
	Interval     time.Duration `json:"interval,omitempty"` // between two polls of a poller
	For          time.Duration `json:"for,omitempty"`      // how long the work goes on, if not until it is done
	Rate         float64       `json:"rate,omitempty"`     // events a second
}

// grown returns the size with so many times the objects.
func (s Size) grown(factor float64) Size {
	s.Objects = int(float64(s.Objects) * factor)
	return s
}

// sound returns the size without the destinations that never answer.
func (s Size) sound() Size {
	s.Hanging = 0
	return s
}
