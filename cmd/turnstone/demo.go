package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"turnstone/internal/demo"
)

// demoCommand runs service, simulator and receiver together.
type demoCommand struct {
	For      time.Duration `placeholder:"DURATION" help:"End by itself after this long, with a summary; fail if anything was missed or invented. 0 runs until Ctrl-C."`
	Data     string        `placeholder:"DIR" help:"Data directory; the user's cache folder if absent. Starting again goes on where it stopped."`
	Fresh    bool          `help:"Forget what an earlier demo left in the data directory."`
	Listen   string        `default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"Address of the API. If it is taken, a free one is used."`
	Rate     float64       `default:"1" help:"Changes a second in the simulated company; 0 for none but yours."`
	Interval time.Duration `default:"3s" help:"Time between polls."`
	Seed     uint64        `default:"1" help:"Decides what happens in a new company."`
	LogLevel string        `default:"warn" enum:"debug,info,warn,error" help:"Least level to log. The demo tells its story without the log."`
}

// Validate refuses what cannot be demonstrated.
func (c *demoCommand) Validate() error { return c.options().Validate() }

// options returns what the flags say.
func (c *demoCommand) options() demo.Options {
	return demo.Options{
		Data: c.Data, Fresh: c.Fresh, Listen: c.Listen, For: c.For,
		Rate: c.Rate, Interval: c.Interval, Seed: c.Seed,
	}
}

// Run runs the demo until ctx ends or its time is over.
func (c *demoCommand) Run(ctx context.Context, s streams) error {
	o := c.options()
	o.Out, o.Log = s.out, logFlags{LogLevel: c.LogLevel}.logger(s.err)
	if o.Data == "" {
		o.Data = filepath.Join(cacheDir(), "turnstone-demo")
	}
	report, err := demo.Run(ctx, o)
	if err != nil {
		return err
	}
	if c.For > 0 && !report.OK() {
		return errors.New("the company's changes and what arrived disagree, as listed above")
	}
	return nil
}

// cacheDir is the user's cache folder, or where there is none the one for
// temporary files.
func cacheDir() string {
	if dir, err := os.UserCacheDir(); err == nil {
		return dir
	}
	return os.TempDir()
}
