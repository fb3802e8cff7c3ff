package javadate

import (
	"fmt"
	"strings"
	"time"
)

const outsideYears = "the year is outside of 1 to 9999"

// ParseError says why a text is not a date in a pattern.
type ParseError struct {
	Pattern string // the pattern as given to Compile
	Text    string // the text as given to Parse
	Offset  int    // the byte of the text where reading stopped
	Problem string // what is wrong there
}

// Error returns the problem with text, pattern and place. Long texts are cut.
func (e *ParseError) Error() string {
	return fmt.Sprintf("date %.60q in pattern %q, offset %d: %s", e.Text, e.Pattern, e.Offset, e.Problem)
}

// Parse reads a date and returns it in UTC. A text without a zone is taken to be
// in the given one, or in UTC if that is nil. The package comment says where the
// rules differ from Java's. The error is a *ParseError, or a *PatternError if
// the pattern itself cannot be read (see Readable).
func (p *Pattern) Parse(text string, zone *time.Location) (time.Time, error) {
	s, err := p.parse(text, zone)
	return s.first, err
}

// ParseSpan reads a date as Parse does, which returns first, and says what else
// the text may stand for: any instant before end. That is a unit of the pattern's
// resolution later, or more where clocks are set back: an hour that occurs twice is
// two, and its day has 25.
func (p *Pattern) ParseSpan(text string, zone *time.Location) (first, end time.Time, err error) {
	s, err := p.parse(text, zone)
	return s.first, s.end, err
}

// span is what a text may stand for.
type span struct {
	first time.Time
	last  time.Time // later than first only for a local time that occurs twice
	end   time.Time // of the unit that begins with last
}

func (p *Pattern) parse(text string, zone *time.Location) (span, error) {
	if p.unread != nil {
		return span{}, p.unread
	}
	if zone == nil {
		zone = time.UTC
	}
	var s span
	r := reader{text: strings.TrimRight(text, " \t\r\n")}
	problem := ""
	if p.epoch {
		s.first, problem = parseEpoch(strings.TrimSpace(text))
		s.last, s.end = s.first, s.first.Add(time.Millisecond)
	} else {
		s, problem = p.read(&r, zone)
	}
	if problem == "" && (s.first.Year() < 1 || s.first.Year() > 9999) {
		problem = outsideYears
	}
	if problem != "" {
		return span{}, &ParseError{Pattern: p.source, Text: text, Offset: r.pos, Problem: problem}
	}
	return s, nil
}

// read runs the elements over the text and puts the numbers together.
func (p *Pattern) read(r *reader, zone *time.Location) (s span, problem string) {
	for i := range p.elements {
		if problem = r.element(&p.elements[i]); problem != "" {
			return s, problem
		}
	}
	if r.pos < len(r.text) && !r.zoned && r.abbreviation == "" {
		r.trailingZone(p.fields)
	}
	if r.pos < len(r.text) {
		return s, fmt.Sprintf("%.40q follows the date; extend the pattern to cover it", r.text[r.pos:])
	}
	wall, problem := r.wall(p.layout)
	if problem != "" {
		return s, problem
	}
	return r.instants(wall, p.resolution, zone)
}

// reader walks over a text. Its methods return a problem, or "" if all is well:
// the context that makes it an error is the same for all and is added by Parse.
type reader struct {
	values
	text         string
	pos          int
	zoned        bool   // the text named an offset
	offset       int    // seconds east of UTC, if zoned
	abbreviation string // a zone's short name, whose offset depends on the rest
	named        int    // where the abbreviation stands
}

func (r *reader) rest() string { return r.text[r.pos:] }

func (r *reader) skipBlanks() {
	for r.pos < len(r.text) && (r.text[r.pos] == ' ' || r.text[r.pos] == '\t') {
		r.pos++
	}
}

func (r *reader) element(e *element) (problem string) {
	if e.field == literal {
		if !strings.HasPrefix(r.rest(), e.text) {
			return fmt.Sprintf("expected %q", e.text)
		}
		r.pos += len(e.text)
		return ""
	}
	r.skipBlanks()
	switch e.field {
	case zoneName, zoneOffset, isoZone:
		return r.zone()
	case era:
		return r.eraName()
	case amPM:
		return r.name(amPM, amPMNames[:])
	case weekday:
		return r.name(weekday, weekdayNames[:])
	case fraction:
		return r.fraction(e)
	case month:
		if e.width >= 3 {
			return r.name(month, monthNames[:])
		}
	}
	return r.numberOf(e)
}

