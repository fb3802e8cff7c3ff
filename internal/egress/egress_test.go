package egress_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
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

// get returns the status of an answer.
func get(t *testing.T, client *http.Client, url string) (int, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	return response.StatusCode, nil
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

func TestANameMayPointToAnAllowedAddressBesideAForbiddenOne(t *testing.T) {
	server := answering(t, func(http.ResponseWriter, *http.Request) {})
	url := strings.Replace(server.URL, "127.0.0.1", "localhost", 1) // on most machines ::1, too
	if _, err := get(t, guard(t, "127.0.0.0/8").Client(1), url); err != nil {
		t.Errorf("get %s with 127.0.0.0/8 allowed: %v", url, err)
	}
	if status, err := get(t, guard(t, "::1/128").Client(1), url); err == nil {
		t.Errorf("get %s with only ::1 allowed = %d, want no answer from 127.0.0.1", url, status)
	}
}

func TestEveryAllowedNetworkCounts(t *testing.T) {
	g := guard(t, "127.0.0.0/8", "10.0.0.0/8", "fd00::/8", "::1/128")
	for _, url := range []string{"http://127.0.0.1/", "http://10.1.2.3/", "http://[fd12::1]/", "http://[::1]/"} {
		if err := g.Check(url); err != nil {
			t.Errorf("Check(%q) = %v, want nil", url, err)
		}
	}
	server := answering(t, func(http.ResponseWriter, *http.Request) {})
	if _, err := get(t, g.Client(1), server.URL); err != nil {
		t.Errorf("get %s: %v", server.URL, err)
	}
	if err := g.Check("http://192.168.1.1/"); !errors.Is(err, egress.ErrForbidden) {
		t.Errorf("Check of a network that is not allowed = %v, want ErrForbidden", err)
	}
}

func TestADialledZoneIsJudgedWithoutIt(t *testing.T) {
	for _, url := range []string{"http://[::1%25lo]:1/", "http://[fe80::1%25lo]:1/"} {
		if _, err := get(t, guard(t).Client(1), url); !errors.Is(err, egress.ErrForbidden) {
			t.Errorf("get %s = %v, want ErrForbidden", url, err)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	server := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			t.Error("the redirect was followed")
		}
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	status, err := get(t, guard(t, "127.0.0.0/8").Client(1), server.URL)
	if err != nil || status != http.StatusFound {
		t.Errorf("get = %v, %v, want 302 itself", status, err)
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
		"IPv4 in IPv6 allowed":        {"http://[::ffff:127.0.0.1]/", "127.0.0.0/8", ""},
		"link-local with a zone":      {"http://[fe80::1%25eth0]/", "", "--allow-network"},
		"link-local zone allowed":     {"http://[fe80::1%25eth0]/", "fe80::/10", ""},
		"loopback by 6to4":            {"http://[2002:7f00:1::]/", "127.0.0.0/8", "--allow-network"},
		"private by NAT64":            {"http://[64:ff9b::10.1.2.3]/", "10.0.0.0/8", "--allow-network"},
		"private by a local NAT64":    {"http://[64:ff9b:1::10.1.2.3]/", "", "--allow-network"},
		"private by Teredo":           {"http://[2001::f5fe:fdfc]/", "", "--allow-network"},
		"IPv4-compatible loopback":    {"http://[::127.0.0.1]/", "", "--allow-network"},
		"unique local":                {"http://[fd00::1]/", "", "--allow-network"},
		"multicast":                   {"http://224.0.0.1/", "", "--allow-network"},
		"carrier-grade NAT":           {"http://100.64.0.1/", "", "--allow-network"},
		"a public IPv6 address":       {"https://[2606:2800:220:1:248:1893:25c8:1946]/", "", ""},
		"unspecified":                 {"http://0.0.0.0/", "", "--allow-network"},
		"a number for an address":     {"http://2130706433/", "", "is a number and no host"},
		"a hexadecimal one":           {"http://0x7f.1/", "", "is a number and no host"},
		"a name with digits":          {"https://api2.example1.com/", "", ""},
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

func FuzzCheck(f *testing.F) {
	for _, url := range []string{"https://example.com/x", "http://127.1:80", "http://[::ffff:10.0.0.1%25a]/", "http://[fe80::1%25lo]", "//x", "http://a:b@c", "http://0x7f.1/"} {
		f.Add(url)
	}
	g := egress.NewGuard(nil)
	f.Fuzz(func(t *testing.T, text string) {
		if g.Check(text) != nil {
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			t.Fatalf("Check(%q) = nil, want an error: it is no http address", text)
		}
		a, err := netip.ParseAddr(u.Hostname())
		if a = a.Unmap(); err == nil && (a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified() || a.IsMulticast()) {
			t.Errorf("Check(%q) = nil, want an error: %v is special", text, a)
		}
	})
}

func ExampleGuard_Check() {
	g := egress.NewGuard([]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")})
	fmt.Println(g.Check("https://example.com/callback"))
	fmt.Println(g.Check("http://10.1.2.3/callback"))
	fmt.Println(g.Check("http://169.254.169.254/latest/meta-data"))
	// Output:
	// <nil>
	// <nil>
	// address not allowed: 169.254.169.254 is private, loopback or otherwise special; the operator can allow its network with --allow-network
}
