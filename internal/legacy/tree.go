package legacy

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// node is a part of an element in our format. Only what is said is in it: a key with an
// empty value says something too.
type node map[string]any

// set adds a member unless its value is empty.
func (n node) set(key string, value any) {
	switch v := value.(type) {
	case string:
		if v == "" {
			return
		}
	case node:
		if len(v) == 0 {
			return
		}
	case []string:
		if len(v) == 0 {
			return
		}
	case []node:
		if len(v) == 0 {
			return
		}
	}
	n[key] = value
}

// text returns the node as an element file: JSON, which is YAML too.
func (n node) text() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(n); err != nil {
		return nil, fmt.Errorf("write the element: %w", err)
	}
	return b.Bytes(), nil
}

// mentions reports whether a text stands anywhere in a node.
func mentions(n node, text string) bool {
	written, err := n.text()
	return err == nil && bytes.Contains(written, []byte(text))
}
