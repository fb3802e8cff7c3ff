package app

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/telemetry"
)

// Purge does what upkeep does at each of its moments.
func Purge(ctx context.Context, db *store.DB, before time.Time, log *slog.Logger) {
	(&upkeep{db: db, log: log}).purge(ctx, before)
}

// PurgeBatch is how many rows go in one transaction.
const PurgeBatch = upkeepBatch

// Forget runs what forgets versions that are older than keep.
func Forget(ctx context.Context, keep time.Duration, forget func(context.Context, time.Time, int) (int, error), log *slog.Logger) error {
	return (&forgetting{forget: forget, keep: keep, log: log}).run(ctx)
}

// Trim runs what removes entries of the journal that are older than keep.
func Trim(ctx context.Context, keep time.Duration, purge func(context.Context, time.Time, int) (int, error), log *slog.Logger) error {
	return (&trimming{purge: purge, keep: keep, log: log}).run(ctx)
}

// Gate is what answers /readyz.
type Gate struct{ gate }

// Guard opens the gate to what the API answers.
func (g *Gate) Guard(api http.Handler) http.Handler { return g.guard(api) }

// Stop tells the gate that the service is stopping.
func (g *Gate) Stop() { g.stopping.Store(true) }

// Measure hands the backlog to the metrics until ctx ends.
func Measure(ctx context.Context, backlog func(context.Context) (turnstone.Backlog, error), m *telemetry.Metrics, log *slog.Logger) error {
	return (&measuring{backlog: backlog, metrics: m, log: log}).run(ctx)
}

// MeasureEvery is how often that is.
const MeasureEvery = measureEvery

// NewServer returns a server as those of the API and for those who watch are.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	return (&App{log: log}).newServer(handler)
}

// Database is what a service needs of the store.
type Database = database

// StartBehind starts a service that has something between it and its store.
func StartBehind(ctx context.Context, c Config, between func(*store.DB) Database, log *slog.Logger) (*App, error) {
	return (&App{log: log, between: between}).started(ctx, c)
}

// Keeping is what keeps the store itself in order.
type Keeping = keeping
