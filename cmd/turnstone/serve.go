package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"turnstone"
	"turnstone/internal/app"
)

// stopWithin bounds a graceful stop: containers are killed after ten seconds.
const stopWithin = 9 * time.Second

// serveCommand runs the service.
type serveCommand struct {
	Listen string `default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"Address of the API."`
	storageFlags
	AllowNetwork []network     `placeholder:"CIDR" help:"Let callbacks and vendors be in this private or loopback network, such as 127.0.0.0/8. Repeatable."`
	MinInterval  time.Duration `default:"1m" help:"Shortest poll interval an instance may ask for. Below 1m, event.poller.refresh_interval may be a fraction of a minute."`
	MaxChanges   int           `default:"10" help:"Most changes in one POST, 1 to 100. Receivers of the platform expect no more than 10."`
	Retention    time.Duration `default:"168h" help:"How long delivered events and poll logs are kept."`
	KeepVersions time.Duration `default:"0s" help:"How long to remember an object that does not change, 24h or more; 0 is for ever. Older ones are forgotten once a day, which keeps the database small. An object that changes after that is told by its dates alone and without a diff, and one that vanishes is not told of. Of several nodes, set it on one."`
	KeepJournal  time.Duration `default:"4320h" help:"How long the audit log is kept, 24h or more."`
	Lease        time.Duration `default:"30s" help:"How long a node that dies keeps what it was working on; then another takes it over. A node that lives extends it in time."`
	bulkFlags
	logFlags
	watchFlags

	UserSecret         string `help:"First start only: the user secret of the first account. Made up if absent." placeholder:"SECRET" secret:"yes"`
	OrganizationSecret string `help:"First start only: the organization secret of the first account. Made up if absent." placeholder:"SECRET" secret:"yes"`
	AdminEmail         string `help:"First start only: the first user's address." default:"admin@localhost"`
	AdminPassword      string `help:"First start only: the first user's password. Made up if absent." placeholder:"PASSWORD" secret:"yes"`

	PrintConfig bool `help:"Print the effective configuration, without secrets, and exit."`
}

// storageFlags say where an installation is kept.
type storageFlags struct {
	Data     string `default:"turnstone-data" placeholder:"DIR" help:"Data directory: the database and the keys that secrets are sealed with."`
	Database string `placeholder:"URL" secret:"yes" help:"PostgreSQL database to use in place of the file in the data directory, such as postgres://user:password@host/turnstone. Any number of nodes may share one. Best given in the environment."`
	Keys     string `placeholder:"FILE" help:"File of the keys that secrets are sealed with, the same for all nodes. The file keys in the data directory if absent."`
	KeyRing  string `placeholder:"TEXT" secret:"yes" help:"Text of that file, in place of it. Best given in the environment."`
}

// AfterApply refuses a variable that was to name a database and names none: a secret
// that was not found must not start an installation of its own.
func (f storageFlags) AfterApply() error {
	if url, set := os.LookupEnv("TURNSTONE_DATABASE"); set && url == "" && f.Database == "" {
		return errors.New("TURNSTONE_DATABASE is empty: give it a URL, or unset it for the SQLite file in --data")
	}
	return nil
}

// storage returns what the flags say.
func (f storageFlags) storage() app.Storage {
	return app.Storage{
		Data: f.Data, Database: turnstone.Secret(f.Database), Keys: f.Keys, KeyRing: turnstone.Secret(f.KeyRing),
	}
}

// bulkFlags bound what bulk queries may store.
type bulkFlags struct {
	BulkJobSize     int64 `default:"1024" placeholder:"MB" help:"Most megabytes that the result of one bulk query may take up, compressed."`
	BulkAccountSize int64 `default:"4096" placeholder:"MB" help:"Most megabytes that the results of all bulk queries of an account may take up, compressed. They are kept as long as --retention says."`
}

// logFlags say what is logged, to standard error.
type logFlags struct {
	LogLevel  string `default:"info" enum:"debug,info,warn,error" help:"Least level to log, to standard error."`
	LogFormat string `default:"text" enum:"text,json" help:"Form of the log."`
}

// watchFlags are for those who watch over the service.
type watchFlags struct {
	AdminListen   string  `placeholder:"ADDRESS" help:"Address of metrics, probes and profiles, such as 127.0.0.1:9090. Whoever reaches it needs no credential, so keep it off the Internet. None if absent."`
	TraceEndpoint string  `placeholder:"URL" help:"OpenTelemetry collector to send traces to (OTLP over HTTP), such as http://127.0.0.1:4318. None if absent."`
	TraceShare    float64 `default:"0.01" help:"Share of the polls that are traced, with all that comes of them; 1 for all."`
}

