package javadate_test

import (
	"testing"
	"time"
)

func TestYearsBeforeOneArePrintedByEra(t *testing.T) {
	p := compile(t, "G yyyy YYYY")
	tests := map[string]int{"BC 0001 0001": 0, "BC 0044 0044": -43, "AD 0001 0001": 1, "AD 12024 12024": 12024}
	for want, year := range tests {
		if got := p.Format(time.Date(year, time.June, 1, 0, 0, 0, 0, time.UTC)); got != want {
			t.Errorf("Format of year %d = %q, want %q", year, got, want)
		}
	}
}

func TestZonesWithoutANamePrintAsOffsets(t *testing.T) {
	p := compile(t, "z|zzzz|Z|X|XXX")
	tests := map[string]struct {
		zone *time.Location
		want string
	}{
		"no name":         {time.FixedZone("", 5*3600+45*60), "GMT+05:45|GMT+05:45|+0545|+05|+05:45"},
		"numeric name":    {location(t, "America/Sao_Paulo"), "GMT-03:00|GMT-03:00|-0300|-03|-03:00"},
		"no name at zero": {time.FixedZone("", 0), "GMT|GMT|+0000|Z|Z"},
		"GMT":             {location(t, "GMT"), "GMT|Greenwich Mean Time|+0000|Z|Z"},
		"two meanings":    {location(t, "Asia/Shanghai"), "CST|China Standard Time|+0800|+08|+08:00"},
		"summer time":     {location(t, "Europe/London"), "BST|British Summer Time|+0100|+01|+01:00"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			at := time.Date(2024, time.July, 1, 12, 0, 0, 0, time.UTC).In(tt.zone)
			if got := p.Format(at); got != tt.want {
				t.Errorf("Format = %s, want %s", got, tt.want)
			}
		})
	}
}
