package page

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// funcs are what templates can call.
func (c *console) funcs() template.FuncMap {
	return template.FuncMap{
		"asset":    c.assets.link,
		"time":     Moment,
		"number":   Number,
		"took":     Took,
		"plural":   Plural,
		"sentence": Sentence,
		"trimmed":  func(text string) string { return strings.TrimSuffix(text, ".") },
		"include":  c.include,
		"areas":    c.links,
		"field":    field,
	}
}

// include renders the template with a name that is known only now: a page's main part.
func (c *console) include(name string, data any) (template.HTML, error) {
	var b strings.Builder
	if err := c.templates.ExecuteTemplate(&b, name, data); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil //nolint:gosec // html/template has just escaped it
}

// Moment returns a time as HTML: in UTC, which a script turns to the reader's zone. The
// zero time is a dash.
func Moment(at time.Time) template.HTML {
	if at.IsZero() {
		return "<span class=\"dim\">–</span>"
	}
	at = at.UTC()
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s UTC</time>`, at.Format(time.RFC3339Nano), at.Format("2006-01-02 15:04:05"))) //nolint:gosec // digits
}

// Number returns a number with its thousands apart.
func Number(n int) string {
	digits := strconv.Itoa(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(digits) - 3; i > start; i -= 3 {
		digits = digits[:i] + "\u202f" + digits[i:]
	}
	return digits
}

// Took returns how long something took, in the unit that suits it.
func Took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "< 1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%d days", int(d.Hours())/24)
	}
}

// Plural returns a number and the word for what it counts.
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Sentence returns a message of the API as a sentence: with a capital and a full stop.
func Sentence(text string) string {
	text = strings.TrimSpace(text)
	first, size := utf8.DecodeRuneInString(text)
	if text == "" || first == utf8.RuneError {
		return text
	}
	text = string(unicode.ToUpper(first)) + text[size:]
	if !strings.ContainsAny(text[len(text)-1:], ".!?:") {
		text += "."
	}
	return text
}

// links returns the navigation, in the order of the areas.
func (c *console) links() []Link {
	var all []Link
	for _, a := range c.Areas {
		if l := a.Link(); l.Path != "" {
			all = append(all, l)
		}
	}
	return all
}

// textField is a field of a form, with what to say about it.
type textField struct{ ID, Label, Value, Help string }

func field(id, label, value, help string) textField { return textField{id, label, value, help} }