// logger returns the logger the flags ask for.
func (f logFlags) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.LogLevel)); err != nil {
		level = slog.LevelInfo // not reached: the parser holds the enum
	}
	options := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// network is an address range on the command line.
type network struct{ netip.Prefix }

// UnmarshalText reads a network, and says how one is written.
func (n *network) UnmarshalText(text []byte) error {
	if address, err := netip.ParseAddr(string(text)); err == nil {
		return fmt.Errorf("%s is an address: write %[1]s/%d for it alone, or a network such as 127.0.0.0/8", address, address.BitLen())
	}
	if err := n.Prefix.UnmarshalText(text); err != nil || !n.IsValid() {
		return fmt.Errorf("%q is no network: write one such as 127.0.0.0/8 or fd00::/8", text)
	}
	return nil
}

// config returns what the flags say.
func (c *serveCommand) config() app.Config {
	var networks []netip.Prefix
	for _, n := range c.AllowNetwork {
		networks = append(networks, n.Prefix)
	}
	return app.Config{
		Listen: c.Listen, Storage: c.storage(), AllowNetworks: networks,
		MinInterval: c.MinInterval, MaxChanges: c.MaxChanges, Retention: c.Retention, KeepVersions: c.KeepVersions, KeepJournal: c.KeepJournal, Lease: c.Lease,
		BulkJobBytes: c.BulkJobSize << 20, BulkAccountBytes: c.BulkAccountSize << 20,
		AdminListen: c.AdminListen, TraceEndpoint: c.TraceEndpoint, TraceShare: c.TraceShare,
		Bootstrap: app.Bootstrap{
			UserSecret:         turnstone.Secret(c.UserSecret),
			OrganizationSecret: turnstone.Secret(c.OrganizationSecret),
			AdminEmail:         c.AdminEmail,
			AdminPassword:      turnstone.Secret(c.AdminPassword),
		},
	}
}

// Validate refuses options that cannot be used, before anything is started.
func (c *serveCommand) Validate() error {
	if c.Lease == 0 {
		return errors.New("--lease 0s is no time to hold anything: leave it out for 30s, or use 1s at the least")
	}
	return c.config().Validate()
}

// Run serves until ctx ends.
func (c *serveCommand) Run(ctx context.Context, s streams, command *kong.Context) error {
	if c.PrintConfig {
		printConfig(s.out, command)
		return nil
	}
	if os.Getenv("GOGC") == "" {
		app.Tune()
	}
	log := c.logger(s.err)
	service, err := app.Start(ctx, c.config(), log)
	if err != nil {
		return err
	}
	printFirst(s.out, service.First)
	if service.AdminURL != "" {
		fmt.Fprintf(s.out, "admin %s\n", service.AdminURL)
	}
	fmt.Fprintf(s.out, "ready %s\n", service.URL)
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-service.Failed():
	}
	log.Info("stopping")
	stopping, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), stopWithin, errors.New("time to stop is over"))
	defer cancel()
	return errors.Join(failed, service.Stop(stopping))
}

// printFirst shows the secrets that the first start made up.
func printFirst(w io.Writer, first *app.FirstAccount) {
	if first == nil {
		return
	}
	fmt.Fprintf(w, "first start: made an account for %s\n", first.Email)
	if first.Password+first.UserSecret+first.OrganizationSecret == "" {
		return
	}
	fmt.Fprintln(w, "keep what follows, it is shown this once:")
	for _, line := range []struct{ name, value string }{
		{"password", first.Password},
		{"user secret", first.UserSecret},
		{"organization secret", first.OrganizationSecret},
	} {
		if line.value != "" {
			fmt.Fprintf(w, "  %-20s %s\n", line.name, line.value)
		}
	}
	if first.UserSecret != "" && first.OrganizationSecret != "" {
		fmt.Fprintf(w, "  call the API with    Authorization: User %s, Organization %s\n", first.UserSecret, first.OrganizationSecret)
	}
}

// printConfig prints the flags as environment variables, secrets masked.
func printConfig(w io.Writer, command *kong.Context) {
	for _, f := range command.Flags() {
		if f.Name == "help" || f.Name == "print-config" {
			continue
		}
		value := text(command.FlagValue(f))
		if f.Tag.Has("secret") && value != "" {
			value = turnstone.Masked
		}
		fmt.Fprintf(w, "%s=%s\n", f.Tag.Envs[0], value)
	}
}

// text returns a flag's value as the environment would give it.
func text(value any) string {
	networks, ok := value.([]network)
	if !ok {
		return fmt.Sprint(value)
	}
	texts := make([]string, len(networks))
	for i, n := range networks {
		texts[i] = n.String()
	}
	return strings.Join(texts, ",")
}
