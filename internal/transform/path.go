package transform

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// step is one step into a JSON value: a member, an item, or each item.
type step struct {
	member string // empty: it goes into an array
	index  int    // each: every item
}

// each is the index of a step that goes into all items.
const each = -1

// Limits of a path. Vendors nest less deeply, and no array of theirs has a meaning
// for each of so many places.
const (
	maxSteps = 30
	maxIndex = 99
)

// parsePath reads a path such as lines[*].tax.code or phones[0].number.
func parsePath(text string) ([]step, error) {
	var steps []step
	for name := range strings.SplitSeq(text, ".") {
		name, brackets, indexed := strings.Cut(name, "[")
		if name == "" {
			return nil, errors.New("has an empty name in it; write names with a dot between two, as in owner.name")
		}
		steps = append(steps, step{member: name})
		if !indexed {
			continue
		}
		indices, err := parseIndices(brackets)
		if err != nil {
			return nil, err
		}
		steps = append(steps, indices...)
	}
	if len(steps) > maxSteps {
		return nil, fmt.Errorf("has more than %d steps; write a shorter one", maxSteps)
	}
	return steps, nil
}

// parseIndices reads what follows the first bracket behind a name.
func parseIndices(text string) ([]step, error) {
	var steps []step
	inside, closed := strings.CutSuffix(text, "]")
	for index := range strings.SplitSeq(inside, "][") {
		if index == "*" {
			steps = append(steps, step{index: each})
			continue
		}
		n, err := strconv.Atoi(index)
		if err != nil || !closed || n < 0 || n > maxIndex || strconv.Itoa(n) != index {
			return nil, fmt.Errorf("has [%.20s behind a name; write [*] for each item, or [0] to [%d] for one", text, maxIndex)
		}
		steps = append(steps, step{index: n})
	}
	if !closed {
		return nil, fmt.Errorf("has [%.20s behind a name; close the bracket, as in [*]", text)
	}
	return steps, nil
}

// repeats returns how often a path goes into all items of an array.
func repeats(path []step) int {
	n := 0
	for _, s := range path {
		if s.repeats() {
			n++
		}
	}
	return n
}

func (s step) repeats() bool { return s.member == "" && s.index == each }

// begins reports whether a path is the beginning of another, or that path itself.
func begins(path, other []step) bool {
	if len(path) > len(other) {
		return false
	}
	for i := range path {
		if path[i] != other[i] {
			return false
		}
	}
	return true
}

// text writes a path as it is read.
func text(path []step) string {
	var b strings.Builder
	for i, s := range path {
		switch {
		case s.repeats():
			b.WriteString("[*]")
		case s.member == "":
			fmt.Fprintf(&b, "[%d]", s.index)
		default:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.member)
		}
	}
	return b.String()
}
