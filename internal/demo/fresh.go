package demo

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// forget deletes what an earlier demo left in the data directory, and nothing
// else. It refuses while that demo is running.
func forget(ctx context.Context, data string) error {
	// A state that cannot be read is what --fresh is for.
	if s, err := readState(filepath.Join(data, stateFile)); err == nil && answers(ctx, s) {
		return fmt.Errorf("a demo is running on %s, at %s: end it first, or choose another directory with --data", data, s.API)
	}
	for _, name := range []string{stateFile, "company.json", "received.jsonl", "service"} {
		if err := os.RemoveAll(filepath.Join(data, name)); err != nil {
			return fmt.Errorf("forget the earlier demo: %w", err)
		}
	}
	return nil
}

// answers reports whether the service of a state is running, which knows the
// state's secrets.
func answers(ctx context.Context, s *state) bool {
	if s.API == "" || s.InstanceID == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	d := &demo{state: s, service: &service{url: s.API}}
	_, err := d.call(ctx, http.MethodGet, d.path(), nil)
	return err == nil
}
