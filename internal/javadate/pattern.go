package javadate

import (
	"fmt"
	"strings"
	"time"
)

// maxPattern bounds a pattern's bytes. The longest pattern seen in the wild has
// 35; the bound keeps a hostile one from padding a number to megabytes.
const maxPattern = 256

// millisKeyword is the platform's word for a date given as milliseconds since
// 1970. No pattern can spell it: i, l, o, c and n are not pattern letters.
const millisKeyword = "milliseconds"

// PatternError says why a pattern cannot be used and what to write instead.
type PatternError struct {
	Pattern string // the pattern as given
	Offset  int    // the byte where the problem starts
	Problem string // what is wrong, and the remedy
}

// Error returns the problem with the pattern and the place.
func (e *PatternError) Error() string {
	return fmt.Sprintf("date pattern %.80q, offset %d: %s", e.Pattern, e.Offset, e.Problem)
}

// Pattern is a compiled java.text.SimpleDateFormat pattern, or the platform's
// keyword "milliseconds". It is immutable and may be used by several goroutines.
type Pattern struct {
	source     string
	epoch      bool // the keyword: no elements
	elements   []element
	fields     fieldSet
	layout     dateLayout
	resolution time.Duration
	unread     *PatternError // why Parse refuses this pattern, if it does
}

// element is one run of pattern letters, or the text between runs.
type element struct {
	field field
	width int    // how many letters the run has
	text  string // a literal's text; a fraction's point, which goes when it goes
	// exact means that no separator stands between this number and its
	// neighbour, so that it is read with exactly as many digits as letters.
	exact bool
	// fractional means that these seconds may bring a fraction of their own.
	fractional bool
}

// Compile compiles a pattern. A stray quote at the very end is ignored, since
// published configurations have it ("milliseconds'", "…HH:mm:ss'"). Every error
// is a *PatternError.
func Compile(pattern string) (*Pattern, error) {
	if len(pattern) > maxPattern {
		return nil, &PatternError{pattern, maxPattern, fmt.Sprintf("longer than %d bytes; shorten it", maxPattern)}
	}
	if strings.TrimSpace(pattern) == "" {
		return nil, &PatternError{pattern, 0, "empty; leave the format out, or write one such as yyyy-MM-dd'T'HH:mm:ss"}
	}
	if strings.EqualFold(strings.TrimSuffix(pattern, "'"), millisKeyword) {
		return &Pattern{source: pattern, epoch: true, resolution: time.Millisecond}, nil
	}
	c := compiler{source: pattern}
	if err := c.run(); err != nil {
		return nil, err
	}
	p := &Pattern{source: pattern, elements: c.elements}
	for i := range p.elements {
		p.fields.add(p.elements[i].field)
	}
	if p.fields&^(1<<literal) == 0 {
		return nil, &PatternError{
			pattern, 0,
			"no date letter in it; write a pattern such as yyyy-MM-dd, or milliseconds for milliseconds since 1970",
		}
	}
	link(p.elements)
	p.resolution = resolutionOf(p.fields)
	if layout, problem := layoutOf(p.fields); problem == "" {
		p.layout = layout
	} else {
		p.unread = &PatternError{pattern, 0, problem}
	}
	return p, nil
}

// String returns the pattern as it was given to Compile.
func (p *Pattern) String() string { return p.source }

// Readable returns nil if the pattern determines an instant, and otherwise the
// *PatternError that Parse would return for every text: a pattern such as HH:mm
// can be printed, but to read it somebody would have to invent a date.
func (p *Pattern) Readable() error {
	if p.unread != nil {
		return p.unread
	}
	return nil
}

// Resolution returns the finest unit that the pattern can say: a millisecond
// with S, 24 hours for yyyy-MM-dd. Two instants nearer than that may look
// equal. A month counts 31 days and a year 366.
func (p *Pattern) Resolution() time.Duration { return p.resolution }

// resolutionOf returns the unit of the finest field.
func resolutionOf(fields fieldSet) time.Duration {
	finest := fieldTable[weekYear].unit
	for f := era; f < fieldCount; f++ {
		if unit := fieldTable[f].unit; fields.has(f) && unit > 0 {
			finest = min(finest, unit)
		}
	}
	return finest
}

// compiler turns a pattern's text into elements.
type compiler struct {
	source   string
	pos      int
	elements []element
}

func (c *compiler) run() error {
	for c.pos < len(c.source) {
		b := c.source[c.pos]
		var err error
		switch {
		case b == '\'':
			err = c.quoted()
		case isLetter(b):
			err = c.letters(b)
		default:
			c.addText(c.source[c.pos : c.pos+1])
			c.pos++
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// quoted reads a quoted text, or a doubled quote, which stands for one quote
// inside and outside of quoted text.
func (c *compiler) quoted() error {
	start := c.pos
	if strings.HasPrefix(c.source[start:], "''") {
		c.addText("'")
		c.pos += 2
		return nil
	}
	for c.pos++; c.pos < len(c.source); c.pos++ {
		if c.source[c.pos] != '\'' {
			c.addText(c.source[c.pos : c.pos+1])
			continue
		}
		if !strings.HasPrefix(c.source[c.pos:], "''") {
			c.pos++
			return nil
		}
		c.addText("'")
		c.pos++
	}
	if start == len(c.source)-1 { // the stray quote that Compile forgives
		return nil
	}
	return &PatternError{c.source, start, "this quote is never closed; write a second ' after the quoted text"}
}

// letters reads one run of the same pattern letter.
func (c *compiler) letters(letter byte) error {
	f, ok := fieldOf(letter)
	if !ok {
		return &PatternError{c.source, c.pos, fmt.Sprintf(
			"%c is not a pattern letter; quote text as '%c', or use one of G y Y M L w W D d F E u a H k K h m s S z Z X",
			letter, letter,
		)}
	}
	start := c.pos
	for c.pos < len(c.source) && c.source[c.pos] == letter {
		c.pos++
	}
	width := c.pos - start
	if f == isoZone && width > 3 {
		return &PatternError{c.source, start, "X takes one to three letters; write XXX for +01:00"}
	}
	c.elements = append(c.elements, element{field: f, width: width})
	return nil
}

func (c *compiler) addText(s string) {
	if n := len(c.elements); n > 0 && c.elements[n-1].field == literal {
		c.elements[n-1].text += s
		return
	}
	c.elements = append(c.elements, element{field: literal, text: s})
}

// link tells each element what it must know of its neighbours to be read.
func link(elements []element) {
	for i := range elements {
		var previous, next element
		if i > 0 {
			previous = elements[i-1]
		}
		if i+1 < len(elements) {
			next = elements[i+1]
		}
		e := &elements[i]
		e.exact = e.numeric() && e.touches(previous, next)
		e.fractional = e.field == second && !next.numeric() && !strings.HasPrefix(next.text, ".")
	}
	for i := 2; i < len(elements); i++ {
		point := &elements[i-1]
		if elements[i].field == fraction && elements[i-2].field == second && (point.text == "." || point.text == ",") {
			elements[i].text, point.text = point.text, "" // from here on it is the fraction's
		}
	}
}

// touches reports whether the end of a number cannot be told from the text. A
// fraction that ends a row of digits may be as long as it likes.
func (e element) touches(previous, next element) bool {
	return next.numeric() || previous.numeric() && e.field != fraction
}

// numeric reports whether the element is printed as digits.
func (e element) numeric() bool {
	switch e.field {
	case literal, era, weekday, amPM, zoneName, zoneOffset, isoZone:
		return false
	case month:
		return e.width < 3
	default:
		return true
	}
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
