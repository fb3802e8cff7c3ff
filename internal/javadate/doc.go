// Package javadate reads and writes dates in the patterns of Java's
// SimpleDateFormat and expands the ${…} date macros of polled URLs. Poller
// configurations written for Cloud Elements are full of both.
//
// It promises to print what Java prints (English names, weeks that start on
// Sunday, week 1 holding 1 January), checked against vectors made by OpenJDK.
// In reading it promises less and more than Java. A vendor's date decides
// whether a record is new, so a date that is read wrongly loses an event
// silently, while a date that is refused is seen and mended. Therefore:
//
//   - Fraction digits are a decimal fraction: ".7" is 700 ms, where Java says
//     7 ms. Up to nine digits count, and a fraction that is missing with its
//     point is zero, because .NET vendors trim trailing zeros. A fraction may
//     also follow seconds whose pattern has none.
//   - Every field must agree with every other. There is no 31 February, no hour
//     24 for H, no Monday that was a Tuesday; Java would roll over or look away.
//   - Nothing may follow the date. Java ignores what follows, and so reads
//     yyyy-MM-dd from a full timestamp and loses the time of day.
//   - A zone in the text always counts, also where the pattern has none. A
//     quoted 'Z' in the pattern is only a letter and says nothing of a zone.
//   - X, Z and z accept the same zones: Z, +HH, +HHMM, +HH:MM, +H:MM, GMT+1,
//     UTC, and abbreviations such as EDT.
//   - Years have four digits, or two where the pattern says y or yy: 70 to 99
//     are 1970 to 1999, and 00 to 69 are 2000 to 2069. Java slides that window
//     with the current date; a fixed one gives the same answer every day.
//   - A pattern that leaves a gap, such as a day without a month, does not read
//     at all. Java would fill the gap from 1 January 1970. Missing smaller
//     fields are zero: yyyy-MM-dd is midnight.
//   - Years outside 1 to 9999 are refused, and so is BC.
//
// Java is lenient in three ways that invent nothing, and so are we: numbers may
// lack leading zeros, names may be long or short in any case, and blanks may
// come before a field.
//
// A time of day without a zone can be ambiguous where clocks change. In the hour
// that occurs twice the earlier instant is taken, and ParseSpan says that the text
// may stand for the later one as well: who decides whether a record is new must not
// take one of the two for certain, as Java does with the later. In the hour that is
// skipped, 02:30 becomes 03:30, as in Java. Macros are written so that no reader
// takes them for a moment that leaves something out (see Expand).
//
// Before October 1582 Java counts in the Julian calendar; this package stays
// Gregorian throughout.
//
// The package keeps no state and reads no clock. It does not read or write
// languages other than English, and it does not guess a pattern from a text.
package javadate
