package javadate

import "strings"

var (
	eraNames  = [...]string{"BC", "AD"}
	amPMNames = [...]string{"AM", "PM"}

	monthNames = [...]string{
		"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December",
	}
	weekdayNames = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
)

// zoneAbbreviation is a zone's short and long English name.
type zoneAbbreviation struct {
	short   string
	minutes int // east of UTC
	long    string
}

// zoneAbbreviations are the abbreviations read in every zone, and the long names
// that zzzz prints. Where an abbreviation has several meanings, the first row is
// the one read: the American ones, as in RFC 822 and in Java's US locale.
var zoneAbbreviations = [...]zoneAbbreviation{
	{"UTC", 0, "Coordinated Universal Time"},
	{"GMT", 0, "Greenwich Mean Time"},
	{"UT", 0, "Coordinated Universal Time"},
	{"EST", -5 * 60, "Eastern Standard Time"},
	{"EDT", -4 * 60, "Eastern Daylight Time"},
	{"CST", -6 * 60, "Central Standard Time"},
	{"CDT", -5 * 60, "Central Daylight Time"},
	{"MST", -7 * 60, "Mountain Standard Time"},
	{"MDT", -6 * 60, "Mountain Daylight Time"},
	{"PST", -8 * 60, "Pacific Standard Time"},
	{"PDT", -7 * 60, "Pacific Daylight Time"},
	{"AKST", -9 * 60, "Alaska Standard Time"},
	{"AKDT", -8 * 60, "Alaska Daylight Time"},
	{"HST", -10 * 60, "Hawaii-Aleutian Standard Time"},
	{"AST", -4 * 60, "Atlantic Standard Time"},
	{"ADT", -3 * 60, "Atlantic Daylight Time"},
	{"NST", -3*60 - 30, "Newfoundland Standard Time"},
	{"NDT", -2*60 - 30, "Newfoundland Daylight Time"},
	{"WET", 0, "Western European Standard Time"},
	{"WEST", 60, "Western European Summer Time"},
	{"BST", 60, "British Summer Time"},
	{"CET", 60, "Central European Standard Time"},
	{"CEST", 2 * 60, "Central European Summer Time"},
	{"EET", 2 * 60, "Eastern European Standard Time"},
	{"EEST", 3 * 60, "Eastern European Summer Time"},
	{"MSK", 3 * 60, "Moscow Standard Time"},
	{"SAST", 2 * 60, "South Africa Standard Time"},
	{"IST", 5*60 + 30, "India Standard Time"},
	{"IST", 2 * 60, "Israel Standard Time"},
	{"IDT", 3 * 60, "Israel Daylight Time"},
	{"IST", 60, "Irish Standard Time"},
	{"CST", 8 * 60, "China Standard Time"},
	{"HKT", 8 * 60, "Hong Kong Standard Time"},
	{"SGT", 8 * 60, "Singapore Standard Time"},
	{"JST", 9 * 60, "Japan Standard Time"},
	{"KST", 9 * 60, "Korean Standard Time"},
	{"AWST", 8 * 60, "Australian Western Standard Time"},
	{"ACST", 9*60 + 30, "Australian Central Standard Time"},
	{"ACDT", 10*60 + 30, "Australian Central Daylight Time"},
	{"AEST", 10 * 60, "Australian Eastern Standard Time"},
	{"AEDT", 11 * 60, "Australian Eastern Daylight Time"},
	{"NZST", 12 * 60, "New Zealand Standard Time"},
	{"NZDT", 13 * 60, "New Zealand Daylight Time"},
}

// offsetOfShort returns the offset in seconds that an abbreviation stands for.
func offsetOfShort(name string) (seconds int, ok bool) {
	for i := range zoneAbbreviations {
		if strings.EqualFold(zoneAbbreviations[i].short, name) {
			return zoneAbbreviations[i].minutes * 60, true
		}
	}
	return 0, false
}

// offsetOfLong returns the offset of the long zone name that text starts with,
// and the name's length, which is 0 if there is none.
func offsetOfLong(text string) (seconds, length int) {
	for i := range zoneAbbreviations {
		if z := &zoneAbbreviations[i]; hasPrefixFold(text, z.long) {
			return z.minutes * 60, len(z.long)
		}
	}
	return 0, 0
}

// longName returns the long name of the zone with that abbreviation and offset.
func longName(short string, seconds int) (string, bool) {
	for i := range zoneAbbreviations {
		if z := &zoneAbbreviations[i]; z.short == short && z.minutes*60 == seconds {
			return z.long, true
		}
	}
	return "", false
}
