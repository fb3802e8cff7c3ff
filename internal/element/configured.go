package element

import "fmt"

// ConfigurationError is an instance's configuration of which its element cannot be made.
// The text says what to write instead.
type ConfigurationError struct {
	Key     string // of the entry
	Problem string
}

// Error returns the key and the problem.
func (e *ConfigurationError) Error() string { return fmt.Sprintf("%s: %s", e.Key, e.Problem) }
