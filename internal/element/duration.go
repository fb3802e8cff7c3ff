package element

import (
	"fmt"
	"strings"
	"time"
)

// Duration is a length of time, written as 90s, 5m or 1h30m.
type Duration time.Duration

// maxDuration is far beyond every use, and leaves room for arithmetic.
const maxDuration = 10 * 365 * 24 * time.Hour

// UnmarshalText reads a length of time. Its error says how to write one.
func (d *Duration) UnmarshalText(text []byte) error {
	length, err := time.ParseDuration(string(text))
	if err != nil || length < 0 || length > maxDuration {
		return fmt.Errorf("%q is no length of time; write it like 90s, 5m or 1h30m", text)
	}
	*d = Duration(length)
	return nil
}

// Pattern is the regular expression that the text of a Duration fits.
func (Duration) Pattern() string { return `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$` }

// String returns d in the form the format has, without parts that are zero.
func (d Duration) String() string {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
