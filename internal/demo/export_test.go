package demo

import (
	"io"

	"turnstone/internal/audit"
)

// Story prints changes as a demo does that goes on after the earlier ones.
func Story(out io.Writer, earlier, now []audit.Change) {
	p := newPrinter(out)
	p.remember(earlier)
	for _, c := range now {
		p.print(c)
	}
}
