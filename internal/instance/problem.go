package instance

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with what a client sent.
type Problem struct {
	Path    string // of the field, such as configuration.event.poller.refresh_interval
	Message string // what is wrong, and what to write instead
}

// Problems is everything wrong with what a client sent. It is the error of the
// methods that take an Input.
type Problems []Problem

// Error returns one problem a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Path + ": " + problem.Message
	}
	return strings.Join(lines, "\n")
}

// maxProblems bounds what is reported at once: a body of megabytes can be wrong in
// a million places.
const maxProblems = 100

func (p *Problems) add(path, format string, args ...any) {
	if len(*p) < maxProblems {
		*p = append(*p, Problem{path, fmt.Sprintf(format, args...)})
	}
}

// err returns p as an error, or nil if nothing is wrong.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// about reports whether something is wrong with the field at path.
func (p Problems) about(path string) bool {
	return slices.ContainsFunc(p, func(problem Problem) bool { return problem.Path == path })
}
