package engine_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"turnstone/internal/pgtest"
	"turnstone/internal/store/engine"
)

// start starts a cluster that ends with the test.
func start(t *testing.T, o pgtest.Options) *pgtest.Cluster {
	t.Helper()
	c, err := pgtest.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// distant opens an empty database behind a network that the test can cut. The server
// has little time to answer.
func distant(t *testing.T) (*engine.Postgres, *pgtest.Proxy) {
	t.Helper()
	c := pgtest.Shared(t)
	proxy, err := c.Proxy()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := proxy.Close(); err != nil {
			t.Error(err)
		}
	})
	url := c.Database(t, "")
	database := url[strings.LastIndex(url, "/")+1 : strings.Index(url, "?")]
	db := openPostgres(t, c.URLThrough(proxy, database))
	db.SetPatience(200 * time.Millisecond)
	return db, proxy
}

// writers store notes with several goroutines until stop is called, whatever happens to
// the server, and remember which were acknowledged.
type writers struct {
	db      engine.Engine
	stopped atomic.Bool
	running sync.WaitGroup
	next    atomic.Int64

	mu           sync.Mutex
	acknowledged []int64
	failed       int
	changed      *sync.Cond // one of the above
}

func newWriters(ctx context.Context, db engine.Engine) *writers {
	w := &writers{db: db}
	w.changed = sync.NewCond(&w.mu)
	for range 4 {
		w.running.Go(func() {
			for !w.stopped.Load() {
				id := w.next.Add(1)
				w.record(id, db.Write(ctx, note(id)))
			}
		})
	}
	return w
}

func (w *writers) record(id int64, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		w.acknowledged = append(w.acknowledged, id)
	} else {
		w.failed++
	}
	w.changed.Broadcast()
}

// await waits for so many more acknowledged writes, and failed ones.
func (w *writers) await(acknowledged, failed int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	acknowledged, failed = acknowledged+len(w.acknowledged), failed+w.failed
	for len(w.acknowledged) < acknowledged || w.failed < failed {
		w.changed.Wait()
	}
}

func (w *writers) stop() {
	w.stopped.Store(true)
	w.running.Wait()
}

