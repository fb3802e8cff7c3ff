package app

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"turnstone"
	"turnstone/internal/auth"
	"turnstone/internal/telemetry"
)

// Config is what an operator decides.
type Config struct {
	Storage
	Listen        string         // address of the API
	AllowNetworks []netip.Prefix // private networks that callbacks and vendors may be in
	MinInterval   time.Duration  // the shortest poll interval an instance may ask for
	MaxChanges    int            // changes an event, 1 to 100
	Retention     time.Duration  // how long events and poll logs are kept
	KeepVersions  time.Duration  // how long versions of objects that do not change are kept; 0: for ever
	KeepJournal   time.Duration  // how long the journal of who changed what is kept; 0: DefaultKeepJournal
	Lease         time.Duration  // how long a node that dies keeps what it works on; 0: the loops' defaults
	// BulkJobBytes and BulkAccountBytes are what the result of a bulk job, and all those
	// of an account, may take up, deflated; 0: the defaults of package bulk.
	BulkJobBytes     int64
	BulkAccountBytes int64
	AdminListen      string  // address of metrics, probes and profiles; empty: none
	TraceEndpoint    string  // collector that spans are sent to; empty: none
	TraceShare       float64 // of the polls that are traced
	Bootstrap        Bootstrap
}

// Bootstrap fixes the credentials of the first account. What is empty is made
// up. It has no effect once there is an account.
type Bootstrap struct {
	UserSecret         turnstone.Secret
	OrganizationSecret turnstone.Secret
	AdminEmail         string
	AdminPassword      turnstone.Secret
}

// Validate returns an error that names every option at fault, and what to write
// instead.
func (c Config) Validate() error {
	var problems []error
	if !isAddress(c.Listen) {
		problems = append(problems, fmt.Errorf("--listen %q is no address to listen on: write one such as 127.0.0.1:8080", c.Listen))
	}
	problems = append(problems, c.problems()...)
	if c.MinInterval < time.Millisecond {
		problems = append(problems, fmt.Errorf("--min-interval %v is too short: use 1s or more, or 1m as the platform does", c.MinInterval))
	}
	if c.MaxChanges < 1 || c.MaxChanges > 100 {
		problems = append(problems, fmt.Errorf("--max-changes %d is not from 1 to 100: receivers of the platform expect 10", c.MaxChanges))
	}
	if c.Retention < time.Hour {
		problems = append(problems, fmt.Errorf("--retention %v is too short: use 1h or more", c.Retention))
	}
	if c.KeepVersions != 0 && c.KeepVersions < 24*time.Hour {
		problems = append(problems, fmt.Errorf("--keep-versions %v is too short: use 24h or more, or 0 to keep them for ever", c.KeepVersions))
	}
	if c.KeepJournal != 0 && c.KeepJournal < 24*time.Hour {
		problems = append(problems, fmt.Errorf("--keep-journal %v is too short: use 24h or more", c.KeepJournal))
	}
	if c.Lease != 0 && c.Lease < time.Second {
		problems = append(problems, fmt.Errorf("--lease %v is too short: use 30s, or 1s at the least", c.Lease))
	}
	problems = append(append(problems, c.bulkProblems()...), c.watchProblems()...)
	return errors.Join(append(problems, c.Bootstrap.problems()...)...)
}

// bulkProblems returns what is wrong with the bounds of bulk jobs.
func (c Config) bulkProblems() []error {
	if c.BulkJobBytes >= 0 && c.BulkAccountBytes >= c.BulkJobBytes {
		return nil
	}
	return []error{errors.New("--bulk-job-size and --bulk-account-size are numbers of megabytes, of which the second is not the smaller: use 1024 and 4096")}
}

// watchProblems returns what is wrong with the options of those who watch.
func (c Config) watchProblems() []error {
	var problems []error
	if c.AdminListen != "" && !isAddress(c.AdminListen) {
		problems = append(problems, fmt.Errorf("--admin-listen %q is no address to listen on: write one such as 127.0.0.1:9090", c.AdminListen))
	}
	if c.TraceEndpoint == "" {
		return problems
	}
	if _, err := telemetry.CollectorURL(c.TraceEndpoint); err != nil {
		problems = append(problems, fmt.Errorf("--trace-endpoint: %w", err))
	}
	if !(c.TraceShare > 0 && c.TraceShare <= 1) { // NaN is neither
		problems = append(problems, fmt.Errorf("--trace-share %v is not above 0 and up to 1: write 0.01 for one poll in a hundred", c.TraceShare))
	}
	return problems
}

// isAddress reports whether text is a host, or nothing, and a port.
func isAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	return err == nil && isPort(port)
}

// isPort reports whether text is the number of a port; 0 is any free one.
func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

// problems returns what is wrong with secrets that are given: one that cannot
// stand in an Authorization header would never be recognised.
func (b Bootstrap) problems() []error {
	var problems []error
	for _, given := range []struct {
		option string
		secret turnstone.Secret
	}{{"--user-secret", b.UserSecret}, {"--organization-secret", b.OrganizationSecret}} {
		read, err := auth.ParseAuthorization("User " + string(given.secret))
		if given.secret != "" && (err != nil || read.User != given.secret) {
			problems = append(problems, fmt.Errorf("%s cannot stand in an Authorization header: use letters, digits and + / = without spaces", given.option))
		}
	}
	return problems
}