// put stores what was read for a field. A field that occurs twice must say the
// same twice.
func (r *reader) put(f field, v int) (problem string) {
	if r.set.has(f) && r.number[f] != v {
		return fmt.Sprintf("a second %s contradicts the first", fieldTable[f].name)
	}
	r.set.add(f)
	r.number[f] = v
	return ""
}

// name reads one of the names, or its first three letters, in any case.
func (r *reader) name(f field, names []string) (problem string) {
	for i, name := range names {
		for _, form := range [2]string{name, name[:min(3, len(name))]} {
			if hasPrefixFold(r.rest(), form) {
				r.pos += len(form)
				return r.put(f, i+fieldTable[f].min)
			}
		}
	}
	return fmt.Sprintf("expected a %s by its English name", fieldTable[f].name)
}

func (r *reader) eraName() (problem string) {
	if problem = r.name(era, eraNames[:]); problem != "" {
		return problem
	}
	if r.number[era] == 0 {
		return "years before Christ are not supported"
	}
	return ""
}

// numberOf reads a number and checks its range.
func (r *reader) numberOf(e *element) (problem string) {
	start := r.pos
	info := &fieldTable[e.field]
	v, digits := r.digits(e.maxDigits())
	if digits == 0 {
		return "expected digits for the " + info.name
	}
	if e.exact && digits != e.maxDigits() {
		return fmt.Sprintf("expected %d digits for the %s", e.maxDigits(), info.name)
	}
	if e.field == year || e.field == weekYear {
		if v, problem = e.century(v, digits); problem != "" {
			r.pos = start
			return problem
		}
	}
	if v < info.min || v > info.max {
		r.pos = start
		return fmt.Sprintf("%s %d is outside of %d to %d", info.name, v, info.min, info.max)
	}
	if problem = r.put(e.field, v); problem != "" {
		return problem
	}
	if e.fractional && r.atFraction() {
		return r.fraction(&element{field: fraction, text: "."})
	}
	return ""
}

// century widens a two-digit year to 1970–2069 where the pattern allows one. The
// window begins with the Unix epoch, before which no polled system has records.
func (e *element) century(v, digits int) (full int, problem string) {
	switch {
	case digits >= 4:
		return v, ""
	case digits != 2 || e.width > 2:
		return v, fmt.Sprintf("the year has %d digits; it needs four, or two if the pattern says yy", digits)
	case v < 70:
		return 2000 + v, ""
	default:
		return 1900 + v, ""
	}
}

// atFraction reports whether a point and a digit come next.
func (r *reader) atFraction() bool {
	rest := r.rest()
	return len(rest) > 1 && rest[0] == '.' && isDigit(rest[1])
}

// maxDigits bounds the digits of a number. A number that touches another has as
// many as letters, but a year that is not yy is never short.
func (e *element) maxDigits() int {
	switch {
	case !e.exact:
		return max(9, e.width)
	case e.width != 2 && (e.field == year || e.field == weekYear):
		return max(4, e.width)
	default:
		return e.width
	}
}

// digits reads up to limit digits. Numbers too long to hold saturate, far outside
// of every range.
func (r *reader) digits(limit int) (v, count int) {
	for r.pos < len(r.text) && count < limit && isDigit(r.text[r.pos]) {
		v = min(v*10+int(r.text[r.pos]-'0'), 1_000_000_000)
		r.pos++
		count++
	}
	return v, count
}

// fraction reads a decimal fraction of a second: ".7" is 700 ms. Java reads 7 ms,
// which puts records of a vendor that trims zeros out of order. If the pattern
// has a point before S, both may be missing from the text.
func (r *reader) fraction(e *element) (problem string) {
	switch {
	case r.set.has(fraction):
		return "the fraction of a second comes twice"
	case e.text != "" && !strings.HasPrefix(r.rest(), e.text):
		return ""
	}
	r.pos += len(e.text)
	limit := 9
	if e.exact {
		limit = min(limit, e.width)
	}
	v, count := r.digits(limit)
	if count == 0 && e.text == "" {
		return "expected digits for the fraction of a second"
	}
	if !e.exact && r.pos < len(r.text) && isDigit(r.text[r.pos]) {
		return "the fraction of a second has more than nine digits"
	}
	for range 9 - count {
		v *= 10
	}
	r.nanos = v
	r.set.add(fraction)
	return ""
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
