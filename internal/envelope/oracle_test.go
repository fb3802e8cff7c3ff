package envelope_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/envelope"
)

// body is a callback's body as encoding/json would write it: slowly.
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
	ElementKey   string   `json:"elementKey"`
	AccountID    int64    `json:"accountId"`
	EventID      string   `json:"eventId"`
	CompanyID    int64    `json:"companyId"`
	InstanceID   int64    `json:"instanceId"`
	InstanceID2  int64    `json:"instance_id"`
	InstanceName string   `json:"instanceName"`
	InstanceTags []string `json:"instanceTags"`
	Raw          ordered  `json:"raw"`
	UserID       int64    `json:"userId"`
	Events       []event  `json:"events"`
}

// ordered is what stands under raw: a member named after the resource, and two more.
type ordered struct {
	resource string
	records  []json.RawMessage
	pollDate int64
}

type event struct {
	Date       string       `json:"date"`
	ElementKey string       `json:"elementKey"`
	PollDate   string       `json:"pollDate"`
	EventType  turnstone.Op `json:"eventType"`
	HubKey     string       `json:"hubKey"`
	ObjectID   string       `json:"objectId"`
	ObjectType string       `json:"objectType"`

	ChangedFields *[]string      `json:"changedFields,omitempty"`
	Changes       *[]fieldChange `json:"changes,omitempty"`
}

type fieldChange struct {
	Field string          `json:"field"`
	Old   json.RawMessage `json:"old,omitempty"`
	New   json.RawMessage `json:"new,omitempty"`
}

func (o ordered) MarshalJSON() ([]byte, error) {
	records, err := marshal(o.records)
	return fmt.Appendf(nil, `{%s:%s,"pollDate":%d,"objectType":%s}`, quote(o.resource), records, o.pollDate, quote(o.resource)), err
}

// quote writes a string as JSON.
func quote(text string) string {
	quoted, err := marshal(text)
	if err != nil {
		panic(err)
	}
	return string(quoted)
}

// marshal is json.Marshal without the escapes for HTML pages.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// expected returns the body of n.
func expected(n envelope.Notification) ([]byte, error) {
	in := n.Instance
	m := message{
		ElementKey: in.Element, AccountID: in.AccountID, EventID: n.Key, CompanyID: in.AccountID,
		InstanceID: in.ID, InstanceID2: in.ID,
		InstanceName: strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(in.Name),
		InstanceTags: append([]string{}, in.Tags...),
		Raw:          ordered{resource: n.Resource, records: []json.RawMessage{}, pollDate: n.PollAt.UnixMilli()},
		UserID:       in.UserID, Events: []event{},
	}
	for _, c := range n.Changes {
		m.Raw.records = append(m.Raw.records, c.Record)
		m.Events = append(m.Events, event{
			Date: c.Date.UTC().Format("2006-01-02T15:04:05Z"), ElementKey: in.Element, PollDate: n.PollAt.UTC().Format("2006-01-02T15:04:05Z"),
			EventType: c.Op, HubKey: n.Hub, ObjectID: c.ObjectID, ObjectType: n.Resource,
		})
		e := &m.Events[len(m.Events)-1]
		e.ChangedFields, e.Changes = diff(c.Diff)
	}
	return marshal(body{
		Severity: "medium", CreatedDate: n.CreatedAt.UTC().Format("Mon Jan 02 15:04:05 MST 2006"),
		Topic: fmt.Sprintf("instance-%d-%s-events", in.ID, in.Element), Action: "create",
		ID: strconv.FormatInt(n.ID, 10), Message: m, User: envelope.Sender,
	})
}

// diff returns what is told of the fields that changed; nil: nothing.
func diff(changes []turnstone.FieldChange) (*[]string, *[]fieldChange) {
	if changes == nil {
		return nil, nil
	}
	fields, values := []string{}, []fieldChange{}
	for _, c := range changes {
		fields, values = append(fields, c.Field), append(values, fieldChange(c))
	}
	return &fields, &values
}

// drawDiff draws a diff; a field may be new, gone or other than it was.
func drawDiff(t *rapid.T, text *rapid.Generator[string]) []turnstone.FieldChange {
	side := rapid.SampledFrom([]string{"", "null", `"a\u00e9"`, "1.50", `{"a": [1 , {}]}`})
	var changes []turnstone.FieldChange
	for range rapid.IntRange(0, 3).Draw(t, "fields") {
		c := turnstone.FieldChange{Field: text.Draw(t, "field")}
		if value := side.Draw(t, "old"); value != "" {
			c.Old = json.RawMessage(value)
		}
		if value := side.Draw(t, "new"); value != "" {
			c.New = json.RawMessage(value)
		}
		changes = append(changes, c)
	}
	return changes
}

func TestBodiesAreValidWhateverTheirTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "plain", `a"b\c`, "a<b>&c", "\x7f\u2028\u2029", "\xff\xfe", "tab\tline\n", "é😀"}))
		moment := rapid.Custom(func(t *rapid.T) time.Time {
			return time.UnixMilli(rapid.Int64Range(1, 4e12).Draw(t, "ms")).In(time.FixedZone("MST", -7*3600))
		})
		n := envelope.Notification{
			ID: rapid.Int64().Draw(t, "id"), Key: text.Draw(t, "key"), Hub: text.Draw(t, "hub"), Resource: text.Draw(t, "resource"),
			Instance: turnstone.Instance{
				ID: rapid.Int64().Draw(t, "instance"), AccountID: rapid.Int64().Draw(t, "account"), UserID: rapid.Int64().Draw(t, "user"),
				Element: text.Draw(t, "element"), Name: text.Draw(t, "name"), Tags: rapid.SliceOf(text).Draw(t, "tags"),
			},
			CreatedAt: moment.Draw(t, "created"), PollAt: moment.Draw(t, "polled"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			record := fmt.Sprintf(" {%s :\t[ 1.50 , {} , %s,\n null ] }", quote(text.Draw(t, "member")), quote(text.Draw(t, "value")))
			n.Changes = append(n.Changes, turnstone.Change{
				Op: turnstone.Updated, ObjectID: text.Draw(t, "object"), Date: moment.Draw(t, "date"), Record: []byte(record),
				Diff: drawDiff(t, text),
			})
		}
		want, err := expected(n)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := envelope.Render(n); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("Render = %s, %v, want %s", got, err, want)
		}
	})
}

func FuzzRender(f *testing.F) {
	f.Add([]byte(`{"a": [1.50, "x \" y\\", {"b" : null}]}`))
	f.Add([]byte("\t\"\\u00e9\" \n"))
	f.Add([]byte(`{"half":`))
	f.Fuzz(func(t *testing.T, record []byte) {
		n := notification()
		n.Changes[0].Record = record
		got, err := envelope.Render(n)
		if !json.Valid(record) {
			if err == nil {
				t.Errorf("Render(%q) = %s, want it refused", record, got)
			}
			return
		}
		if want, _ := expected(n); err != nil || !bytes.Equal(got, want) {
			t.Errorf("Render(%q) = %s, %v, want %s", record, got, err, want)
		}
	})
}
