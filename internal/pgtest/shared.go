package pgtest

import (
	"context"
	"sync"
	"testing"
	"time"
)

// startLimit is many times what a start takes on a busy machine.
const startLimit = 2 * time.Minute

// shared is the cluster of this process: starting one for each test would take
// most of their time.
//
//nolint:gochecknoglobals // only Shared touches it, and starts it once
var shared struct {
	once    sync.Once
	cluster *Cluster
	err     error
}

// Shared returns the cluster that the tests of this process share, which starts
// with the first call and ends with the process. Do not stop it: tests that want
// to, [Start] their own. If PostgreSQL is missing, the test fails.
func Shared(t testing.TB) *Cluster {
	t.Helper()
	shared.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), startLimit)
		defer cancel()
		shared.cluster, shared.err = Start(ctx, Options{})
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.cluster
}
