// Package xmljson turns XML documents into JSON text, for vendors that answer in
// XML.
//
// It loses nothing but what XML does not mean: the order of elements with different
// names stays, and every value stays the text that it was. It takes a bounded part
// of the memory whatever the document holds, and refuses what it cannot read as one
// document in UTF-8. It knows no schema: whether an element is a list is told by
// the document alone.
package xmljson

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDepth is how deep elements may nest. Real ones stay below twenty; we recurse,
// and a stack has an end.
const maxDepth = 500

// maxTags bounds the tags and attributes of an XML document. Each of them takes some
// hundred bytes while it is read, though it may have been one of four; a page of a
// thousand records has some hundred thousand.
const maxTags = 500_000

// Convert turns an XML document into JSON text, as the format's XmlDecoder
// promises:
//
//	<Reports><Items><Report><Name>a</Name></Report><Report/></Items></Reports>
//	{"Reports":{"Items":{"Report":[{"Name":"a"},""]}}}
//
// An element becomes a member of its parent, named without its namespace;
// elements that share a name become an array, at the place of the first. An
// element with xsi:nil="true" is null, one without content is "", and all
// values are texts. Attributes become members named @name, and text beside them
// or beside elements a member named #text. Namespace declarations, comments and
// white space between elements are dropped. A document in another encoding than
// UTF-8 is refused, as is one with entities of its own, or with more than half a
// million tags and attributes.
func Convert(document []byte) ([]byte, error) {
	if bytes.Count(document, []byte("<"))+bytes.Count(document, []byte("=")) > maxTags {
		return nil, fmt.Errorf("the document has more than %d tags and attributes; ask for smaller pages", maxTags)
	}
	d := xml.NewDecoder(bytes.NewReader(document))
	d.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("the document is encoded in %q, and only UTF-8 is read", charset)
	}
	root := &xmlNode{}
	if err := root.read(d, 0); err != nil {
		return nil, err
	}
	if len(root.children) != 1 {
		return nil, fmt.Errorf("the document has %d root elements, not one", len(root.children))
	}
	var out bytes.Buffer
	root.text.Reset() // white space around the root
	root.writeObject(&out)
	return out.Bytes(), nil
}

// xmlNode is an element; the document itself is one without a name.
type xmlNode struct {
	name       string
	null       bool
	attributes []xml.Attr
	children   []*xmlNode
	text       strings.Builder
}

// read reads the content up to the end of the element.
func (n *xmlNode) read(d *xml.Decoder, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("elements nest more than %d deep", maxDepth)
	}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && depth == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			child := newXMLNode(t)
			n.children = append(n.children, child)
			if err := child.read(d, depth+1); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		case xml.CharData:
			n.text.Write(t)
		}
	}
}

func newXMLNode(start xml.StartElement) *xmlNode {
	n := &xmlNode{name: start.Name.Local}
	for _, a := range start.Attr {
		switch {
		case a.Name.Space == "xmlns" || a.Name.Local == "xmlns":
		case a.Name.Local == "nil" && strings.HasPrefix(a.Name.Space, "http://www.w3.org/"):
			n.null = a.Value == "true" || a.Value == "1"
		default:
			n.attributes = append(n.attributes, a)
		}
	}
	return n
}

// write appends the value of the element.
func (n *xmlNode) write(out *bytes.Buffer) {
	switch {
	case n.null:
		out.WriteString("null")
	case len(n.children) == 0 && len(n.attributes) == 0:
		writeText(out, n.text.String())
	default:
		n.writeObject(out)
	}
}

func (n *xmlNode) writeObject(out *bytes.Buffer) {
	out.WriteByte('{')
	for _, a := range n.attributes {
		writeName(out, "@"+a.Name.Local)
		writeText(out, a.Value)
	}
	order, groups := n.groups()
	for _, name := range order {
		writeName(out, name)
		writeGroup(out, groups[name])
	}
	if text := strings.TrimSpace(n.text.String()); text != "" {
		writeName(out, "#text")
		writeText(out, text)
	}
	out.WriteByte('}')
}

// groups returns the names of the children in the order in which they first
// occur, and the children of each name.
func (n *xmlNode) groups() ([]string, map[string][]*xmlNode) {
	var order []string
	groups := make(map[string][]*xmlNode)
	for _, child := range n.children {
		if groups[child.name] == nil {
			order = append(order, child.name)
		}
		groups[child.name] = append(groups[child.name], child)
	}
	return order, groups
}

// writeGroup appends one element as its value and several as an array.
func writeGroup(out *bytes.Buffer, nodes []*xmlNode) {
	if len(nodes) == 1 {
		nodes[0].write(out)
		return
	}
	for i, node := range nodes {
		out.WriteByte("[,"[min(i, 1)])
		node.write(out)
	}
	out.WriteByte(']')
}

// writeName appends the name of a member, after a comma unless it is the
// object's first.
func writeName(out *bytes.Buffer, name string) {
	if last := out.Bytes()[out.Len()-1]; last != '{' {
		out.WriteByte(',')
	}
	writeText(out, name)
	out.WriteByte(':')
}

// writeText appends a JSON string, with < and & as they are.
func writeText(out *bytes.Buffer, text string) {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	_ = e.Encode(text)          // a string always encodes, into memory always
	out.Truncate(out.Len() - 1) // the encoder ends each value with a line feed
}
