package instance_test

import (
	"fmt"

	"turnstone/internal/instance"
)

func ExampleReadInput() {
	in := instance.ReadInput([]byte(`{
		"element": {"key": "concur"},
		"name": "ConcurForDocs",
		"configuration": {"event.notification.enabled": true, "event.poller.refresh_interval": 15}
	}`))
	fmt.Println(*in.Name, in.Element.Key)
	fmt.Println(in.Configuration["event.notification.enabled"], in.Configuration["event.poller.refresh_interval"])
	// Output:
	// ConcurForDocs concur
	// true 15
}

func ExampleProblems() {
	err := instance.Problems{
		{Path: "name", Message: "is missing; write a name for the instance"},
		{Path: "tags", Message: `is text; write a list of texts, such as ["Docs"]`},
	}
	fmt.Println(err)
	// Output:
	// name: is missing; write a name for the instance
	// tags: is text; write a list of texts, such as ["Docs"]
}
