package javadate

import (
	"strconv"
	"time"
)

// Format returns t in the pattern, in t's own location, exactly as Java prints
// it. Some of that surprises: S is the number of milliseconds and not a
// fraction (7 ms print as 7 for S and as 000007 for SSSSSS), X drops the minutes
// of an offset, X to XXX print Z for UTC, and yyy pads to three digits while yy
// cuts to two.
func (p *Pattern) Format(t time.Time) string {
	if p.epoch {
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	b := make([]byte, 0, 64)
	for i := range p.elements {
		b = p.elements[i].appendTo(b, t)
	}
	return string(b)
}

func (e *element) appendTo(b []byte, t time.Time) []byte {
	switch e.field {
	case literal:
		return append(b, e.text...)
	case era:
		return append(b, eraNames[valueOf(era, t)]...)
	case amPM:
		return append(b, amPMNames[valueOf(amPM, t)]...)
	case weekday:
		return append(b, e.cut(t.Weekday().String())...)
	case zoneName:
		return appendZoneName(b, t, e.width)
	case zoneOffset, isoZone:
		return e.appendOffset(b, t)
	default:
		return e.appendNumber(append(b, e.text...), t)
	}
}

// appendNumber prints a field that is a number, or a month that may be a name.
func (e *element) appendNumber(b []byte, t time.Time) []byte {
	v, width := valueOf(e.field, t), e.width
	switch {
	case e.field == month && width >= 3:
		return append(b, e.cut(t.Month().String())...)
	case (e.field == year || e.field == weekYear) && width == 2:
		v %= 100
	}
	return appendPadded(b, v, width)
}

// cut shortens a name to three letters unless the pattern asks for the whole.
func (e *element) cut(name string) string {
	if e.width < 4 {
		return name[:3]
	}
	return name
}

// appendOffset prints the offset for Z (+0100) and X (Z, +01, +0100, +01:00).
func (e *element) appendOffset(b []byte, t time.Time) []byte {
	_, seconds := t.Zone()
	switch {
	case e.field == zoneOffset:
		return appendOffset(b, seconds, "")
	case seconds == 0:
		return append(b, 'Z')
	case e.width == 3:
		return appendOffset(b, seconds, ":")
	}
	n := len(b)
	b = appendOffset(b, seconds, "")
	if e.width == 1 {
		return b[:n+len("+01")]
	}
	return b
}

// appendOffset prints an offset as sign, hours, separator and minutes.
func appendOffset(b []byte, seconds int, separator string) []byte {
	sign := byte('+')
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	b = appendPadded(append(b, sign), seconds/3600, 2)
	return appendPadded(append(b, separator...), seconds/60%60, 2)
}

func appendPadded(b []byte, v, width int) []byte {
	digits := 1
	for rest := v / 10; rest > 0; rest /= 10 {
		digits++
	}
	for ; digits < width; digits++ {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, int64(v), 10)
}
