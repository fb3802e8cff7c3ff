// Turnstone polls SaaS APIs, works out which records were created, updated or deleted, and
// posts every change, signed, to a callback URL.
//
// This command is its one binary: the service, a demo of it, a simulated vendor,
// and tools for people who write elements or receive callbacks. It reads flags
// and the environment and hands over; what is done is done in internal packages.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is every command and flag. Each flag can be given in the environment, too:
// --allow-network as TURNSTONE_ALLOW_NETWORK.
type cli struct {
	Demo     demoCommand     `cmd:"" help:"Watch changes in a simulated Concur arrive at a callback, signed. Needs nothing else."`
	Serve    serveCommand    `cmd:"" help:"Run the service: the API, the pollers and the deliveries."`
	Health   healthCommand   `cmd:"" help:"Ask a running service how it is, for health checks of containers."`
	Export   exportCommand   `cmd:"" help:"Write everything an installation has to a file, to move it to another database or to keep it."`
	Import   importCommand   `cmd:"" help:"Fill an empty database with what export wrote."`
	Keys     keysCommand     `cmd:"" help:"Look after the keys that secrets are sealed with."`
	User     userCommand     `cmd:"" help:"Look after users at the database, while nobody can sign in."`
	Instance instanceCommand `cmd:"" help:"Create and look after instances of a running service."`
	Poll     pollCommand     `cmd:"" help:"Tools for setting up polling."`
	Object   objectCommand   `cmd:"" help:"Tools for questions about a single record."`
	Event    eventCommand    `cmd:"" help:"Tools for looking at events, and for receivers that lost some."`
	Delivery deliveryCommand `cmd:"" help:"Tools for receivers that were away."`
	Bulk     bulkCommand     `cmd:"" help:"Read whole lists of a vendor."`
	Sim      simCommand      `cmd:"" help:"Run a simulated vendor alone."`
	Verify   verifyCommand   `cmd:"" help:"Check the signature of a captured callback body."`
	Element  elementCommand  `cmd:"" help:"Tools for choosing and writing elements."`
	Options  optionsCommand  `cmd:"" help:"Print the reference of all commands and flags." hidden:""`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

const description = `Polls SaaS APIs, works out what was created, updated or deleted, and posts every change, signed, to your URL.

Start with "turnstone demo". Every flag can be given in the environment, too: --allow-network as TURNSTONE_ALLOW_NETWORK. A flag on the command line wins.`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// Exit codes: of success, of a command that ran and says no, and of arguments
// that cannot be used.
const (
	exitOK    = 0
	exitFail  = 1
	exitUsage = 2
)

// streams is what a command reads from and writes to.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// errSilent makes a command fail without a message of its own: it has said why.
var errSilent = errors.New("")

// usageError says that the arguments cannot be used.
type usageError struct{ error }

// Unwrap returns what is wrong with them.
func (u usageError) Unwrap() error { return u.error }

// run runs one command and returns the exit code.
func run(ctx context.Context, args []string, s streams) int {
	exited := -1
	parser, err := newParser(s, func(code int) { exited = code })
	if err != nil {
		return complain(s.err, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		return complain(s.err, usageError{fmt.Errorf("%w; see %s --help", err, asked(err))})
	}
	command.BindTo(ctx, (*context.Context)(nil))
	command.Bind(s)
	return complain(s.err, command.Run())
}

func newParser(s streams, exit func(int)) (*kong.Kong, error) {
	parser, err := kong.New(&cli{},
		kong.Name("turnstone"),
		kong.Description(description),
		kong.DefaultEnvars("TURNSTONE"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.ValueFormatter(meaning),
		kong.Writers(s.out, s.err),
		kong.Exit(exit),
	)
	if err != nil {
		return nil, err
	}
	fillPlaceholders(parser.Model.Node)
	return parser, nil
}

// asked returns the command whose arguments could not be parsed.
func asked(err error) string {
	if parse, ok := errors.AsType[*kong.ParseError](err); ok && parse.Context.Selected() != nil {
		return parse.Context.Selected().FullPath()
	}
	return "turnstone"
}

// complain prints an error, if there is one, and returns its exit code.
func complain(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	if !errors.Is(err, errSilent) {
		fmt.Fprintf(w, "turnstone: %v\n", err)
	}
	if _, usage := errors.AsType[usageError](err); usage {
		return exitUsage
	}
	return exitFail
}
