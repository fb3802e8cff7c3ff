package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"turnstone"
	"turnstone/internal/app"
	"turnstone/internal/audit"
)

// loopback is where all parts of the demo are.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// service is the service under demonstration.
type service struct {
	app  *app.App
	url  string
	note string // why it is not where it was asked to be
}

// startService starts the service, on a free port if the address is taken. It
// fails if another demo runs on the data directory.
func startService(ctx context.Context, o Options, s *state) (*service, error) {
	c := app.Config{
		Listen: o.Listen, Storage: app.Storage{Data: filepath.Join(o.Data, "service")}, AllowNetworks: loopback,
		MinInterval: min(o.Interval, time.Second), MaxChanges: 10, Retention: 7 * 24 * time.Hour,
		Bootstrap: app.Bootstrap{
			UserSecret: turnstone.Secret(s.UserSecret), OrganizationSecret: turnstone.Secret(s.OrganizationSecret),
			AdminPassword: turnstone.Secret(s.Password),
		},
	}
	note := ""
	if reason := refused(ctx, c.Listen); reason != nil {
		note = fmt.Sprintf("  (not %s: %v)", c.Listen, reason)
		c.Listen = anyPort
	}
	a, err := app.Start(ctx, c, o.Log)
	if err != nil {
		return nil, err
	}
	return &service{app: a, url: a.URL, note: note}, nil
}

// refused returns why the system does not let us listen on an address now, most
// often because somebody else does. An address that is none is not its matter.
func refused(ctx context.Context, address string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err == nil {
		return l.Close()
	}
	if reason, ok := errors.AsType[*os.SyscallError](err); ok {
		return reason.Err
	}
	return nil
}

func (s *service) failed() <-chan error           { return s.app.Failed() }
func (s *service) stop(ctx context.Context) error { return s.app.Stop(ctx) }

// anyPort is a free port of this machine.
const anyPort = "127.0.0.1:0"

// listener is a server on this machine.
type listener struct {
	server  *http.Server
	address string
	url     string
}

// listen serves at the address of the time before, if there was one and it is
// free: so the curls of that time go on working, and so does what the service
// still has to deliver there.
func listen(ctx context.Context, before string, h http.Handler) (listener, error) {
	if before == "" || refused(ctx, before) != nil {
		before = anyPort
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", before)
	if err != nil {
		return listener{}, fmt.Errorf("start a part of the demo: %w", err)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.Serve(l) }() // ends with Shutdown
	address := l.Addr().String()
	return listener{server: s, address: address, url: "http://" + address}, nil
}

// inbox is the callback receiver.
type inbox struct {
	listener
	receiver *audit.Receiver
}

// startInbox starts the receiver, which goes on with what an earlier demo
// received.
func startInbox(ctx context.Context, o Options, s *state, p *printer) (*inbox, error) {
	r, err := audit.NewReceiver(filepath.Join(o.Data, "received.jsonl"), s.SignatureKey, time.Now, p.print)
	if err != nil {
		return nil, fmt.Errorf("%w, or start with --fresh", err)
	}
	p.remember(r.Changes())
	in := &inbox{receiver: r}
	if in.listener, err = listen(ctx, s.Inbox, r); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return in, nil
}

func (i *inbox) stop(ctx context.Context) error {
	return errors.Join(i.server.Shutdown(ctx), i.receiver.Close())
}
