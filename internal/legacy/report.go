package legacy

import (
	"fmt"
	"slices"

	"turnstone/internal/element"
)

// Level says what a finding means for who uses the element.
type Level string

// The levels of findings, the worst first.
const (
	// Error: something that the export has will not work.
	Error Level = "error"
	// Warning: something works differently than it did.
	Warning Level = "warning"
	// Note: something that need not be known, but was not forgotten.
	Note Level = "note"
)

// Finding is something that was not carried over as it stands.
type Finding struct {
	Level Level `json:"level"`
	// Path leads to it in the export, such as resources[3].parameters[0].
	Path    string `json:"path"`
	Message string `json:"message"`
}

// Report is all that an import could not carry over as it stands.
type Report struct {
	Findings []Finding `json:"findings"`
	// Resources are the names of the resources that the element has.
	Resources []string `json:"resources"`
	// Pollers are the resources that it polls by default.
	Pollers []string `json:"pollers"`
}

// maxFindings bounds a report. An export of a thousand endpoints has some hundred.
const maxFindings = 2000

// Describe says which resources and pollers an element has.
func (r *Report) Describe(el *element.Element) {
	r.Resources, r.Pollers = []string{}, []string{}
	if r.Findings == nil {
		r.Findings = []Finding{} // a list in JSON, too
	}
	for _, resource := range el.Resources {
		r.Resources = append(r.Resources, resource.Name)
	}
	for _, p := range el.Polling.Resources {
		r.Pollers = append(r.Pollers, p.Resource)
	}
}

func (r *Report) add(level Level, path, format string, args ...any) {
	if len(r.Findings) < maxFindings {
		r.Findings = append(r.Findings, Finding{level, path, fmt.Sprintf(format, args...)})
	}
}

// Count returns how many findings there are of a level.
func (r Report) Count(level Level) int {
	n := 0
	for _, f := range r.Findings {
		if f.Level == level {
			n++
		}
	}
	return n
}

// sort puts the worst first, and keeps the order of the export otherwise.
func (r *Report) sort() {
	rank := map[Level]int{Error: 0, Warning: 1, Note: 2}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return rank[a.Level] - rank[b.Level] })
}
