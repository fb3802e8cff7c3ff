package egress_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"turnstone/internal/egress"
)

func guard(t *testing.T, networks ...string) *egress.Guard {
	t.Helper()
	var allowed []netip.Prefix
	for _, n := range networks {
		allowed = append(allowed, netip.MustParsePrefix(n))
	}
	return egress.NewGuard(allowed)
}

func answering(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s
}

func get(t *testing.T, client *http.Client, url string) (*http.Response, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err == nil {
		t.Cleanup(func() { response.Body.Close() })
	}
	return response, err
}

func TestConnectionsToLoopbackNeedPermission(t *testing.T) {
	server := answering(t, func(http.ResponseWriter, *http.Request) {})
	if _, err := get(t, guard(t).Client(1), server.URL); !errors.Is(err, egress.ErrForbidden) || !strings.Contains(err.Error(), "--allow-network") {
		t.Errorf("get %s = %v, want ErrForbidden with the remedy", server.URL, err)
	}
	if _, err := get(t, guard(t, "127.0.0.0/8").Client(1), server.URL); err != nil {
		t.Errorf("get %s with 127.0.0.0/8 allowed: %v", server.URL, err)
	}
}

func TestNamesAreJudgedByWhereTheyPoint(t *testing.T) {
	server := answering(t, func(http.ResponseWriter, *http.Request) {})
	url := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	if _, err := get(t, guard(t).Client(1), url); !errors.Is(err, egress.ErrForbidden) {
		t.Errorf("get %s = %v, want ErrForbidden", url, err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	server := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			t.Error("the redirect was followed")
		}
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	response, err := get(t, guard(t, "127.0.0.0/8").Client(1), server.URL)
	if err != nil || response.StatusCode != http.StatusFound {
		t.Errorf("get = %v, %v, want 302 itself", response, err)
	}
}

func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	proxy := answering(t, func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") })
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	if _, err := get(t, guard(t).Client(1), "http://192.0.2.1/"); !errors.Is(err, egress.ErrForbidden) {
		t.Errorf("get = %v, want ErrForbidden, since the address is for documentation", err)
	}
}

func TestCheckJudgesWhatAURLSays(t *testing.T) {
	tests := map[string]struct {
		url     string
		allowed string
		problem string // part of the error; empty: none
	}{
		"a public name":               {"https://mycoolstore.com/callback", "", ""},
		"a public address":            {"https://93.184.216.34:8443/x", "", ""},
		"plain http":                  {"http://mycoolstore.com", "", ""},
		"loopback":                    {"http://127.0.0.1:9000/", "", "--allow-network"},
		"loopback allowed":            {"http://127.0.0.1:9000/", "127.0.0.0/8", ""},
		"localhost":                   {"http://LOCALHOST.:9000/", "", "--allow-network"},
		"localhost allowed":           {"http://localhost:9000/", "127.0.0.0/8", ""},
		"private":                     {"http://10.1.2.3/", "127.0.0.0/8", "--allow-network"},
		"link-local metadata":         {"http://169.254.169.254/latest", "", "--allow-network"},
		"IPv6 loopback":               {"http://[::1]/", "", "--allow-network"},
		"IPv6 loopback allowed":       {"http://[::1]/", "::1/128", ""},
		"IPv4 in IPv6":                {"http://[::ffff:127.0.0.1]/", "", "--allow-network"},
		"unspecified":                 {"http://0.0.0.0/", "", "--allow-network"},
		"another scheme":              {"ftp://example.com/", "", "no http or https"},
		"no scheme":                   {"example.com/callback", "", "no http or https"},
		"no host":                     {"https:///callback", "", "names no host"},
		"user and password":           {"https://a:b@example.com/", "", "event.notification.basic.username"},
		"unparsable":                  {"http://exa mple.com/%zz", "", "is no URL"},
		"the platform's word for off": {"false", "", "no http or https"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var networks []string
			if tt.allowed != "" {
				networks = []string{tt.allowed}
			}
			err := guard(t, networks...).Check(tt.url)
			if tt.problem == "" && err != nil {
				t.Errorf("Check(%q) = %v, want nil", tt.url, err)
			}
			if tt.problem != "" && (err == nil || !strings.Contains(err.Error(), tt.problem)) {
				t.Errorf("Check(%q) = %v, want an error with %q", tt.url, err, tt.problem)
			}
		})
	}
}
