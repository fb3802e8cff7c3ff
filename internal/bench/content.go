package bench

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"turnstone"
	"turnstone/internal/bench/peer"
	"turnstone/internal/envelope"
)

const (
	elementKey = "concur"
	resource   = "reports"
	// recordSize is that of the records polled, and bodySize that of the stored
	// events with one change each.
	recordSize = 1024
	bodySize   = 1024
	// layout is how the vendor writes dates.
	layout = "2006-01-02T15:04:05.000"
	// lookback is how far pollers read back before the moment they were enabled:
	// what lies there is learned, and makes no events.
	lookback = 24 * time.Hour
)

// recordDate returns the date of all records.
func recordDate(born time.Time) string { return born.Add(-30 * time.Minute).UTC().Format(layout) }

// pollerConfiguration is that of the platform's documentation, with a lookback.
func pollerConfiguration() string {
	return `{"url":"/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd'T'HH:mm:ss.SSS}'","idField":"ID",` +
		`"datesConfiguration":{"updatedDateField":"LastModifiedDate","updatedDateFormat":"yyyy-MM-dd'T'HH:mm:ss.SSS",` +
		`"createdDateField":"CreateDate","createdDateFormat":"yyyy-MM-dd'T'HH:mm:ss.SSS"},` +
		`"overlap":` + strconv.Itoa(int(lookback.Seconds())) + `}`
}

// writer makes events with one change each, whose bodies have bodySize bytes.
type writer struct {
	instance turnstone.Instance
	now      time.Time
	size     int // of a record
}

func newWriter(in turnstone.Instance, now time.Time) (*writer, error) {
	w := &writer{instance: in, now: now, size: 512}
	e, err := w.event(1_000_000, 0)
	w.size += bodySize - len(e.Body)
	return w, err
}

// event makes the event that tells of one object.
func (w *writer) event(id int64, object int) (turnstone.Event, error) {
	c := turnstone.Change{
		Op: turnstone.Created, ObjectID: peer.ObjectID(object), Date: w.now,
		Record: json.RawMessage(peer.AppendRecord(nil, object, w.now.UTC().Format(layout), w.size)),
	}
	e := turnstone.Event{
		ID: id, Key: fmt.Sprintf("%020d", id), AccountID: w.instance.AccountID, InstanceID: w.instance.ID,
		Resource: resource, CreatedAt: w.now, Objects: []string{c.ObjectID}, Ops: []turnstone.Op{c.Op},
	}
	var err error
	e.Body, err = envelope.Render(envelope.Notification{
		ID: id, Key: e.Key, Instance: w.instance, Hub: "expense", Resource: resource,
		CreatedAt: w.now, PollAt: w.now, Changes: []turnstone.Change{c},
	})
	return e, err
}
