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
)

// Config is what an operator decides.
type Config struct {
	Listen        string         // address of the API
	Data          string         // data directory
	AllowNetworks []netip.Prefix // private networks that callbacks and vendors may be in
	MinInterval   time.Duration  // the shortest poll interval an instance may ask for
	MaxChanges    int            // changes an event, 1 to 100
	Retention     time.Duration  // how long events and poll logs are kept
	Bootstrap     Bootstrap
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
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || !isPort(port) {
		problems = append(problems, fmt.Errorf("--listen %q is no address to listen on: write one such as 127.0.0.1:8080", c.Listen))
	}
	if c.Data == "" {
		problems = append(problems, errors.New("no data directory: name one with --data"))
	}
	if c.MinInterval < time.Millisecond {
		problems = append(problems, fmt.Errorf("--min-interval %v is too short: use 1s or more, or 1m as the platform does", c.MinInterval))
	}
	if c.MaxChanges < 1 || c.MaxChanges > 100 {
		problems = append(problems, fmt.Errorf("--max-changes %d is not from 1 to 100: receivers of the platform expect 10", c.MaxChanges))
	}
	if c.Retention < time.Hour {
		problems = append(problems, fmt.Errorf("--retention %v is too short: use 1h or more", c.Retention))
	}
	return errors.Join(append(problems, c.Bootstrap.problems()...)...)
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
