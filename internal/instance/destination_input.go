package instance

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"turnstone"
)

// DestinationInput is what a client sent about a destination.
type DestinationInput struct {
	texts     map[string]string // by member, those that were sent
	resources *[]string
	types     *[]string
	problems  Problems
}

// destinationMembers are the members of a destination that are text, and the entry of
// an instance's configuration that means the same.
var destinationMembers = []struct{ name, key string }{
	{"url", turnstone.KeyCallbackURL},
	{"signatureKey", turnstone.KeySignatureKey},
	{"secondarySignatureKey", turnstone.KeySecondaryKey},
	{"username", turnstone.KeyBasicUsername},
	{"password", turnstone.KeyBasicPassword},
	{"headers", turnstone.KeyCallbackHeaders},
	{"rate", turnstone.KeyRate},
	{"concurrency", turnstone.KeyConcurrency},
	{"handshake", turnstone.KeyHandshake},
}

// memberOf returns the member that a problem with a configuration entry is about.
func memberOf(entry string) string {
	for _, m := range destinationMembers {
		if entry == path(m.key) {
			return m.name
		}
	}
	return entry
}

// inMembers returns a message about configuration entries in the names of members. One
// key begins with another, which comes before it.
func inMembers(message string) string {
	for _, m := range slices.Backward(destinationMembers) {
		message = strings.ReplaceAll(message, m.key, m.name)
	}
	return message
}

// ReadDestinationInput reads a JSON object. What is wrong with it is reported by
// Create and Update, together with everything else.
func ReadDestinationInput(body []byte) DestinationInput {
	in := DestinationInput{texts: make(map[string]string)}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		in.problems.add("body", "is no JSON object; write one with the member url")
		return in
	}
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		in.read(name, members[name])
	}
	return in
}

// read takes in one member.
func (in *DestinationInput) read(name string, value json.RawMessage) {
	isText := slices.ContainsFunc(destinationMembers, func(m struct{ name, key string }) bool { return m.name == name })
	switch {
	case name == "resources":
		in.resources = in.list(name, value)
	case name == "types":
		in.types = in.list(name, value)
	case name == "headers" && len(value) > 0 && value[0] == '{':
		in.texts[name] = string(value)
	case isText:
		in.text(name, value)
	default:
		in.problems.add(name, "is not known; write url, resources, types, signatureKey, secondarySignatureKey, username, password, headers, rate, concurrency or handshake")
	}
}

// text reads text, or a number; null clears.
func (in *DestinationInput) text(name string, value json.RawMessage) {
	var text string
	switch first := value[0]; {
	case string(value) == "null":
	case first == '"':
		if err := json.Unmarshal(value, &text); err != nil {
			in.problems.add(name, "is no text; write it in quotes")
			return
		}
	case first == '-' || first >= '0' && first <= '9':
		text = string(value)
	default:
		in.problems.add(name, "is %s; write text or a number", excerpt(string(value)))
		return
	}
	in.texts[name] = text
}

// list reads a list of texts; null clears.
func (in *DestinationInput) list(name string, value json.RawMessage) *[]string {
	list := []string{}
	if err := json.Unmarshal(value, &list); err != nil {
		in.problems.add(name, `is %s; write a list of texts, such as ["reports"], or [] for all`, excerpt(string(value)))
		return nil
	}
	return &list
}

// maxFilter bounds the resources that a filter names.
const maxFilter = 100

// filter returns what becomes of a filter.
func (in DestinationInput) filter(f turnstone.DestinationFilter, problems *Problems) turnstone.DestinationFilter {
	if in.resources != nil {
		f.Resources = nil
		for i, resource := range *in.resources {
			if strings.TrimSpace(resource) == "" || i >= maxFilter {
				problems.add("resources."+strconv.Itoa(i), "is empty, or one of more than %d; write the names of polled resources", maxFilter)
				break
			}
			f.Resources = append(f.Resources, resource)
		}
	}
	if in.types != nil {
		f.Ops = nil
		for i, text := range *in.types {
			op := turnstone.Op(strings.ToUpper(text))
			if op != turnstone.Created && op != turnstone.Updated && op != turnstone.Deleted {
				problems.add("types."+strconv.Itoa(i), "is %s; write CREATED, UPDATED or DELETED", excerpt(text))
				continue
			}
			if !slices.Contains(f.Ops, op) {
				f.Ops = append(f.Ops, op)
			}
		}
	}
	return f
}

// headersText returns headers as a configuration holds them.
func headersText(headers map[string]string) string {
	text, err := json.Marshal(headers)
	if err != nil {
		return "" // texts always have a JSON form
	}
	return string(text)
}

// unmasked returns headers with those that a destination has in the place of their
// masks.
func unmasked(text string, known map[string]string, problems *Problems) string {
	headers, err := headerPairs(text)
	if err != nil || text == "" {
		return text // the mask of all of them, or to be reported with the others
	}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		if headers[name] != turnstone.Masked {
			continue
		}
		value, ok := known[name]
		if !ok {
			problems.add("headers."+excerpt(name), "is the mask of a secret, and there is none to keep; write the value itself")
		}
		headers[name] = value
	}
	return headersText(headers)
}
