package generic

import (
	"fmt"
	"strings"
)

// Problem says what is wrong with a configuration entry.
type Problem struct {
	Key  string // of the configuration
	Path string // in its JSON, such as [2].paging.type; empty: the entry as a whole
	Text string // what is wrong, and what to write instead
}

// Problems are all that is wrong with a declaration.
type Problems []Problem

// Error lists the problems.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Key + problem.Path + ": " + problem.Text
	}
	return strings.Join(lines, "\n")
}

func (p *Problems) add(key, path, format string, args ...any) {
	*p = append(*p, Problem{key, path, fmt.Sprintf(format, args...)})
}
