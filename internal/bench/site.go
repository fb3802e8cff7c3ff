package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"turnstone"
	"turnstone/internal/app"
	"turnstone/internal/bench/peer"
	"turnstone/internal/store"
)

// key signs all events.
const key = "0123456789abcdef0123456789abcdef"

// site is what a task works with.
type site struct {
	Task
	db    *store.DB
	loops *app.Loops
	peer  peer.Client
	meter meter
}

// open opens the database of a task, and makes the loops as the service would.
func open(ctx context.Context, t Task, log *slog.Logger) (*site, error) {
	storage := app.Storage{Data: t.Place.Folder, Database: turnstone.Secret(t.Place.URL)}
	config := app.Config{
		Storage:       storage,
		AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		MaxChanges:    max(1, t.Size.Changes),
	}
	db, err := storage.Open(ctx, log)
	if err != nil {
		return nil, err
	}
	loops, err := app.NewLoops(db, config, log)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &site{Task: t, db: db, loops: loops, peer: peer.Client{Control: t.Peer.Control}, meter: meter{server: t.Place.PID}}, nil
}

// close closes the database and returns what was written since the meter began.
func (s *site) close(ctx context.Context) (written, error) {
	if err := s.db.Close(); err != nil {
		return written{}, err
	}
	if s.Place.URL == "" { // SQLite has put everything into its file
		return s.meter.written()
	}
	if s.Part == Fill { // as the server does by itself within minutes
		if err := execute(ctx, s.Place.URL, "ANALYZE"); err != nil {
			return written{}, err
		}
	}
	if err := execute(ctx, s.Place.URL, "CHECKPOINT"); err != nil {
		return written{}, err
	}
	return s.meter.written()
}

// execute executes a statement of upkeep on a PostgreSQL database.
func execute(ctx context.Context, url, statement string) error {
	connection, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connect for %s: %w", statement, err)
	}
	_, err = connection.Exec(ctx, statement)
	if err := errors.Join(err, connection.Close(ctx)); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// serve runs both loops, as the service does, until the function it returns is
// called, which waits for them.
func (s *site) serve(ctx context.Context) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	loops := []func(context.Context) error{s.loops.Poll.Run, s.loops.Deliver.Run}
	wait := together(len(loops), func(i int) error { return loops[i](ctx) })
	return func() error {
		cancel()
		return wait()
	}
}

// together calls do with 0 to n-1, each in a goroutine of its own. What it returns
// waits for the end of all.
func together(n int, do func(i int) error) (wait func() error) {
	errs := make([]error, n)
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() { errs[i] = do(i) })
	}
	return func() error {
		running.Wait()
		return errors.Join(errs...)
	}
}

// plan makes the peer follow a plan.
func (s *site) plan(ctx context.Context, p peer.Plan) error {
	p.Key = key
	return s.peer.Set(ctx, p)
}

// arrived waits until everything has arrived, once. Asked again at the end, when it
// waits for nothing, it sees what came twice meanwhile.
func (s *site) arrived(ctx context.Context) (peer.Tally, error) {
	tally, err := s.peer.Complete(ctx)
	if err != nil {
		return tally, err
	}
	if !tally.Complete || tally.Repeats > 0 || tally.Refused > 0 {
		return tally, fmt.Errorf("%w: %+v", ErrLost, tally)
	}
	return tally, nil
}

// settled checks that the database owes nothing to the destinations that answer.
func (s *site) settled(ctx context.Context) error {
	backlog, err := s.db.Backlog(ctx)
	if err != nil {
		return err
	}
	hanging := s.Size.Hanging * s.Size.Objects / max(1, s.Size.Destinations)
	if owed := backlog.Owed - hanging; owed != 0 {
		return fmt.Errorf("%w: the database still owes %d deliveries", ErrLost, owed)
	}
	return nil
}

// rest waits for a while.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
