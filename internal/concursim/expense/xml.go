package expense

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// Namespaces are the attributes of a root element.
const Namespaces = ` xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`

// Element writes <name attributes>…</name> around what inside writes.
func Element(b *bytes.Buffer, name, attributes string, inside func()) {
	fmt.Fprintf(b, "<%s%s>", name, attributes)
	inside()
	fmt.Fprintf(b, "</%s>", name)
}

// Text writes an element that holds text.
func Text(b *bytes.Buffer, name, text string) {
	Element(b, name, "", func() { _ = xml.EscapeText(b, []byte(text)) }) // a buffer takes everything
}

// Optional writes text, or the marker of an absent value if there is none.
func Optional(b *bytes.Buffer, name, text string) {
	if text == "" {
		fmt.Fprintf(b, `<%s xsi:nil="true" />`, name)
		return
	}
	Text(b, name, text)
}

// AppendXML writes the version as a Report element.
func (v *Version) AppendXML(b *bytes.Buffer, attributes string, who Reader) {
	Element(b, "Report", attributes, func() {
		for _, f := range v.fields() {
			f.xml(b, who)
		}
	})
}

func (f field) xml(b *bytes.Buffer, who Reader) {
	switch f.kind {
	case nullField:
		Optional(b, f.name, "")
	case linkField:
		Text(b, f.name, who.Base+f.text)
	case actionField:
		query := ""
		if who.Query != "" {
			query = "?" + who.Query
		}
		Text(b, f.name, who.Base+f.text+query)
	case listField:
		Element(b, f.name, "", func() {
			Text(b, "Type", f.custom.Type)
			Text(b, "Value", f.custom.Value)
			Optional(b, "Code", f.custom.Code)
			Optional(b, "ListItemID", f.custom.ListItem)
		})
	default:
		Text(b, f.name, f.text)
	}
}
