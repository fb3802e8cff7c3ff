package javadate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"turnstone/internal/javadate"
)

func FuzzParse(f *testing.F) {
	for _, pattern := range append(patternsSeen, "EEEE, d MMMM y G h:mm a zzzz", "YYYY-'W'ww-u", "yyyyMMddHHmmssSSS") {
		f.Add(pattern, compile(f, pattern).Format(time.UnixMilli(1709210096123).UTC()))
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		p, err := javadate.Compile(pattern)
		if err != nil {
			return
		}
		got, err := p.Parse(text, nil)
		if err != nil {
			checkParseError(t, p, text, err)
			return
		}
		if got.Year() < 1 || got.Year() > 9999 || got.Location() != time.UTC {
			t.Fatalf("Parse(%q) with %q = %v, want a year from 1 to 9999 in UTC", text, pattern, got)
		}
		exact := compile(t, "yyyy-MM-dd'T'HH:mm:ss.SSSXXX")
		again, err := exact.Parse(exact.Format(got), nil)
		if err != nil || !again.Equal(got.Truncate(time.Millisecond)) {
			t.Fatalf("Parse(Format(%v)) = %v, %v", got, again, err)
		}
	})
}

func checkParseError(t *testing.T, p *javadate.Pattern, text string, err error) {
	t.Helper()
	if p.Readable() != nil {
		return
	}
	var bad *javadate.ParseError
	if !errors.As(err, &bad) || bad.Offset < 0 || bad.Offset > len(text) || bad.Problem == "" {
		t.Fatalf("Parse(%q) with %q = %#v, want a *ParseError within the text", text, p, err)
	}
}

func FuzzCompile(f *testing.F) {
	for _, pattern := range patternsSeen {
		f.Add(pattern)
	}
	f.Add("'o''clock' '' GyYMLwWDdFEuaHkKhmsSzZX'")
	f.Fuzz(func(t *testing.T, pattern string) {
		p, err := javadate.Compile(pattern)
		if err != nil {
			var bad *javadate.PatternError
			if !errors.As(err, &bad) || bad.Offset < 0 || bad.Offset > len(pattern) || bad.Problem == "" {
				t.Fatalf("Compile(%q) = %#v, want a *PatternError within the pattern", pattern, err)
			}
			return
		}
		if p.String() != pattern || p.Resolution() <= 0 {
			t.Fatalf("Compile(%q) = %q with resolution %v", pattern, p, p.Resolution())
		}
		at := time.Date(2024, 2, 29, 23, 59, 58, 7e6, time.UTC)
		if first, second := p.Format(at), p.Format(at); first != second {
			t.Fatalf("Format with %q = %q, then %q", pattern, first, second)
		}
	})
}

func FuzzExpand(f *testing.F) {
	f.Add("/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd'T'HH:mm:ss.SSS}'")
	f.Add("${dateTimeZone:-6:00:HH:mm}&${nowTimeZone:America/Denver:yyyy}")
	f.Add("${epoch:us}${milliseconds}$ {x} ${")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := javadate.Expand(text, moment(nil))
		if check := javadate.CheckMacros(text); (check == nil) != (err == nil) {
			t.Fatalf("CheckMacros(%q) = %v, but Expand = %v", text, check, err)
		}
		if err == nil {
			if !strings.Contains(text, "${") && got != text {
				t.Fatalf("Expand(%q) = %q, want it unchanged", text, got)
			}
			return
		}
		var bad *javadate.MacroError
		if !errors.As(err, &bad) || !strings.HasPrefix(text[bad.Offset:], bad.Macro) || bad.Problem == "" {
			t.Fatalf("Expand(%q) = %#v, want a *MacroError that quotes the text", text, err)
		}
	})
}
