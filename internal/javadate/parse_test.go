package javadate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"turnstone/internal/javadate"
)

// seedPattern is the one that the Concur configuration has for its records.
const seedPattern = "yyyy-MM-dd'T'HH:mm:ss.SSS"

// reading is a text, a pattern, and the instant in RFC 3339.
type reading struct{ pattern, text, want string }

// checkReadings parses every reading with New York as the poller's zone, so that
// a zone in the text shows.
func checkReadings(t *testing.T, tests map[string]reading) {
	t.Helper()
	newYork := location(t, "America/New_York")
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := compile(t, tt.pattern).Parse(tt.text, newYork)
			if err != nil {
				t.Fatal(err)
			}
			if text := got.Format(time.RFC3339Nano); text != tt.want {
				t.Errorf("Parse(%q) with %s = %s, want %s", tt.text, tt.pattern, text, tt.want)
			}
		})
	}
}

func TestFractionsAreDecimal(t *testing.T) {
	checkReadings(t, map[string]reading{
		"three digits":         {seedPattern, "2013-09-02T19:05:57.687", "2013-09-02T23:05:57.687Z"},
		"two digits":           {seedPattern, "2013-09-02T19:46:01.57", "2013-09-02T23:46:01.57Z"},
		"one digit":            {seedPattern, "2013-09-02T19:46:23.7", "2013-09-02T23:46:23.7Z"},
		"none after the point": {seedPattern, "2013-09-02T19:46:23.", "2013-09-02T23:46:23Z"},
		"no point":             {seedPattern, "2013-09-02T00:00:00", "2013-09-02T04:00:00Z"},
		"seven digits":         {seedPattern, "2013-09-02T19:46:23.1234567", "2013-09-02T23:46:23.1234567Z"},
		"nine digits":          {seedPattern, "2013-09-02T19:46:23.123456789", "2013-09-02T23:46:23.123456789Z"},
		"six S":                {"yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", "2020-08-14T23:07:02.000739Z", "2020-08-14T23:07:02.000739Z"},
		"no point but a zone":  {"yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2021-08-23T17:50:19+0000", "2021-08-23T17:50:19Z"},
		"no point but quoted":  {"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "2021-08-23T17:50:19Z", "2021-08-23T21:50:19Z"},
		"comma":                {"HH:mm:ss,SSS yyyy-MM-dd", "19:46:23,5 2013-09-02", "2013-09-02T23:46:23.5Z"},
		"without a separator":  {"yyyyMMddHHmmssSSS", "201309021946235", "2013-09-02T23:46:23.5Z"},
		"before more digits":   {"HHmmssSSSyyyyMMdd", "19462350020130902", "2013-09-02T23:46:23.5Z"},
		"none in the pattern":  {"yyyy-MM-dd HH:mm:ss", "2020-10-29 18:28:11.25", "2020-10-29T22:28:11.25Z"},
		"none before quoted Z": {"yyyy-MM-dd'T'HH:mm:ss'Z'", "2020-10-29T18:28:11.25Z", "2020-10-29T22:28:11.25Z"},
	})
}

func TestAZoneInTheTextWins(t *testing.T) {
	checkReadings(t, map[string]reading{
		"none":                   {"yyyy-MM-dd HH:mm", "2024-02-29 12:00", "2024-02-29T17:00:00Z"},
		"Z":                      {"yyyy-MM-dd HH:mm", "2024-02-29 12:00Z", "2024-02-29T12:00:00Z"},
		"Z behind a date":        {"yyyy-MM-dd", "2024-02-29Z", "2024-02-29T00:00:00Z"},
		"offset":                 {seedPattern, "2024-02-29T12:00:00.5+02:00", "2024-02-29T10:00:00.5Z"},
		"offset after a blank":   {"yyyy-MM-dd HH:mm", "2024-02-29 12:00 -0800", "2024-02-29T20:00:00Z"},
		"quoted Z says nothing":  {"yyyy-MM-dd'T'HH:mm'Z'", "2024-02-29T12:00Z", "2024-02-29T17:00:00Z"},
		"literal offset neither": {"yyyy-MM-dd HH:mm:ss -0800", "2024-02-29 12:00:00 -0800", "2024-02-29T17:00:00Z"},
	})
}

func TestEveryZoneLetterReadsEverySpelling(t *testing.T) {
	spellings := map[string]string{
		"Z": "12:00", "UTC": "12:00", "GMT": "12:00", "+00:00": "12:00", "-0000": "12:00",
		"+01": "11:00", "+1": "11:00", "+0100": "11:00", "+01:00": "11:00", "+1:00": "11:00", "GMT+1": "11:00",
		"UTC+01:00": "11:00", "CET": "11:00", "cest": "10:00", "-03:30": "15:30", "EDT": "16:00", "MST": "19:00",
		"Pacific Daylight Time": "19:00",
	}
	for _, letter := range []string{"z", "zzzz", "Z", "X", "XX", "XXX"} {
		for spelling, want := range spellings {
			got, err := compile(t, "yyyy-MM-dd HH:mm "+letter).Parse("2024-02-29 12:00 "+spelling, nil)
			if err != nil {
				t.Error(err)
				continue
			}
			if clock := got.Format("15:04"); clock != want {
				t.Errorf("Parse of %s with %s = %s, want %s", spelling, letter, clock, want)
			}
		}
	}
}

func TestAnAbbreviationFirstMeansThePollersZone(t *testing.T) {
	p := compile(t, "yyyy-MM-dd HH:mm z")
	tests := map[string]struct{ zone, want string }{
		"China":   {"Asia/Shanghai", "04:00"},
		"America": {"America/Denver", "18:00"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := p.Parse("2024-02-29 12:00 CST", location(t, tt.zone))
			if err != nil {
				t.Fatal(err)
			}
			if clock := got.Format("15:04"); clock != tt.want {
				t.Errorf("Parse = %s, want %s", clock, tt.want)
			}
		})
	}
}

