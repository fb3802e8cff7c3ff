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
	// 1 "CREATED": the object is new
	// 2 "UPDATED": the object was not known, and is older than its polling
	// 3 "": it was last changed before polling was enabled
	// 1 "": its content is the known version
	// 3 "UPDATED": its content differs from the known version
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
