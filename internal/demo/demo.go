package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"time"

	"turnstone/internal/audit"
)

const (
	// stopWithin bounds the end of everything.
	stopWithin = 10 * time.Second
	// patience is how long a demo waits for what is on its way: at the end of a
	// timed one, and before a continued one lets the company live.
	patience = 20 * time.Second
	// edge is the fineness of the vendor's clock, which speaks in whole seconds.
	edge = 2 * time.Second
	// tardiness is how late a poll may be and still be in time: the machine may be
	// busy, and the vendor throttles whoever tries what we suggest.
	tardiness = 10 * time.Second
	// minInterval keeps the story readable and the machine idle.
	minInterval = 100 * time.Millisecond
)

// Options say how to run a demo.
type Options struct {
	Data     string        // data directory
	Fresh    bool          // forget what is in it
	Listen   string        // address of the API
	For      time.Duration // until when; 0: until ctx ends
	Rate     float64       // changes a second
	Interval time.Duration // between polls
	Seed     uint64        // decides what happens in a new company
	Out      io.Writer
	Log      *slog.Logger
}

// Validate returns an error that names every option at fault, and what to write
// instead.
func (o Options) Validate() error {
	var problems []error
	if o.Interval < minInterval {
		problems = append(problems, fmt.Errorf("--interval %v is too short: use %v or more", o.Interval, minInterval))
	}
	if !(o.Rate >= 0) || math.IsInf(o.Rate, 0) {
		problems = append(problems, fmt.Errorf("--rate %v is no number of changes a second: use 0 or more", o.Rate))
	}
	if o.For < 0 {
		problems = append(problems, fmt.Errorf("--for %v is in the past: use a duration such as 60s, or leave it out", o.For))
	}
	return errors.Join(problems...)
}

// demo is a running demo.
type demo struct {
	Options
	state   *state
	vendor  *vendor
	inbox   *inbox
	service *service
}

// Run runs a demo until ctx ends, or for the time in o.For, and returns what the
// comparison of the vendor's truth with the received changes says.
func Run(ctx context.Context, o Options) (audit.Report, error) {
	if err := o.Validate(); err != nil {
		return audit.Report{}, err
	}
	o.Out = &shared{to: o.Out}
	d := &demo{Options: o}
	err := d.open(ctx)
	opened := err == nil
	if ctx.Err() != nil {
		err = nil // told to end while it started: that is no failure
	}
	var until time.Time
	if opened {
		until, err = d.live(ctx)
	}
	stopping, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), stopWithin, errors.New("time to stop is over"))
	defer cancel()
	// The service first, so that nothing arrives after the comparison.
	err = errors.Join(err, d.stopService(stopping))
	report := audit.Report{}
	if opened && err == nil {
		report = d.compare(until)
		d.summary(report)
	}
	return report, errors.Join(err, d.close(stopping))
}

// open starts the three parts and makes the instance, or finds it again. The
// service comes first: it refuses a data directory that another demo uses.
func (d *demo) open(ctx context.Context) error {
	var err error
	if d.Fresh {
		if err := forget(ctx, d.Data); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(d.Data, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	if d.state, err = openState(filepath.Join(d.Data, stateFile)); err != nil {
		return err
	}
	if d.service, err = startService(ctx, d.Options, d.state); err != nil {
		return err
	}
	if d.vendor, err = startVendor(ctx, d.Options, d.state.Vendor); err != nil {
		return err
	}
	if d.inbox, err = startInbox(ctx, d.Options, d.state, newPrinter(d.Out)); err != nil {
		return err
	}
	d.state.API, d.state.Vendor, d.state.Inbox = d.service.url, d.vendor.address, d.inbox.address
	if err := d.state.write(); err != nil {
		return err
	}
	d.welcome()
	if err := d.connect(ctx); err != nil {
		return err
	}
	d.suggest()
	return nil
}

// live lets the company live until the time is over. It returns when polling
// ended, if that was before everything had arrived.
func (d *demo) live(ctx context.Context) (time.Time, error) {
	// What an earlier demo left on its way comes first: it was shown to no poll
	// while there was no service.
	if err := d.settle(ctx); err != nil {
		return time.Time{}, err
	}
	if d.For == 0 {
		err := d.run(ctx)
		return time.Now(), err
	}
	living, cancel := context.WithTimeout(ctx, d.For-d.quiet())
	defer cancel()
	if err := d.run(living); err != nil {
		return time.Time{}, err
	}
	if ctx.Err() != nil {
		return time.Now(), nil
	}
	return time.Time{}, d.settle(ctx)
}

// quiet is how long before the end of a timed demo the company falls silent.
func (d *demo) quiet() time.Duration {
	return min(d.For/3, 2*d.Interval+time.Second)
}

// run lets the company live until ctx ends.
func (d *demo) run(ctx context.Context) error {
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	lived := make(chan error, 1)
	go func() { lived <- d.vendor.live(running) }()
	select {
	case err := <-d.service.failed():
		cancel()
		return errors.Join(err, <-lived)
	case err := <-lived:
		return err
	}
}

// settle waits until everything that changed has arrived, or patience is over:
// then the comparison says what is missing.
func (d *demo) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for len(d.compare(time.Time{}).Missed) > 0 {
		select {
		case err := <-d.service.failed():
			return err
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
	return nil
}

// compare compares the vendor's truth with what arrived until polling ended; the
// zero time is for a comparison that waits for everything.
func (d *demo) compare(until time.Time) audit.Report {
	return audit.Compare(d.vendor.truth(), d.inbox.receiver.Changes(), audit.Expectation{
		Since: d.state.Since, Shown: 2*d.Interval + tardiness, Edge: edge, Until: until,
	})
}

// stopService ends the service, if it runs.
func (d *demo) stopService(ctx context.Context) error {
	if d.service == nil {
		return nil
	}
	return d.service.stop(ctx)
}

// close ends the other parts.
func (d *demo) close(ctx context.Context) error {
	var errs []error
	if d.inbox != nil {
		errs = append(errs, d.inbox.stop(ctx))
	}
	if d.vendor != nil {
		errs = append(errs, d.vendor.stop(ctx))
	}
	return errors.Join(errs...)
}
