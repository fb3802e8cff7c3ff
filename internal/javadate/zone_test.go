package javadate_test

import (
	"strings"
	"testing"
	"time"

	"turnstone/internal/javadate"
)

func TestZonesMeanWhatTheyMeanToJava(t *testing.T) {
	tests := map[string]struct{ winter, summer string }{
		"UTC":            {"+00:00", "+00:00"},
		"gmt":            {"+00:00", "+00:00"},
		"PST":            {"-08:00", "-07:00"},
		"CST":            {"-06:00", "-05:00"},
		"EST":            {"-05:00", "-05:00"},
		"MST":            {"-07:00", "-07:00"},
		"HST":            {"-10:00", "-10:00"},
		"CET":            {"+01:00", "+02:00"},
		"America/Denver": {"-07:00", "-06:00"},
		"-6:00":          {"-06:00", "-06:00"},
		"+06:00":         {"+06:00", "+06:00"},
		"+0530":          {"+05:30", "+05:30"},
		"-8":             {"-08:00", "-08:00"},
		"GMT-8":          {"-08:00", "-08:00"},
		"UTC+5:30":       {"+05:30", "+05:30"},
		"GMT+0":          {"+00:00", "+00:00"},
		"Etc/GMT+5":      {"-05:00", "-05:00"},
		" Asia/Tokyo ":   {"+09:00", "+09:00"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			zone := location(t, name)
			winter := time.Date(2024, time.January, 1, 0, 0, 0, 0, zone).Format("-07:00")
			summer := time.Date(2024, time.July, 1, 0, 0, 0, 0, zone).Format("-07:00")
			if winter != tt.winter || summer != tt.summer {
				t.Errorf("Zone = %s in winter and %s in summer, want %s and %s", winter, summer, tt.winter, tt.summer)
			}
		})
	}
}

func TestUnknownZonesSayWhatIsAccepted(t *testing.T) {
	names := []string{
		"", " ", "Local", "local", "BST", "IST", "EDT", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "+19:00",
		"+6:60", "+530", "-6:00:00", "GMT+", "America/Denver\x00", strings.Repeat("A", 65), "{TimeZone}",
	}
	for _, name := range names {
		zone, err := javadate.Zone(name)
		if err == nil {
			t.Errorf("Zone(%q) = %v, want an error", name, zone)
			continue
		}
		if !strings.Contains(err.Error(), "America/Denver") {
			t.Errorf("Zone(%q) = %v, want it to name what is accepted", name, err)
		}
	}
}

// TestClockChangesAreReadWhole covers both directions on both hemispheres, the
// minutes around each change, a change of half an hour, and the day that Samoa left
// out.
func TestClockChangesAreReadWhole(t *testing.T) {
	const minute, hour, half = time.Minute, time.Hour + time.Minute, 31 * time.Minute
	tests := map[string]struct {
		zone, text, want string
		span             time.Duration
	}{
		"before the skipped hour":    {"America/New_York", "2024-03-10 01:59", "2024-03-10T06:59:00Z", minute},
		"in the skipped hour":        {"America/New_York", "2024-03-10 02:30", "2024-03-10T07:30:00Z", minute},
		"after the skipped hour":     {"America/New_York", "2024-03-10 03:00", "2024-03-10T07:00:00Z", minute},
		"before the repeated hour":   {"America/New_York", "2024-11-03 00:59", "2024-11-03T04:59:00Z", minute},
		"in the repeated hour":       {"America/New_York", "2024-11-03 01:00", "2024-11-03T05:00:00Z", hour},
		"end of the repeated hour":   {"America/New_York", "2024-11-03 01:59", "2024-11-03T05:59:00Z", hour},
		"after the repeated hour":    {"America/New_York", "2024-11-03 02:00", "2024-11-03T07:00:00Z", minute},
		"east, skipped":              {"Europe/Berlin", "2024-03-31 02:30", "2024-03-31T01:30:00Z", minute},
		"east, repeated":             {"Europe/Berlin", "2024-10-27 02:30", "2024-10-27T00:30:00Z", hour},
		"south, skipped":             {"Australia/Sydney", "2024-10-06 02:30", "2024-10-05T16:30:00Z", minute},
		"south, repeated":            {"Australia/Sydney", "2024-04-07 02:30", "2024-04-06T15:30:00Z", hour},
		"half an hour, skipped":      {"Australia/Lord_Howe", "2024-10-06 02:15", "2024-10-05T15:45:00Z", minute},
		"half an hour, repeated":     {"Australia/Lord_Howe", "2024-04-07 01:45", "2024-04-06T14:45:00Z", half},
		"midnight skipped":           {"America/Santiago", "2024-09-08 00:30", "2024-09-08T04:30:00Z", minute},
		"midnight repeated":          {"America/Havana", "2024-11-03 00:00", "2024-11-03T04:00:00Z", hour},
		"day skipped":                {"Pacific/Apia", "2011-12-30 12:00", "2011-12-30T22:00:00Z", minute},
		"day before the day skipped": {"Pacific/Apia", "2011-12-29 23:00", "2011-12-30T09:00:00Z", minute},
		"with its own zone":          {"America/New_York", "2024-11-03 01:00 -05:00", "2024-11-03T06:00:00Z", minute},
		"with an abbreviation":       {"America/New_York", "2024-11-03 01:00 EST", "2024-11-03T06:00:00Z", minute},
	}
	plain, zoned := compile(t, "yyyy-MM-dd HH:mm"), compile(t, "yyyy-MM-dd HH:mm z")
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := plain
			if strings.Count(tt.text, " ") > 1 {
				p = zoned
			}
			first, end, err := p.ParseSpan(tt.text, location(t, tt.zone))
			if err != nil {
				t.Fatal(err)
			}
			if text := first.Format(time.RFC3339); text != tt.want || end.Sub(first) != tt.span {
				t.Errorf("ParseSpan(%q) in %s = %s for %v, want %s for %v", tt.text, tt.zone, text, end.Sub(first), tt.want, tt.span)
			}
		})
	}
}

func TestADayIsAsLongAsItsClocksSay(t *testing.T) {
	tests := map[string]struct {
		text string
		want time.Duration
	}{
		"an ordinary day": {"2024-06-01", 24 * time.Hour},
		"a short day":     {"2024-03-31", 23 * time.Hour},
		"a long day":      {"2024-10-27", 25 * time.Hour},
	}
	p := compile(t, "yyyy-MM-dd")
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			first, end, err := p.ParseSpan(tt.text, location(t, "Europe/Berlin"))
			if err != nil || end.Sub(first) != tt.want {
				t.Errorf("ParseSpan(%q) = %v to %v, %v, want %v", tt.text, first, end, err, tt.want)
			}
		})
	}
}
