package api

import (
	"log/slog"
	"net/http"
)

// healthJSON answers a probe.
type healthJSON struct {
	Status string `json:"status"`
}

// health says that the process answers.
func health(*call) (any, error) { return healthJSON{"ok"}, nil }

// ready says that requests can be served.
func (a *API) ready(c *call) (any, error) {
	if err := a.Store.Ping(c.Context()); err != nil {
		// The loops have said so already, and probes come every few seconds.
		a.Log.LogAttrs(c.Context(), slog.LevelDebug, "database does not answer", slog.Any("err", err))
		return nil, failuref(http.StatusServiceUnavailable, "the database does not answer")
	}
	return healthJSON{"ready"}, nil
}
