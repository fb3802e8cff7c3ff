package peer

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Client tells a Server what to do, and asks what came.
type Client struct {
	Control string // Addresses.Control of the server
}

// Set makes the server follow a plan, and forget what came before.
func (c Client) Set(ctx context.Context, p Plan) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if _, err := c.call(ctx, http.MethodPut, "/plan", text); err != nil {
		return fmt.Errorf("set the plan of vendor and receivers: %w", err)
	}
	return nil
}

// Tally returns what came so far.
func (c Client) Tally(ctx context.Context) (Tally, error) { return c.tally(ctx, "/tally") }

// Complete waits until all that was planned has come. When nothing comes for a
// while it returns what came up to then, with Complete unset.
func (c Client) Complete(ctx context.Context) (Tally, error) { return c.tally(ctx, "/complete") }

func (c Client) tally(ctx context.Context, path string) (Tally, error) {
	var t Tally
	answer, err := c.call(ctx, http.MethodGet, path, nil)
	if err == nil {
		err = json.Unmarshal(answer, &t)
	}
	if err != nil {
		return Tally{}, fmt.Errorf("ask the receivers what came: %w", err)
	}
	return t, nil
}

// Arrivals returns when each object arrived, in microseconds since 1970; 0: it
// has not.
func (c Client) Arrivals(ctx context.Context) ([]int64, error) {
	answer, err := c.call(ctx, http.MethodGet, "/arrivals", nil)
	if err != nil {
		return nil, fmt.Errorf("ask the receivers when it came: %w", err)
	}
	all := make([]int64, len(answer)/8)
	for i := range all {
		all[i] = int64(binary.LittleEndian.Uint64(answer[8*i:])) //nolint:gosec // as the server wrote it
	}
	return all, nil
}

func (c Client) call(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.Control+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 300 {
		return nil, fmt.Errorf("%s: %s", response.Status, answer)
	}
	return answer, nil
}
