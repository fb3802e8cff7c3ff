package javadate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"turnstone/internal/javadate"
)

func TestBadPatternsSayWhatToWrite(t *testing.T) {
	tests := map[string]struct {
		pattern string
		offset  int
		remedy  string
	}{
		"empty":                 {"", 0, "leave the format out"},
		"blank":                 {"  ", 0, "leave the format out"},
		"unknown letter":        {"yyyy-MM-ddQ", 10, "quote text as 'Q'"},
		"unquoted T":            {"yyyy-MM-ddTHH:mm", 10, "quote text as 'T'"},
		"open quote":            {"yyyy-MM-dd'T", 10, "write a second '"},
		"open quote, then text": {"yyyy'T''HH", 4, "write a second '"},
		"four X":                {"HHXXXX", 2, "XXX"},
		"prose":                 {"10 digit integer Unix time", 4, "not a pattern letter"},
		"a sample date":         {"518862600", 0, "milliseconds"},
		"only a literal":        {"'yyyy'", 0, "milliseconds"},
		"too long":              {strings.Repeat("y", 257), 256, "shorten"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := javadate.Compile(tt.pattern)
			var bad *javadate.PatternError
			if !errors.As(err, &bad) {
				t.Fatalf("Compile(%q) = %v, want a *PatternError", tt.pattern, err)
			}
			if bad.Offset != tt.offset || bad.Pattern != tt.pattern {
				t.Errorf("Compile(%q) blames %q at %d, want offset %d", tt.pattern, bad.Pattern, bad.Offset, tt.offset)
			}
			if !strings.Contains(bad.Error(), tt.remedy) {
				t.Errorf("Compile(%q) = %v, want the words %q", tt.pattern, bad, tt.remedy)
			}
		})
	}
}

func TestAStrayQuoteAtTheEndIsIgnored(t *testing.T) {
	at := time.Date(2024, 2, 29, 12, 34, 56, 789e6, time.UTC)
	tests := map[string]string{
		"milliseconds'":                  "1709210096789",
		"yyyy-MM-dd'T'HH:mm:ss'":         "2024-02-29T12:34:56",
		"yyyy-MM-dd'T'HH:mm:ss.SSSX'":    "2024-02-29T12:34:56.789Z",
		"HH 'o''clock' '' yyyy-MM-dd'''": "12 o'clock ' 2024-02-29'",
	}
	for source, want := range tests {
		p := compile(t, source)
		if got := p.Format(at); got != want {
			t.Errorf("Format with %s = %q, want %q", source, got, want)
		}
		if got := p.String(); got != source {
			t.Errorf("String = %q, want %q", got, source)
		}
	}
}

func TestResolutionIsTheFinestUnit(t *testing.T) {
	const day = 24 * time.Hour
	tests := map[string]time.Duration{
		"milliseconds":                 time.Millisecond,
		"yyyy-MM-dd'T'HH:mm:ss.SSSSSS": time.Millisecond,
		"yyyy-MM-dd'T'HH:mm:ssXXX":     time.Second,
		"yyyy-MM-dd'T'HH:mmz":          time.Minute,
		"ss":                           time.Second,
		"yyyy-MM-dd hh a":              time.Hour,
		"yyyy-MM-dd a":                 12 * time.Hour,
		"yyyy-MM-dd":                   day,
		"yyyy-DDD":                     day,
		"YYYY-ww":                      7 * day,
		"MM/yyyy":                      31 * day,
		"yyyy":                         366 * day,
		"'nothing but a zone' XXX":     371 * day,
	}
	for source, want := range tests {
		if got := compile(t, source).Resolution(); got != want {
			t.Errorf("Resolution of %s = %v, want %v", source, got, want)
		}
	}
}

func TestPatternsWithGapsDoNotRead(t *testing.T) {
	tests := map[string]struct{ pattern, text, remedy string }{
		"no date":             {"HH:mm", "12:34", "says no year"},
		"no year":             {"MM-dd", "02-29", "says no year"},
		"week year as year":   {"YYYY-MM-dd", "2024-12-30", "write yyyy"},
		"year as week year":   {"yyyy-ww", "2024-05", "YYYY with ww"},
		"no month":            {"yyyy-dd", "2024-29", "do not make a day"},
		"week without a day":  {"yyyy-MM W", "2024-02 2", "do not make a day"},
		"weekday only":        {"yyyy-MM E", "2024-02 Tue", "do not make a day"},
		"hour without day":    {"yyyy-MM HH", "2024-02 12", "add dd"},
		"hour without a day":  {"YYYY-ww HH", "2024-05 12", "add dd"},
		"half-day hour alone": {"yyyy-MM-dd hh:mm", "2024-02-29 01:15", "write HH"},
		"minute alone":        {"yyyy-MM-dd mm", "2024-02-29 15", "add HH"},
		"AM or PM alone":      {"yyyy-MM-dd a", "2024-02-29 PM", "add HH"},
		"second, no minute":   {"yyyy-MM-dd HH ss", "2024-02-29 12 15", "add mm"},
		"fraction, no second": {"yyyy-MM-dd HH:mm.SSS", "2024-02-29 12:15.5", "add ss"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := compile(t, tt.pattern)
			if p.Readable() == nil {
				t.Fatalf("Readable of %s = nil, want an error", tt.pattern)
			}
			_, err := p.Parse(tt.text, nil)
			var bad *javadate.PatternError
			if !errors.As(err, &bad) || !strings.Contains(bad.Problem, tt.remedy) {
				t.Errorf("Parse(%q) with %s = %v, want a *PatternError with %q", tt.text, tt.pattern, err, tt.remedy)
			}
		})
	}
}
