package format

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Suggestion says what to write in the place of name: the nearest of the known
// names if one is near, and otherwise all of them.
func Suggestion(name string, known []string) string {
	if best, ok := Nearest(name, known); ok {
		return "did you mean " + best + "?"
	}
	return "write " + OneOf(known)
}

// OneOf lists what there is to choose from.
func OneOf(known []string) string {
	if len(known) == 1 {
		return known[0]
	}
	return "one of " + strings.Join(known, ", ")
}

// Nearest returns the known name that takes the fewest edits to reach, if
// those are at most half its letters.
func Nearest(name string, known []string) (string, bool) {
	if len(name) > 64 { // no name of the format is that long
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

// distance is the number of letters to insert, remove or replace to get from a to b.
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

func names(keys []key) []string {
	all := make([]string, len(keys))
	for i, k := range keys {
		all[i] = k.name
	}
	return all
}

func lowerFirst(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToLower(first)) + text[size:]
}