func TestTwoDigitYearsHaveAFixedWindow(t *testing.T) {
	checkReadings(t, map[string]reading{
		"first":       {"yy-MM-dd'Z'", "70-01-01Z", "1970-01-01T05:00:00Z"},
		"last":        {"yy-MM-dd", "69-12-31", "2069-12-31T05:00:00Z"},
		"one letter":  {"y-MM-dd", "05-01-01", "2005-01-01T05:00:00Z"},
		"four digits": {"yy-MM-dd", "1905-01-01", "1905-01-01T05:00:00Z"},
		"compact":     {"yyMMdd", "990101", "1999-01-01T05:00:00Z"},
		"three y":     {"MM/dd/yyy'T'HH:mm:ssXXX", "02/29/2024T12:00:00Z", "2024-02-29T12:00:00Z"},
		"padded":      {"yyyyyyyyyyyy-M-d", "000000002024-2-29", "2024-02-29T05:00:00Z"},
		"y, compact":  {"yMMdd", "20240229", "2024-02-29T05:00:00Z"},
	})
}

func TestMillisecondsAreNumbers(t *testing.T) {
	checkReadings(t, map[string]reading{
		"integer":         {"milliseconds", "1709210096123", "2024-02-29T12:34:56.123Z"},
		"any case":        {"MilliSeconds", "1709210096123", "2024-02-29T12:34:56.123Z"},
		"blanks":          {"milliseconds", " 1709210096123\n", "2024-02-29T12:34:56.123Z"},
		"zero":            {"milliseconds", "0", "1970-01-01T00:00:00Z"},
		"before 1970":     {"milliseconds", "-1", "1969-12-31T23:59:59.999Z"},
		"point zero":      {"milliseconds", "1709210096123.0", "2024-02-29T12:34:56.123Z"},
		"microseconds":    {"milliseconds", "1709210096123.456", "2024-02-29T12:34:56.123456Z"},
		"exponent":        {"milliseconds", "1.709210096123E+12", "2024-02-29T12:34:56.123Z"},
		"rounded down":    {"milliseconds", "-0.0000001", "1969-12-31T23:59:59.999999999Z"},
		"small exponents": {"milliseconds", "17092100961230e-1", "2024-02-29T12:34:56.123Z"},
	})
}

