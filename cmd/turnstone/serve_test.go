package main_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// get returns the status and the body of an answer.
func get(t *testing.T, url, authorization string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", authorization)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestFirstStartShowsItsSecretsOnce(t *testing.T) {
	options := serveOptions{data: t.TempDir(), listen: "127.0.0.1:0"}
	p := serve(t, options)
	said := strings.Join(p.said, "\n")
	found := regexp.MustCompile(`Authorization: (User \S+, Organization \S+)$`).FindStringSubmatch(said)
	if found == nil || !strings.Contains(said, "password") || !strings.Contains(said, "admin@localhost") {
		t.Fatalf("the first start says %q, want an address, a password and an Authorization", said)
	}
	if status, text := get(t, p.url+"/elements/api-v2/elements", found[1]); status != http.StatusOK {
		t.Errorf("with these secrets the API answers %d %s, want 200", status, text)
	}
	p.terminate(t)
	again := serve(t, options)
	if len(again.said) != 0 {
		t.Errorf("the second start says %q, want nothing", again.said)
	}
	if status, _ := get(t, again.url+"/elements/api-v2/elements", found[1]); status != http.StatusOK {
		t.Errorf("after the second start the API answers %d, want 200", status)
	}
	again.terminate(t)
	log, err := os.ReadFile(filepath.Join(options.data, "log"))
	if err != nil {
		t.Fatal(err)
	}
	for secret := range strings.FieldsSeq(strings.NewReplacer("User", "", "Organization", "", ",", "").Replace(found[1])) {
		if strings.Contains(string(log), secret) {
			t.Errorf("the log holds the secret %s", secret)
		}
	}
}

func TestGivenSecretsAreNotPrinted(t *testing.T) {
	p := serve(t, serveOptions{data: t.TempDir(), listen: "127.0.0.1:0", env: credentials})
	if said := strings.Join(p.said, "\n"); said != "first start: made an account for admin@localhost" {
		t.Errorf("the first start says %q, want the account alone", said)
	}
	if status, text := get(t, p.url+"/elements/api-v2/elements", authorization); status != http.StatusOK {
		t.Errorf("with the secrets given the API answers %d %s, want 200", status, text)
	}
	p.terminate(t)
}

func TestWhoWatchesIsToldWhere(t *testing.T) {
	env := append([]string{"TURNSTONE_ADMIN_LISTEN=127.0.0.1:0"}, credentials...)
	p := serve(t, serveOptions{data: t.TempDir(), listen: "127.0.0.1:0", env: env})
	_, admin, found := strings.Cut(strings.Join(p.said, "\n"), "admin ")
	if !found {
		t.Fatalf("it says %q, want where its admin listener is", p.said)
	}
	if status, text := get(t, admin+"/metrics", ""); status != http.StatusOK || !strings.Contains(text, "turnstone_build_info{") {
		t.Errorf("GET /metrics = %d %s, want 200 and the build", status, text)
	}
	for _, url := range []string{p.url + "/healthz", p.url + "/readyz", admin + "/healthz", admin + "/readyz"} {
		if got := turnstone(t, call{args: []string{"health", url}}); got.code != 0 || !strings.HasPrefix(got.out, "200 OK") {
			t.Errorf("health %s = %+v, want 0 and 200 OK", url, got)
		}
	}
	if got := turnstone(t, call{args: []string{"health", p.url + "/nowhere"}}); got.code != 1 || !strings.Contains(got.err, "404") {
		t.Errorf("health of a path that is none = %+v, want 1 and 404", got)
	}
	p.terminate(t)
}

func TestServeRefuses(t *testing.T) {
	running := serve(t, serveOptions{data: t.TempDir(), listen: "127.0.0.1:0", env: credentials})
	defer running.terminate(t)
	tests := map[string]struct {
		spoil   func(t *testing.T, o *serveOptions)
		problem string
	}{
		"a taken port": {func(_ *testing.T, o *serveOptions) {
			o.listen = strings.TrimPrefix(running.url, "http://")
		}, "name a free address of this machine with --listen"},
		"a data directory in use": {func(_ *testing.T, o *serveOptions) {
			o.data = filepath.Dir(running.log.Name())
		}, "stop it, or choose another directory"},
		"keys that others may read": {func(t *testing.T, o *serveOptions) {
			if runtime.GOOS == "windows" {
				t.Skip("windows has no permission bits to check")
			}
			serve(t, *o).terminate(t)
			if err := os.Chmod(filepath.Join(o.data, "keys"), 0o640); err != nil {
				t.Fatal(err)
			}
		}, "chmod 600"},
		"another user secret than at first": {func(t *testing.T, o *serveOptions) {
			serve(t, *o).terminate(t)
			o.env = []string{"TURNSTONE_USER_SECRET=another"}
		}, "TURNSTONE_USER_SECRET is not the one"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := serveOptions{data: t.TempDir(), listen: "127.0.0.1:0", env: credentials}
			tt.spoil(t, &o)
			got := turnstone(t, call{args: []string{"serve", "--listen", o.listen, "--data", o.data}, env: o.env})
			if got.code != 1 || got.out != "" || !strings.Contains(got.err, tt.problem) {
				t.Errorf("serve = %+v, want 1 and %q", got, tt.problem)
			}
		})
	}
}

func TestSimulatorServesWithItsSwitches(t *testing.T) {
	p := launch(t, filepath.Join(t.TempDir(), "log"), call{
		args: []string{"sim", "concur", "--listen", "127.0.0.1:0", "--companies", "2", "--reports", "0", "--rate", "0", "--late-share", "0.5", "--next-page-host", "legacy", "--zone"},
		env:  []string{"TURNSTONE_TOKEN_SECONDS=7"},
	})
	_, text := get(t, p.url+"/_sim/switches", "")
	var switches struct {
		LateShare    float64
		NextPageHost string
		Zone         bool
		TokenSeconds int
		Order        string
	}
	if err := json.Unmarshal([]byte(text), &switches); err != nil {
		t.Fatal(err)
	}
	if switches.LateShare != 0.5 || switches.NextPageHost != "legacy" || !switches.Zone || switches.TokenSeconds != 7 || switches.Order != "creation" {
		t.Errorf("switches = %+v, want those of the flags, the environment and the defaults", switches)
	}
	if said := strings.Join(p.said, "\n"); !strings.Contains(said, "company 2: log in as ") || !strings.Contains(said, p.url+"/_sim/") {
		t.Errorf("it says %q, want how to log in at each company and what it can do", said)
	}
	if _, versions := get(t, p.url+"/_sim/versions", ""); strings.TrimSpace(versions) != "[]" {
		t.Errorf("versions = %s, want none of 0 reports", versions)
	}
	p.terminate(t)
}

func TestSimulatorRefusesATakenPort(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // nothing was written
	got := turnstone(t, call{args: []string{"sim", "concur", "--listen", l.Addr().String()}})
	if got.code != 1 || !strings.Contains(got.err, "--listen") {
		t.Errorf("sim concur = %+v, want 1 and the remedy", got)
	}
}
