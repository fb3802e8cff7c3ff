package javadate

import "time"

// maxSteps bounds the search for a text: each step leaves an hour that occurs
// twice, or a fraction that reads differently from what it prints. None has taken
// more than two.
const maxSteps = 4

// atMost prints the latest moment up to t that nobody reads as one after t. It
// differs from Format only where a text says less than the moment it was printed
// from: in an hour that occurs twice, where X drops half an hour of the offset, and
// where S prints 7 ms as ".7". A window that began with such a text would begin
// after t, and what changed in between would never be asked for.
func (p *Pattern) atMost(t time.Time) string {
	at := t
	for range maxSteps {
		text := p.Format(at)
		s, err := p.parse(text, t.Location())
		if err != nil || !s.last.After(t) {
			return text
		}
		// What is left over below the unit must not carry into the next one.
		at = at.Add(-max(s.last.Sub(s.first), s.last.Sub(t))).Truncate(p.resolution)
	}
	return p.Format(at)
}

// atLeast prints the earliest moment from t on that nobody reads as one before the
// unit that t lies in. A window that ended with such a text would leave out an hour
// that the next one, which begins at t, does not read either.
func (p *Pattern) atLeast(t time.Time) string {
	text := p.Format(t)
	s, err := p.parse(text, t.Location())
	if err != nil || s.first.Add(p.resolution).After(t) {
		return text
	}
	return p.Format(t.Add(s.last.Sub(s.first)))
}