func TestUnreadableTextsAreErrors(t *testing.T) {
	const day, stamp = "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss"
	tests := map[string]struct {
		pattern, text string
		offset        int
		problem       string
	}{
		"empty":               {day, "", 0, "expected digits for the year"},
		"no such day":         {day, "2024-02-31", 10, "no such date"},
		"no leap year":        {"yyyy-DDD", "2023-366", 8, "no such date"},
		"no such week":        {"YYYY-ww", "2024-53", 7, "no such date"},
		"fifth Monday":        {"yyyy-MM F E", "2024-02 5 Mon", 13, "no such date"},
		"month 13":            {day, "2024-13-01", 5, "month 13 is outside of 1 to 12"},
		"day 0":               {day, "2024-01-00", 8, "outside of 1 to 31"},
		"hour 24":             {stamp, "2024-01-01T24:00:00", 11, "outside of 0 to 23"},
		"leap second":         {stamp, "2024-01-01T23:59:60", 17, "outside of 0 to 59"},
		"wrong weekday":       {"EEE, " + day, "Mon, 2024-01-02", 15, "weekday does not fit Tuesday 2024-01-02"},
		"wrong half":          {day + " HH a", "2024-01-02 13 AM", 16, "AM or PM does not fit"},
		"wrong week year":     {"yyyy-MM-dd YYYY", "2024-12-30 2024", 15, "no such date"},
		"two years":           {"yyyy yyyy", "2023 2024", 9, "contradicts the first"},
		"two zones":           {day + "X Z", "2024-01-02Z +0100", 12, "contradicts the first"},
		"zone and its name":   {day + "X z", "2024-01-02Z EST", 15, "contradicts the first"},
		"short year":          {day, "24-01-02", 0, "two if the pattern says yy"},
		"three-digit year":    {"yy-MM-dd", "124-01-02", 0, "the year has 3 digits"},
		"year 0":              {day, "0000-01-02", 0, "outside of 1 to 9999"},
		"five-digit year":     {day, "12024-01-02", 0, "outside of 1 to 9999"},
		"negative year":       {day, "-2024-01-02", 0, "expected digits"},
		"BC":                  {day + " G", "2024-01-02 BC", 13, "before Christ"},
		"past 9999 in UTC":    {stamp + "X", "9999-12-31T23:00:00-02", 22, "outside of 1 to 9999"},
		"before 1 in UTC":     {stamp + "X", "0001-01-01T00:00:00+02", 22, "outside of 1 to 9999"},
		"endless digits":      {day, strings.Repeat("9", 400), 0, "outside"},
		"time behind a date":  {day, "2024-01-02T10:00:00", 10, "follows the date"},
		"word behind":         {day, "2024-01-02 or so", 10, "follows the date"},
		"day behind a month":  {"yyyy-MM", "2024-01-05", 7, "follows the date"},
		"second zone behind":  {stamp + "X", "2024-01-02T10:00:00ZZ", 19, "is not known"},
		"wrong separator":     {stamp, "2024-01-02 10:00:00", 10, `expected "T"`},
		"offset for quoted Z": {stamp + "'Z'", "2024-01-02T10:00:00+00:00", 19, `expected "Z"`},
		"unknown zone":        {day + " z", "2024-01-02 XYZ", 11, "not known"},
		"no zone":             {day + "X", "2024-01-02", 10, "expected a time zone"},
		"offset too wide":     {day + "X", "2024-01-02+19:00", 10, "expected a time zone"},
		"minutes too many":    {day + "X", "2024-01-02+01:60", 10, "expected a time zone"},
		"month by number":     {"d MMM yyyy", "2 1 2024", 2, "English name"},
		"month in German":     {"d MMM yyyy", "2 Mai 2024", 2, "English name"},
		"weekday by number":   {"E " + day, "2 2024-01-02", 0, "English name"},
		"too few digits":      {"yyyyMMdd", "2024012", 7, "expected 2 digits for the day"},
		"ten fraction digits": {seedPattern, "2024-01-02T10:00:00.1234567890", 29, "more than nine"},
		"no fraction digits":  {"yyyyMMddHHmmssSSS", "20240102100000", 14, "expected digits for the fraction"},
		"fraction twice":      {"yyyy-MM-dd HH:mm:ss.SSS S", "2024-01-02 10:00:00.5 5", 22, "twice"},
		"ms: empty":           {"milliseconds", "", 0, "1700000000000"},
		"ms: a date":          {"milliseconds", "2024-01-02", 0, "1700000000000"},
		"ms: plus":            {"milliseconds", "+1", 0, "1700000000000"},
		"ms: bare point":      {"milliseconds", "1.", 0, "1700000000000"},
		"ms: fraction":        {"milliseconds", "1/3", 0, "1700000000000"},
		"ms: hexadecimal":     {"milliseconds", "0x10", 0, "1700000000000"},
		"ms: underscore":      {"milliseconds", "1_000", 0, "1700000000000"},
		"ms: huge exponent":   {"milliseconds", "1e999999999", 0, "1700000000000"},
		"ms: past 9999":       {"milliseconds", "253402300800000", 0, "outside of 1 to 9999"},
		"ms: would wrap":      {"milliseconds", "9223371966579724800e3", 0, "outside of 1 to 9999"},
		"ms: far past 9999":   {"milliseconds", "1e30", 0, "outside of 1 to 9999"},
		"ms: long":            {"milliseconds", strings.Repeat("1", 41), 0, "1700000000000"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := compile(t, tt.pattern).Parse(tt.text, nil)
			var bad *javadate.ParseError
			if !errors.As(err, &bad) {
				t.Fatalf("Parse(%q) with %s = %v, %v, want a *ParseError", tt.text, tt.pattern, got, err)
			}
			if !strings.Contains(bad.Problem, tt.problem) {
				t.Errorf("Parse(%q) with %s = %v, want the words %q", tt.text, tt.pattern, bad, tt.problem)
			}
			if bad.Offset != tt.offset || bad.Text != tt.text || bad.Pattern != tt.pattern {
				t.Errorf("Parse(%q) blames offset %d, want %d", tt.text, bad.Offset, tt.offset)
			}
		})
	}
}

func TestParsingAllocatesNothing(t *testing.T) {
	p, zone := compile(t, seedPattern), location(t, "America/Denver")
	allocations := testing.AllocsPerRun(100, func() {
		if _, err := p.Parse("2013-09-02T19:46:01.57", zone); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 0 {
		t.Errorf("Parse makes %v allocations, want 0", allocations)
	}
}

func BenchmarkParse(b *testing.B) {
	p, err := javadate.Compile(seedPattern)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Parse("2013-09-02T19:46:01.57", nil); err != nil {
			b.Fatal(err)
		}
	}
}
