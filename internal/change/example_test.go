package change_test

import (
	"encoding/json"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/change"
)

func ExampleRule_Judge() {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	dated := func(field string) change.Date {
		return change.Date{Field: field, Parse: func(text string) (time.Time, time.Duration, error) {
			at, err := time.Parse(time.RFC3339, text)
			return at, time.Second, err
		}}
	}
	rule := change.Rule{IDField: "id", Updated: dated("updated"), Created: dated("created"), Since: noon, Until: noon.Add(time.Hour)}
	known := make(map[string]turnstone.Version)
	poll := func(records ...json.RawMessage) {
		objects, problems := rule.Identify(records)
		for _, err := range problems {
			fmt.Println(err)
		}
		for _, v := range rule.Judge(objects, known) {
			if v.Learn {
				known[v.Object.Version.ObjectID] = v.Object.Version
			}
			fmt.Printf("%s %q: %s\n", v.Object.Version.ObjectID, v.Op, v.Reason)
		}
	}
	poll(
		json.RawMessage(`{"id":"1","total":10,"created":"2026-11-23T12:05:00Z","updated":"2026-11-23T12:05:00Z"}`),
		json.RawMessage(`{"id":"2","total":10,"created":"2026-11-01T08:00:00Z","updated":"2026-11-23T12:06:00Z"}`),
		json.RawMessage(`{"id":"3","total":10,"created":"2026-11-01T08:00:00Z","updated":"2026-11-23T11:59:00Z"}`),
	)
	poll(
		json.RawMessage(`{"id":"1","total":10.00,"created":"2026-11-23T12:05:00Z","updated":"2026-11-23T12:05:00Z"}`),
		json.RawMessage(`{"id":"3","total":20,"created":"2026-11-01T08:00:00Z","updated":"2026-11-23T12:07:00Z"}`),
	)
	// Output:
	// 1 "CREATED": new
	// 2 "UPDATED": seen
	// 3 "": earlier
	// 1 "": same
	// 3 "UPDATED": differs
}

func ExampleRule_Vanished() {
	rule := change.Rule{IDField: "user.id"}
	v := rule.Vanished(turnstone.Version{ObjectID: "7C1E"})
	fmt.Println(v.Op, string(v.Object.Record))
	// Output: DELETED {"user":{"id":"7C1E"}}
}

func ExampleBecause() {
	fmt.Println(change.Because(turnstone.ReasonVanished))
	// Output: The vendor does not list this record any more, and we made sure of that, so we reported it as deleted.
}

func ExampleDiff() {
	before := json.RawMessage(`{"id":"1","total":10.00,"owner":{"name":"Ana","mail":"ana@example.test"},"tags":["a"],"seen":1}`)
	after := json.RawMessage(`{"id":"1","total":10,"owner":{"name":"Ana Ruiz","mail":"ana@example.test"},"tags":["a","b"],"seen":2,"note.x":"hi"}`)
	for _, c := range change.Diff(before, after, []string{"seen"}) {
		fmt.Printf("%s: %s → %s\n", c.Field, c.Old, c.New)
	}
	// Output:
	// note\.x:  → "hi"
	// owner.name: "Ana" → "Ana Ruiz"
	// tags: ["a"] → ["a","b"]
}

func ExampleFingerprint() {
	a := change.Fingerprint([]byte(`{"id":"1","total":10.00,"link":"/x?session=1"}`), "link")
	b := change.Fingerprint([]byte(`{"link":"/x?session=2", "total":10, "id":"1", "note":null}`), "link")
	fmt.Println(a == b)
	// Output: true
}

func ExampleExact() {
	fmt.Printf("%x\n", change.Exact([]byte(`{"id":"1"}`)))
	fmt.Printf("%x\n", change.Exact([]byte(`{"id": "1"}`)))
	// Output:
	// 5811967f540d300d249ab30ae681359a
	// 51fedabde565f4715b5e62d574d2a730
}
