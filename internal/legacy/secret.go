package legacy

import (
	"bytes"
	"encoding/json"
	"fmt"

	"turnstone/internal/element"
)

// Object is an export that can be changed, member by member.
type Object map[string]any

// ReadObject reads an export for a change. Its errors are those of [Import] for what
// cannot be read.
func ReadObject(data []byte) (Object, error) {
	src, err := readExport(data)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader([]byte(src.Raw)))
	d.UseNumber()
	var o Object
	if err := d.Decode(&o); err != nil {
		return nil, fmt.Errorf("read the export: %w", err)
	}
	return o, nil
}

// Text returns the export as JSON.
func (o Object) Text() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(o); err != nil {
		return nil, fmt.Errorf("write the export: %w", err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// DropSecrets removes the defaults of configuration entries that are secrets: the app
// of whoever exported the element is not the app of whoever imports it.
func (o Object) DropSecrets() {
	for _, entry := range o.Configuration() {
		key, _ := entry["key"].(string)
		kind, _ := entry["type"].(string)
		probe := element.Element{Configuration: []element.Field{{Key: key, Type: kind}}}
		if probe.Secret(key) {
			delete(entry, "defaultValue")
		}
	}
}

// Configuration returns the configuration entries, which can be changed in place.
func (o Object) Configuration() []map[string]any {
	list, _ := o["configuration"].([]any)
	var all []map[string]any
	for _, item := range list {
		if entry, ok := item.(map[string]any); ok {
			all = append(all, entry)
		}
	}
	return all
}

// SetConfiguration replaces the configuration entries.
func (o Object) SetConfiguration(all []map[string]any) {
	list := make([]any, len(all))
	for i, entry := range all {
		list[i] = entry
	}
	o["configuration"] = list
}
