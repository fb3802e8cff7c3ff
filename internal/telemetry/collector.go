package telemetry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

const (
	// sendWithin bounds the sending of one batch, and with it how long spans pile
	// up behind a collector that hangs.
	sendWithin = 3 * time.Second
	// maxReply is how much of a collector's answer is read, to use its connection
	// again.
	maxReply = 64 << 10
)

// errNoCollector does not show the address, in which a password may stand.
var errNoCollector = errors.New("that is no address of a collector: write one such as http://127.0.0.1:4318, without a user or a query")

// CollectorURL returns the URL that spans are posted to: the endpoint itself, or
// the usual path at it if it has none.
func CollectorURL(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.RawQuery != "" {
		return "", errNoCollector
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/traces"
	}
	return u.String(), nil
}

// collector posts spans to a collector, as OTLP over HTTP. OpenTelemetry has a
// client for that, but it links gRPC: the binary would be 5.5 MB larger (measured
// with otlptracehttp 1.47). What else it can do, we do not want: it tries again
// while spans pile up, and takes proxies and addresses from the environment.
type collector struct {
	address string
	http    *http.Client
}

var _ otlptrace.Client = (*collector)(nil)

// newCollector returns a collector at the URL given, and nowhere else: there are
// no proxies and no redirects.
func newCollector(address string) *collector {
	return &collector{address, &http.Client{
		Transport:     &http.Transport{IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       sendWithin,
	}}
}

// Start does nothing: a collector may be away at the start, and later.
func (c *collector) Start(context.Context) error { return nil }

// Stop closes the connection.
func (c *collector) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces posts spans.
func (c *collector) UploadTraces(ctx context.Context, spans []*otlp.ResourceSpans) error {
	// On the wire this is the same as the request of the collector's service, whose
	// type belongs to gRPC.
	body, err := proto.Marshal(&otlp.TracesData{ResourceSpans: spans})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	request.Header.Set("User-Agent", "Turnstone")
	response, err := c.http.Do(request)
	if err != nil {
		return err // names the address
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxReply)) // the status says it all
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s answers %s", c.address, response.Status)
	}
	return nil
}
