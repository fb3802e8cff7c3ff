package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/app"
	"turnstone/internal/audit"
	"turnstone/internal/concursim"
	"turnstone/internal/fleet"
	"turnstone/internal/store/storetest"
	"turnstone/webhook"
)

const (
	authorization = "User user-secret, Organization organization-secret"
	// shown is how long a version must have been shown to be owed: an interval of
	// a second, and generous time for a poll on a busy machine.
	shown = 8 * time.Second
)

// eachStorage runs a test on each kind of database.
func eachStorage(t *testing.T, test func(t *testing.T, s app.Storage)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, app.Storage{Data: t.TempDir()})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, app.Storage{Data: t.TempDir(), Database: turnstone.Secret(storetest.Postgres(t))})
	})
}

// start starts a service, to be ended with the test.
func start(t *testing.T, s app.Storage) *app.App {
	t.Helper()
	a, err := app.Start(t.Context(), app.Config{
		Listen: "127.0.0.1:0", Storage: s, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		MinInterval: time.Second, MaxChanges: 10, Retention: time.Hour,
		Bootstrap: app.Bootstrap{
			UserSecret: "user-secret", OrganizationSecret: "organization-secret",
			AdminEmail: "admin@example.test", AdminPassword: "password",
		},
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, a) })
	return a
}

func stop(t *testing.T, a *app.App) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
	defer cancel()
	if err := a.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

func newFleet(t *testing.T, o concursim.Options, wrap func(http.Handler) http.Handler) *fleet.Fleet {
	t.Helper()
	f, err := fleet.New(o, wrap)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// connect connects a fleet to a service and lets it live for a while.
func connect(t *testing.T, f *fleet.Fleet, service string, live time.Duration) {
	t.Helper()
	if err := f.Connect(t.Context(), service, authorization, time.Second); err != nil {
		t.Fatal(err)
	}
	if err := f.Live(t.Context(), live); err != nil {
		t.Fatal(err)
	}
}

// settle returns the comparison once everything has arrived. Nothing is added any
// more: what does not come in a minute does not come.
func settle(t *testing.T, f *fleet.Fleet, shown time.Duration) audit.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return f.Settle(ctx, shown)
}

func check(t *testing.T, r audit.Report) {
	t.Helper()
	t.Log(r)
	if !r.OK() || r.Changes == 0 {
		t.Errorf("the receiver and the vendor's truth disagree: %s", r)
	}
}

// living is twenty companies with a hundred changes a second between them.
func living(s concursim.Switches) concursim.Options {
	return concursim.Options{Seed: 7, Companies: 20, Reports: 25, Rate: 100, Switches: s}
}

// lifetime is how long companies live; less where everything is slower, and nothing
// else is looked at than races.
func lifetime() time.Duration {
	if underRace {
		return 4 * time.Second
	}
	return 10 * time.Second
}

func TestNothingIsMissedOrInventedWhen(t *testing.T) {
	// A vendor that throttles or fails is polled later than it should be, so that
	// only what it shows to the end is owed.
	const atTheEnd = time.Hour
	tests := map[string]struct {
		switches concursim.Switches
		shown    time.Duration
	}{
		"the vendor behaves":                      {concursim.Switches{}, shown},
		"changes become visible late":             {concursim.Switches{LateShare: 0.02, LateSeconds: 3}, shown},
		"timestamps are cut to whole seconds":     {concursim.Switches{WholeSeconds: true}, shown},
		"many changes share a timestamp":          {concursim.Switches{EqualStamps: 50, WholeSeconds: true}, shown},
		"the vendor's clock is ten minutes off":   {concursim.Switches{ClockOffset: -600}, shown},
		"the filter truncates to days":            {concursim.Switches{ModifiedAfter: "day"}, shown},
		"the filter is ignored":                   {concursim.Switches{IgnoreModifiedAfter: true}, shown},
		"next pages name a legacy host":           {concursim.Switches{NextPageHost: "legacy", NextPageEnd: "empty"}, shown},
		"tokens expire and rotate, with a 403":    {concursim.Switches{TokenSeconds: 3, ExpiredStatus: 403, ExpiresIn: "string", Geolocation: "path"}, shown},
		"the vendor throttles":                    {concursim.Switches{LimitShare: 0.1, RetryAfter: "1", Limit400Share: 0.05}, atTheEnd},
		"the vendor answers nonsense":             {concursim.Switches{ErrorIn200Share: 0.03, HTMLShare: 0.03, TruncateShare: 0.03, WrongTypeShare: 0.1}, atTheEnd},
		"the vendor fails and hangs up":           {concursim.Switches{Error500Share: 0.05, ResetShare: 0.05, SlowShare: 0.05, SlowMillis: 300}, atTheEnd},
		"the vendor's dates end in Z, three long": {concursim.Switches{Zone: true, Fractions: "fixed", Order: "id"}, shown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachStorage(t, func(t *testing.T, s app.Storage) {
				f := newFleet(t, living(tt.switches), nil)
				connect(t, f, start(t, s).URL, lifetime())
				check(t, settle(t, f, tt.shown))
			})
		})
	}
}

// failing answers the first post of some events with an error, of others after
// taking the event.
func failing(next http.Handler) http.Handler {
	var seen sync.Map
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(webhook.HeaderID)
		if _, again := seen.LoadOrStore(id, true); again {
			next.ServeHTTP(w, r)
			return
		}
		switch id[len(id)-1] {
		case '3', '7':
			http.Error(w, "not now", http.StatusBadGateway)
		case '5':
			next.ServeHTTP(&mute{ResponseWriter: w}, r)
			http.Error(w, "taken, and failed afterwards", http.StatusInternalServerError)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// mute keeps a handler's answer from the client.
type mute struct{ http.ResponseWriter }

func (m *mute) WriteHeader(int)             {}
func (m *mute) Write(b []byte) (int, error) { return len(b), nil }

func TestReceiverThatFailsGetsEverythingInOrder(t *testing.T) {
	eachStorage(t, func(t *testing.T, s app.Storage) {
		f := newFleet(t, concursim.Options{Seed: 3, Companies: 5, Rate: 20}, failing)
		connect(t, f, start(t, s).URL, 8*time.Second)
		r := settle(t, f, shown)
		check(t, r)
		if r.Repeats == 0 {
			t.Errorf("Repeats = 0, want some: the receiver took events and then failed")
		}
	})
}

func TestRestartGoesOnWhereItStopped(t *testing.T) {
	eachStorage(t, func(t *testing.T, s app.Storage) {
		f := newFleet(t, concursim.Options{Seed: 5, Companies: 3, Rate: 20}, nil)
		a := start(t, s)
		if err := f.Connect(t.Context(), a.URL, authorization, time.Second); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			if err := f.Live(t.Context(), time.Second); err != nil {
				t.Fatal(err)
			}
			stop(t, a)
			if err := f.Live(t.Context(), 500*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			a = start(t, s)
		}
		r := settle(t, f, time.Hour)
		check(t, r)
		if r.Repeats != 0 {
			t.Errorf("Repeats = %d, want none: every stop was a graceful one", r.Repeats)
		}
	})
}
