// Package envelope renders the body that a callback receives.
//
// Receivers written for the platform parse it with fixed expectations, so its
// members, their order, its compactness and its spellings of dates are the
// platform's, byte for byte; records stand in it exactly as the vendor wrote
// them. Who asks for it gets CloudEvents instead, and what changed from what beside
// each record. It renders each body once; nobody renders it again. It is pure.
//
// Sources: captured callbacks, as described in docs/compatibility.md; CloudEvents 1.0
// and its JSON format (https://github.com/cloudevents/spec).
package envelope

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"turnstone"
)

// Sender is the constant that ends every body.
const Sender = "notifications@cloud-elements.com"

// Dates in a body: createdDate is what Java's Date.toString prints, the others
// are ISO 8601 in whole seconds.
const (
	javaDate = "Mon Jan 02 15:04:05 MST 2006"
	isoDate  = "2006-01-02T15:04:05Z"
)

// Notification is what one POST says.
type Notification struct {
	ID        int64  // of the notification: turnstone.Event.ID
	Key       string // the platform's eventId: turnstone.Event.Key
	Instance  turnstone.Instance
	Hub       string // hub of the instance's element
	Resource  string
	CreatedAt time.Time
	PollAt    time.Time // start of the poll that found the changes
	Changes   []turnstone.Change
	Format    turnstone.Format // FormatCloudEvents takes one change
	// Raw is what the vendor sent, of a webhook; nil: a poll found the changes.
	Raw json.RawMessage
}

// Render returns the body of n, compact and without a trailing newline.
func Render(n Notification) ([]byte, error) {
	size := 1 << 10 // around the records
	for _, c := range n.Changes {
		size += len(c.Record) + 1<<8
	}
	w := writer{text: make([]byte, 0, size)}
	render := w.elements
	if n.Format == turnstone.FormatCloudEvents {
		render = w.cloudEvent
	}
	if err := render(n); err != nil {
		return nil, fmt.Errorf("render event %d: %w", n.ID, err)
	}
	return w.text, nil
}

// elements writes the platform's body.
func (w *writer) elements(n Notification) error {
	in := n.Instance
	w.literal(`{"severity":"medium","createdDate":`).quoted(n.CreatedAt.UTC().Format(javaDate))
	w.literal(`,"topic":`).quoted("instance-" + strconv.FormatInt(in.ID, 10) + "-" + in.Element + "-events")
	w.literal(`,"action":"create","id":"`).number(n.ID)
	w.literal(`","message":{"elementKey":`).quoted(in.Element)
	w.literal(`,"accountId":`).number(in.AccountID)
	w.literal(`,"eventId":`).quoted(n.Key)
	w.literal(`,"companyId":`).number(in.AccountID)
	w.literal(`,"instanceId":`).number(in.ID)
	w.literal(`,"instance_id":`).number(in.ID)
	w.literal(`,"instanceName":`).quoted(entities.Replace(in.Name))
	w.tags(in.Tags)
	if err := w.raw(n); err != nil {
		return err
	}
	w.literal(`,"userId":`).number(in.UserID)
	w.events(n)
	w.literal(`},"user":"` + Sender + `"}`)
	return nil
}

// entities encodes a name as the platform does: its receivers decode it.
var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;") //nolint:gochecknoglobals // a table

// tags writes the tags of the instance.
func (w *writer) tags(tags []string) {
	w.literal(`,"instanceTags":[`)
	for i, tag := range tags {
		w.comma(i)
		w.quoted(tag)
	}
	w.literal(`]`)
}

// raw writes the records of the changes under the name of their resource.
// What a vendor sent by webhook stands there as a whole.
func (w *writer) raw(n Notification) error {
	if n.Raw != nil {
		w.literal(`,"raw":`)
		return w.record(turnstone.Change{Record: n.Raw})
	}
	w.literal(`,"raw":{`).quoted(n.Resource)
	w.literal(`:[`)
	for i, c := range n.Changes {
		w.comma(i)
		if err := w.record(c); err != nil {
			return err
		}
	}
	w.literal(`],"pollDate":`).number(n.PollAt.UnixMilli())
	w.literal(`,"objectType":`).quoted(n.Resource)
	w.literal(`}`)
	return nil
}

// record writes the record of a change as the vendor wrote it.
func (w *writer) record(c turnstone.Change) error {
	if !gjson.ValidBytes(c.Record) {
		return fmt.Errorf("record %s is no JSON", c.ObjectID)
	}
	w.compact(c.Record)
	return nil
}

// events writes the normalised form of the changes.
func (w *writer) events(n Notification) {
	pollDate := n.PollAt.UTC().Format(isoDate)
	w.literal(`,"events":[`)
	for i, c := range n.Changes {
		w.comma(i)
		w.literal(`{"date":`).quoted(n.date(c).Format(isoDate))
		w.literal(`,"elementKey":`).quoted(n.Instance.Element)
		if n.Raw == nil {
			w.literal(`,"pollDate":`).quoted(pollDate)
		}
		w.literal(`,"eventType":`).quoted(string(c.Op))
		w.literal(`,"hubKey":`).quoted(n.Hub)
		w.literal(`,"objectId":`).quoted(c.ObjectID)
		w.literal(`,"objectType":`).quoted(n.Resource)
		w.diff(c.Diff)
		w.literal(`}`)
	}
	w.literal(`]`)
}

// date returns when a change happened: of a record without a date, when the event
// was made.
func (n Notification) date(c turnstone.Change) time.Time {
	if c.Date.IsZero() {
		return n.CreatedAt.UTC()
	}
	return c.Date.UTC()
}

// NewKey returns a new eventId: 20 characters of URL-safe base64 that hold the
// time in milliseconds and 9 bytes read from random.
func NewKey(now time.Time, random io.Reader) (string, error) {
	var key [15]byte
	var stamp [8]byte
	binary.BigEndian.PutUint64(stamp[:], uint64(now.UnixMilli())) //nolint:gosec // positive until the year 292 million
	copy(key[:6], stamp[2:])
	if _, err := io.ReadFull(random, key[6:]); err != nil {
		return "", fmt.Errorf("make an event key: %w", err)
	}
	return base64.URLEncoding.EncodeToString(key[:]), nil
}
