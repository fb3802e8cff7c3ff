package audit

import (
	"fmt"
	"strings"
)

// Report is the outcome of a comparison. Each entry of its lists names the object
// and says what is wrong.
type Report struct {
	Versions int // in the truth, since polling was enabled
	Expected int // of those, shown long enough to count
	Pending  int // of the others, those still shown that did not arrive: the next poll finds them
	Changes  int // received, repeats not counted
	Repeats  int // posted again under the same notification id: allowed

	Missed   []string // shown long enough and never received
	Invented []string // received, and no version, or a version received before
	Wrong    []string // of the wrong type
	Disorder []string // received after a later version of the same object
}

// OK reports whether nothing is wrong.
func (r Report) OK() bool {
	return len(r.Missed)+len(r.Invented)+len(r.Wrong)+len(r.Disorder) == 0
}

// String returns the counts, and the first few entries of each list.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d versions, %d expected, %d changes received, %d repeats: %d missed, %d invented, %d of the wrong type, %d out of order",
		r.Versions, r.Expected, r.Changes, r.Repeats, len(r.Missed), len(r.Invented), len(r.Wrong), len(r.Disorder))
	for _, list := range [][]string{r.Missed, r.Invented, r.Wrong, r.Disorder} {
		for _, entry := range list[:min(len(list), 5)] {
			b.WriteString("\n  " + entry)
		}
	}
	return b.String()
}
