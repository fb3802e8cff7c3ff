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

// TestClockChangesTakeTheLaterInstant covers both directions on both
// hemispheres, the minutes around each change, a change of half an hour, and
// the day that Samoa left out.
func TestClockChangesTakeTheLaterInstant(t *testing.T) {
	tests := map[string]struct{ zone, text, want string }{
		"before the skipped hour":    {"America/New_York", "2024-03-10 01:59", "2024-03-10T06:59:00Z"},
		"in the skipped hour":        {"America/New_York", "2024-03-10 02:30", "2024-03-10T07:30:00Z"},
		"after the skipped hour":     {"America/New_York", "2024-03-10 03:00", "2024-03-10T07:00:00Z"},
		"before the repeated hour":   {"America/New_York", "2024-11-03 00:59", "2024-11-03T04:59:00Z"},
		"in the repeated hour":       {"America/New_York", "2024-11-03 01:00", "2024-11-03T06:00:00Z"},
		"end of the repeated hour":   {"America/New_York", "2024-11-03 01:59", "2024-11-03T06:59:00Z"},
		"after the repeated hour":    {"America/New_York", "2024-11-03 02:00", "2024-11-03T07:00:00Z"},
		"east, skipped":              {"Europe/Berlin", "2024-03-31 02:30", "2024-03-31T01:30:00Z"},
		"east, repeated":             {"Europe/Berlin", "2024-10-27 02:30", "2024-10-27T01:30:00Z"},
		"south, skipped":             {"Australia/Sydney", "2024-10-06 02:30", "2024-10-05T16:30:00Z"},
		"south, repeated":            {"Australia/Sydney", "2024-04-07 02:30", "2024-04-06T16:30:00Z"},
		"half an hour, skipped":      {"Australia/Lord_Howe", "2024-10-06 02:15", "2024-10-05T15:45:00Z"},
		"half an hour, repeated":     {"Australia/Lord_Howe", "2024-04-07 01:45", "2024-04-06T15:15:00Z"},
		"midnight skipped":           {"America/Santiago", "2024-09-08 00:30", "2024-09-08T04:30:00Z"},
		"day skipped":                {"Pacific/Apia", "2011-12-30 12:00", "2011-12-30T22:00:00Z"},
		"day before the day skipped": {"Pacific/Apia", "2011-12-29 23:00", "2011-12-30T09:00:00Z"},
	}
	p := compile(t, "yyyy-MM-dd HH:mm")
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := p.Parse(tt.text, location(t, tt.zone))
			if err != nil {
				t.Fatal(err)
			}
			if text := got.Format(time.RFC3339); text != tt.want {
				t.Errorf("Parse(%q) in %s = %s, want %s", tt.text, tt.zone, text, tt.want)
			}
		})
	}
}
