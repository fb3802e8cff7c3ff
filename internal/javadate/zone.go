package javadate

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // Zone must know the same zones on a machine without a zone database
)

// maxOffset is the widest offset java.time accepts; real ones end at +14:00.
const maxOffset = 18 * 3600

// maxZoneName bounds what is looked up as an IANA name; the longest has 32 bytes.
const maxZoneName = 64

const zonesAccepted = "write an IANA name such as America/Denver, an offset such as -6:00, +0530 or GMT-8, " +
	"or one of UTC, GMT, EST, CST, MST, PST, HST"

// Zone returns the zone with that name: an offset ("-6:00", "+06:00", "+0530",
// "-6", "GMT-8", "UTC+5:30"), an IANA name ("America/Denver"), or one of UTC, GMT,
// EST, CST, MST, PST and HST, in any case.
//
// The American names mean what they mean to Java, and that is not uniform: PST
// and CST are Los Angeles and Chicago with daylight saving time, while EST, MST
// and HST are the fixed offsets -5, -7 and -10 all year. Where daylight saving is
// wanted there, write America/New_York or America/Denver.
//
// Other abbreviations are errors: several mean two zones (BST is Dhaka to Java
// and London to others), and Java silently reads those it does not know as GMT.
func Zone(name string) (*time.Location, error) {
	trimmed := strings.TrimSpace(name)
	if seconds, length := offsetName(trimmed); length > 0 && length == len(trimmed) {
		return fixedZone(seconds), nil
	}
	switch strings.ToUpper(trimmed) {
	case "UTC", "Z":
		return time.UTC, nil
	case "GMT":
		return fixedZone(0), nil
	case "EST":
		return time.FixedZone("EST", -5*3600), nil
	case "MST":
		return time.FixedZone("MST", -7*3600), nil
	case "HST":
		return time.FixedZone("HST", -10*3600), nil
	case "PST":
		trimmed = "America/Los_Angeles"
	case "CST":
		trimmed = "America/Chicago"
	}
	location, err := ianaZone(trimmed)
	if err != nil {
		return nil, fmt.Errorf("time zone %.40q is not known (%w); %s", name, err, zonesAccepted)
	}
	return location, nil
}

// ianaZone loads a zone by its IANA name. "Local" is refused, because the same
// configuration would mean another zone on another machine. So are abbreviations,
// of which the zone database holds some, save the four European ones.
func ianaZone(name string) (*time.Location, error) {
	switch {
	case name == "":
		return nil, errors.New("the name is empty")
	case len(name) > maxZoneName || strings.ContainsFunc(name, notInZoneName):
		return nil, errors.New("no zone has such a name")
	case strings.EqualFold(name, "Local"):
		return nil, errors.New("it differs from machine to machine")
	case len(name) < 4 && !strings.Contains("CET EET MET WET", strings.ToUpper(name)):
		return nil, errors.New("such abbreviations are ambiguous")
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil, errors.New("the zone database has no such name")
	}
	return location, nil
}

func notInZoneName(r rune) bool {
	return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/", r)
}

// offsetName reads an offset, or GMT or UTC followed by one, at the start of s.
// The length is 0 if there is none.
func offsetName(s string) (seconds, length int) {
	prefix := 0
	if hasPrefixFold(s, "GMT") || hasPrefixFold(s, "UTC") {
		prefix = len("GMT")
	}
	seconds, length = readOffset(s[prefix:])
	if length == 0 {
		return 0, 0
	}
	return seconds, prefix + length
}

// readOffset reads +H, +HH, +HHMM, +H:MM or +HH:MM at the start of s. A colon
// that two digits do not follow is left alone, as in the macro argument
// "-6:HH:mm". The length is 0 if there is no offset.
func readOffset(s string) (seconds, length int) {
	if s == "" || (s[0] != '+' && s[0] != '-') {
		return 0, 0
	}
	hours, digits := number(s[1:])
	minutes := 0
	length = 1 + digits
	switch digits {
	case 1, 2:
		if colon := s[length:]; strings.HasPrefix(colon, ":") {
			if m, n := number(colon[1:]); n == 2 {
				minutes, length = m, length+len(":00")
			}
		}
	case 4:
		hours, minutes = hours/100, hours%100
	default:
		return 0, 0
	}
	seconds = hours*3600 + minutes*60
	if minutes > 59 || seconds > maxOffset {
		return 0, 0
	}
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, length
}

// number reads the digits at the start of s. It saturates, for its callers refuse
// numbers of more than four digits anyway.
func number(s string) (v, digits int) {
	for digits < len(s) && isDigit(s[digits]) {
		v = min(v*10+int(s[digits]-'0'), 1_000_000)
		digits++
	}
	return v, digits
}

// fixedZone returns a zone named as Java names it, "GMT-08:00", for z prints it.
func fixedZone(seconds int) *time.Location {
	if seconds == 0 {
		return time.FixedZone("GMT", 0)
	}
	return time.FixedZone(string(appendOffset([]byte("GMT"), seconds, ":")), seconds)
}

// appendZoneName prints z: the zone's abbreviation, or its long name for four
// letters and more. A zone without names prints as GMT with its offset.
func appendZoneName(b []byte, t time.Time, width int) []byte {
	name, seconds := t.Zone()
	named := name != "" && isLetter(name[0])
	if named && width < 4 {
		return append(b, name...)
	}
	if long, ok := longName(name, seconds); ok {
		return append(b, long...)
	}
	if seconds == 0 {
		return append(b, "GMT"...)
	}
	return appendOffset(append(b, "GMT"...), seconds, ":")
}