func TestNothingAcknowledgedIsLostWhenTheServerIsKilled(t *testing.T) {
	t.Parallel()
	c := start(t, pgtest.Options{Durable: true})
	url, err := c.CreateDatabase(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	db := openPostgres(t, url)
	w := newWriters(t.Context(), db)
	for range 2 {
		w.await(40, 0)
		if err := c.Kill(); err != nil {
			t.Fatal(err)
		}
		w.await(0, 10)
		if err := c.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.await(40, 0) // by itself
	w.stop()
	stored := map[int64]bool{}
	for _, id := range notes(t, db) {
		stored[id] = true
	}
	for _, id := range w.acknowledged {
		if !stored[id] {
			t.Errorf("note %d was acknowledged and is not stored", id)
		}
	}
}

func TestASilentServerIsAnErrorWithItsCause(t *testing.T) {
	const cause = "the database server did not answer within 200ms"
	db, proxy := distant(t)
	must(t, db, note(1))
	tests := map[string]func() error{
		"write":                    func() error { return db.Write(t.Context(), note(2)) },
		"read":                     func() error { _, err := db.Reader().Now(t.Context()); return err },
		"statement without answer": func() error { _, err := db.Reader().Exec(t.Context(), `DELETE FROM note WHERE id = 77`); return err },
		"in the middle of a write": func() error {
			proxy.Heal()
			return db.Write(t.Context(), func(ctx context.Context, s *engine.Session) error { proxy.Freeze(); return note(3)(ctx, s) })
		},
	}
	for name, ask := range tests {
		t.Run(name, func(t *testing.T) {
			proxy.Freeze()
			if err := ask(); err == nil || !strings.Contains(err.Error(), cause) {
				t.Errorf("error = %v, want %q", err, cause)
			}
		})
	}
	proxy.Heal()
	db.SetPatience(time.Minute) // a busy machine shall not fail the rest
	must(t, db, note(4))
	if got := number(t, db, `SELECT COUNT(*) FROM note WHERE id IN (1, 4)`); got != 2 {
		t.Errorf("%d notes, want those acknowledged", got)
	}
	if got := number(t, db, `SELECT COUNT(*) FROM note WHERE id = 3`); got != 0 {
		t.Error("a write that was never committed is stored")
	}
}

func TestALostNetworkIsAnErrorUntilItIsBack(t *testing.T) {
	db, proxy := distant(t)
	db.SetPatience(time.Minute)
	must(t, db, note(1))
	proxy.Cut()
	for range 3 {
		if err := db.Write(t.Context(), note(2)); err == nil {
			t.Error("Write = nil without a network, want an error")
		}
	}
	proxy.Heal()
	must(t, db, note(3))
}

func TestASilentServerDoesNotHangClose(t *testing.T) {
	db, proxy := distant(t)
	must(t, db, note(1))
	proxy.Freeze()
	var asked sync.WaitGroup
	asked.Go(func() {
		err := db.Write(t.Context(), note(2))
		if err == nil {
			t.Error("Write = nil, want an error")
		}
		proxy.Cut() // a driver that gave up takes its leave for up to 15 s
	})
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	asked.Wait()
}

func TestACallerWhoLeavesDoesNotWaitForASilentServer(t *testing.T) {
	db, proxy := distant(t)
	db.SetPatience(time.Hour)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("caller gone")
	proxy.Freeze()
	cancel(gone)
	if err := db.Write(ctx, note(1)); !errors.Is(err, gone) {
		t.Errorf("Write = %v, want the cause", err)
	}
	if _, err := db.Reader().Now(ctx); !errors.Is(err, gone) {
		t.Errorf("Now = %v, want the cause", err)
	}
}

func TestOpeningSaysWhatIsWrongAndNoPassword(t *testing.T) {
	t.Parallel()
	c := start(t, pgtest.Options{Settings: map[string]string{"listen_addresses": ""}})
	demandPasswords(t, c)
	proxy, err := c.Proxy()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = proxy.Close() }()
	at := "@" + proxy.Addr()
	tests := map[string]struct {
		url  string
		want string
	}{
		"wrong password":         {"postgres://app:geheim" + at + "/postgres?sslmode=disable", "password authentication failed"},
		"as a parameter":         {"postgres://" + proxy.Addr() + "/postgres?sslmode=disable&user=app&password=geheim", "password authentication failed"},
		"as words":               {"host=127.0.0.1 port=1 user=app password=geheim dbname=postgres", "connection refused"},
		"no such database":       {"postgres://app:right" + at + "/nowhere?sslmode=disable", `database "nowhere" does not exist`},
		"nobody there":           {"postgres://app:geheim@127.0.0.1:1/postgres", "connection refused"},
		"no number":              {"postgres://app:geheim@127.0.0.1:port/postgres", "read the database URL"},
		"no URL":                 {"postgres://app:geheim@%zz/postgres", "read the database URL"},
		"unknown encryption":     {"postgres://app:geheim" + at + "/postgres?sslmode=perhaps", "sslmode"},
		"a setting that is none": {"postgres://app:right" + at + "/postgres?sslmode=disable&statement_timeout=soon", "statement_timeout"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			db, err := engine.OpenPostgres(t.Context(), tt.url, quiet())
			if err == nil {
				_ = db.Close()
				t.Fatal("OpenPostgres = nil, want an error")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("OpenPostgres = %v, want %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "right") {
				t.Errorf("OpenPostgres = %v: it shows the password", err)
			}
		})
	}
}

// demandPasswords makes a user app with the password "right", and has the server ask
// for it.
func demandPasswords(t *testing.T, c *pgtest.Cluster) {
	t.Helper()
	db := openPostgres(t, c.URL("postgres"))
	must(t, db, statement(`CREATE ROLE app LOGIN PASSWORD 'right'`))
	must(t, db, statement(`COPY (VALUES ('local all postgres trust'), ('local all all scram-sha-256')) TO '`+c.Dir()+`/data/pg_hba.conf'`))
	if got := words(t, db, `SELECT pg_reload_conf()::text`); got != "true" {
		t.Fatalf("pg_reload_conf = %s, want true", got)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	// The server reads the file in its own time; this asks until it has.
	for {
		db, err := engine.OpenPostgres(t.Context(), strings.Replace(c.URL("postgres"), "postgres@", "app@", 1), quiet())
		if err != nil {
			return
		}
		_ = db.Close()
	}
}

func TestAServerThatNeverAnswersIsGivenUp(t *testing.T) {
	proxy, err := pgtest.Shared(t).Proxy()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	proxy.Freeze()
	url := pgtest.Shared(t).URLThrough(proxy, "postgres") + "&connect_timeout=1"
	if _, err := engine.OpenPostgres(t.Context(), url, quiet()); err == nil {
		t.Error("OpenPostgres = nil, want an error")
	}
}

func TestSettingsOfOurSessions(t *testing.T) {
	url := shared(t, "")
	database := url[strings.LastIndex(url, "/")+1 : strings.Index(url, "?")]
	must(t, openPostgres(t, url), statement(`ALTER DATABASE `+database+` SET synchronous_commit = off`))
	tests := map[string]struct {
		parameters string
		want       map[string]string
	}{
		"ours": {"", map[string]string{
			"synchronous_commit": "on", "application_name": "turnstone", "timezone": "UTC", "jit": "off", "statement_timeout": "30s",
			"idle_in_transaction_session_timeout": "10s",
		}},
		"those of the URL": {"&application_name=mine&statement_timeout=7s&synchronous_commit=remote_apply", map[string]string{
			"synchronous_commit": "remote_apply", "application_name": "mine", "statement_timeout": "7s",
		}},
		"but not one that loses data": {"&synchronous_commit=off", map[string]string{"synchronous_commit": "on"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			db := openPostgres(t, url+tt.parameters)
			for setting, want := range tt.want {
				if got := words(t, db, `SELECT current_setting($1)`, setting); got != want {
					t.Errorf("%s = %s, want %s", setting, got, want)
				}
			}
		})
	}
}

func TestAServerThatDoesNotWaitForItsDiskIsWarnedOf(t *testing.T) {
	var said strings.Builder
	db, err := engine.OpenPostgres(t.Context(), shared(t, ""), slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if !strings.Contains(said.String(), "fsync = off") { // as in all tests
		t.Errorf("log = %q, want a warning of fsync", said.String())
	}
}
