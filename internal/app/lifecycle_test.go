package app_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"turnstone/internal/app"
)

// bare is the least configuration of a service.
func bare(data string) app.Config {
	return app.Config{Listen: "127.0.0.1:0", Storage: app.Storage{Data: data}, MinInterval: time.Minute, MaxChanges: 10, Retention: time.Hour}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// taken is an address that somebody else listens on until the test ends.
func taken(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// started starts a service and stops it again, so that its data directory is in
// use by nobody.
func started(t *testing.T, c app.Config) *app.FirstAccount {
	t.Helper()
	a, err := app.Start(t.Context(), c, quiet())
	if err != nil {
		t.Fatal(err)
	}
	stop(t, a)
	return a.First
}

func TestStartThatFailsLeavesNothingBehind(t *testing.T) {
	tests := map[string]struct {
		spoil  func(t *testing.T, c *app.Config)
		remedy string
	}{
		"no data directory":  {func(_ *testing.T, c *app.Config) { c.Data = "" }, "--data"},
		"no address":         {func(_ *testing.T, c *app.Config) { c.Listen = "" }, "--listen"},
		"an address of none": {func(_ *testing.T, c *app.Config) { c.Listen = "127.0.0.1:nonsense" }, "--listen"},
		"a taken address":    {func(t *testing.T, c *app.Config) { c.Listen = taken(t) }, "--listen"},
		"taken for admin":    {func(t *testing.T, c *app.Config) { c.AdminListen = taken(t) }, "--admin-listen"},
		"taken, but admin":   {func(t *testing.T, c *app.Config) { c.Listen, c.AdminListen = taken(t), "127.0.0.1:0" }, "--listen"},
		"data in a file": {func(t *testing.T, c *app.Config) {
			if err := os.WriteFile(c.Data, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Remove(c.Data) }) // it may have gone
		}, "data directory"},
		"keys that others may read": {func(t *testing.T, c *app.Config) {
			if runtime.GOOS == "windows" {
				t.Skip("windows has no permission bits to check")
			}
			started(t, *c)
			if err := os.Chmod(filepath.Join(c.Data, "keys"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, "chmod"},
		"another user secret": {func(t *testing.T, c *app.Config) {
			started(t, *c)
			c.Bootstrap.UserSecret = "another"
		}, "TURNSTONE_USER_SECRET"},
		"another organization secret": {func(t *testing.T, c *app.Config) {
			started(t, *c)
			c.Bootstrap.OrganizationSecret = "another"
		}, "TURNSTONE_ORGANIZATION_SECRET"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			leaks := goleak.IgnoreCurrent()
			good := bare(filepath.Join(t.TempDir(), "data"))
			spoilt := good
			tt.spoil(t, &spoilt)
			if a, err := app.Start(t.Context(), spoilt, quiet()); err == nil || a != nil || !strings.Contains(err.Error(), tt.remedy) {
				t.Errorf("Start = %v, %v, want an error with %q", a, err, tt.remedy)
			}
			if err := goleak.Find(leaks); err != nil {
				t.Error(err)
			}
			_ = os.Chmod(filepath.Join(good.Data, "keys"), 0o600) // where there are some
			if info, err := os.Stat(good.Data); err == nil && !info.IsDir() {
				return
			}
			started(t, good) // nobody holds the lock
		})
	}
}

func TestStartNamesEveryOptionAtFault(t *testing.T) {
	useless := app.Bootstrap{UserSecret: "two words", OrganizationSecret: "a,b"}
	_, err := app.Start(t.Context(), app.Config{KeepJournal: time.Hour, AdminListen: "9090", TraceEndpoint: "collector", Bootstrap: useless}, quiet())
	if err == nil {
		t.Fatal("Start = nil error, want one")
	}
	for _, option := range []string{"--listen", "--data", "--min-interval", "--max-changes", "--retention", "--keep-journal", "--admin-listen", "--trace-endpoint", "--trace-share", "--user-secret", "--organization-secret"} {
		if !strings.Contains(err.Error(), option) {
			t.Errorf("Start = %v, want %s in it", err, option)
		}
	}
}

func TestALostKeyRingIsNotReplaced(t *testing.T) {
	data := t.TempDir()
	first, err := app.Start(t.Context(), bare(data), quiet())
	if err != nil {
		t.Fatal(err)
	}
	stop(t, first)
	keys := filepath.Join(data, "keys")
	if err := os.Remove(keys); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Start(t.Context(), bare(data), quiet()); err == nil || !strings.Contains(err.Error(), "restore it from your backup") {
		t.Errorf("Start = %v, want an error that names the lost file and the remedy", err)
	}
	if _, err := os.Stat(keys); !os.IsNotExist(err) {
		t.Errorf("Stat = %v, want no new key ring beside the old database", err)
	}
}

func TestDataDirectoryHasOneUser(t *testing.T) {
	data := t.TempDir()
	first := start(t, app.Storage{Data: data})
	_, err := app.Start(t.Context(), bare(data), quiet())
	if err == nil || !strings.Contains(err.Error(), data) || !strings.Contains(err.Error(), "choose another directory") {
		t.Errorf("the second Start = %v, want an error that names %s and the remedy", err, data)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, first.URL+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("the first answers %s afterwards, want 200", response.Status)
	}
}

func TestSecretsAreShownByTheStartThatSucceeds(t *testing.T) {
	c := bare(t.TempDir())
	refused := c
	refused.Listen = taken(t)
	if _, err := app.Start(t.Context(), refused, quiet()); err == nil {
		t.Fatal("Start on a taken address = nil error, want one")
	}
	first := started(t, c)
	if first == nil || first.UserSecret == "" || first.OrganizationSecret == "" || first.Password == "" {
		t.Errorf("First = %v, want all that was made up: the start before showed nothing", first)
	}
	if again := started(t, c); again != nil {
		t.Errorf("First = %v of the next start, want nil", again)
	}
}

func TestGivenSecretsAreNotShown(t *testing.T) {
	c := bare(t.TempDir())
	c.Bootstrap = app.Bootstrap{UserSecret: "u", OrganizationSecret: "o", AdminEmail: "a@example.test", AdminPassword: "password"}
	if got := started(t, c); got == nil || *got != (app.FirstAccount{Email: "a@example.test"}) {
		t.Errorf("First = %+v, want the address alone", got)
	}
	if got := started(t, c); got != nil {
		t.Errorf("First = %+v of the next start with the same secrets, want nil", got)
	}
}

func TestStopEndsEverythingAndMayBeRepeated(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(t.Context())
	a, err := app.Start(ctx, bare(t.TempDir()), quiet())
	if err != nil {
		t.Fatal(err)
	}
	cancel() // concerns the start alone
	for range 2 {
		stop(t, a)
	}
	if err := goleak.Find(leaks); err != nil {
		t.Error(err)
	}
	select {
	case err := <-a.Failed():
		t.Errorf("Failed = %v, want nothing", err)
	default:
	}
}
