// Package column says how what no database has a type of its own for stands in its
// columns: times and durations as numbers, which compare the same everywhere, and
// values as JSON. What is written reads back the same, to the microsecond. It runs no
// statements.
package column

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Never is a time that does not come. It reads back as the zero time.
const Never = math.MaxInt64

// Instant is a time as a column holds it: microseconds since the Unix epoch, 0 for
// the zero time. A number compares the same in every database, and microseconds are
// what PostgreSQL's clock has.
type Instant time.Time

// Value makes Instant an argument.
func (i Instant) Value() (driver.Value, error) {
	if time.Time(i).IsZero() {
		return int64(0), nil
	}
	return time.Time(i).UnixMicro(), nil
}

// Scan makes *Instant a destination.
func (i *Instant) Scan(src any) error {
	micros, ok := src.(int64)
	if !ok {
		return fmt.Errorf("time column holds %T", src)
	}
	if micros == 0 || micros == Never {
		*i = Instant{}
		return nil
	}
	*i = Instant(time.UnixMicro(micros).UTC())
	return nil
}

// Until returns the end of a span of time as a column holds it. The zero time is none.
func Until(t time.Time) any {
	if t.IsZero() {
		return int64(Never)
	}
	return Instant(t)
}

// Span is a duration as a column holds it: microseconds.
type Span time.Duration

// Value makes Span an argument.
func (s Span) Value() (driver.Value, error) { return time.Duration(s).Microseconds(), nil }

// Scan makes *Span a destination.
func (s *Span) Scan(src any) error {
	micros, ok := src.(int64)
	if !ok {
		return fmt.Errorf("duration column holds %T", src)
	}
	*s = Span(time.Duration(micros) * time.Microsecond)
	return nil
}

// JSON is a value kept as JSON text: an argument if V is a value, a destination if V
// is a pointer.
type JSON struct{ V any }

// Value makes JSON an argument.
func (j JSON) Value() (driver.Value, error) {
	text, err := json.Marshal(j.V)
	return string(text), err
}

// Scan makes JSON a destination.
func (j JSON) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("JSON column holds %T", src)
	}
	return json.Unmarshal([]byte(text), j.V)
}
