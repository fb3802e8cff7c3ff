package format

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"turnstone/internal/spelling"
)

// Suggestion says what to write in the place of name: the nearest of the known
// names if one is near, and otherwise all of them.
func Suggestion(name string, known []string) string {
	if best, ok := spelling.Nearest(name, known); ok {
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
