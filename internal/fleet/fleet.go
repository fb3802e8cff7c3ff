// Package fleet is what end-to-end tests poll and deliver to: a simulated vendor
// with many companies, a receiver that remembers everything, and the calls that
// connect each company to a service under test.
//
// It knows the service as its clients do, by its API, so the same fleet serves a
// service in this process and one that is a process of its own and is killed.
package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"time"

	"turnstone/internal/audit"
	"turnstone/internal/concursim"
)

// Key signs the events of every instance of a fleet.
const Key = "123456"

// Fleet is a running vendor and receiver. Close ends both.
type Fleet struct {
	Sim      *concursim.Simulator
	Receiver *audit.Receiver
	// Configuration is laid over that of each instance to come.
	Configuration map[string]any
	// Whole is Expectation.Whole of comparisons.
	Whole time.Duration

	vendor, inbox *httptest.Server
	since         time.Time
}

// New starts a fleet with a company for each instance to come. Wrap, unless it is
// nil, stands between the service and the receiver.
func New(o concursim.Options, wrap func(http.Handler) http.Handler) (*Fleet, error) {
	sim, err := concursim.New(o)
	if err != nil {
		return nil, err
	}
	receiver, err := audit.NewReceiver("", Key, time.Now, nil)
	if err != nil {
		return nil, err
	}
	f := &Fleet{Sim: sim, Receiver: receiver}
	inbox := http.Handler(receiver)
	if wrap != nil {
		inbox = wrap(inbox)
	}
	f.vendor, f.inbox = httptest.NewServer(sim), httptest.NewServer(inbox)
	return f, nil
}

// Close ends the servers.
func (f *Fleet) Close() {
	f.vendor.CloseClientConnections()
	f.inbox.CloseClientConnections()
	f.vendor.Close()
	f.inbox.Close()
}

// Vendor returns the base URL of the vendor.
func (f *Fleet) Vendor() string { return f.vendor.URL }

// Inbox returns the callback URL of the receiver.
func (f *Fleet) Inbox() string { return f.inbox.URL }

// Connect makes an instance for each company at the service, polled at the
// interval.
func (f *Fleet) Connect(ctx context.Context, service, authorization string, interval time.Duration) error {
	for _, c := range f.Sim.Companies() {
		if err := Post(ctx, service+"/elements/api-v2/instances", authorization, f.instance(c, interval)); err != nil {
			return fmt.Errorf("connect company %d: %w", c.Number, err)
		}
	}
	f.since = time.Now() // nothing has happened since the first
	return nil
}

// instance is the body that makes the instance of a company.
func (f *Fleet) instance(c concursim.Company, interval time.Duration) map[string]any {
	configuration := map[string]any{
		"oauth.api.key": "id", "oauth.api.secret": "secret", "base.url": f.vendor.URL,
		"username": c.Login, "password": c.Password,
		"event.notification.callback.url":  f.Inbox(),
		"event.notification.signature.key": Key,
		"event.poller.refresh_interval":    fmt.Sprint(interval.Minutes()),
	}
	maps.Copy(configuration, f.Configuration)
	return map[string]any{
		"name":          fmt.Sprintf("company %d", c.Number),
		"element":       map[string]any{"key": "concur"},
		"configuration": configuration,
	}
}

// Live makes the companies live for a while.
func (f *Fleet) Live(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	if err := f.Sim.Run(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// Compare compares the truth with what was received. Shown is how long a version
// must have been shown to count.
func (f *Fleet) Compare(shown time.Duration) audit.Report {
	return audit.Compare(f.Sim.Versions(concursim.VersionFilter{}), f.Receiver.Changes(), audit.Expectation{
		Since: f.since, Shown: shown, Whole: f.Whole, Edge: 2 * time.Second,
	})
}

// Settle compares until nothing is missing, or ctx ends.
func (f *Fleet) Settle(ctx context.Context, shown time.Duration) audit.Report {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		report := f.Compare(shown)
		if len(report.Missed) == 0 {
			return report
		}
		select {
		case <-ctx.Done():
			return report
		case <-ticker.C:
		}
	}
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// Post posts JSON to the API and returns an error unless the answer is 200.
func Post(ctx context.Context, url, authorization string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", authorization)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", response.Status, answer)
	}
	return nil
}
