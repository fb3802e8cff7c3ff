package instance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Input is what a client says about an instance. What it does not say is nil.
type Input struct {
	Element                *ElementRef
	Name                   *string
	Tags                   []string // empty but not nil: none
	Configuration          map[string]string
	ProviderData           map[string]string // what the vendor's redirect brought, such as code
	ExternalAuthentication *string
	// KeepCredential leaves the credential alone, whatever else changes.
	KeepCredential bool

	problems Problems // found while reading
}

// ElementRef names an element.
type ElementRef struct {
	Key string
	ID  int64 // 0: not given
}

// ReadInput reads the JSON object that a client sent about an instance. Members it
// does not know are passed over, since clients send back whole answers. What is
// wrong with the others is reported by the method the Input is given to, together
// with everything else.
func ReadInput(body []byte) Input {
	var in Input
	members := in.members("", body)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		raw := members[name]
		if isNull(raw) {
			continue
		}
		switch name {
		case "element":
			in.Element = in.element(raw)
		case "name":
			in.Name = in.text(name, raw)
		case "tags":
			in.Tags = in.tags(raw)
		case "configuration":
			in.Configuration = in.values(name, raw)
		case "providerData":
			in.ProviderData = in.values(name, raw)
		case "externalAuthentication":
			in.ExternalAuthentication = in.text(name, raw)
		}
	}
	return in
}

// members returns the members of an object.
func (in *Input) members(path string, raw json.RawMessage) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		in.problems.add(path, "is %s; write an object", kind(raw))
	}
	return members
}

func (in *Input) element(raw json.RawMessage) *ElementRef {
	members := in.members("element", raw)
	if members == nil {
		return nil
	}
	var ref ElementRef
	if key := members["key"]; key != nil && !isNull(key) {
		if text := in.text("element.key", key); text != nil {
			ref.Key = *text
		}
	}
	if id := members["id"]; id != nil && !isNull(id) {
		number, err := strconv.ParseInt(strings.Trim(string(id), `"`), 10, 64)
		if err != nil || number <= 0 {
			in.problems.add("element.id", "is %s; write the number of an element", excerpt(string(id)))
		}
		ref.ID = number
	}
	return &ref
}

func (in *Input) text(path string, raw json.RawMessage) *string {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		in.problems.add(path, "is %s; write text in quotes", kind(raw))
		return nil
	}
	return &text
}

// tags reads a list of texts. Objects with a name, as the platform answered once,
// stand for their name.
func (in *Input) tags(raw json.RawMessage) []string {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		in.problems.add("tags", `is %s; write a list of texts, such as ["Docs"]`, kind(raw))
		return nil
	}
	items = items[:min(len(items), maxTags+1)] // one too many is enough to say so
	tags := make([]string, 0, len(items))
	for i, item := range items {
		var old struct{ Name *json.RawMessage }
		if json.Unmarshal(item, &old) == nil && old.Name != nil {
			item = *old.Name
		}
		if tag := in.text(fmt.Sprintf("tags.%d", i), item); tag != nil {
			tags = append(tags, *tag)
		}
	}
	return tags
}

// values reads an object of flat keys, whose values may have any type and become
// text: a number as it is written, an object as compact JSON, null as nothing. Lists are
// for declared resources alone.
func (in *Input) values(path string, raw json.RawMessage) map[string]string {
	members := in.members(path, raw)
	if members == nil {
		return nil
	}
	values := make(map[string]string, len(members))
	for key, value := range members {
		values[key] = in.value(path+"."+key, value)
	}
	return values
}

func (in *Input) value(path string, raw json.RawMessage) string {
	switch raw[0] {
	case '"':
		if text := in.text(path, raw); text != nil {
			return *text
		}
		return ""
	case '[':
		if strings.HasSuffix(path, ".resources") { // what instances declare themselves
			return in.compact(path, raw)
		}
		in.problems.add(path, "is a list; write text in quotes, or an object where the entry is one")
		return ""
	case '{':
		return in.compact(path, raw)
	}
	if isNull(raw) {
		return ""
	}
	return string(raw)
}

// compact returns JSON as the text that is kept of it.
func (in *Input) compact(path string, raw json.RawMessage) string {
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		in.problems.add(path, "is no JSON: %v", err)
	}
	return compact.String()
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

// kind names the type of a JSON value for people.
func kind(raw json.RawMessage) string {
	first := byte(' ')
	if trimmed := bytes.TrimSpace(raw); len(trimmed) > 0 {
		first = trimmed[0]
	}
	switch first {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "text"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

// excerpt returns text in quotes, cut to what an error message can hold.
func excerpt(text string) string {
	const longest = 60
	if runes := []rune(text); len(runes) > longest {
		return fmt.Sprintf("%q…", string(runes[:longest]))
	}
	return strconv.Quote(text)
}
