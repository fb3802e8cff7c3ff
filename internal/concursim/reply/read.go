package reply

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Fields returns the members of the record in the body of r as text. Null, like
// absence, leaves a field as it is.
func Fields(r *http.Request) (map[string]string, error) {
	if strings.Contains(r.Header.Get("Content-Type"), "xml") {
		return readXML(r.Body)
	}
	return readJSON(r.Body)
}

// readXML returns the text of the elements directly below the root.
func readXML(body io.Reader) (map[string]string, error) {
	var root struct {
		Fields []struct {
			XMLName xml.Name
			Text    string `xml:",chardata"`
		} `xml:",any"`
	}
	if err := xml.NewDecoder(body).Decode(&root); err != nil {
		return nil, fmt.Errorf("reading the body as XML: %w", err)
	}
	values := map[string]string{}
	for _, f := range root.Fields {
		values[f.XMLName.Local] = strings.TrimSpace(f.Text)
	}
	return values, nil
}

// readJSON keeps numbers and booleans as they are spelled; apply decides what
// may be written at all.
func readJSON(body io.Reader) (map[string]string, error) {
	var members map[string]json.RawMessage
	if err := json.NewDecoder(body).Decode(&members); err != nil {
		return nil, fmt.Errorf("reading the body as JSON: %w", err)
	}
	values := map[string]string{}
	for name, raw := range members {
		var value string
		switch {
		case string(raw) == "null":
			continue
		case json.Unmarshal(raw, &value) == nil:
			values[name] = value
		default:
			values[name] = string(raw)
		}
	}
	return values, nil
}
