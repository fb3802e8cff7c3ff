//go:build linux

package main_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"turnstone/internal/concursim"
	"turnstone/internal/fleet"
	"turnstone/internal/pgtest"
)

// For the real thing:
//
//	go test ./cmd/turnstone -run Soak/sqlite -v -soak 30m -timeout 60m -artifacts
var (
	soakTime = flag.Duration("soak", 15*time.Second, "how long the soak test lasts")
	soakRate = flag.Float64("soak-rate", 100, "changes a second in the soak test")
)

const (
	// sampleEvery is how often the process is measured.
	sampleEvery = 5 * time.Second
	// longSoak is what it takes for censuses to happen and for growth to show.
	longSoak = 10 * time.Minute
	// steadyFor is how long the vendor's clock does not jump: by a clock that is set back
	// in the moment of an answer nobody can tell what came before polling was enabled.
	steadyFor = 30 * time.Second
	// censusTakes is two censuses, a minute apart, and what may hold them up.
	censusTakes = 4 * time.Minute
)

// TestSoak lets a service live with a vendor and a receiver that do everything wrong
// that they can, one thing after the other and several at once.
func TestSoak(t *testing.T) {
	tests := map[string]func(t *testing.T) []string{
		"sqlite": func(*testing.T) []string { return nil },
		"postgres": func(t *testing.T) []string {
			return []string{"TURNSTONE_DATABASE=" + pgtest.Shared(t).Database(t, "")}
		},
	}
	for name, env := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			soak(t, env(t))
		})
	}
}

func soak(t *testing.T, env []string) {
	t.Helper()
	seed := *chaosSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	random := rand.New(rand.NewPCG(seed, 0))
	f := newFleet(t, concursim.Options{Seed: seed, Companies: 20, Rate: *soakRate}, (&moods{random: rand.New(rand.NewPCG(seed, 1))}).wrap)
	f.Configuration = map[string]any{"event.poller.configuration": `{"reports":{
		"url":"/hubs/expense/reports?where=modifiedDateAfter='${gmtDate:yyyy-MM-dd'T'HH:mm:ss.SSS}'","idField":"ID","detectDeletes":1}}`}
	data := t.TempDir()
	p := launch(t, filepath.Join(t.ArtifactDir(), "log"), call{
		args: []string{
			"serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data", data, "--allow-network", "127.0.0.0/8", "--min-interval", "1s",
		},
		env: append(slices.Clone(credentials), env...),
	})
	n := &node{name: "the service", process: p}
	if err := f.Connect(t.Context(), p.url, authorization, time.Second); err != nil {
		t.Fatal(err)
	}
	t.Logf("soak of %v by -seed %d", *soakTime, seed)
	samples := weathered(t, f, n, random)

	calm, err := calmSwitches()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Sim.SetSwitches(calm); err != nil {
		t.Fatal(err)
	}
	within := time.Minute
	if *soakTime >= longSoak {
		f.Whole, within = censusTakes, 2*censusTakes
	}
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	r := f.Settle(ctx, atTheEnd)
	p.kill(t)
	t.Log(r)
	if !r.OK() || r.Changes == 0 {
		t.Errorf("after the soak by -seed %d: %s", seed, r)
	}
	if refused := f.Receiver.Refused(); refused != 0 {
		t.Errorf("%d posts had a wrong signature or body", refused)
	}
	flat(t, samples)
}

// calmSwitches are those of a vendor that behaves.
func calmSwitches() (concursim.Switches, error) {
	sim, err := concursim.New(concursim.Options{Reports: -1})
	if err != nil {
		return concursim.Switches{}, err
	}
	return sim.Switches(), nil
}

// weathered lets the companies live while the weather changes, and measures the
// process meanwhile.
func weathered(t *testing.T, f *fleet.Fleet, n *node, random *rand.Rand) []sample {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), *soakTime)
	defer cancel()
	var living sync.WaitGroup
	living.Go(func() { _ = f.Sim.Run(ctx) })
	calm, err := calmSwitches()
	if err != nil {
		t.Fatal(err)
	}
	// A list that is sorted anew between two of its pages hides some of it from anybody:
	// one order for the whole of the soak.
	calm.Order = []string{"creation", "id"}[random.IntN(2)]
	var samples []sample
	begun := time.Now()
	for rest(ctx, min(sampleEvery, *soakTime/4)) {
		sw := weather(calm, random)
		if time.Since(begun) < steadyFor {
			sw.ClockOffset = 0
		}
		if err := f.Sim.SetSwitches(sw); err != nil {
			t.Error(err)
			break
		}
		samples = append(samples, measure(t, n))
	}
	living.Wait()
	return samples
}

