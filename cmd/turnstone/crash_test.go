package main_test

import (
	"context"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"turnstone/internal/concursim"
	"turnstone/internal/fleet"
	"turnstone/internal/pgtest"
)

// TestKilledFiftyTimes kills the service at random moments while twenty companies
// make a hundred changes a second.
func TestKilledFiftyTimes(t *testing.T) {
	t.Parallel()
	// What a process held that died is free at once in a file that it had to itself. In
	// a database for many, its leases run out; between two kills there is time for that.
	tests := map[string]struct {
		longest time.Duration // between two kills
		options func(t *testing.T) serveOptions
	}{
		"sqlite": {700 * time.Millisecond, func(t *testing.T) serveOptions {
			return serveOptions{data: t.TempDir(), listen: "127.0.0.1:0", env: credentials}
		}},
		"postgres": {1500 * time.Millisecond, func(t *testing.T) serveOptions {
			return serveOptions{data: t.TempDir(), listen: "127.0.0.1:0", env: append([]string{
				"TURNSTONE_DATABASE=" + pgtest.Shared(t).Database(t, ""), "TURNSTONE_LEASE=1s",
			}, credentials...)}
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			killedFiftyTimes(t, tt.options(t), tt.longest)
		})
	}
}

func killedFiftyTimes(t *testing.T, options serveOptions, longest time.Duration) {
	t.Helper()
	const kills = 50
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("moments by seed %d", seed)
	f, err := fleet.New(concursim.Options{Seed: 11, Companies: 20, Rate: 100}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)

	p := serve(t, options)
	options.listen = strings.TrimPrefix(p.url, "http://")
	if err := f.Connect(t.Context(), p.url, authorization, time.Second); err != nil {
		t.Fatal(err)
	}
	for range kills {
		if err := f.Live(t.Context(), time.Duration(random.Int64N(int64(longest)))); err != nil {
			t.Fatal(err)
		}
		p.kill(t)
		p = serve(t, options)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	// While it was down more than up, only what was shown to the end is owed.
	r := f.Settle(ctx, time.Hour)
	p.kill(t)
	t.Log(r)
	if !r.OK() || r.Changes == 0 {
		t.Errorf("after %d kills: %s", kills, r)
	}
	if refused := f.Receiver.Refused(); refused != 0 {
		t.Errorf("%d posts had a wrong signature or body", refused)
	}
}

// TestKilledDemoGoesOn kills the demo at random moments: its company, its receiver
// and its service must agree again whenever it starts.
func TestKilledDemoGoesOn(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("moments by seed %d", seed)
	args := []string{"demo", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--rate", "20", "--interval", "200ms"}
	for range 8 {
		life := 200*time.Millisecond + time.Duration(random.Int64N(int64(time.Second)))
		ctx, cancel := context.WithTimeout(t.Context(), life)
		c := exec.CommandContext(ctx, binary, args...) // killed when ctx ends
		c.Env = environment()
		out, err := c.CombinedOutput()
		early := ctx.Err() == nil
		cancel()
		if early {
			t.Fatalf("it ended by itself: %v\n%s", err, out)
		}
	}
	got := turnstone(t, call{args: append(args, "--for", "3s")})
	if got.code != 0 || !strings.Contains(got.out, "Nothing missed, nothing invented.") {
		t.Errorf("after the kills the demo ends with %d, want 0\n%s%s", got.code, got.out, got.err)
	}
}
