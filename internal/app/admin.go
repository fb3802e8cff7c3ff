package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/pprof"
	"sync"
	"sync/atomic"
	"time"
)

// admin starts the listener for those who watch over the process, if there is to
// be one. It answers from here to the very end, so that it can also be asked
// about a start that takes long.
func (a *App) admin(ctx context.Context, address string, metrics http.Handler) error {
	if address == "" {
		return nil
	}
	listener, err := a.listen(ctx, "--admin-listen", address)
	if err != nil {
		return err
	}
	a.AdminURL = "http://" + listener.Addr().String()
	server := a.newServer(adminHandler(metrics, &a.gate))
	var served sync.WaitGroup
	served.Go(func() { a.fail("serve admin", server.Serve(listener)) })
	a.onStop("admin", func(context.Context) error {
		err := server.Close() // a profile that is being taken is not waited for
		served.Wait()
		return err
	})
	return nil
}

// adminIndex is what people see who open the address in a browser.
const adminIndex = `<!doctype html>
<title>Turnstone</title>
<ul>
<li><a href="/metrics">/metrics</a> for Prometheus
<li><a href="/healthz">/healthz</a> answers while the process lives
<li><a href="/readyz">/readyz</a> answers 200 while the service can be used
<li><a href="/debug/pprof/">/debug/pprof/</a> profiles of the process
</ul>
`

// adminHandler returns what answers on the admin listener. The command line is
// not among the profiles: secrets may stand in it.
func adminHandler(metrics http.Handler, ready http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, adminIndex) // the client may have gone
	})
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, `{"status":"ok"}`) })
	mux.Handle("GET /readyz", ready)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

// readyWithin bounds the answer to a probe: whoever probes would rather know that
// the database hangs than wait with it.
const readyWithin = 5 * time.Second

// gate answers /readyz: by itself while the service starts and stops, otherwise
// with the answer of the API, which asks the database.
type gate struct {
	api      atomic.Pointer[http.Handler]
	stopping atomic.Bool
}

// guard puts the gate before the API's own answer, and opens it.
func (g *gate) guard(api http.Handler) http.Handler {
	g.api.Store(&api)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			g.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// ServeHTTP answers 200, or 503 with the reason.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	api := g.api.Load()
	switch {
	case g.stopping.Load():
		say(w, http.StatusServiceUnavailable, `{"message":"the service is stopping"}`)
	case api == nil:
		say(w, http.StatusServiceUnavailable, `{"message":"the service is starting"}`)
	default:
		ctx, cancel := context.WithTimeoutCause(r.Context(), readyWithin, errors.New("the database did not answer in time"))
		defer cancel()
		bounded := r.WithContext(ctx)
		(*api).ServeHTTP(w, bounded)
		r.Pattern = bounded.Pattern // for those who count requests
	}
}

// say answers with JSON.
func say(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // the client may have gone
}
