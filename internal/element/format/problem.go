package format

import "fmt"

// Problem is something wrong in a file.
type Problem struct {
	File         string
	Line, Column int    // from 1, in characters
	Path         string // as in resources[0].retriever.paginator.type; empty for the file as a whole
	Message      string // what is wrong, and what to write instead
}

// Error returns the problem in the form that editors jump to.
func (p *Problem) Error() string {
	if p.Path == "" {
		return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", p.File, p.Line, p.Column, p.Path, p.Message)
}
