package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"

	"turnstone/client"
)

// remote is a running service, and who asks it.
type remote struct {
	Server             string `default:"http://127.0.0.1:8080" placeholder:"URL" env:"TURNSTONE_SERVER,TURNSTONE_URL" help:"Address of the running service."`
	UserSecret         string `placeholder:"SECRET" secret:"yes" help:"Secret of the user who asks. Better given in the environment, where no list of processes shows it."`
	OrganizationSecret string `placeholder:"SECRET" secret:"yes" help:"Secret of the user's organization. Better given in the environment."`
	ElementToken       string `placeholder:"TOKEN" secret:"yes" help:"Token of an instance, in place of the organization's secret. Better given in the environment."`
}

// ask lets do ask the service, and says what to do about what goes wrong.
func (r *remote) ask(do func(c *client.Client) error) error {
	c, err := r.connect(r.ElementToken)
	if err != nil {
		return err
	}
	return remedied(do(c))
}

// connect returns a client with a token, if that is not empty.
func (r *remote) connect(token string) (*client.Client, error) {
	o := client.Options{URL: r.Server, UserSecret: r.UserSecret, ElementToken: token, UserAgent: "turnstone"}
	if r.ElementToken == "" { // one that was given is for those who have no more
		o.OrganizationSecret = r.OrganizationSecret
	}
	c, err := client.New(o)
	switch {
	case errors.Is(err, client.ErrUserSecret):
		err = errors.New("set TURNSTONE_USER_SECRET and TURNSTONE_ORGANIZATION_SECRET to what turnstone serve printed with its first start")
	case errors.Is(err, client.ErrOrganizationSecret):
		err = errors.New("set TURNSTONE_ORGANIZATION_SECRET, or TURNSTONE_ELEMENT_TOKEN")
	case err != nil:
		err = fmt.Errorf("--server %w", err)
	}
	if err != nil {
		return nil, usageError{err}
	}
	return c, nil
}

// remedied returns an error of a call with what to do about it.
func remedied(err error) error {
	if refused, ok := errors.AsType[*client.Error](err); ok {
		if refused.Message == "" {
			return fmt.Errorf("%w; is that the address of turnstone serve? Name it with --server", err)
		}
		text := lines(refused.Error())
		if refused.ProviderMessage != "" {
			text += "\nthe vendor said: " + lines(refused.ProviderMessage)
		}
		return errors.New(text)
	}
	if _, unanswered := errors.AsType[*url.Error](err); unanswered {
		return fmt.Errorf("%w; is turnstone serve running there? Name it with --server", err)
	}
	return err
}

// readFile reads a file, or standard input for "-".
func readFile(in io.Reader, name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(in)
	}
	return os.ReadFile(name)
}

// beginning turns how long ago into a time; anything else is for the service to read.
func beginning(text string, now time.Time) string {
	if ago, err := time.ParseDuration(text); err == nil {
		return now.Add(-ago).UTC().Format(time.RFC3339)
	}
	return text
}

// moment reads a time, or how long ago one was. Empty is the zero time.
func moment(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, beginning(text, now)); err == nil {
			return at, nil
		}
	}
	return time.Time{}, usageError{fmt.Errorf("%s %q is no time: write one such as 2026-11-23T08:00:00Z, or how long ago, such as 24h", flag, text)}
}

// line returns text of others as it may stand on a line of a terminal, for which control
// characters are commands.
func line(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// lines is line for text that may have several.
func lines(text string) string {
	parts := strings.Split(text, "\n")
	for i := range parts {
		parts[i] = line(parts[i])
	}
	return strings.Join(parts, "\n")
}
