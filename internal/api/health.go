package api

import (
	"log/slog"
	"net/http"

	"turnstone/internal/api/rest"
)

// healthJSON answers a probe.
type healthJSON struct {
	Status string `json:"status"`
}

// health says that the process answers.
func health(*rest.Call) (any, error) { return healthJSON{"ok"}, nil }

// ready says that requests can be served.
func (a *API) ready(c *rest.Call) (any, error) {
	if err := a.Store.Ping(c.Context()); err != nil {
		// The loops have said so already, and probes come every few seconds.
		a.Log.LogAttrs(c.Context(), slog.LevelDebug, "database does not answer", slog.Any("err", err))
		return nil, rest.Failuref(http.StatusServiceUnavailable, "the database does not answer")
	}
	return healthJSON{"ready"}, nil
}