// weather is a vendor on some day: each oddity is there on one day in three.
//
// Lists with gaps are left out: a vendor that leaves the same records out of two
// readings has deleted them, as far as anybody can tell. So are replicas that lag,
// together with several versions under one date: which one is newer nothing tells.
func weather(calm concursim.Switches, random *rand.Rand) concursim.Switches {
	sw := calm
	odd := func() bool { return random.IntN(3) == 0 }
	for _, set := range []func(){
		func() { sw.LateShare, sw.LateSeconds = 0.05, 3 },
		func() { sw.WholeSeconds = true },
		func() { sw.EqualStamps = 20 },
		func() { sw.ClockOffset = float64(random.IntN(41) - 20) },
		func() { sw.FutureShare = 0.01 },
		func() { sw.QuietShare = 0.05 },
		func() { sw.DeleteShare = 0.1 },
		func() { sw.ModifiedAfter = "day" },
		func() { sw.IgnoreModifiedAfter = true },
		func() { sw.ShortPages = true },
		func() { sw.OverlapPages = true },
		func() { sw.NextPageHost, sw.NextPageEnd = "legacy", "empty" },
		func() { sw.TokenSeconds, sw.ExpiredStatus = 5, 403 },
		func() { sw.TokenErrorShare = 0.2 },
		func() { sw.LimitShare, sw.RetryAfter, sw.Limit400Share = 0.05, "1", 0.02 },
		func() { sw.RateLimit, sw.RateHeaders, sw.RetryAfter = 120, "ietf", "1" },
		func() { sw.Error500Share, sw.Error503Share = 0.05, 0.05 },
		func() { sw.ErrorIn200Share, sw.HTMLShare, sw.WrongTypeShare = 0.03, 0.03, 0.05 },
		func() { sw.TruncateShare, sw.ResetShare = 0.05, 0.05 },
		func() { sw.SlowShare, sw.SlowMillis = 0.1, 500 },
	} {
		if odd() {
			set()
		}
	}
	return sw
}

// moods makes a receiver fail in every way that a receiver can.
type moods struct {
	mu     sync.Mutex
	random *rand.Rand
}

func (m *moods) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		mood := m.random.IntN(200)
		m.mu.Unlock()
		switch mood {
		case 0, 1, 2:
			http.Error(w, "not now", http.StatusInternalServerError)
		case 3, 4:
			next.ServeHTTP(quiet{w}, r)
			http.Error(w, "taken, and failed afterwards", http.StatusBadGateway)
		case 5:
			rest(r.Context(), 2*time.Second)
			next.ServeHTTP(w, r)
		case 6:
			w.Header().Set("Retry-After", "1")
			http.Error(w, "slower", http.StatusTooManyRequests)
		case 7:
			panic(http.ErrAbortHandler)
		case 8:
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// quiet keeps a handler's answer from the client.
type quiet struct{ http.ResponseWriter }

func (q quiet) WriteHeader(int)             {}
func (q quiet) Write(b []byte) (int, error) { return len(b), nil }

// sample is what the process used at a moment.
type sample struct{ resident, goroutines float64 }

// measure reads what the process uses.
func measure(t *testing.T, n *node) sample {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", n.process.command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kilobytes, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		t.Fatal(err)
	}
	return sample{kilobytes / 1024, n.counted(t, "go_goroutines")}
}

// flat fails the test if the process grew: if it used much more in the last quarter
// than in the second.
func flat(t *testing.T, samples []sample) {
	t.Helper()
	if len(samples) < 4 {
		return
	}
	quarter := len(samples) / 4
	before, after := typical(samples[quarter:2*quarter]), typical(samples[3*quarter:])
	t.Logf("resident %.0f MB, then %.0f MB; goroutines %.0f, then %.0f (medians of the second and the last quarter of %d samples)",
		before.resident, after.resident, before.goroutines, after.goroutines, len(samples))
	if *soakTime < longSoak {
		return
	}
	if after.resident > 1.25*before.resident+10 || after.goroutines > 1.5*before.goroutines+50 {
		t.Errorf("the process grew from %+v to %+v", before, after)
	}
}

// typical returns the medians.
func typical(samples []sample) sample {
	var resident, goroutines []float64
	for _, s := range samples {
		resident, goroutines = append(resident, s.resident), append(goroutines, s.goroutines)
	}
	slices.Sort(resident)
	slices.Sort(goroutines)
	return sample{resident[len(resident)/2], goroutines[len(goroutines)/2]}
}
