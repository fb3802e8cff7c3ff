package engine

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Announcer is an Engine of several nodes that can tell each other at once what they
// would find out by themselves a little later.
type Announcer interface {
	// Announce tells all nodes. A text has at most 7,999 bytes.
	Announce(ctx context.Context, text string) error
	// Listen calls hear with what nodes announce, this one's included, until ctx
	// ends. While the connection is lost, what is announced is not heard.
	Listen(ctx context.Context, hear func(text string))
}

var _ Announcer = (*Postgres)(nil)

// channel is where our nodes announce. Databases have channels of their own.
const channel = "turnstone"

// listenAgain is how long a node that lost its connection waits before it listens
// again: what it misses meanwhile it finds on its ticks.
const listenAgain = time.Second

// Announce tells all nodes; see Announcer.
func (db *Postgres) Announce(ctx context.Context, text string) error {
	_, err := db.Reader().Exec(ctx, `SELECT pg_notify('`+channel+`', $1)`, text)
	return err
}

// Listen calls hear with what nodes announce; see Announcer.
func (db *Postgres) Listen(ctx context.Context, hear func(text string)) {
	for {
		if err := db.listen(ctx, hear); err != nil && ctx.Err() == nil {
			db.log.Debug("lost what other nodes announce; ticks find it", "err", err)
		}
		pause := time.NewTimer(listenAgain)
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
	}
}

// listen hears on a connection of its own: it waits nearly all the time.
func (db *Postgres) listen(ctx context.Context, hear func(text string)) error {
	conn, err := pgx.ConnectConfig(ctx, db.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := db.bounded(context.WithoutCancel(ctx))
		defer cancel()
		_ = conn.Close(closing) // it may be lost already
	}()
	if _, err := conn.Exec(ctx, `LISTEN `+channel); err != nil {
		return err
	}
	for {
		heard, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		hear(heard.Payload)
	}
}
