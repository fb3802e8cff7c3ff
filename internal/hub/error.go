package hub

import (
	"fmt"
	"slices"
	"strings"

	"turnstone/internal/spelling"
)

// RequestError is a hub request that cannot be served as it stands, through no
// fault of the vendor, which was not asked. Its text is fit for the client.
type RequestError struct {
	// Param is what is at fault: a parameter such as where; id, body or
	// resource; method for something that cannot be done with a resource; url for the URL as a whole; or call, if what the call and the
	// instance's configuration give does not make a request.
	Param   string
	Problem string // what is wrong, and what to write instead
}

// Error returns the parameter and the problem.
func (e *RequestError) Error() string { return e.Param + ": " + e.Problem }

func badRequest(param, format string, args ...any) error {
	return &RequestError{Param: param, Problem: fmt.Sprintf(format, args...)}
}

// suggestion returns a question for a misspelt name, or nothing if no known
// name is near.
func suggestion(name string, known []string) string {
	best, near := spelling.Nearest(name, known)
	if !near {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

// advice returns a question for a misspelt name, or all the known names, of which
// there may be a hundred, if none is near.
func advice(name string, known []string) string {
	if question := suggestion(name, known); question != "" {
		return question
	}
	return fmt.Sprintf(" (they have %s)", listed(known))
}

// resembles reports whether a name is so near to a known one that it is likely to be
// that one misspelt: it differs in case alone, or after half its letters.
func resembles(name string, known []string) bool {
	best, near := spelling.Nearest(name, known)
	half := len(best) / 2
	return near && len(name) >= half && strings.EqualFold(name[:half], best[:half])
}

// listed returns names for people, sorted.
func listed(names []string) string {
	return strings.Join(slices.Sorted(slices.Values(names)), ", ")
}
