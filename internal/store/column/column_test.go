package column_test

import (
	"database/sql/driver"
	"testing"
	"time"

	"pgregory.net/rapid"

	"turnstone/internal/store/column"
)

// column is what a database does with a value.
type columnType interface {
	Scan(src any) error
}

// kept returns what a column holds after a value was written to it.
func kept(t rapid.TB, v driver.Valuer) driver.Value {
	t.Helper()
	held, err := v.Value()
	if err != nil {
		t.Fatal(err)
	}
	return held
}

func TestTimesReadBackToTheMicrosecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := time.UnixMicro(rapid.Int64Range(1, 1<<52).Draw(t, "micros")).UTC()
		var got column.Instant
		if err := got.Scan(kept(t, column.Instant(want.Add(999*time.Nanosecond)))); err != nil || !time.Time(got).Equal(want) {
			t.Fatalf("Scan = %v, %v, want %v", time.Time(got), err, want)
		}
		var span column.Span
		d := time.Duration(want.UnixMicro()%(1<<40)) * time.Microsecond
		if err := span.Scan(kept(t, column.Span(d))); err != nil || time.Duration(span) != d {
			t.Fatalf("Scan = %v, %v, want %v", time.Duration(span), err, d)
		}
	})
}

func TestNoTimeAndATimeThatNeverComesReadBackAsNone(t *testing.T) {
	for name, held := range map[string]driver.Value{"none": kept(t, column.Instant{}), "never": int64(column.Never)} {
		got := column.Instant(time.Now())
		if err := got.Scan(held); err != nil || !time.Time(got).IsZero() {
			t.Errorf("%s: Scan = %v, %v, want no time", name, time.Time(got), err)
		}
	}
}

func TestAValueReadsBackFromItsJSON(t *testing.T) {
	want := map[string]int{"a": 1}
	var got map[string]int
	if err := (column.JSON{V: &got}).Scan(kept(t, column.JSON{V: want})); err != nil || got["a"] != 1 {
		t.Errorf("Scan = %v, %v, want %v", got, err, want)
	}
}

func TestAColumnOfAnotherTypeIsRefused(t *testing.T) {
	for name, c := range map[string]columnType{"Instant": new(column.Instant), "Span": new(column.Span), "JSON": column.JSON{V: new(int)}} {
		if err := c.Scan([]byte("1")); err == nil {
			t.Errorf("%s: Scan of bytes = nil, want an error", name)
		}
	}
}
