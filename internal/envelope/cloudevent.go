package envelope

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// cloudEvent writes a CloudEvent in structured mode: the attributes of its one
// change, and as data the record.
//
// An integer of CloudEvents has 32 bits, fewer than an instance's id may need, so
// that is text.
func (w *writer) cloudEvent(n Notification) error {
	if len(n.Changes) != 1 {
		return fmt.Errorf("a CloudEvent is about one change, and there are %d", len(n.Changes))
	}
	c, instance := n.Changes[0], strconv.FormatInt(n.Instance.ID, 10)
	w.literal(`{"specversion":"1.0","id":"`).number(n.ID)
	w.literal(`","source":`).quoted(source(instance, n.Resource))
	w.literal(`,"type":`).quoted("turnstone." + n.Instance.Element + "." + n.Resource + "." + strings.ToLower(string(c.Op)))
	if c.ObjectID != "" { // an attribute must not be empty
		w.literal(`,"subject":`).quoted(c.ObjectID)
	}
	w.literal(`,"time":`).quoted(n.date(c).Format(time.RFC3339Nano))
	w.literal(`,"datacontenttype":"application/json","instanceid":`).quoted(instance)
	w.literal(`,"data":{"record":`)
	if err := w.record(c); err != nil {
		return err
	}
	w.diff(c.Diff)
	w.literal(`}}`)
	return nil
}

// source returns the URI reference of where a change happened. A resource may be a
// path.
func source(instance, resource string) string {
	parts := strings.Split(resource, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return "/instances/" + instance + "/" + strings.Join(parts, "/")
}
