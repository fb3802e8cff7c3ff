// Package spelling guesses which known name a misspelt one was meant to be, for
// errors that say what to write instead. A guess that is far off is worse than
// none, so there is none.
package spelling

import "strings"

// maxName bounds the work: no name that people write by hand is longer.
const maxName = 64

// Nearest returns the known name that takes the fewest edits to reach, without
// regard to case, if those are at most half its letters.
func Nearest(name string, known []string) (string, bool) {
	if len(name) > maxName {
		return "", false
	}
	best, fewest := "", len(name)+1
	for _, k := range known {
		edits := distance(strings.ToLower(name), strings.ToLower(k))
		if edits < fewest && 2*edits <= len(k) {
			best, fewest = k, edits
		}
	}
	return best, best != ""
}

// distance is the number of bytes to insert, remove or replace to get from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			edits := diagonal
			if a[i] != b[j] {
				edits = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], edits
		}
	}
	return row[len(b)]
}
