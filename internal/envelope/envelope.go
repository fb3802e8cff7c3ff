// Package envelope renders the body that a callback receives.
//
// Receivers written for the platform parse it with fixed expectations, so its
// members, their order, its compactness and its spellings of dates are the
// platform's, byte for byte; records stand in it exactly as the vendor wrote
// them. It renders each body once; nobody renders it again. It is pure.
//
// Source: captured callbacks, as described in docs/compatibility.md.
package envelope

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

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
}

// The members below stand in the order of the wire.
type body struct {
	Severity    string  `json:"severity"`
	CreatedDate string  `json:"createdDate"`
	Topic       string  `json:"topic"`
	Action      string  `json:"action"`
	ID          string  `json:"id"`
	Message     message `json:"message"`
	User        string  `json:"user"`
}

type message struct {
	ElementKey   string          `json:"elementKey"`
	AccountID    int64           `json:"accountId"`
	EventID      string          `json:"eventId"`
	CompanyID    int64           `json:"companyId"`
	InstanceID   int64           `json:"instanceId"`
	InstanceID2  int64           `json:"instance_id"`
	InstanceName string          `json:"instanceName"`
	InstanceTags []string        `json:"instanceTags"`
	Raw          json.RawMessage `json:"raw"`
	UserID       int64           `json:"userId"`
	Events       []event         `json:"events"`
}

type event struct {
	Date       string       `json:"date"`
	ElementKey string       `json:"elementKey"`
	PollDate   string       `json:"pollDate"`
	EventType  turnstone.Op `json:"eventType"`
	HubKey     string       `json:"hubKey"`
	ObjectID   string       `json:"objectId"`
	ObjectType string       `json:"objectType"`
}

// Render returns the body of n, compact and without a trailing newline.
func Render(n Notification) ([]byte, error) {
	in := n.Instance
	b := body{
		Severity:    "medium",
		CreatedDate: n.CreatedAt.UTC().Format(javaDate),
		Topic:       fmt.Sprintf("instance-%d-%s-events", in.ID, in.Element),
		Action:      "create",
		ID:          strconv.FormatInt(n.ID, 10),
		Message: message{
			ElementKey:   in.Element,
			AccountID:    in.AccountID,
			EventID:      n.Key,
			CompanyID:    in.AccountID,
			InstanceID:   in.ID,
			InstanceID2:  in.ID,
			InstanceName: entities.Replace(in.Name),
			InstanceTags: append([]string{}, in.Tags...),
			UserID:       in.UserID,
			Events:       events(n),
		},
		User: Sender,
	}
	var err error
	if b.Message.Raw, err = raw(n); err != nil {
		return nil, err
	}
	text, err := marshal(b)
	if err != nil {
		return nil, fmt.Errorf("render event %d: %w", n.ID, err)
	}
	return text, nil
}

// entities encodes a name as the platform does: its receivers decode it.
var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;") //nolint:gochecknoglobals // a table

// events returns the normalised form of the changes.
func events(n Notification) []event {
	list := make([]event, len(n.Changes))
	for i, c := range n.Changes {
		date := c.Date
		if date.IsZero() {
			date = n.CreatedAt
		}
		list[i] = event{
			Date:       date.UTC().Format(isoDate),
			ElementKey: n.Instance.Element,
			PollDate:   n.PollAt.UTC().Format(isoDate),
			EventType:  c.Op,
			HubKey:     n.Hub,
			ObjectID:   c.ObjectID,
			ObjectType: n.Resource,
		}
	}
	return list
}

// raw returns the records of the changes under the name of their resource.
func raw(n Notification) (json.RawMessage, error) {
	name, err := marshal(n.Resource)
	if err != nil {
		return nil, fmt.Errorf("render resource %q: %w", n.Resource, err)
	}
	var b bytes.Buffer
	b.WriteByte('{')
	b.Write(name)
	b.WriteString(":[")
	for i, c := range n.Changes {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := json.Compact(&b, c.Record); err != nil {
			return nil, fmt.Errorf("render record %s: %w", c.ObjectID, err)
		}
	}
	fmt.Fprintf(&b, `],"pollDate":%d,"objectType":%s}`, n.PollAt.UnixMilli(), name)
	return b.Bytes(), nil
}

// marshal is json.Marshal without the escapes for HTML pages, which the platform
// does not write.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
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
