package expense

import (
	"bytes"
	"encoding/json"
	"strings"
)

// rendered is a record as JSON with the places left open that depend on who
// asks: the base URL and the query string. It is rendered once per version and
// completed for each reader.
type rendered struct {
	text []byte
	cuts []cut
}

type cut struct {
	at    int
	query bool // the reader's query string; otherwise the base URL
}

// Reader is what a record needs to know about the request that reads it: the
// base URL of all addresses, and the query string.
type Reader struct{ Base, Query string }

// AppendJSON appends the version as the reader sees it.
func (v *Version) AppendJSON(b []byte, who Reader) []byte {
	return v.rendered().appendTo(b, who.escaped())
}

// AppendJSON appends the versions of the page as the reader sees them,
// separated by commas.
func (p Page) AppendJSON(b []byte, who Reader) []byte {
	who = who.escaped()
	for i, v := range p.Versions {
		if i > 0 {
			b = append(b, ',')
		}
		b = v.rendered().appendTo(b, who)
	}
	return b
}

// rendered comes from the cache if v is the newest version of its report.
// Older ones are hardly ever asked for, and there are many of them.
func (v *Version) rendered() rendered {
	if c := v.cache.Load(); c != nil {
		return *c
	}
	r := v.render()
	if v.Report.latest.Load() == v {
		v.cache.Store(&r)
	}
	return r
}

func (v *Version) render() rendered {
	r := rendered{text: make([]byte, 0, 2048)}
	for i, f := range v.fields() {
		separator := byte(',')
		if i == 0 {
			separator = '{'
		}
		r.text = append(r.text, separator)
		r.text = AppendText(r.text, f.name)
		r.text = append(r.text, ':')
		r.value(f)
	}
	r.text = append(r.text, '}')
	return r
}

func (r *rendered) value(f field) {
	switch f.kind {
	case nullField:
		r.text = append(r.text, "null"...)
	case literalField:
		r.text = append(r.text, f.text...)
	case linkField, actionField:
		r.text = append(r.text, '"')
		r.cuts = append(r.cuts, cut{at: len(r.text)})
		r.text = append(r.text, f.text...)
		if f.kind == actionField {
			r.cuts = append(r.cuts, cut{at: len(r.text), query: true})
		}
		r.text = append(r.text, '"')
	case listField:
		r.text = f.custom.appendJSON(r.text)
	default:
		r.text = AppendText(r.text, f.text)
	}
}

func (c CustomField) appendJSON(b []byte) []byte {
	b = AppendText(append(b, `{"Type":`...), c.Type)
	b = AppendText(append(b, `,"Value":`...), c.Value)
	b = appendJSONOrNull(append(b, `,"Code":`...), c.Code)
	b = appendJSONOrNull(append(b, `,"ListItemID":`...), c.ListItem)
	return append(b, '}')
}

// appendTo appends the record as the reader sees it. The reader's strings must
// already be escaped for JSON.
func (r rendered) appendTo(b []byte, escaped Reader) []byte {
	from := 0
	for _, c := range r.cuts {
		b = append(b, r.text[from:c.at]...)
		if c.query {
			b = append(b, escaped.Query...)
		} else {
			b = append(b, escaped.Base...)
		}
		from = c.at
	}
	return append(b, r.text[from:]...)
}

// escaped returns the reader's strings as they stand inside a JSON string.
func (r Reader) escaped() Reader {
	if r.Query != "" {
		r.Query = "?" + r.Query
	}
	base, query := AppendText(nil, r.Base), AppendText(nil, r.Query)
	return Reader{Base: string(base[1 : len(base)-1]), Query: string(query[1 : len(query)-1])}
}

// AppendText appends text as a JSON string. Like .NET it leaves &, < and > as
// they are, so that NextPage reads like an address.
func AppendText(b []byte, text string) []byte {
	if !strings.ContainsFunc(text, needsEscape) {
		return append(append(append(b, '"'), text...), '"')
	}
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string always has a JSON form
	return append(b, bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))...)
}

func needsEscape(r rune) bool {
	return r < ' ' || r == '"' || r == '\\' || r > '~'
}

func appendJSONOrNull(b []byte, text string) []byte {
	if text == "" {
		return append(b, "null"...)
	}
	return AppendText(b, text)
}
