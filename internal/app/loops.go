package app

import (
	"fmt"
	"log/slog"
	"net/http"

	"turnstone/elements"
	"turnstone/internal/deliver"
	"turnstone/internal/element"
	"turnstone/internal/poll"
	"turnstone/internal/store"
)

// Loops is what a service does by itself, without the API.
type Loops struct {
	Poll    *poll.Loop
	Deliver *deliver.Loop
	// Vendors asks vendors, as Deliver.Client posts to receivers.
	Vendors *http.Client
}

// NewLoops returns the loops as Start runs them over a database, for benchmarks.
// They count what they do, and trace nothing. Nothing runs yet, and the database
// stays the caller's.
func NewLoops(db *store.DB, c Config, log *slog.Logger) (*Loops, error) {
	catalogue, err := element.Load(elements.FS)
	if err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	return newParts(c, db, catalogue, log).loops(c, &watch{metrics: newMetrics(catalogue)}), nil
}

// loops returns the loops, which tell those who watch.
func (p *parts) loops(c Config, w *watch) *Loops {
	client := p.hub.Provider
	w.vendors(client)
	return &Loops{Poll: w.polls(p.pollLoop(c)), Deliver: w.deliveries(p.deliverLoop(c)), Vendors: client.HTTP}
}
