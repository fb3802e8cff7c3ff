package javadate

import (
	"fmt"
	"time"
)

// dateLayout says which fields of a pattern make the date. The others only have
// to agree with them.
type dateLayout uint8

const (
	byDay            dateLayout = iota // yyyy MM dd
	byDayOfYear                        // yyyy DDD
	byWeekOfYear                       // YYYY ww E; the Sunday without E
	byWeekOfMonth                      // yyyy MM W E
	byWeekdayInMonth                   // yyyy MM F E
	byMonth                            // yyyy MM: its first day
	byYear                             // yyyy: 1 January
)

// layoutTable lists the fields that each layout needs, the surest first.
var layoutTable = [...]struct {
	layout dateLayout
	needs  []field
}{
	{byDay, []field{year, month, day}},
	{byDayOfYear, []field{year, dayOfYear}},
	{byWeekOfYear, []field{weekYear, weekOfYear}},
	{byWeekOfMonth, []field{year, month, weekOfMonth, weekday}},
	{byWeekdayInMonth, []field{year, month, weekdayInMonth, weekday}},
	{byMonth, []field{year, month}},
	{byYear, []field{year}},
}

// layoutOf chooses the layout for a pattern's fields. The problem is empty if
// the fields determine an instant without a gap.
func layoutOf(fields fieldSet) (layout dateLayout, problem string) {
	if fields.has(isoWeekday) {
		fields.add(weekday) // either will do
	}
	layout, problem = dateLayoutOf(fields)
	if problem != "" {
		return layout, problem
	}
	toTheDay := layout < byMonth && (layout != byWeekOfYear || fields.has(weekday))
	if !toTheDay && fields.any(amPM, hour, hourTo24, hour12, hourTo12, minute, second, fraction) {
		return layout, "it has a time of day but no day; add dd"
	}
	return layout, clockProblem(fields)
}

func dateLayoutOf(fields fieldSet) (layout dateLayout, problem string) {
	partOfDay := fields.any(day, weekOfYear, weekOfMonth, weekdayInMonth, weekday)
	for _, row := range layoutTable {
		if fields.all(row.needs...) && (row.layout < byMonth || !partOfDay) {
			return row.layout, ""
		}
	}
	switch {
	case fields.has(year):
		return 0, "its fields do not make a day; write yyyy with MM and dd, yyyy with DDD, or YYYY with ww"
	case fields.has(weekYear):
		return 0, "YYYY is the year of the week and goes with ww; write yyyy for the calendar year"
	default:
		return 0, "it says no year, so no date can be read with it; write it in full, such as yyyy-MM-dd'T'HH:mm:ss"
	}
}

// clockProblem says what a time of day lacks.
func clockProblem(fields fieldSet) string {
	switch {
	case fields.any(hour, hourTo24): // settles the hour
	case fields.any(hour12, hourTo12):
		if !fields.has(amPM) {
			return "hh counts to 12 and needs a for AM or PM; write HH for the 24-hour clock"
		}
	case fields.any(amPM, minute, second, fraction):
		return "it has no hour for its time of day; add HH"
	}
	if fields.has(second) && !fields.has(minute) {
		return "it has seconds without minutes; add mm"
	}
	if fields.has(fraction) && !fields.has(second) {
		return "it has S, a fraction of a second, without seconds; add ss"
	}
	return ""
}

// values are the numbers read from a text.
type values struct {
	set    fieldSet
	number [fieldCount]int
	nanos  int
}

// wall returns the date and time of day as if they were UTC. The problem is not
// empty if the numbers contradict each other.
func (v *values) wall(layout dateLayout) (t time.Time, problem string) {
	h := v.number[hour]
	switch {
	case v.set.has(hour):
	case v.set.has(hourTo24):
		h = v.number[hourTo24] % 24
	case v.set.has(hour12):
		h = v.number[hour12] + 12*v.number[amPM]
	case v.set.has(hourTo12):
		h = v.number[hourTo12]%12 + 12*v.number[amPM]
	}
	y, m, d := v.date(layout)
	t = time.Date(y, m, d, h, v.number[minute], v.number[second], v.nanos, time.UTC)
	for f := year; f < fraction; f++ {
		if v.set.has(f) && valueOf(f, t) != v.number[f] {
			return t, v.contradiction(f, t)
		}
	}
	return t, ""
}

func (v *values) contradiction(f field, t time.Time) string {
	name, stamp := fieldTable[f].name, t.Format("Monday 2006-01-02 15:04:05")
	if f == weekday || f == amPM {
		return fmt.Sprintf("there is no such date: its %s does not fit %s", name, stamp)
	}
	return fmt.Sprintf("there is no such date: its %s is %d, but its fields lead to %s", name, v.number[f], stamp)
}

// date returns year, month and day as numbers that time.Date may normalise.
func (v *values) date(layout dateLayout) (y int, m time.Month, d int) {
	y, m = v.number[year], time.Month(v.number[month])
	switch layout {
	case byDay:
		return y, m, v.number[day]
	case byDayOfYear:
		return y, time.January, v.number[dayOfYear]
	case byWeekOfYear:
		y = v.number[weekYear]
		return y, time.January, v.dayInWeek(y, time.January, v.number[weekOfYear])
	case byWeekOfMonth:
		return y, m, v.dayInWeek(y, m, v.number[weekOfMonth])
	case byWeekdayInMonth:
		ahead := (v.dayOfWeek() - firstWeekday(y, m) + 7) % 7
		return y, m, 1 + ahead + 7*(v.number[weekdayInMonth]-1)
	case byMonth:
		return y, m, 1
	default:
		return y, time.January, 1
	}
}

// dayInWeek returns the day of the n-th week that begins on Sunday, the first
// being the one that holds the first of the month.
func (v *values) dayInWeek(y int, m time.Month, n int) int {
	return 1 - firstWeekday(y, m) + 7*(n-1) + v.dayOfWeek()
}

// dayOfWeek returns the weekday read, counted from Sunday, or Sunday.
func (v *values) dayOfWeek() int {
	if v.set.has(weekday) {
		return v.number[weekday]
	}
	return v.number[isoWeekday] % 7
}

func firstWeekday(y int, m time.Month) int {
	return int(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC).Weekday())
}
