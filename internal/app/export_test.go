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
