package javadate

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const macrosAccepted = "write one of ${date:PATTERN}, ${gmtDate:PATTERN}, ${dateTimeZone:ZONE:PATTERN}, " +
	"${nowTimeZone:ZONE:PATTERN}, ${date}, ${epoch}, ${epoch:ms}, ${epoch:s}, ${epoch:us}, ${epoch:0} or ${milliseconds}"

// MacroError says which macro cannot be expanded and what to write instead.
type MacroError struct {
	Macro   string // the macro from its ${ to its }
	Offset  int    // the byte of the text where it starts
	Problem string // what is wrong, and the remedy
}

// Error returns the problem with the macro and the place.
func (e *MacroError) Error() string {
	return fmt.Sprintf("macro %.80q, offset %d: %s", e.Macro, e.Offset, e.Problem)
}

// Moment holds the instants that macros expand to.
type Moment struct {
	Since time.Time      // the start of the window: what all macros but nowTimeZone say
	Now   time.Time      // the end of the window: what nowTimeZone says
	Zone  *time.Location // the zone of date:PATTERN; nil is UTC
}

// Expand replaces every ${…} in a polled URL. Names are read in any case:
//
//	${date:PATTERN}               Since in the moment's zone
//	${gmtDate:PATTERN}            Since in GMT
//	${dateTimeZone:ZONE:PATTERN}  Since in a zone that Zone accepts
//	${nowTimeZone:ZONE:PATTERN}   Now in a zone that Zone accepts
//	${date}, ${milliseconds}      Since in milliseconds since 1970
//	${epoch}, ${epoch:ms|s|us}    the same in milliseconds, seconds, microseconds
//	${epoch:0}                    0, for a vendor that is always read whole
//
// A text never asks for less than the moment says. Where clocks are set back, so
// that a local time occurs twice, Since is written as the earlier moment from which
// on all readers include it, and Now as a later one.
//
// A macro ends at the next brace, so a pattern cannot hold one. A $ without a {
// is text. The result is not URL-encoded; macros stand in unencoded URLs. The
// error is the *MacroError of the first macro that is wrong.
func Expand(text string, m Moment) (string, error) {
	pieces, errs := split(text)
	if len(errs) > 0 {
		return "", errs[0]
	}
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.text)
		if p.expand != nil {
			b.WriteString(p.expand(m))
		}
	}
	return b.String(), nil
}

// CheckMacros returns nil if Expand accepts the text, and otherwise the
// *MacroError of every macro that is wrong, joined.
func CheckMacros(text string) error {
	_, errs := split(text)
	return errors.Join(errs...)
}

// expansion computes what a macro says at a moment.
type expansion func(Moment) string

// piece is text as it stands and the macro behind it, if there is one.
type piece struct {
	text   string
	expand expansion
}

// split takes a text apart and reports all macros that are wrong.
func split(text string) (pieces []piece, errs []error) {
	pos := 0
	for {
		before, rest, found := strings.Cut(text[pos:], "${")
		if !found {
			return append(pieces, piece{text: before}), errs
		}
		start := pos + len(before)
		body, _, closed := strings.Cut(rest, "}")
		if !closed {
			return nil, append(errs, &MacroError{
				Macro: "${" + body, Offset: start,
				Problem: "it is never closed; write a } after it, or %24%7B for the two characters themselves",
			})
		}
		macro := text[start : start+len("${")+len(body)+len("}")]
		expand, problem := compileMacro(body)
		if problem != "" {
			errs = append(errs, &MacroError{Macro: macro, Offset: start, Problem: problem})
		}
		pieces = append(pieces, piece{text: before, expand: expand})
		pos = start + len(macro)
	}
}

// compileMacro returns the expansion of what stands between the braces.
func compileMacro(body string) (expand expansion, problem string) {
	if strings.Contains(body, "{") {
		return nil, "braces do not nest; write one macro after the other"
	}
	name, argument, hasArgument := strings.Cut(body, ":")
	form := strings.ToLower(name)
	if hasArgument {
		form += ":"
	}
	switch form {
	case "date", "milliseconds", "epoch":
		return epochMacro("ms")
	case "epoch:":
		return epochMacro(argument)
	case "date:":
		return dateMacro(argument)
	case "gmtdate:":
		return gmtDateMacro(argument)
	case "datetimezone:":
		return zoneMacro(argument, func(p *Pattern, m Moment, zone *time.Location) string { return p.atMost(m.Since.In(zone)) })
	case "nowtimezone:":
		return zoneMacro(argument, func(p *Pattern, m Moment, zone *time.Location) string { return p.atLeast(m.Now.In(zone)) })
	}
	if _, err := Compile(body); err == nil {
		return nil, fmt.Sprintf("it has a pattern but no name; write ${gmtDate:%s}", body)
	}
	return nil, "there is no such macro; " + macrosAccepted
}

func epochMacro(unit string) (expand expansion, problem string) {
	switch strings.ToLower(unit) {
	case "ms":
		return func(m Moment) string { return strconv.FormatInt(m.Since.UnixMilli(), 10) }, ""
	case "s":
		return func(m Moment) string { return strconv.FormatInt(m.Since.Unix(), 10) }, ""
	case "us":
		return func(m Moment) string { return strconv.FormatInt(m.Since.UnixMicro(), 10) }, ""
	case "0":
		return func(Moment) string { return "0" }, ""
	default:
		return nil, "its unit is not known; write ${epoch:ms}, ${epoch:s}, ${epoch:us} or ${epoch:0}"
	}
}

func dateMacro(pattern string) (expand expansion, problem string) {
	p, err := Compile(pattern)
	if err != nil {
		return nil, err.Error()
	}
	return func(m Moment) string {
		if m.Zone == nil {
			return p.atMost(m.Since.UTC())
		}
		return p.atMost(m.Since.In(m.Zone))
	}, ""
}

func gmtDateMacro(pattern string) (expand expansion, problem string) {
	p, err := Compile(pattern)
	if err != nil {
		return nil, err.Error()
	}
	gmt := fixedZone(0) // not time.UTC: z prints the zone's name, and the platform's is GMT
	return func(m Moment) string { return p.atMost(m.Since.In(gmt)) }, ""
}

// zoneMacro compiles ZONE:PATTERN for one of the moment's instants. The pattern
// nearly always holds colons and the zone may hold one, so an offset is taken as
// far as it reads as an offset.
func zoneMacro(argument string, say func(*Pattern, Moment, *time.Location) string) (expand expansion, problem string) {
	_, length := offsetName(argument)
	if length == 0 {
		length = max(0, strings.IndexByte(argument, ':'))
	}
	pattern, ok := strings.CutPrefix(argument[length:], ":")
	if !ok {
		return nil, "it lacks a zone or a pattern; write it as in ${dateTimeZone:America/Denver:yyyy-MM-dd'T'HH:mm:ss}"
	}
	zone, err := Zone(argument[:length])
	if err != nil {
		return nil, err.Error()
	}
	p, err := Compile(pattern)
	if err != nil {
		return nil, err.Error()
	}
	return func(m Moment) string { return say(p, m, zone) }, ""
}
