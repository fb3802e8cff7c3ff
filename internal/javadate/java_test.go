package javadate_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"strconv"
	"testing"
	"time"

	"turnstone/internal/javadate"
)

const oneHour = time.Hour

// The vectors are printed by OpenJDK 17 (testdata/Vectors.java).

func TestPrintingIsWhatJavaPrints(t *testing.T) {
	for _, row := range vectors(t, "testdata/format.tsv") {
		zone, pattern, want := location(t, row[0]), compile(t, row[2]), row[3]
		at := time.UnixMilli(number(t, row[1])).In(zone)
		if got := pattern.Format(at); got != want {
			t.Errorf("Format(%s in %s) with %s =\n%v, want\n%v", row[1], row[0], row[2], got, want)
		}
	}
}

// TestReadingIsWhatJavaReads allows for the one difference: of the two instants of a
// local time that occurs twice, Java takes the later.
func TestReadingIsWhatJavaReads(t *testing.T) {
	twice := 0
	for _, row := range vectors(t, "testdata/parse.tsv") {
		p := compile(t, row[1])
		first, end, err := p.ParseSpan(row[2], location(t, row[0]))
		if err != nil {
			t.Errorf("ParseSpan in %s: %v", row[0], err)
			continue
		}
		later := end.Add(-p.Resolution())
		if first.Before(later) && p.Resolution() < oneHour {
			twice++
			first = later
		}
		if want := time.UnixMilli(number(t, row[3])).UTC(); !first.Equal(want) {
			t.Errorf("ParseSpan(%q) with %s in %s = %v, want %v", row[2], row[1], row[0], first, want)
		}
	}
	if twice == 0 {
		t.Error("no vector has a time that occurs twice")
	}
}

func vectors(t *testing.T, name string) [][]string {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(file))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, 4
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 300 {
		t.Fatalf("%s has %d vectors, want at least 300", name, len(rows))
	}
	return rows
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func compile(t testing.TB, pattern string) *javadate.Pattern {
	t.Helper()
	p, err := javadate.Compile(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := javadate.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
