package ceql

import (
	"fmt"
	"strings"
	"unicode"
)

// scanner reads the smallest pieces of a where clause. What a character means
// depends on the place (a quote opens a field here and a value there), so the
// parser asks for the piece it needs instead of being handed tokens.
type scanner struct {
	text  string
	runes []rune
	at    int // index in runes of the next character
}

// skipSpace moves to the next piece and returns its index.
func (s *scanner) skipSpace() int {
	for s.at < len(s.runes) && unicode.IsSpace(s.runes[s.at]) {
		s.at++
	}
	return s.at
}

// end says whether nothing is left but space.
func (s *scanner) end() bool { return s.skipSpace() == len(s.runes) }

// peek returns the character n places ahead, or 0 past the end.
func (s *scanner) peek(n int) rune {
	if s.at+n >= len(s.runes) {
		return 0
	}
	return s.runes[s.at+n]
}

// take reads the given character if it is next.
func (s *scanner) take(r rune) bool {
	s.skipSpace()
	if s.peek(0) != r {
		return false
	}
	s.at++
	return true
}

// takeWords reads the given keywords if they are next, in any case.
func (s *scanner) takeWords(words ...string) bool {
	start := s.at
	for _, word := range words {
		s.skipSpace()
		if !strings.EqualFold(s.run(inPath), word) {
			s.at = start
			return false
		}
	}
	return true
}

// run reads the longest run of characters that belong.
func (s *scanner) run(belongs func(rune) bool) string {
	start := s.at
	for s.at < len(s.runes) && belongs(s.runes[s.at]) {
		s.at++
	}
	return string(s.runes[start:s.at])
}

// quoted reads a text whose opening quote is next.
func (s *scanner) quoted() (string, error) {
	open, mark := s.at, s.runes[s.at]
	var text strings.Builder
	for s.at++; s.at < len(s.runes); s.at++ {
		r, next := s.peek(0), s.peek(1)
		switch {
		case r == mark && next == mark, r == '\\' && (next == mark || next == '\\'):
			text.WriteRune(next)
			s.at++
		case r == mark:
			s.at++
			return text.String(), nil
		default:
			text.WriteRune(r)
		}
	}
	return "", s.fail(open, "this quote is never closed; write %c where the text ends", mark)
}

// fail returns the error for the character at an index.
func (s *scanner) fail(at int, problem string, args ...any) error {
	return &SyntaxError{Where: s.text, Column: at + 1, Problem: fmt.Sprintf(problem, args...)}
}

func startsName(r rune) bool { return unicode.IsLetter(r) || strings.ContainsRune("_$@", r) }

func inName(r rune) bool {
	return startsName(r) || unicode.IsDigit(r) || r == '-' || r == '#'
}

func notInName(r rune) bool { return !inName(r) }

func inPath(r rune) bool { return inName(r) || r == '.' }

// inBareValue holds for what dates, numbers, ids and patterns are made of. It
// excludes $, so that a macro nobody expanded is noticed.
func inBareValue(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-+.:/_@%#", r)
}

func inSymbol(r rune) bool { return strings.ContainsRune("=!<>", r) }

// isKeyword says whether a word must be quoted to be a field or a value. The
// words of [MatchOp] are left out: they stand only where neither can.
func isKeyword(word string) bool {
	switch strings.ToUpper(word) {
	case "AND", "OR", "NOT", "IN", "IS", "LIKE", "NULL":
		return true
	default:
		return false
	}
}
