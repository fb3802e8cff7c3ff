package intake

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"turnstone"
)

// maxChanges bounds what one webhook may tell.
const maxChanges = 1000

// unknown is what happened to an object where the vendor does not say; the platform has a
// word for it.
const unknown turnstone.Op = "UNKNOWN"

// news is a change that a webhook tells of.
type news struct {
	resource string
	change   turnstone.Change
}

// readChanges reads what an event hook came to, in the platform's form. Nil is nothing. The error
// says which change cannot be read, and why.
func readChanges(result json.RawMessage) ([]news, error) {
	value := gjson.ParseBytes(result)
	if events := value.Get("events"); value.IsObject() && events.Exists() {
		value = events
	}
	var list []gjson.Result
	switch {
	case value.IsArray():
		list = value.Array()
	case value.IsObject() && !value.Get("event_object_id").Exists() && value.Get("continue").Exists():
		return nil, nil // the hook wants to hear no more of it
	case value.IsObject():
		list = []gjson.Result{value}
	case value.Type != gjson.Null:
		return nil, fmt.Errorf(`it came to %.60q; answer {"events": [...]}`, value.Raw)
	}
	if len(list) > maxChanges {
		return nil, fmt.Errorf("it came to %d changes; the most is %d", len(list), maxChanges)
	}
	all := make([]news, 0, len(list))
	for i, item := range list {
		n, err := readChange(item)
		if err != nil {
			return nil, fmt.Errorf("change %d: %w", i+1, err)
		}
		all = append(all, n)
	}
	return all, nil
}

func readChange(item gjson.Result) (news, error) {
	if !item.IsObject() {
		return news{}, fmt.Errorf("is %.60q; answer an object", item.Raw)
	}
	n := news{
		resource: strings.TrimSpace(text(item.Get("event_object_type"))),
		change:   turnstone.Change{ObjectID: text(item.Get("event_object_id")), Op: opOf(text(item.Get("event_type"))), Date: dateOf(item.Get("event_date"))},
	}
	switch {
	case n.resource == "":
		return n, fmt.Errorf("has no event_object_type; answer the name of the resource, such as accounts")
	case n.change.ObjectID == "":
		return n, fmt.Errorf("has no event_object_id; answer the id of the object")
	}
	return n, nil
}

// opOf returns what happened.
func opOf(text string) turnstone.Op {
	switch op := turnstone.Op(strings.ToUpper(strings.TrimSpace(text))); op {
	case turnstone.Created, turnstone.Updated, turnstone.Deleted:
		return op
	}
	return unknown
}

// dateOf returns when it happened: ISO 8601, or milliseconds since 1970; zero where that
// cannot be read, and then the event tells when it was made.
func dateOf(v gjson.Result) time.Time {
	if v.Type == gjson.Number {
		return time.UnixMilli(v.Int()).UTC()
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999Z0700", "2006-01-02T15:04:05.999", "2006-01-02"} {
		if at, err := time.Parse(layout, v.String()); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}
