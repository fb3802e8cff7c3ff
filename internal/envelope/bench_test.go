package envelope_test

import (
	"fmt"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/envelope"
)

func BenchmarkRender(b *testing.B) {
	record := `{"id":"7C1E",` + strings.Repeat(`"Custom":{"Type":"Text","Value":"PRJ-0042","Code":"42"},"Total":1284.35,"Note":"Client visit - Denver",`, 13) + `"paid":false}`
	for _, changes := range []int{1, 100} {
		b.Run(fmt.Sprintf("%d changes", changes), func(b *testing.B) {
			n := notification()
			n.Changes = nil
			for range changes {
				n.Changes = append(n.Changes, turnstone.Change{Op: turnstone.Updated, ObjectID: "7C1E", Record: []byte(record)})
			}
			b.SetBytes(int64(changes * len(record)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := envelope.Render(n); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
