package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cloudEvent is the body of a callback in the format of CloudEvents 1.0.
type cloudEvent struct {
	ID      string    `json:"id"`
	Source  string    `json:"source"` // "/instances/", the instance, "/" and the resource
	Type    string    `json:"type"`   // turnstone.<element>.<resource>.<created|updated|deleted>
	Subject string    `json:"subject"`
	Time    time.Time `json:"time"`
	Data    struct {
		Record json.RawMessage `json:"record"`
		Fields []string        `json:"changedFields"`
		Values []FieldValue    `json:"changes"`
	} `json:"data"`
}

// parseCloudEvent decodes a CloudEvent into the event that the platform's format
// would tell.
func parseCloudEvent(body []byte) (Event, error) {
	var c cloudEvent
	if err := json.Unmarshal(body, &c); err != nil {
		return Event{}, fmt.Errorf("parse CloudEvent: %w", err)
	}
	instance, resource, err := c.place()
	if err != nil {
		return Event{}, err
	}
	element, op, err := c.kind(resource)
	if err != nil {
		return Event{}, err
	}
	if c.ID == "" || c.Data.Record == nil {
		return Event{}, errors.New("parse CloudEvent: no id or no data.record: the body is not one of ours")
	}
	name, err := json.Marshal(resource)
	if err != nil {
		return Event{}, fmt.Errorf("parse CloudEvent: %w", err)
	}
	// By hand, since json.Marshal would escape characters of the record.
	raw := slices.Concat([]byte("{"), name, []byte(":["), c.Data.Record, []byte("]}"))
	return Event{ID: c.ID, Message: Message{
		ElementKey: element, InstanceID: instance, Raw: raw,
		Changes: []Change{{
			Op: op, Resource: resource, ObjectID: c.Subject, Date: c.Time, ElementKey: element,
			Fields: c.Data.Fields, Values: c.Data.Values,
		}},
	}}, nil
}

// place returns where the change happened.
func (c cloudEvent) place() (instance int64, resource string, err error) {
	path, ours := strings.CutPrefix(c.Source, "/instances/")
	id, escaped, _ := strings.Cut(path, "/")
	instance, err = strconv.ParseInt(id, 10, 64)
	if ours && err == nil {
		resource, err = url.PathUnescape(escaped)
	}
	if !ours || err != nil || resource == "" {
		return 0, "", fmt.Errorf("parse CloudEvent: source %q names no instance and resource", c.Source)
	}
	return instance, resource, nil
}

// kind returns whose object changed, and how.
func (c cloudEvent) kind(resource string) (element, op string, err error) {
	name, ours := strings.CutPrefix(c.Type, "turnstone.")
	end := strings.LastIndexByte(name, '.')
	if !ours || end < 0 {
		return "", "", fmt.Errorf("parse CloudEvent: type %q is none of ours", c.Type)
	}
	element, ours = strings.CutSuffix(name[:end], "."+resource)
	if !ours {
		return "", "", fmt.Errorf("parse CloudEvent: type %q is not about %s", c.Type, resource)
	}
	return element, strings.ToUpper(name[end+1:]), nil
}
