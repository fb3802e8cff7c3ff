package javadate_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// patternsSeen are the patterns of published configurations: those of poller
// URLs, of datesConfiguration and of the platform's own format table.
var patternsSeen = []string{
	"yyyy-MM-dd'T'HH:mm:ssXXX",
	"yyyy-MM-dd'T'HH:mm:ss'Z'",
	"milliseconds",
	"yyyy-MM-dd HH:mm:ss",
	"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
	"yyyy-MM-dd'T'HH:mm:ss.SSSZ",
	"MM/dd/yyyy HH:mm:ss",
	"EEE, dd MMM yyyy HH:mm:ss Z",
	"yyyy-MM-dd'T'HH:mm:ss",
	"yyyy-MM-dd'T'HH:mm:ss.SSS",
	"yyyy-MM-dd",
	"yyyy-MM-dd'T'HH:mmz",
	"MM/dd/yyy'T'HH:mm:ssXXX",
	"yyyy-MM-dd'T'HH:mm:ssZ",
	"yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
	"yyyy-MM-dd'T'HH:mm:ss.SSSX",
	"yyyy-MM-dd' 'HH:mm:ss",
	"yyyy-MM-dd HH:mm:ss -0800",
	"milliseconds'",
	"yyyy-MM-dd'T'HH:mm:ss'",
	"yyyy-MM-dd'T'HH:mm:ss.SSSX'",
	"MM/dd/yyyy'T'HH:mm:ssXXX",
	"MM/dd/yyyy",
	"dd/MM/yyyy'T'HH:mm:ssXXX",
	"dd/MM/yyyy",
	"yyyy/MM/dd HH:mm:ss",
	"yyyy-MM-dd'T'HH:mm:ssX",
}

// anInstant draws an instant between the years 1000 and 9999, where Java prints
// four digits, in whole units.
func anInstant(t *rapid.T, unit time.Duration) time.Time {
	first := time.Date(1000, 1, 2, 0, 0, 0, 0, time.UTC).UnixMilli()
	last := time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC).UnixMilli()
	return time.UnixMilli(rapid.Int64Range(first, last).Draw(t, "instant")).UTC().Truncate(unit)
}

func TestWhatIsPrintedInUTCReadsBack(t *testing.T) {
	for _, source := range patternsSeen {
		p := compile(t, source)
		rapid.Check(t, func(t *rapid.T) {
			want := anInstant(t, p.Resolution())
			got, err := p.Parse(p.Format(want), nil)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(want) {
				t.Fatalf("Parse(%q) with %s = %v, want %v", p.Format(want), source, got, want)
			}
		})
	}
}

// TestWhatIsPrintedInAnyZoneReadsTheSame compares texts rather than instants,
// since the hour that clocks repeat in autumn has one text for two instants.
func TestWhatIsPrintedInAnyZoneReadsTheSame(t *testing.T) {
	zones := []*time.Location{
		location(t, "America/Los_Angeles"), location(t, "Europe/Berlin"), location(t, "Australia/Sydney"),
		location(t, "Asia/Tokyo"), location(t, "GMT-8"), location(t, "EST"),
	}
	for _, source := range patternsSeen {
		p := compile(t, source)
		rapid.Check(t, func(t *rapid.T) {
			zone := rapid.SampledFrom(zones).Draw(t, "zone")
			// Offsets before standard time have seconds, which no pattern prints.
			since := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
			until := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
			want := p.Format(time.UnixMilli(rapid.Int64Range(since, until).Draw(t, "instant")).In(zone))
			read, err := p.Parse(want, zone)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Format(read.In(zone)); got != want {
				t.Fatalf("Format(Parse(%q)) with %s in %v = %q", want, source, zone, got)
			}
		})
	}
}

func TestMoreThanThreeSAreRoomAndNotPrecision(t *testing.T) {
	// The one pattern seen that does not read back: Java prints 123 ms as
	// .000123, which as a decimal fraction is 123 µs.
	p := compile(t, "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX")
	at := time.Date(2024, 2, 29, 12, 0, 0, 123e6, time.UTC)
	text := p.Format(at)
	if want := "2024-02-29T12:00:00.000123Z"; text != want {
		t.Fatalf("Format = %s, want %s", text, want)
	}
	got, err := p.Parse(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := at.Truncate(time.Second).Add(123 * time.Microsecond); !got.Equal(want) {
		t.Errorf("Parse(%q) = %v, want %v", text, got, want)
	}
}

// TestReadingKeepsOrder says what a cursor needs: a later local time in the text
// never reads as an earlier instant, apart from where the clocks go back.
func TestReadingKeepsOrder(t *testing.T) {
	p := compile(t, seedPattern)
	rapid.Check(t, func(t *rapid.T) {
		a, b := anInstant(t, time.Millisecond), anInstant(t, time.Millisecond)
		read := func(at time.Time) time.Time {
			// .NET trims trailing zeros, as the Go layout does.
			got, err := p.Parse(at.Format("2006-01-02T15:04:05.999"), nil)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		if got, want := read(a).Compare(read(b)), a.Compare(b); got != want {
			t.Fatalf("order of %v and %v = %d, want %d", a, b, got, want)
		}
	})
}

func TestEveryFieldAgreesWithItself(t *testing.T) {
	p := compile(t, "G y Y M MMMM L w W D d F E EEEE u a H k K h m s S z Z XXX")
	rapid.Check(t, func(t *rapid.T) {
		want := anInstant(t, time.Second)
		got, err := p.Parse(p.Format(want), nil)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Equal(want) {
			t.Fatalf("Parse(%q) = %v, want %v", p.Format(want), got, want)
		}
	})
}
