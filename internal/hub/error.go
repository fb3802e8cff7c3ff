package hub

import (
	"fmt"
	"slices"
	"strings"
)

// RequestError is a hub request that cannot be served as it stands, through no
// fault of the vendor, which was not asked. Its text is fit for the client.
type RequestError struct {
	// Param is what is at fault: a parameter such as where; id, body or
	// resource; url for the URL as a whole; or call, if what the call and the
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
	best, least := "", max(len(name)/3, 1)+1
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

// distance returns how many bytes must be inserted, removed or replaced to make
// b of a. Names are short: the text they come from is not, so it is cut.
func distance(a, b string) int {
	a = a[:min(len(a), 64)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// listed returns names for people, sorted.
func listed(names []string) string {
	return strings.Join(slices.Sorted(slices.Values(names)), ", ")
}
