package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// healthCommand asks a running service how it is: an image with nothing but the
// program in it has no other way to.
type healthCommand struct {
	URL string `arg:"" optional:"" name:"url" default:"http://127.0.0.1:8080/healthz" help:"What to ask. /healthz says that the process answers, /readyz that it can be used."`
}

const (
	// healthWithin is longer than the service takes to find out that its database
	// hangs.
	healthWithin = 10 * time.Second
	// maxHealth is how much of the answer is shown.
	maxHealth = 1 << 10
)

// Run prints the answer, and fails if it is not 200.
func (c *healthCommand) Run(ctx context.Context, s streams) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, nil)
	if err != nil {
		return usageError{err}
	}
	client := &http.Client{Transport: &http.Transport{}, Timeout: healthWithin} // of this machine: no proxy
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("%w; is turnstone serve running there?", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxHealth))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.URL, err)
	}
	answer := response.Status + " " + strings.TrimSpace(string(body))
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", c.URL, answer)
	}
	fmt.Fprintln(s.out, answer)
	return nil
}
