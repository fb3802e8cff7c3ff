package store

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"turnstone"
)

// absent reports whether err only says that there is no such row.
func absent(err error) bool { return errors.Is(err, turnstone.ErrNotFound) }

// never is the time at which a destination with nothing to do is due.
const never = math.MaxInt64

// instant is a time as a column holds it: microseconds since the Unix epoch, 0 for
// the zero time. A number compares the same in every database, and microseconds are
// what PostgreSQL's clock has.
type instant time.Time

// Value makes instant an argument.
func (i instant) Value() (driver.Value, error) {
	if time.Time(i).IsZero() {
		return int64(0), nil
	}
	return time.Time(i).UnixMicro(), nil
}

// Scan makes *instant a destination.
func (i *instant) Scan(src any) error {
	micros, ok := src.(int64)
	if !ok {
		return fmt.Errorf("time column holds %T", src)
	}
	if micros == 0 || micros == never {
		*i = instant{}
		return nil
	}
	*i = instant(time.UnixMicro(micros).UTC())
	return nil
}

// span is a duration as a column holds it: microseconds.
type span time.Duration

// Value makes span an argument.
func (s span) Value() (driver.Value, error) { return time.Duration(s).Microseconds(), nil }

// Scan makes *span a destination.
func (s *span) Scan(src any) error {
	micros, ok := src.(int64)
	if !ok {
		return fmt.Errorf("duration column holds %T", src)
	}
	*s = span(time.Duration(micros) * time.Microsecond)
	return nil
}

// jsonText is a value kept as JSON text: an argument if v is a value, a
// destination if v is a pointer.
type jsonText struct{ v any }

// Value makes jsonText an argument.
func (j jsonText) Value() (driver.Value, error) {
	text, err := json.Marshal(j.v)
	return string(text), err
}

// Scan makes jsonText a destination.
func (j jsonText) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("JSON column holds %T", src)
	}
	return json.Unmarshal([]byte(text), j.v)
}
