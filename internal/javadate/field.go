package javadate

import (
	"slices"
	"strings"
	"time"
)

// field is what one run of pattern letters stands for.
type field uint8

const (
	literal field = iota
	era
	year
	weekYear
	month
	weekOfYear
	weekOfMonth
	dayOfYear
	day
	weekdayInMonth
	weekday
	isoWeekday
	amPM
	hour
	hourTo24
	hour12
	hourTo12
	minute
	second
	fraction
	zoneName
	zoneOffset
	isoZone
	fieldCount
)

const oneDay = 24 * time.Hour

// fieldInfo describes a field: how errors call it, which numbers it may have,
// and how long the unit is that it tells apart.
type fieldInfo struct {
	letters  string
	name     string
	min, max int
	unit     time.Duration
}

// fieldTable is indexed by field. Units that vary carry their longest length,
// so that a caller who steps back by one never steps too little. L is the
// stand-alone month, which in English is the month. The last days of the year
// 9999 belong to the first week of 10000.
var fieldTable = [fieldCount]fieldInfo{
	era:            {letters: "G", name: "era", max: 1},
	year:           {letters: "y", name: "year", min: 1, max: 9999, unit: 366 * oneDay},
	weekYear:       {letters: "Y", name: "week year", min: 1, max: 10000, unit: 371 * oneDay},
	month:          {letters: "ML", name: "month", min: 1, max: 12, unit: 31 * oneDay},
	weekOfYear:     {letters: "w", name: "week of the year", min: 1, max: 53, unit: 7 * oneDay},
	weekOfMonth:    {letters: "W", name: "week of the month", min: 1, max: 6, unit: 7 * oneDay},
	dayOfYear:      {letters: "D", name: "day of the year", min: 1, max: 366, unit: oneDay},
	day:            {letters: "d", name: "day", min: 1, max: 31, unit: oneDay},
	weekdayInMonth: {letters: "F", name: "weekday's count in the month", min: 1, max: 5, unit: 7 * oneDay},
	weekday:        {letters: "E", name: "weekday", max: 6, unit: oneDay},
	isoWeekday:     {letters: "u", name: "weekday number", min: 1, max: 7, unit: oneDay},
	amPM:           {letters: "a", name: "AM or PM", max: 1, unit: 12 * time.Hour},
	hour:           {letters: "H", name: "hour", max: 23, unit: time.Hour},
	hourTo24:       {letters: "k", name: "hour", min: 1, max: 24, unit: time.Hour},
	hour12:         {letters: "K", name: "hour", max: 11, unit: time.Hour},
	hourTo12:       {letters: "h", name: "hour", min: 1, max: 12, unit: time.Hour},
	minute:         {letters: "m", name: "minute", max: 59, unit: time.Minute},
	second:         {letters: "s", name: "second", max: 59, unit: time.Second},
	fraction:       {letters: "S", name: "fraction", max: 999, unit: time.Millisecond},
	zoneName:       {letters: "z", name: "time zone"},
	zoneOffset:     {letters: "Z", name: "time zone"},
	isoZone:        {letters: "X", name: "time zone"},
}

// fieldOf returns the field that a pattern letter stands for.
func fieldOf(letter byte) (field, bool) {
	for f := era; f < fieldCount; f++ {
		if strings.IndexByte(fieldTable[f].letters, letter) >= 0 {
			return f, true
		}
	}
	return literal, false
}

// fieldSet is a set of fields, one bit each.
type fieldSet uint32

func (s *fieldSet) add(f field)     { *s |= 1 << f }
func (s fieldSet) has(f field) bool { return s&(1<<f) != 0 }

// any reports whether s has at least one of the fields.
func (s fieldSet) any(fields ...field) bool { return slices.ContainsFunc(fields, s.has) }

// all reports whether s has every one of the fields.
func (s fieldSet) all(fields ...field) bool {
	return !slices.ContainsFunc(fields, func(f field) bool { return !s.has(f) })
}

// valueOf returns the number that f has at t, in t's location. It serves both
// directions: printing, and checking that what was read makes one date.
func valueOf(f field, t time.Time) int {
	switch {
	case f >= amPM:
		return clockValue(f, t)
	case f >= weekOfYear && f <= weekdayInMonth:
		return dayValue(f, t)
	}
	switch f {
	case era:
		if t.Year() < 1 {
			return 0
		}
		return 1
	case year:
		return yearOfEra(t.Year())
	case weekYear:
		y, _ := week(t)
		return yearOfEra(y)
	case month:
		return int(t.Month())
	case weekday:
		return int(t.Weekday())
	case isoWeekday:
		return (int(t.Weekday())+6)%7 + 1
	default:
		return 0
	}
}

// dayValue is valueOf for the fields that count days and weeks.
func dayValue(f field, t time.Time) int {
	switch f {
	case weekOfYear:
		_, w := week(t)
		return w
	case weekOfMonth:
		first := t.AddDate(0, 0, 1-t.Day())
		return (t.Day()-1+int(first.Weekday()))/7 + 1
	case dayOfYear:
		return t.YearDay()
	case day:
		return t.Day()
	default: // weekdayInMonth
		return (t.Day()-1)/7 + 1
	}
}

// clockValue is valueOf for the time of day.
func clockValue(f field, t time.Time) int {
	switch f {
	case amPM:
		return t.Hour() / 12
	case hour:
		return t.Hour()
	case hourTo24:
		return (t.Hour()+23)%24 + 1
	case hour12:
		return t.Hour() % 12
	case hourTo12:
		return (t.Hour()+11)%12 + 1
	case minute:
		return t.Minute()
	case second:
		return t.Second()
	case fraction:
		return t.Nanosecond() / int(time.Millisecond)
	default:
		return 0
	}
}

// yearOfEra turns year 0 into 1 BC, year -1 into 2 BC, and so on.
func yearOfEra(y int) int {
	if y < 1 {
		return 1 - y
	}
	return y
}

// week returns the week year and the week of t by the rule of Java's US
// locale: a week starts on Sunday, and the one holding 1 January is week 1.
func week(t time.Time) (weekYear, week int) {
	saturday := t.AddDate(0, 0, 6-int(t.Weekday()))
	return saturday.Year(), (saturday.YearDay()-1)/7 + 1
}
