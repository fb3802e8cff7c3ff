package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"turnstone/internal/concursim"
)

// simCommand holds the simulated vendors.
type simCommand struct {
	Concur simConcurCommand `cmd:"" help:"A SAP Concur with a living company in it, to poll, break and compare with."`
}

// simConcurCommand runs the Concur simulator.
type simConcurCommand struct {
	Listen       string         `default:"127.0.0.1:8090" placeholder:"ADDRESS" help:"Address of the simulator."`
	Companies    int            `default:"1" help:"Number of companies, each with its own administrator and reports."`
	Reports      int            `default:"25" help:"Reports each company starts with."`
	Rate         float64        `default:"1" help:"Changes of reports a second, over all companies."`
	OtherRate    float64        `default:"1" help:"Changes a second of entries, invoices, travel requests and the other resources."`
	Seed         uint64         `default:"1" help:"Decides names, reports, changes and faults."`
	ClientID     string         `placeholder:"ID" help:"Accept this app only. Any is accepted if absent."`
	ClientSecret string         `placeholder:"SECRET" help:"Secret of that app."`
	EventNetwork []netip.Prefix `placeholder:"CIDR" help:"Network that events may be posted to, besides this machine."`
	logFlags
	concursim.Switches `embed:"" group:"What may go wrong:"`
}

// Help lists what is served, below the summary of the command.
func (c *simConcurCommand) Help() string {
	var b strings.Builder
	b.WriteString("It serves the token endpoints, the Event Subscription Service under /events/v4, and these resources:\n\n")
	for _, r := range concursim.Served() {
		fmt.Fprintf(&b, "  %-26s %s\n", r.Name, r.Path)
	}
	return b.String()
}

// Run simulates until ctx ends.
func (c *simConcurCommand) Run(ctx context.Context, s streams) error {
	reports := c.Reports
	if reports == 0 {
		reports = -1 // for the simulator, 0 means its default
	}
	sim, err := concursim.New(concursim.Options{
		Seed: c.Seed, Companies: c.Companies, Reports: reports, Rate: c.Rate, OtherRate: c.OtherRate, Switches: c.Switches,
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, EventNetworks: c.EventNetwork, Log: c.logger(s.err),
	})
	if err != nil {
		return usageError{err}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("%w; name a free address of this machine with --listen", err)
	}
	base := "http://" + listener.Addr().String()
	fmt.Fprintf(s.out, "a Concur is at %s; what it knows and can do: %s/_sim/\n", base, base)
	for _, company := range sim.Companies() {
		fmt.Fprintf(s.out, "  company %d: log in as %s, password %s\n", company.Number, company.Login, company.Password)
	}
	fmt.Fprintf(s.out, "  to poll it: turnstone serve --allow-network 127.0.0.0/8 --min-interval 1s, and instances with \"base.url\": %q\n", base)
	fmt.Fprintf(s.out, "ready %s\n", base)
	return serveUntil(ctx, listener, sim, sim.Run)
}

// serveUntil serves and runs beside until ctx ends or one of them fails.
func serveUntil(ctx context.Context, l net.Listener, h http.Handler, beside func(ctx context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	served, lived := make(chan error, 1), make(chan error, 1)
	go func() { served <- server.Serve(l); cancel() }()
	go func() { lived <- beside(ctx); cancel() }()
	<-ctx.Done()
	stopping, done := context.WithTimeoutCause(context.WithoutCancel(ctx), stopWithin, errors.New("time to stop is over"))
	defer done()
	return errors.Join(server.Shutdown(stopping), unless(<-served, http.ErrServerClosed), unless(<-lived, context.Canceled))
}

// unless returns err, or nil if it only says that the end was asked for.
func unless(err, asked error) error {
	if errors.Is(err, asked) {
		return nil
	}
	return err
}
