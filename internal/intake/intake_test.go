package intake_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/intake"
)

// trusting is a webhooks section whose hook passes changes on as they come.
const trusting = `
verify: {type: hook}
delivery_id: {header: X-Delivery}
events: {jq: "[.changes[]? | {event_object_id: .id, event_object_type: (.type // \"widgets\"), event_type: .op, event_date: .at}]"}`

func TestChangesAreReadByTheHook(t *testing.T) {
	tests := map[string]struct {
		section string
		body    string
		want    string
	}{
		"jq":                 {trusting, `{"changes":[{"id":7,"op":"updated"}]}`, "70 told widgets[UPDATED][7]"},
		"several":            {trusting, `{"changes":[{"id":1,"op":"CREATED"},{"id":2,"op":"updated"}]}`, "70 told widgets[CREATED UPDATED][1 2]"},
		"of several kinds":   {trusting, `{"changes":[{"id":1,"op":"CREATED"},{"id":2,"op":"created","type":"gadgets"}]}`, "70 told widgets[CREATED][1] gadgets[CREATED][2]"},
		"deletions":          {trusting, `{"changes":[{"id":1,"op":"DELETED"},{"id":2,"op":"deleted"}]}`, "70 told widgets[DELETED][1] widgets[DELETED][2]"},
		"of what is unknown": {trusting, `{"changes":[{"id":"12345678901234567890","op":"MERGED"}]}`, "70 told widgets[UNKNOWN][12345678901234567890]"},
		"nothing":            {trusting, `{"changes":[]}`, "70 dropped"},
		"javascript":         {"verify: {type: hook}\nevents: {javascript: \"done({events: [{event_object_id: events.id, event_object_type: configuration['webhook.secret'], event_type: 'CREATED'}]})\"}", `{"id":"a"}`, "70 told s3cret[CREATED][a]"},
		"legacy":             {"verify: {type: hook}\nevents: {legacy: true, javascript: \"list = getArray(); list.push({event_object_id: events.id, event_object_type: 'widgets', event_type: 'CREATED'}); return {events: list};\"}", `{"id":"a"}`, "70 told widgets[CREATED][a]"},
		"to be passed over":  {"verify: {type: hook}\nevents: {javascript: \"done({continue: true})\"}", `{}`, "70 dropped"},
		"nothing is done":    {"verify: {type: hook}\nevents: {javascript: \"events.id\"}", `{}`, "70 dropped"},
		"one change":         {"verify: {type: hook}\nevents: {jq: \"{event_object_id: .id, event_object_type: \\\"widgets\\\"}\"}", `{"id":1.50}`, "70 told widgets[UNKNOWN][1.50]"},
		"of a list":          {"verify: {type: hook}\nevents: {jq: \".body[] | {event_object_id: ., event_object_type: \\\"widgets\\\", event_type: \\\"CREATED\\\"}\"}", `["a","b"]`, "70 told widgets[CREATED CREATED][a b]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tt.section)
			if _, err := w.Receive(t.Context(), sent(tt.body)); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(w.told(), "\n"); got != tt.want {
				t.Errorf("Receive = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAnEventHoldsWhatTheVendorSent(t *testing.T) {
	w := newWorld(t, trusting)
	if _, err := w.Receive(t.Context(), sent(` { "changes" : [{"id":7,"op":"updated","at":"2026-11-23T11:59:58.123Z"}], "n": 1.50, "z": "ä" } `)); err != nil {
		t.Fatal(err)
	}
	key := w.commits[0].Events[0].Key
	want := `{"severity":"medium","createdDate":"Mon Nov 23 12:00:00 UTC 2026","topic":"instance-70-widgets-events","action":"create","id":"1",` +
		`"message":{"elementKey":"widgets","accountId":4,"eventId":"` + key + `","companyId":4,"instanceId":70,"instance_id":70,` +
		`"instanceName":"Widgets","instanceTags":[],"raw":{"changes":[{"id":7,"op":"updated","at":"2026-11-23T11:59:58.123Z"}],"n":1.50,"z":"ä"},` +
		`"userId":0,"events":[{"date":"2026-11-23T11:59:58Z","elementKey":"widgets","eventType":"UPDATED","hubKey":"crm","objectId":"7","objectType":"widgets"}]},` +
		`"user":"notifications@cloud-elements.com"}`
	if diff := cmp.Diff(want, string(w.commits[0].Events[0].Body)); diff != "" {
		t.Errorf("Body (-want +got):\n%s", diff)
	}
}

func TestTwentyChangesShareAnEvent(t *testing.T) {
	var changes []string
	for i := range 45 {
		changes = append(changes, fmt.Sprintf(`{"id":%d,"op":"CREATED"}`, i))
	}
	body := `{"changes":[` + strings.Join(changes, ",") + `]}`
	tests := map[string]struct {
		configuration turnstone.Configuration
		want          []int
	}{
		"by default":     {nil, []int{20, 20, 5}},
		"fewer":          {turnstone.Configuration{turnstone.KeyMaxChanges: "30"}, []int{30, 15}},
		"of CloudEvents": {turnstone.Configuration{turnstone.KeyFormat: "cloudevents"}, slices.Repeat([]int{1}, 45)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, trusting)
			in := w.instance(tt.configuration)
			r := sent(body)
			r.Instances = []int64{in.ID}
			if _, err := w.Receive(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, e := range w.commits[0].Events {
				got = append(got, len(e.Objects))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("changes of events = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestOnlyObjectsThatWereAskedForAreTold(t *testing.T) {
	w := newWorld(t, trusting+"\nwake: [{resource: widgets}]")
	in := w.instance(turnstone.Configuration{turnstone.KeyObjects: "Gadgets, other"})
	r := sent(`{"changes":[{"id":1,"op":"CREATED"},{"id":2,"op":"CREATED","type":"gadgets"}]}`)
	r.Instances = []int64{in.ID}
	if _, err := w.Receive(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got, want := w.told(), []string{"71 told gadgets[CREATED][2]"}; !slices.Equal(got, want) {
		t.Errorf("Receive = %v, want %v", got, want)
	}
}

func TestBodiesOfAllFormsAreRead(t *testing.T) {
	const section = "verify: {type: hook}\nevents: {jq: \"{event_object_id: (.id // .ids[1]), event_object_type: \\\"widgets\\\", event_type: .op}\"}"
	form := func(r *intake.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	tests := map[string]struct {
		body string
		edit func(*intake.Request)
		want string // raw
	}{
		"JSON":             {`{"id":"a","op":"CREATED"}`, func(r *intake.Request) { r.Header.Set("Content-Type", "application/json") }, `{"id":"a","op":"CREATED"}`},
		"JSON, unnamed":    {`{"id":"a"}`, func(*intake.Request) {}, `{"id":"a"}`},
		"JSON as a form":   {`{"id":"a"}`, func(r *intake.Request) { r.Header.Set("Content-Type", "text/plain") }, `{"id":"a"}`},
		"a form":           {`op=uploaded&id=%5B%22a%22%5D`, form, `{"id":"[\"a\"]","op":"uploaded"}`},
		"a form of a list": {`ids=a&ids=b`, form, `{"ids":["a","b"]}`},
		"a query":          {``, func(r *intake.Request) { r.Query = url.Values{"id": {"{\"t\":1}"}, intake.SecretParameter: {"x"}} }, `{"id":"{\"t\":1}"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, section)
			r := sent(tt.body)
			tt.edit(&r)
			if _, err := w.Receive(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			var event struct{ Message struct{ Raw json.RawMessage } }
			if err := json.Unmarshal(w.commits[0].Events[0].Body, &event); err != nil {
				t.Fatal(err)
			}
			if got := string(event.Message.Raw); got != tt.want {
				t.Errorf("raw = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestWhatIsNotTakenSaysWhatToDo(t *testing.T) {
	tests := map[string]struct {
		section string
		edit    func(*intake.Request)
		kind    intake.Kind
		want    string
	}{
		"no JSON":  {trusting, func(r *intake.Request) { r.Body = []byte("{") }, intake.Unreadable, "the body is no JSON in UTF-8"},
		"no UTF-8": {trusting, func(r *intake.Request) { r.Body = []byte("{\"a\":\"\xff\"}") }, intake.Unreadable, "the body is no JSON in UTF-8"},
		"a bad form": {trusting, func(r *intake.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Body = []byte("a=%zz")
		}, intake.Unreadable, "the body is no form"},
		"XML":                   {trusting, func(r *intake.Request) { r.Header.Set("Content-Type", "application/xml"); r.Body = []byte("<a/>") }, intake.Unsupported, `the content type "application/xml" is not read here`},
		"an unknown instance":   {trusting, func(r *intake.Request) { r.Instances = []int64{1} }, intake.Nobody, "there is no such instance"},
		"another element":       {trusting, func(r *intake.Request) { r.Element = "gadgets" }, intake.Nobody, "there is no such instance"},
		"for nobody":            {trusting, func(r *intake.Request) { r.Instances = nil }, intake.Nobody, "nothing says which instance this is for"},
		"a hook that fails":     {"verify: {type: hook}\nevents: {javascript: \"throw new Error('no idea')\"}", func(*intake.Request) {}, intake.Broken, "event hook of widgets: line 1: Error: no idea"},
		"a hook of no changes":  {"verify: {type: hook}\nevents: {jq: \"7\"}", func(*intake.Request) {}, intake.Broken, `event hook of widgets: it came to "7"`},
		"a change without id":   {"verify: {type: hook}\nevents: {jq: \"{event_object_type: \\\"a\\\"}\"}", func(*intake.Request) {}, intake.Broken, "change 1: has no event_object_id"},
		"a change without type": {"verify: {type: hook}\nevents: {jq: \"[{event_object_id: 1}]\"}", func(*intake.Request) {}, intake.Broken, "change 1: has no event_object_type"},
		"too many changes":      {"verify: {type: hook}\nevents: {jq: \"[range(1001)]\"}", func(*intake.Request) {}, intake.Broken, "1001 changes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tt.section)
			r := sent(`{}`)
			tt.edit(&r)
			_, err := w.Receive(t.Context(), r)
			problem, is := errors.AsType[*intake.Problem](err)
			if !is || problem.Kind != tt.kind || !strings.Contains(problem.Text, tt.want) {
				t.Errorf("Receive = %v, want kind %d with %q", err, tt.kind, tt.want)
			}
			for _, c := range w.commits {
				if len(c.Events) > 0 {
					t.Errorf("events = %v, want none", c.Events)
				}
			}
		})
	}
}

func TestRefusedWebhooksAreKeptOnceAMinute(t *testing.T) {
	w := newWorld(t, "verify: {type: hook}\nevents: {javascript: \"console.log('read', events.id); throw new Error('no idea')\"}")
	for range 3 {
		if _, err := w.Receive(t.Context(), sent(`{"id":7}`)); err == nil {
			t.Fatal("Receive = nil, want the hook's mistake")
		}
	}
	if got, want := w.told(), []string{"70 failed"}; !slices.Equal(got, want) {
		t.Errorf("kept = %v, want %v", got, want)
	}
}

func TestAWebhookFindsItsInstances(t *testing.T) {
	w := newWorld(t, trusting)
	w.instance(turnstone.Configuration{"site.id": "7"})
	w.instance(turnstone.Configuration{"site.id": "7"})
	w.instance(turnstone.Configuration{"site.id": "8"})
	for body, want := range map[string][]string{
		`{"data":{"site":7},"changes":[{"id":1,"op":"CREATED"}]}`: {"71 told widgets[CREATED][1]", "72 told widgets[CREATED][1]"},
		`{"data":{"site":9},"changes":[{"id":1,"op":"CREATED"}]}`: nil, // a customer of the vendor who is none of ours
	} {
		w.commits = nil
		r := sent(body)
		r.Instances = nil
		if _, err := w.Receive(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if got := w.told(); !slices.Equal(got, want) {
			t.Errorf("Receive(%s) = %v, want %v", body, got, want)
		}
	}
}

func TestAnInstanceThatHearsNothingDropsWebhooks(t *testing.T) {
	w := newWorld(t, trusting)
	w.instances[0].Disabled = true
	w.instance(turnstone.Configuration{turnstone.KeyEventsEnabled: "false"})
	r := sent(`{"changes":[{"id":1,"op":"CREATED"}]}`)
	r.Instances = []int64{70, 71}
	if _, err := w.Receive(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got, want := w.told(), []string{"70 dropped", "71 dropped"}; !slices.Equal(got, want) {
		t.Errorf("Receive = %v, want %v", got, want)
	}
}

func TestNothingIsAnsweredBeforeItIsStored(t *testing.T) {
	w := newWorld(t, trusting)
	w.broken = turnstone.ErrUnavailable
	if _, err := w.Receive(t.Context(), sent(`{"changes":[{"id":1,"op":"CREATED"}]}`)); !errors.Is(err, turnstone.ErrUnavailable) {
		t.Errorf("Receive = %v, want %v", err, turnstone.ErrUnavailable)
	}
}

func TestDeliveriesOfTheVendorHaveTheirName(t *testing.T) {
	for name, tt := range map[string]struct {
		given string
		want  func(string) bool
	}{
		"short":  {"d-1", func(id string) bool { return id == "d-1" }},
		"none":   {"", func(id string) bool { return id == "" }},
		"long":   {strings.Repeat("d", 300), func(id string) bool { return len(id) == 64 }},
		"broken": {"a\xff", func(id string) bool { return len(id) == 64 }},
	} {
		w := newWorld(t, trusting)
		r := sent(`{}`)
		r.Header["X-Delivery"] = []string{tt.given}
		if _, err := w.Receive(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if got := w.commits[0].Webhook.DeliveryID; !tt.want(got) {
			t.Errorf("DeliveryID, %s, = %q, want it as it is, or a hash", name, got)
		}
	}
}

func TestAChallengeIsSentBack(t *testing.T) {
	tests := map[string]struct {
		challenge string
		edit      func(*intake.Request)
		want      intake.Answer
	}{
		"of a query":  {"{from: request_parameter, name: hub.challenge}", func(r *intake.Request) { r.Query.Set("hub.challenge", "<b>1") }, intake.Answer{ContentType: "text/plain; charset=utf-8", Body: []byte("<b>1")}},
		"of a body":   {"{from: body, name: challenge, answer: json}", func(r *intake.Request) { r.Body = []byte(`{"challenge":"1"}`) }, intake.Answer{ContentType: "application/json", Body: []byte(`{"challenge":"1"}`)}},
		"of a header": {"{from: header, name: X-Hook, answer: header}", func(r *intake.Request) { r.Header.Set("X-Hook", "1") }, intake.Answer{Header: map[string]string{"X-Hook": "1"}}},
		"too long":    {"{from: header, name: X-Hook, answer: header}", func(r *intake.Request) { r.Header.Set("X-Hook", strings.Repeat("1", 2000)) }, intake.Answer{}},
		"none":        {"{from: header, name: X-Hook, answer: header}", func(*intake.Request) {}, intake.Answer{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, trusting+"\nchallenge: "+tt.challenge)
			r := sent(`{}`)
			tt.edit(&r)
			got, err := w.Receive(t.Context(), r)
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("Receive (-want +got), %v:\n%s", err, diff)
			}
		})
	}
}
