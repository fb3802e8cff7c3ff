package javadate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"turnstone/internal/javadate"
)

// moment is a window of fifteen minutes across a leap day's end in the east.
func moment(zone *time.Location) javadate.Moment {
	since := time.Date(2024, time.February, 29, 23, 45, 30, 123_456_789, time.UTC)
	return javadate.Moment{Since: since, Now: since.Add(15 * time.Minute), Zone: zone}
}

func TestMacrosExpand(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"the seed's URL": {
			"/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd'T'HH:mm:ss.SSS}'",
			"/hubs/expense/reports?where=modifiedDateAfter='2024-03-01T00:45:30.123'",
		},
		"gmtDate":               {"${gmtDate:yyyy-MM-dd'T'HH:mm:ssXXX}", "2024-02-29T23:45:30Z"},
		"gmtDate prints GMT":    {"${gmtDate:yyyy-MM-dd'T'HH:mmz}", "2024-02-29T23:45GMT"},
		"names in any case":     {"${GMTDATE:yyyy}${Date:yyyy}${EPOCH:S}", "202420241709250330"},
		"bare date":             {"${date}", "1709250330123"},
		"milliseconds":          {"${milliseconds}", "1709250330123"},
		"date:milliseconds":     {"${date:milliseconds}", "1709250330123"},
		"epoch":                 {"${epoch}", "1709250330123"},
		"epoch:ms":              {"${epoch:ms}", "1709250330123"},
		"epoch:s":               {"${epoch:s}", "1709250330"},
		"epoch:us":              {"${epoch:us}", "1709250330123456"},
		"epoch:0":               {"/clients/startingFrom=${epoch:0}", "/clients/startingFrom=0"},
		"zone by abbreviation":  {"${DateTimeZone:PST:MM/dd/yyyy HH:mm:ss}", "02/29/2024 15:45:30"},
		"zone by offset":        {"${dateTimeZone:-6:00:HH:mm}", "17:45"},
		"zone by short offset":  {"${dateTimeZone:-6:HH:mm}", "17:45"},
		"zone by GMT offset":    {"${dateTimeZone:GMT+5:30:HH:mm}", "05:15"},
		"zone by GMT and hours": {"${dateTimeZone:GMT+5:HH:mm}", "04:45"},
		"zone by name":          {"${dateTimeZone:America/Denver:yyyy-MM-dd HH:mm z}", "2024-02-29 16:45 MST"},
		"now":                   {"to=${nowTimeZone:GMT:yyyy-MM-dd'T'HH:mm:ss}", "to=2024-03-01T00:00:30"},
		"two":                   {"from=${date:HH:mm}&to=${nowTimeZone:UTC:HH:mm};", "from=00:45&to=00:00;"},
		"text":                  {"a $ b {calendarId} $$ } {", "a $ b {calendarId} $$ } {"},
		"dollar before":         {"$${epoch:0}", "$0"},
		"empty":                 {"", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := javadate.Expand(tt.text, moment(time.FixedZone("", 3600)))
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("Expand(%q) = %q, want %q", tt.text, got, tt.want)
			}
			if err := javadate.CheckMacros(tt.text); err != nil {
				t.Errorf("CheckMacros(%q) = %v, want nil", tt.text, err)
			}
		})
	}
}

func TestDatesAreInUTCWithoutAZone(t *testing.T) {
	m := moment(nil)
	m.Since = m.Since.In(time.FixedZone("", 7*3600))
	got, err := javadate.Expand("${date:yyyy-MM-dd'T'HH:mm:ssXXX}", m)
	if err != nil {
		t.Fatal(err)
	}
	if want := "2024-02-29T23:45:30Z"; got != want {
		t.Errorf("Expand = %s, want %s", got, want)
	}
}

func TestWrongMacrosSayWhatToWrite(t *testing.T) {
	tests := map[string]struct{ text, macro, remedy string }{
		"unknown":             {"a=${now}", "${now}", "${gmtDate:PATTERN}"},
		"empty":               {"a=${}", "${}", "${gmtDate:PATTERN}"},
		"a number":            {"${518862600}", "${518862600}", "there is no such macro"},
		"a pattern":           {"${yyyy-MM-dd'T'HH:mm:ss'Z'}", "${yyyy-MM-dd'T'HH:mm:ss'Z'}", "write ${gmtDate:yyyy-MM-dd'T'HH:mm:ss'Z'}"},
		"prose":               {"${date:10 digit integer Unix time}", "${date:10 digit integer Unix time}", "not a pattern letter"},
		"no pattern":          {"${date:}", "${date:}", "empty"},
		"gmtDate alone":       {"${gmtDate}", "${gmtDate}", "${gmtDate:PATTERN}"},
		"unit":                {"${epoch:ns}", "${epoch:ns}", "${epoch:us}"},
		"no unit":             {"${epoch:}", "${epoch:}", "${epoch:us}"},
		"milliseconds:ms":     {"${milliseconds:ms}", "${milliseconds:ms}", "${milliseconds}"},
		"unknown zone":        {"${dateTimeZone:BST:yyyy}", "${dateTimeZone:BST:yyyy}", "America/Denver"},
		"zone placeholder":    {"${dateTimeZone:{TimeZone}:yyyy}", "${dateTimeZone:{TimeZone}", "do not nest"},
		"zone only":           {"${dateTimeZone:-6:00}", "${dateTimeZone:-6:00}", "lacks a zone or a pattern"},
		"pattern only":        {"${nowTimeZone:yyyy}", "${nowTimeZone:yyyy}", "lacks a zone or a pattern"},
		"no zone":             {"${nowTimeZone::yyyy}", "${nowTimeZone::yyyy}", "the name is empty"},
		"bad pattern in zone": {"${nowTimeZone:GMT:q}", "${nowTimeZone:GMT:q}", "not a pattern letter"},
		"never closed":        {"a=${date:yyyy", "${date:yyyy", "write a } after it"},
		"nested":              {"${date:${epoch}}", "${date:${epoch}", "do not nest"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := javadate.Expand(tt.text, moment(nil))
			var bad *javadate.MacroError
			if !errors.As(err, &bad) {
				t.Fatalf("Expand(%q) = %q, %v, want a *MacroError", tt.text, got, err)
			}
			if bad.Macro != tt.macro || bad.Offset != strings.Index(tt.text, "${") {
				t.Errorf("Expand(%q) blames %s at %d, want %s", tt.text, bad.Macro, bad.Offset, tt.macro)
			}
			if !strings.Contains(bad.Error(), tt.remedy) {
				t.Errorf("Expand(%q) = %v, want the words %q", tt.text, bad, tt.remedy)
			}
		})
	}
}

func TestCheckingReportsEveryWrongMacro(t *testing.T) {
	err := javadate.CheckMacros("a=${now}&b=${date}&c=${epoch:x}&d=${date:yyyy")
	if err == nil {
		t.Fatal("CheckMacros = nil, want an error")
	}
	for _, macro := range []string{`"${now}", offset 2`, `"${epoch:x}", offset 21`, `"${date:yyyy", offset 34`} {
		if !strings.Contains(err.Error(), macro) {
			t.Errorf("CheckMacros = %v, want it to name %s", err, macro)
		}
	}
	if strings.Contains(err.Error(), `"${date}"`) {
		t.Errorf("CheckMacros = %v, want it to leave ${date} alone", err)
	}
}
