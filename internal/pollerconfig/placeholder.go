package pollerconfig

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

var (
	// braced is a {placeholder}, closed or not, or a macro, which has a $ before it.
	braced = regexp.MustCompile(`\$?\{[^{}]*\}?`)
	// entryName is what a configuration entry may be called to be filled in.
	entryName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,127}$`)
)

// Fill replaces each {name} in the path of a polled URL by the value that lookup has
// for it, escaped, so that a value is always one part of the path and nothing in it
// is read as a macro or a parameter. Macros stay as they are: expand them after. The
// error joins everything that is wrong, with what to write instead, and names no
// value, which may be secret.
func Fill(polled string, lookup func(name string) (value string, ok bool)) (string, error) {
	var errs []error
	query := queryStart(polled)
	path := braced.ReplaceAllStringFunc(polled[:query], func(found string) string {
		if strings.HasPrefix(found, "$") {
			return found
		}
		value, err := valueOf(found, lookup)
		if err != nil {
			errs = append(errs, err)
		}
		return url.PathEscape(value)
	})
	for _, found := range braced.FindAllString(polled[query:], -1) {
		if name, ok := placeholderName(found); ok {
			errs = append(errs, fmt.Errorf("has the placeholder {%s} in its query, where nothing is filled in; write the value itself (a brace that is meant is %%7B)", name))
		}
	}
	if errs != nil {
		return "", errors.Join(errs...)
	}
	return path + polled[query:], nil
}

// queryStart returns where the path of a URL ends: at the first ? that is not in a
// macro.
func queryStart(polled string) int {
	for pos := 0; pos < len(polled); pos++ {
		switch {
		case polled[pos] == '?':
			return pos
		case strings.HasPrefix(polled[pos:], "${"):
			pos += max(0, strings.IndexByte(polled[pos:], '}'))
		}
	}
	return len(polled)
}

// placeholderName returns the name in a {placeholder}.
func placeholderName(found string) (name string, ok bool) {
	inner, closed := strings.CutSuffix(found, "}")
	name, opened := strings.CutPrefix(inner, "{")
	return name, closed && opened && entryName.MatchString(name)
}

// valueOf returns what to fill in for a placeholder in the path.
func valueOf(found string, lookup func(string) (string, bool)) (string, error) {
	name, ok := placeholderName(found)
	if !ok {
		return "", fmt.Errorf("has %.40q in its path; write a placeholder as the name of a configuration entry in braces, such as {reportId}", found)
	}
	value, known := lookup(name)
	value = strings.TrimSpace(value)
	switch {
	case !known || value == "":
		return "", fmt.Errorf("has the placeholder {%s}, and the configuration has no entry of that name; add %q with the value to fill in, or write the value in the URL", name, name)
	case value == "." || value == ".." || strings.ContainsFunc(value, func(r rune) bool { return r == '/' || r < ' ' || r == 0x7f }):
		return "", fmt.Errorf("has the placeholder {%s}, and the value of that configuration entry is no part of a path; write one without slashes and control characters there", name)
	}
	return value, nil
}
