package ceql

import (
	"fmt"
	"strings"
)

// excerptLength is how many characters of the where clause an error repeats:
// enough to find the place, too few to flood a log.
const excerptLength = 20

// SyntaxError is a where clause that cannot be read. The text is the client's,
// so the error is fit to be shown to them.
type SyntaxError struct {
	Where   string // the whole clause
	Column  int    // where the problem is, in characters, the first being 1
	Problem string // what is wrong there, and what to write instead
}

// Error returns the column, the text found there and the problem, on one line.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("where clause, column %d, %s: %s", e.Column, e.place(), e.Problem)
}

func (e *SyntaxError) place() string {
	rest := []rune(e.Where)
	rest = rest[min(max(e.Column-1, 0), len(rest)):]
	if len(rest) == 0 {
		return "at its end"
	}
	if len(rest) > excerptLength {
		return fmt.Sprintf("at %q…", string(rest[:excerptLength]))
	}
	return fmt.Sprintf("at %q", string(rest))
}

// curlyQuotes are what word processors make of the straight ones.
const curlyQuotes = "‘’‚‛“”„‟´′″"

func isCurlyQuote(r rune) bool { return strings.ContainsRune(curlyQuotes, r) }
