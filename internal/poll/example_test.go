package poll_test

import (
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/poll"
)

// Two changes in a hundred turned up half a minute late: an overlap of a minute shows
// them all.
func ExampleSummarise() {
	r := poll.Summarise(turnstone.Lag{Counts: []int64{980, 0, 0, 0, 0, 0, 20}}, 5*time.Minute)
	fmt.Println(r.P50, r.P99, r.Suggested)
	// Output: 0s 32s 1m4s
}
