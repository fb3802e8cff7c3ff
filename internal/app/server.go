package app

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// newServer returns a server that bounds what a client may cost, also one that sends
// or takes a byte now and then.
func (a *App) newServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           unmixed(handler),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      10 * time.Minute, // from the header's end: vendors that are asked have a minute a page
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
}

// unmixed ends connections behind requests that a proxy before us may have taken for
// shorter or longer than we do, so that what follows cannot pass for another client's
// request. RFC 9112, 6.1 and 6.3 want it for a Content-Length beside chunks, and for
// chunks in HTTP/1.0; net/http does not tell those from others.
func unmixed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1) {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// serve starts the server of the API.
func (a *App) serve(listener net.Listener, handler http.Handler) {
	server := a.newServer(handler)
	var served sync.WaitGroup
	served.Go(func() { a.fail("serve", server.Serve(listener)) })
	a.onStop("server", func(ctx context.Context) error {
		err := server.Shutdown(ctx)
		served.Wait()
		return err
	})
}
