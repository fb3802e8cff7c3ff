package app

import (
	"context"
	"log/slog"
	"time"

	"turnstone/internal/store"
)

// Purge does what upkeep does at each of its moments.
func Purge(ctx context.Context, db *store.DB, before time.Time, log *slog.Logger) {
	(&upkeep{db: db, log: log}).purge(ctx, before)
}

// PurgeBatch is how many rows go in one transaction.
const PurgeBatch = upkeepBatch
