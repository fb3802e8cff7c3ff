package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"turnstone/elements"
	"turnstone/internal/catalogue"
	"turnstone/internal/element"
	desk "turnstone/internal/people"
	"turnstone/internal/store"
)

// App is a running service.
type App struct {
	// URL is where the API is, such as http://127.0.0.1:8080.
	URL string
	// AdminURL is where metrics, probes and profiles are; empty if nowhere.
	AdminURL string
	// First holds the secrets of the account that this start made; nil if there
	// was one.
	First *FirstAccount

	log    *slog.Logger
	gate   gate
	stops  []stop
	failed chan error

	// between is put between the service and its store. Only tests have something to
	// put there: they count calls, and die at them.
	between func(*store.DB) database
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
	a := &App{log: log, between: func(db *store.DB) database { return db }}
	return a.started(ctx, c)
}

// started starts everything, or undoes what it did.
func (a *App) started(ctx context.Context, c Config) (*App, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	a.failed = make(chan error, 12)
	if err := a.start(ctx, c); err != nil {
		stopping, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), stopWithin, errors.New("time to undo the start is over"))
		defer cancel()
		return nil, errors.Join(err, a.Stop(stopping))
	}
	return a, nil
}

func (a *App) start(ctx context.Context, c Config) error {
	builtIn, err := element.Load(elements.FS)
	if err != nil {
		return fmt.Errorf("read the catalogue: %w", err)
	}
	w, err := a.watch(ctx, c, builtIn)
	if err != nil {
		return err
	}
	if err := a.admin(ctx, c.AdminListen, w.metrics.Handler()); err != nil {
		return err
	}
	listener, err := a.listen(ctx, "--listen", c.Listen)
	if err != nil {
		return err
	}
	a.URL = "http://" + listener.Addr().String()
	db, err := a.open(ctx, c.Storage)
	if err != nil {
		return err
	}
	// The last step that can fail: the secrets it makes up are shown once, by the
	// start that succeeds.
	if a.First, err = ensureAccount(ctx, db, c.Bootstrap, time.Now()); err != nil {
		return err
	}
	own := catalogue.New(builtIn, db.Definitions(), time.Now)
	p := newParts(c, a.between(db), own, a.log)
	p.own = own
	p.registry, p.past, p.sealer, p.bulks, p.inbox = db, db, db.Sealer(), db.BulkJobs(), db
	p.name(db.Mappings())
	handler, err := p.handler(c)
	if err != nil {
		return err
	}
	a.work(ctx, c, p, w)
	a.serve(listener, w.metrics.Requests(a.gate.guard(handler)))
	return nil
}

// work starts the loops, and lets them tell those who watch.
func (a *App) work(ctx context.Context, c Config, p *parts, w *watch) {
	loops := p.loops(c, w)
	a.run(ctx, "deliver", loops.Deliver.Run)
	a.run(ctx, "poll", loops.Poll.Run)
	a.run(ctx, "bulk", p.bulkLoop(c).Run)
	a.run(ctx, "listen", func(ctx context.Context) error {
		p.db.Listen(ctx, p.bell.RingLane)
		return nil
	})
	a.run(ctx, "upkeep", (&upkeep{db: p.db, retention: c.Retention, log: a.log}).run)
	a.run(ctx, "trim", (&trimming{what: "journal", purge: p.registry.PurgeJournal, keep: cmp.Or(c.KeepJournal, DefaultKeepJournal), log: a.log}).run)
	a.run(ctx, "sign out", (&trimming{what: "sessions", purge: p.registry.PurgeSessions, keep: desk.SessionIdle, log: a.log}).run)
	if c.KeepVersions > 0 {
		a.run(ctx, "forget", (&forgetting{forget: p.db.ForgetVersions, keep: c.KeepVersions, log: a.log}).run)
	}
	if a.AdminURL != "" { // else nobody could read it
		a.run(ctx, "backlog", (&measuring{backlog: p.db.Backlog, metrics: w.metrics, log: a.log}).run)
	}
}

// listen takes the address of an option before anything is made in the data
// directory.
func (a *App) listen(ctx context.Context, option, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w; name a free address of this machine with %s", err, option)
	}
	a.onStop("listener", func(context.Context) error {
		if err := listener.Close(); !errors.Is(err, net.ErrClosed) { // as the server leaves it
			return err
		}
		return nil
	})
	return listener, nil
}

// open opens the key ring and the database.
func (a *App) open(ctx context.Context, s Storage) (*store.DB, error) {
	db, err := s.Open(ctx, a.log)
	if err != nil {
		return nil, err
	}
	a.onStop("store", func(ctx context.Context) error { return within(ctx, db.Close) })
	return db, nil
}

// within does something that cannot be told to hurry, and leaves it behind if it is
// not done when ctx ends: a database that is silent holds nobody up. What it has not
// acknowledged by then is lost as in a crash, which harms nothing.
func within(ctx context.Context, do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
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

// fail tells that a server has ended, unless it was asked to.
func (a *App) fail(name string, err error) {
	if !errors.Is(err, http.ErrServerClosed) {
		a.failed <- fmt.Errorf("%s: %w", name, err)
	}
}

// Failed receives the error of a part that ended by itself.
func (a *App) Failed() <-chan error { return a.failed }

// Stop ends everything, the last started first: requests are answered, polls and
// deliveries under way are settled or given back, the database is closed. What
// is not done when ctx ends is left to the lease's expiry. A second call does
// nothing.
func (a *App) Stop(ctx context.Context) error {
	a.gate.stopping.Store(true)
	var errs []error
	for _, s := range slices.Backward(a.stops) {
		if err := s.end(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", s.name, err))
		}
	}
	a.stops = nil
	return errors.Join(errs...)
}
