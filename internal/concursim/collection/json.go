package collection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"turnstone/internal/concursim/expense"
)

// AppendJSON appends the record with its links below base.
func (r Record) AppendJSON(b []byte, base string) []byte {
	b = append(b, '{')
	for i, m := range r {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(expense.AppendText(b, m.Name), ':')
		b = appendJSON(b, m.Value, base)
	}
	return append(b, '}')
}

func appendJSON(b []byte, value any, base string) []byte {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return fmt.Append(b, v)
	case Number:
		return append(b, v...)
	case Link:
		return expense.AppendText(b, base+string(v))
	case Record:
		return v.AppendJSON(b, base)
	case List:
		return v.AppendJSON(b, base)
	default:
		return expense.AppendText(b, text(v))
	}
}

// AppendJSON appends the values with their links below base.
func (l List) AppendJSON(b []byte, base string) []byte {
	b = append(b, '[')
	for i, v := range l {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, v, base)
	}
	return append(b, ']')
}

// AppendXML writes the record as an element. The attributes stand behind its name.
func (r Record) AppendXML(b *bytes.Buffer, element, attributes, base string) {
	expense.Element(b, element, attributes, func() {
		for _, m := range r {
			appendXML(b, m.Name, m.Value, base)
		}
	})
}

// appendXML writes a member. The elements of a list have the name of the list
// without its last letter.
func appendXML(b *bytes.Buffer, name string, value any, base string) {
	switch v := value.(type) {
	case nil:
		expense.Optional(b, name, "")
	case Link:
		expense.Text(b, name, base+string(v))
	case Record:
		v.AppendXML(b, name, "", base)
	case List:
		expense.Element(b, name, "", func() {
			for _, item := range v {
				appendXML(b, strings.TrimSuffix(name, "s"), item, base)
			}
		})
	default:
		expense.Text(b, name, text(v))
	}
}

// MaxDepth is how deep the values of a body may nest.
const MaxDepth = 50

// ParseRecord reads a JSON object and keeps the order of its members and the
// spelling of its numbers. It returns an error if the text is anything else, or
// nests deeper than MaxDepth.
func ParseRecord(from io.Reader) (Record, error) {
	d := json.NewDecoder(from)
	d.UseNumber()
	value, err := parse(d, 0)
	if err != nil {
		return nil, fmt.Errorf("reading the body as JSON: %w", err)
	}
	r, ok := value.(Record)
	if !ok {
		return nil, fmt.Errorf("the body is not a JSON object")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("the body holds more than one JSON object")
	}
	return r, nil
}

func parse(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	if depth > MaxDepth {
		return nil, fmt.Errorf("the values nest deeper than %d", MaxDepth)
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return parseRecord(d, depth)
		}
		return parseList(d, depth)
	case json.Number:
		return Number(t), nil
	default:
		return t, nil
	}
}

func parseRecord(d *json.Decoder, depth int) (any, error) {
	r := Record{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		value, err := parse(d, depth+1)
		if err != nil {
			return nil, err
		}
		r = append(r, Member{name.(string), value}) // the names of members are strings
	}
	_, err := d.Token()
	return r, err
}

func parseList(d *json.Decoder, depth int) (any, error) {
	l := List{}
	for d.More() {
		value, err := parse(d, depth+1)
		if err != nil {
			return nil, err
		}
		l = append(l, value)
	}
	_, err := d.Token()
	return l, err
}
