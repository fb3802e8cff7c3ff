package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"turnstone/elements"
	"turnstone/internal/egress"
	"turnstone/internal/element"
	"turnstone/internal/seal"
	"turnstone/internal/store"
)

// App is a running service.
type App struct {
	// URL is where the API is, such as http://127.0.0.1:8080.
	URL string
	// First holds the secrets of the account that this start made; nil if there
	// was one.
	First *FirstAccount

	log    *slog.Logger
	stops  []stop
	failed chan error
}

// stop is something to end, in the opposite order of the starts.
type stop struct {
	name string
	end  func(ctx context.Context) error
}

// stopWithin bounds how long a start that failed takes to undo what it did.
const stopWithin = 10 * time.Second

// Start opens the data directory, starts everything and returns once the API
// answers. Stop must be called afterwards, unless Start returns an error: then
// nothing is left running, and ctx no longer matters in either case.
func Start(ctx context.Context, c Config, log *slog.Logger) (*App, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	a := &App{log: log, failed: make(chan error, 4)}
	if err := a.start(ctx, c); err != nil {
		stopping, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), stopWithin, errors.New("time to undo the start is over"))
		defer cancel()
		return nil, errors.Join(err, a.Stop(stopping))
	}
	return a, nil
}

func (a *App) start(ctx context.Context, c Config) error {
	catalogue, err := element.Load(elements.FS)
	if err != nil {
		return fmt.Errorf("read the catalogue: %w", err)
	}
	listener, err := a.listen(ctx, c.Listen)
	if err != nil {
		return err
	}
	db, err := a.open(ctx, c.Data)
	if err != nil {
		return err
	}
	// The last step that can fail: the secrets it makes up are shown once, by the
	// start that succeeds.
	if a.First, err = ensureAccount(ctx, db, c.Bootstrap, time.Now()); err != nil {
		return err
	}
	p := newParts(db, catalogue, egress.NewGuard(c.AllowNetworks), a.log)
	a.run(ctx, "deliver", p.deliverLoop().Run)
	a.run(ctx, "poll", p.pollLoop(c).Run)
	a.run(ctx, "upkeep", (&upkeep{db: db, retention: c.Retention, log: a.log}).run)
	a.serve(listener, p.handler(c))
	return nil
}

// listen takes the address before anything is made in the data directory.
func (a *App) listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w; name a free address of this machine with --listen", err)
	}
	a.onStop("listener", func(context.Context) error {
		if err := listener.Close(); !errors.Is(err, net.ErrClosed) { // as the server leaves it
			return err
		}
		return nil
	})
	a.URL = "http://" + listener.Addr().String()
	return listener, nil
}

// open opens the key ring and the database of a data directory.
func (a *App) open(ctx context.Context, data string) (*store.DB, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	keys, file := filepath.Join(data, "keys"), filepath.Join(data, "turnstone.db")
	if missing(keys) && !missing(file) {
		return nil, fmt.Errorf("%s is missing, and without it the secrets in %s cannot be read: restore it from your backup", keys, file)
	}
	ring, err := seal.Open(keys)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Options{Path: file, Sealer: ring, Log: a.log})
	if err != nil {
		return nil, err
	}
	a.onStop("store", func(context.Context) error { return db.Close() })
	return db, nil
}

// missing reports whether there is no file of the name.
func missing(name string) bool {
	_, err := os.Stat(name)
	return errors.Is(err, fs.ErrNotExist)
}

// onStop registers what ends something that was just started.
func (a *App) onStop(name string, end func(ctx context.Context) error) {
	a.stops = append(a.stops, stop{name, end})
}

// run starts a loop, which outlives Start and its ctx, and registers its end. A
// loop that ends by itself has failed.
func (a *App) run(ctx context.Context, name string, loop func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := loop(ctx); err != nil {
			a.failed <- fmt.Errorf("%s: %w", name, err)
		}
	}()
	a.onStop(name, func(stopping context.Context) error {
		cancel()
		select {
		case <-done:
			return nil
		case <-stopping.Done():
			return context.Cause(stopping)
		}
	})
}

// serve starts the server.
func (a *App) serve(listener net.Listener, handler http.Handler) {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	var served sync.WaitGroup
	served.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- fmt.Errorf("serve: %w", err)
		}
	})
	a.onStop("server", func(ctx context.Context) error {
		err := server.Shutdown(ctx)
		served.Wait()
		return err
	})
}

// Failed receives the error of a part that ended by itself.
func (a *App) Failed() <-chan error { return a.failed }

// Stop ends everything, the last started first: requests are answered, polls and
// deliveries under way are settled or given back, the database is closed. What
// is not done when ctx ends is left to the lease's expiry. A second call does
// nothing.
func (a *App) Stop(ctx context.Context) error {
	var errs []error
	for _, s := range slices.Backward(a.stops) {
		if err := s.end(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", s.name, err))
		}
	}
	a.stops = nil
	return errors.Join(errs...)
}
