package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a request body. The size is the platform's.
const (
	maxBody  = 8 << 20
	maxDepth = 100
)

// Object reads the body, which must be a JSON object that has one meaning: no
// member twice, nothing after its end.
func (c *Call) Object() ([]byte, error) {
	if err := c.checkContentType(); err != nil {
		return nil, err
	}
	body, err := c.Bytes()
	if err != nil {
		return nil, err
	}
	if err := checkJSON(body); err != nil {
		return nil, Failuref(http.StatusBadRequest, "%v", err)
	}
	return bytes.TrimSpace(body), nil
}

// Bytes reads the body as it is, whatever it may be.
func (c *Call) Bytes() ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.body, c.Body, maxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, Failuref(http.StatusRequestEntityTooLarge, "the body is larger than %d MB; send less at a time", maxBody>>20)
	}
	if err != nil {
		return nil, Failuref(http.StatusBadRequest, "the body ended before its Content-Length; send it again")
	}
	return body, nil
}

// Read reads the body into a struct. Members that it does not have are refused: a typo
// must not pass for a wish that was heard.
func (c *Call) Read(into any) error {
	body, err := c.Object()
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		if f, ok := errors.AsType[*Failure](err); ok { // a member that reads itself
			return f
		}
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return Failuref(http.StatusBadRequest, "%s: is a %s; write %s", wrong.Field, wrong.Value, kindOf(wrong.Type))
		}
		return Failuref(http.StatusBadRequest, "the body has a member that is not known here: %s", strings.TrimPrefix(err.Error(), "json: unknown field "))
	}
	return nil
}

// kindOf names a type for people.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.String:
		return "text"
	}
	return "a whole number"
}

// checkContentType refuses bodies that say they are no JSON. One that says nothing
// is read as JSON.
func (c *Call) checkContentType() error {
	const remedy = "send JSON with Content-Type: application/json"
	if encoding := c.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return Failuref(http.StatusUnsupportedMediaType, "the body has the Content-Encoding %s; send it as it is", Excerpt(encoding))
	}
	header := c.Header.Get("Content-Type")
	if header == "" {
		return nil
	}
	kind, parameters, err := mime.ParseMediaType(header)
	if err != nil || (kind != "application/json" && kind != "text/json" && !strings.HasSuffix(kind, "+json")) {
		return Failuref(http.StatusUnsupportedMediaType, "the Content-Type is %s; %s", Excerpt(header), remedy)
	}
	if charset := parameters["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return Failuref(http.StatusUnsupportedMediaType, "the charset is %s; %s in UTF-8", Excerpt(charset), remedy)
	}
	return nil
}

// checkJSON says what keeps body from being a JSON object with one meaning.
func checkJSON(body []byte) error {
	if at := invalidUTF8(body); at >= 0 {
		return fmt.Errorf("the body is not UTF-8 at %s; send it in UTF-8", position(body, at))
	}
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) == 0 {
		return errors.New("the body is empty; write a JSON object")
	}
	var value json.RawMessage
	if err := json.Unmarshal(body, &value); err != nil {
		syntax, ok := errors.AsType[*json.SyntaxError](err)
		if !ok {
			return fmt.Errorf("the body is no JSON: %w", err)
		}
		return fmt.Errorf("the body is no JSON at %s: %w; write one JSON object", position(body, int(syntax.Offset)-1), err)
	}
	if trimmed[0] != '{' {
		return errors.New("the body is no JSON object; write one, beginning with {")
	}
	return checkMembers(trimmed)
}

// invalidUTF8 returns where body stops being UTF-8, or -1.
func invalidUTF8(body []byte) int {
	for at := 0; at < len(body); {
		r, size := utf8.DecodeRune(body[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}

// position says where in body a byte is, for people.
func position(body []byte, offset int) string {
	before := body[:min(max(offset, 0), len(body))]
	line := bytes.Count(before, []byte{'\n'}) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Sprintf("line %d, column %d", line, column)
}

// level is an object or array that has not ended yet.
type level struct {
	seen map[string]bool // members so far; nil in an array
	key  string          // the member whose value comes next; "" before a key
	open bool            // a key was read and its value was not
}

// checkMembers refuses valid JSON that is nested too deeply, or names a member
// twice: readers do not agree on which of the two counts.
func checkMembers(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var levels []level
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil //nolint:nilerr // the end: the text was checked to be valid
		}
		if delim, ok := token.(json.Delim); ok && (delim == '}' || delim == ']') {
			levels = levels[:len(levels)-1]
			closeValue(levels)
			continue
		}
		if name, isKey := keyIn(levels, token); isKey {
			top := &levels[len(levels)-1]
			if top.seen[name] {
				return fmt.Errorf("%s stands twice in the body; keep one", pathOf(levels, name))
			}
			top.seen[name], top.key, top.open = true, name, true
			continue
		}
		if levels, err = openValue(levels, token); err != nil {
			return err
		}
	}
}

// keyIn returns the token if it is a member's name.
func keyIn(levels []level, token json.Token) (string, bool) {
	if len(levels) == 0 {
		return "", false
	}
	top := levels[len(levels)-1]
	name, isText := token.(string)
	return name, isText && top.seen != nil && !top.open
}

// openValue goes into an object or array, or past another value.
func openValue(levels []level, token json.Token) ([]level, error) {
	delim, ok := token.(json.Delim)
	if !ok {
		closeValue(levels)
		return levels, nil
	}
	if len(levels) == maxDepth {
		return nil, fmt.Errorf("the body is nested deeper than %d levels; write it flatter", maxDepth)
	}
	next := level{}
	if delim == '{' {
		next.seen = make(map[string]bool)
	}
	return append(levels, next), nil
}

// closeValue notes that the value of a member has ended.
func closeValue(levels []level) {
	if len(levels) > 0 {
		levels[len(levels)-1].open = false
	}
}

// pathOf returns the path of a member of the innermost object.
func pathOf(levels []level, name string) string {
	var path []string
	for _, l := range levels[:len(levels)-1] {
		if l.key != "" {
			path = append(path, l.key)
		}
	}
	return Excerpt(strings.Join(slices.Concat(path, []string{name}), "."))
}
