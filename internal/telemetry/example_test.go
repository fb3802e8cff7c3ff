package telemetry_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/telemetry"
)

func Example() {
	metrics := telemetry.New(telemetry.Options{Version: "v1.0.0", Elements: []string{"concur"}, Now: time.Now})
	metrics.LostDestination(turnstone.DestinationLease{})

	answer := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for line := range strings.Lines(answer.Body.String()) {
		if strings.HasPrefix(line, "turnstone_lease_losses_total") {
			fmt.Print(line)
		}
	}
	// Output:
	// turnstone_lease_losses_total{kind="destination"} 1
	// turnstone_lease_losses_total{kind="poller"} 0
}
