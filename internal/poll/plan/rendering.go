package plan

import (
	"cmp"
	"strconv"
	"strings"

	"turnstone"
)

// Rendering is how the changes of an instance become events.
type Rendering struct {
	Format  turnstone.Format
	Diff    bool // tell what changed from what
	Changes int  // an event; 0: as the operator says
	Bytes   int  // of records an event
	Common  bool // under the names of the instance's common resources
}

// maxEventBytes bounds the records of one event: the platform refused bodies
// over 8 MB, and receivers bound theirs.
const maxEventBytes = 4 << 20

// renderingOf reads what an instance's configuration says of events. Package instance
// has refused what cannot be read; what an older version let through says nothing.
func renderingOf(c turnstone.Configuration) Rendering {
	var r Rendering
	if strings.EqualFold(strings.TrimSpace(c[turnstone.KeyFormat]), string(turnstone.FormatCloudEvents)) {
		r.Format = turnstone.FormatCloudEvents
	}
	r.Diff = strings.EqualFold(strings.TrimSpace(c[turnstone.KeyDiff]), "true")
	r.Common = strings.EqualFold(strings.TrimSpace(c[turnstone.KeyTransformations]), "true")
	r.Changes = min(count(c[turnstone.KeyMaxChanges]), 100)
	r.Bytes = cmp.Or(count(c[turnstone.KeyMaxBytes]), maxEventBytes)
	if r.Format == turnstone.FormatCloudEvents {
		r.Changes = 1 // a CloudEvent tells of one thing
	}
	return r
}

// count reads a number of things; 0: it is none.
func count(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0
	}
	return max(n, 0)
}
