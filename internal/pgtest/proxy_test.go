package pgtest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"turnstone/internal/pgtest"
)

// echo starts a server that sends back what it gets until its client has nothing
// more to say, and a proxy in front of it.
func echo(t *testing.T) *pgtest.Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				_, _ = io.Copy(connection, connection) // ends with the client
				_ = connection.Close()
			})
		}
	})
	p, err := pgtest.NewProxy(listener.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(p.Close(), listener.Close()); err != nil {
			t.Error(err)
		}
		running.Wait()
	})
	return p
}

// client is a connection through a proxy.
type client struct {
	*net.TCPConn
	t *testing.T
}

// dial connects to the proxy until the test ends.
func dial(t *testing.T, p *pgtest.Proxy) client {
	t.Helper()
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() }) // some tests have done that
	return client{TCPConn: connection.(*net.TCPConn), t: t}
}

// say sends a text.
func (c client) say(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
}

// hear reads a text of that length within a minute.
func (c client) hear(want string) {
	c.t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		c.t.Fatal(err)
	}
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
		c.t.Fatalf("heard %q, %v, want %q", got, err, want)
	}
}

// hearNothing makes sure that nothing comes, for as long as it is worth waiting.
func (c client) hearNothing() {
	c.t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		c.t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Fatalf("Read = %d, %v, want that nothing comes", n, err)
	}
}

// hearTheEnd makes sure that the connection is broken.
func (c client) hearTheEnd() {
	c.t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		c.t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Fatalf("Read = %d, %v, want that the connection is broken", n, err)
	}
}

// refused makes sure that a new connection is broken, be it before or after it is
// known to be there.
func refused(t *testing.T, p *pgtest.Proxy) {
	t.Helper()
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", p.Addr())
	if err != nil {
		return
	}
	defer func() { _ = connection.Close() }()
	client{TCPConn: connection.(*net.TCPConn), t: t}.hearTheEnd()
}

func TestBytesPassBothWaysToTheLast(t *testing.T) {
	c := dial(t, echo(t))
	c.say("hello")
	c.hear("hello")
	c.say("good bye")
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	c.hear("good bye")
	c.hearTheEnd()
}

func TestCutBreaksConnectionsAndRefusesNewOnes(t *testing.T) {
	p := echo(t)
	before := dial(t, p)
	before.say("hello")
	before.hear("hello")

	p.Cut()

	before.hearTheEnd()
	refused(t, p)

	p.Heal()

	after := dial(t, p)
	after.say("hello")
	after.hear("hello")
}

func TestFreezeHoldsWhatIsSentUntilHeal(t *testing.T) {
	p := echo(t)
	before := dial(t, p)
	before.say("hello")
	before.hear("hello")

	p.Freeze()

	before.say("are you there?")
	before.hearNothing()
	during := dial(t, p)
	during.say("hello")
	during.hearNothing()
	p.Freeze() // once more does not let anything pass
	before.hearNothing()

	p.Heal()

	before.hear("are you there?")
	during.hear("hello")
}

func TestCutAfterFreezeDropsWhatWasHeld(t *testing.T) {
	p := echo(t)
	c := dial(t, p)
	c.say("hello")
	c.hear("hello")

	p.Freeze()
	c.say("lost")
	p.Cut()

	c.hearTheEnd()
}

func TestFreezeAfterCutHoldsNewConnections(t *testing.T) {
	p := echo(t)
	p.Cut()
	p.Freeze()
	c := dial(t, p)
	c.say("hello")
	c.hearNothing()
	p.Heal()
	c.hear("hello")
}

func TestClientsOfATargetThatIsGoneAreTold(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := pgtest.NewProxy(listener.Addr())
	if err != nil {
		t.Fatal(err)
	}
	refused(t, p)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestCloseLeavesNothingRunning(t *testing.T) {
	others := goleak.IgnoreCurrent()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	p, err := pgtest.NewProxy(listener.Addr())
	if err != nil {
		t.Fatal(err)
	}
	dial(t, p)
	p.Freeze()
	dial(t, p).say("held")

	if err := p.Close(); err != nil {
		t.Fatal(err)
	}

	if err := goleak.Find(others); err != nil {
		t.Error(err)
	}
}

func TestProxiesStandBetweenAProgramAndItsDatabase(t *testing.T) {
	c := pgtest.Shared(t)
	p, err := c.Proxy()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	url := c.URLThrough(p, "postgres")
	connection := connect(t, url)
	if err := connection.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}

	p.Freeze()
	impatient, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := connection.Ping(impatient); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Ping = %v while frozen, want %v", err, context.DeadlineExceeded)
	}
	p.Cut()
	if _, err := pgx.Connect(t.Context(), url); err == nil {
		t.Error("Connect = nil while cut, want an error")
	}
	p.Heal()
	if err := connect(t, url).Ping(t.Context()); err != nil {
		t.Errorf("Ping = %v after Heal, want nil", err)
	}
}
