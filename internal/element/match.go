package element

import (
	"bytes"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// Holds reports whether an answer of the status and body fulfils all conditions
// that m gives. What a path finds in a body that is no JSON is undefined.
func (m Match) Holds(status int, body []byte) bool {
	return (len(m.Codes) == 0 || slices.Contains(m.Codes, status)) &&
		(m.Path == "" || m.present(body)) &&
		(len(m.Contains) == 0 || m.contained(body))
}

// present reports whether the value that m asks for stands at its path.
func (m Match) present(body []byte) bool {
	found := gjson.GetBytes(body, m.Path)
	if !found.Exists() || found.Type == gjson.Null {
		return false
	}
	return len(m.Values) == 0 || slices.Contains(m.Values, found.String())
}

// contained reports whether the body holds one of the texts that m names.
func (m Match) contained(body []byte) bool {
	lower := bytes.ToLower(body)
	return slices.ContainsFunc(m.Contains, func(text string) bool {
		return bytes.Contains(lower, []byte(strings.ToLower(text)))
	})
}
