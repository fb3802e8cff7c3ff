package concursim

import (
	"fmt"

	"turnstone/internal/concursim/fault"
)

// Switches are the ways in which this Concur may differ from a well-behaved one.
type Switches = fault.Switches

// SwitchHelp describes one switch.
type SwitchHelp = fault.SwitchHelp

// Switches returns the switches as they stand.
func (s *Simulator) Switches() Switches { return *s.switches.Load() }

// SetSwitches replaces all switches at once. Unlike in Options a zero stands
// for itself. It returns an error, and changes nothing, if a value is not
// possible.
func (s *Simulator) SetSwitches(sw Switches) error {
	if err := sw.Check(); err != nil {
		return fmt.Errorf("setting switches: %w", err)
	}
	s.switches.Store(&sw)
	return nil
}
