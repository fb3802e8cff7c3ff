package app

import (
	"context"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"time"

	"turnstone"
	"turnstone/internal/deliver"
	"turnstone/internal/element"
	"turnstone/internal/poll"
	"turnstone/internal/provider"
	"turnstone/internal/telemetry"
)

// watch is who is told of the work.
type watch struct {
	metrics *telemetry.Metrics
	traces  *telemetry.Traces // nil: nothing is traced
}

// watch makes the metrics, and starts the sending of spans if that is asked for.
func (a *App) watch(ctx context.Context, c Config, catalogue *element.Catalogue) (*watch, error) {
	w := &watch{metrics: newMetrics(catalogue)}
	if c.TraceEndpoint == "" {
		return w, nil
	}
	var err error
	w.traces, err = telemetry.NewTraces(ctx, telemetry.TraceOptions{
		Endpoint: c.TraceEndpoint, Share: c.TraceShare, Version: version(), Instance: node(c.Listen), Log: a.log,
	})
	if err != nil {
		return nil, err
	}
	a.onStop("traces", w.traces.Stop)
	return w, nil
}

func newMetrics(catalogue *element.Catalogue) *telemetry.Metrics {
	var keys []string
	for _, e := range catalogue.All() {
		keys = append(keys, e.Key)
	}
	return telemetry.New(telemetry.Options{Version: version(), Elements: keys, Now: time.Now})
}

// version returns the version of the program, as far as the build knows.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

// node names this node among all: several may run on one host.
func node(listen string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return host
	}
	return net.JoinHostPort(host, port)
}

// polls lets a loop tell of its polls.
func (w *watch) polls(l *poll.Loop) *poll.Loop {
	l.Observe = w.metrics.Poll
	if w.traces != nil {
		l.Tracer = w.traces.Tracer()
	}
	return l
}

// deliveries lets a loop tell of its attempts.
func (w *watch) deliveries(l *deliver.Loop) *deliver.Loop {
	l.Observe, l.Lost = w.metrics.Attempt, w.metrics.LostDestination
	if w.traces != nil {
		l.Tracer = w.traces.Tracer()
	}
	return l
}

// vendors lets a client tell of its requests.
func (w *watch) vendors(c *provider.Client) { c.Observe = w.metrics.Exchange }

const (
	// measureEvery and measureWithin: a measurement costs the database a few
	// milliseconds, and scrapes are seldom closer together.
	measureEvery  = 15 * time.Second
	measureWithin = 10 * time.Second
)

// measuring hands the backlog to the metrics now and then, since a scrape must
// not cost anything.
type measuring struct {
	backlog func(ctx context.Context) (turnstone.Backlog, error)
	metrics *telemetry.Metrics
	log     *slog.Logger
}

func (m *measuring) run(ctx context.Context) error {
	ticker := time.NewTicker(measureEvery)
	defer ticker.Stop()
	for now := time.Now(); ; {
		m.measure(ctx, now)
		select {
		case <-ctx.Done():
			return nil
		case now = <-ticker.C:
		}
	}
}

// measure measures once. Where that fails the last measurement stays, and ages.
func (m *measuring) measure(ctx context.Context, now time.Time) {
	bounded, cancel := context.WithTimeout(ctx, measureWithin)
	defer cancel()
	backlog, err := m.backlog(bounded)
	switch {
	case err == nil:
		m.metrics.Backlog(backlog, now)
	case ctx.Err() == nil:
		m.log.Warn("measure backlog", "err", err)
	}
}
