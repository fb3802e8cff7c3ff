package envelope

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// writer writes JSON as the platform does. It does so by hand, since most of a
// body is records, which are JSON already: encoding/json, which checks and compacts
// them more than once, took five times as long.
type writer struct{ text []byte }

// literal writes text as it stands. It returns the writer for the value that
// follows a name.
func (w *writer) literal(text string) *writer {
	w.text = append(w.text, text...)
	return w
}

// comma separates the value at i from the one before.
func (w *writer) comma(i int) {
	if i > 0 {
		w.text = append(w.text, ',')
	}
}

func (w *writer) number(n int64) { w.text = strconv.AppendInt(w.text, n, 10) }

// quoted writes a string.
func (w *writer) quoted(text string) {
	if strings.ContainsFunc(text, escaped) {
		w.escape(text)
		return
	}
	w.text = append(w.text, '"')
	w.text = append(w.text, text...)
	w.text = append(w.text, '"')
}

// escaped reports whether a character may have to be escaped.
func escaped(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }

// escape writes a string with what has to be escaped, but without the escapes for
// HTML pages, which the platform does not write.
func (w *writer) escape(text string) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err) // any string can be written
	}
	w.text = append(w.text, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// compact writes valid JSON without the white space between its tokens.
func (w *writer) compact(value []byte) {
	start := 0
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '"':
			i = stringEnd(value, i)
		case ' ', '\t', '\r', '\n':
			w.text = append(w.text, value[start:i]...)
			start = i + 1
		}
	}
	w.text = append(w.text, value[start:]...)
}

// stringEnd returns where the string ends that begins at start.
func stringEnd(value []byte, start int) int {
	for i := start + 1; i < len(value); i++ {
		switch value[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return len(value)
}
