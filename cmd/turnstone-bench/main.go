// Turnstone-bench measures Turnstone beside its ceilings, prints a table and keeps
// the figures as JSON. It is a program of its own, so that the service does not
// carry it; bench.sh builds and runs it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"turnstone/internal/app"
	"turnstone/internal/bench"
)

// cli is the command line.
type cli struct {
	Run   runCommand   `cmd:"" default:"withargs" help:"Measure, print a table, and write the figures."`
	Child childCommand `cmd:"" hidden:"" help:"Do one task. The run starts such processes."`
}

const description = `Measures Turnstone beside its ceilings: what the least program reaches that does the same and keeps nothing.

All works take about an hour on two cores, with --short two minutes. The exit code is 0 unless a work failed, such as by losing an event; a target that is missed fails nothing.`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], bench.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "turnstone-bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, s bench.Streams) error {
	parser, err := kong.New(&cli{}, kong.Name("turnstone-bench"), kong.Description(description),
		kong.Vars{"works": strings.Join(names(bench.Works()), ", ")},
		kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 100}))
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w; see --help", err)
	}
	command.BindTo(ctx, (*context.Context)(nil))
	command.Bind(s)
	return command.Run()
}

// childCommand does one task.
type childCommand struct{}

// Run does what the parent asks for.
func (childCommand) Run(ctx context.Context, s bench.Streams) error {
	if os.Getenv("GOGC") == "" { // as serve does
		app.Tune()
	}
	return bench.Child(ctx, s)
}

// runCommand measures.
type runCommand struct {
	Short  bool     `help:"Measure little of everything, to see that it works: two minutes."`
	Works  []string `placeholder:"NAME" help:"Measure these works only: ${works}."`
	Engine string   `enum:"sqlite,postgres,both" default:"both" help:"The database: ${enum}."`
	Pairs  int      `placeholder:"N" help:"How often to measure each work: 3, or 1 with --short."`
	Dir    string   `type:"existingdir" placeholder:"DIR" help:"Where to make the databases, on the disk to measure. The folder for temporary files if absent."`
	JSON   string   `name:"json" placeholder:"FILE" help:"Where to write the figures."`
}

// Validate refuses what cannot be measured.
func (c *runCommand) Validate() error {
	known := names(bench.Works())
	for _, name := range c.Works {
		if !slices.Contains(known, name) {
			return fmt.Errorf("--works: there is no work %q: there are %s", name, strings.Join(known, ", "))
		}
	}
	if c.Pairs < 0 {
		return errors.New("--pairs: write 1 or more")
	}
	return nil
}

func names(works []bench.Work) []string {
	var all []string
	for _, w := range works {
		all = append(all, w.Name)
	}
	return all
}

// Run measures, and returns an error if a work failed.
func (c *runCommand) Run(ctx context.Context, s bench.Streams) error {
	folder, err := c.folder()
	if err != nil {
		return err
	}
	engines, err := c.engines(ctx)
	defer func() {
		for _, e := range engines {
			_ = e.Close() // it ends with this process at the latest
		}
	}()
	if err != nil {
		return err
	}
	options := bench.Options{Works: c.works(), Engines: engines, Short: c.Short, Pairs: c.pairs()}
	if options.Machine, err = bench.Describe(folder, engines); err != nil {
		return err
	}
	report, err := measure(ctx, options, s.Out)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out)
	return errors.Join(report.WriteTable(s.Out), c.keep(report), failures(report))
}

// folder makes everything that is temporary go below --dir.
func (c *runCommand) folder() (string, error) {
	if c.Dir == "" {
		return os.TempDir(), nil
	}
	folder, err := filepath.Abs(c.Dir)
	if err != nil {
		return "", err
	}
	return folder, os.Setenv("TMPDIR", folder)
}

func (c *runCommand) engines(ctx context.Context) ([]bench.Engine, error) {
	wanted := []string{c.Engine}
	if c.Engine == "both" {
		wanted = []string{bench.SQLite, bench.PostgreSQL}
	}
	var engines []bench.Engine
	for _, name := range wanted {
		e, err := bench.OpenEngine(ctx, name)
		if err != nil {
			return engines, err
		}
		engines = append(engines, e)
	}
	return engines, nil
}

func (c *runCommand) works() []bench.Work {
	return slices.DeleteFunc(bench.Works(), func(w bench.Work) bool {
		return len(c.Works) > 0 && !slices.Contains(c.Works, w.Name)
	})
}

func (c *runCommand) pairs() int {
	switch {
	case c.Pairs > 0:
		return c.Pairs
	case c.Short:
		return 1
	}
	return 3
}

// measure starts vendor and receivers, and measures with processes of this program.
func measure(ctx context.Context, o bench.Options, out io.Writer) (bench.Report, error) {
	program, err := os.Executable()
	if err != nil {
		return bench.Report{}, err
	}
	processes := bench.Processes{Command: []string{program, "child"}}
	at, stop, err := processes.Peer(ctx)
	if err != nil {
		return bench.Report{}, err
	}
	o.Peer, o.Do = at, processes.Do
	o.Told = func(r bench.Row) { fmt.Fprintln(out, r) }
	report, err := bench.Run(ctx, o)
	return report, errors.Join(err, stop())
}

// keep writes the report to the file of --json.
func (c *runCommand) keep(r bench.Report) error {
	if c.JSON == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(c.JSON, append(text, '\n'), 0o600)
}

// failures returns an error that names the works that failed.
func failures(r bench.Report) error {
	var failed []string
	for _, row := range r.Failed() {
		failed = append(failed, row.Work+" on "+row.Engine)
	}
	if failed == nil {
		return nil
	}
	return fmt.Errorf("not to be believed, see above: %s", strings.Join(failed, ", "))
}
