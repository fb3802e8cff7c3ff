package element_test

import (
	"testing"

	"turnstone/internal/element"
)

func TestACredentialGoesToDeclaredHostsOnly(t *testing.T) {
	e := &element.Element{Hosts: []string{"*.api.concursolutions.com", "login.example.com"}}
	tests := map[string]struct {
		base, target string
		want         bool
	}{
		"listed host":                    {"", "https://login.example.com/token", true},
		"subdomain":                      {"", "https://us2.api.concursolutions.com/api/v3.0", true},
		"subdomain of a subdomain":       {"", "https://a.b.api.concursolutions.com", true},
		"upper case":                     {"", "HTTPS://US2.API.ConcurSolutions.com", true},
		"usual port":                     {"", "https://us2.api.concursolutions.com:443/", true},
		"dot at the end":                 {"", "https://us2.api.concursolutions.com./", true},
		"other port":                     {"", "https://us2.api.concursolutions.com:8443", false},
		"in clear":                       {"", "http://us2.api.concursolutions.com", false},
		"in clear on the port of https":  {"", "http://us2.api.concursolutions.com:443", false},
		"other host":                     {"", "https://www.concursolutions.com", false},
		"domain without a subdomain":     {"", "https://api.concursolutions.com", false},
		"no label before the domain":     {"", "https://.api.concursolutions.com", false},
		"longer label":                   {"", "https://evil-api.concursolutions.com", false},
		"domain as a prefix":             {"", "https://us2.api.concursolutions.com.example", false},
		"evil suffix":                    {"", "https://evil-api.concursolutions.com.example", false},
		"two dots at the end":            {"", "https://us2.api.concursolutions.com../", false},
		"user name":                      {"", "https://us2.api.concursolutions.com@evil.example", false},
		"user name at a listed host":     {"", "https://me@us2.api.concursolutions.com", false},
		"listed host in the path":        {"", "https://evil.example/.api.concursolutions.com", false},
		"listed host in the query":       {"", "https://evil.example?x.api.concursolutions.com", false},
		"listed host in the fragment":    {"", "https://evil.example#.api.concursolutions.com", false},
		"backslash":                      {"", `https://evil.example\.api.concursolutions.com`, false},
		"escaped slash":                  {"", "https://evil.example%2f.api.concursolutions.com", false},
		"letters that look the same":     {"", "https://us2.api.ⅽoncursolutions.com", false},
		"full stop of another script":    {"", "https://evil。api.concursolutions.com", false},
		"star itself":                    {"", "https://*.api.concursolutions.com", false},
		"no scheme":                      {"", "us2.api.concursolutions.com", false},
		"no scheme, two slashes":         {"", "//us2.api.concursolutions.com", false},
		"path":                           {"", "/api/v3.0", false},
		"empty":                          {"", "", false},
		"foreign base itself":            {"http://127.0.0.1:9000/x", "http://127.0.0.1:9000/api", true},
		"foreign base, other port":       {"http://127.0.0.1:9000", "http://127.0.0.1:9001", false},
		"foreign base, other scheme":     {"http://127.0.0.1:9000", "https://127.0.0.1:9000", false},
		"foreign base, usual port":       {"https://sim.example", "https://SIM.example:443/a", true},
		"foreign base bars listed hosts": {"http://127.0.0.1:9000", "https://us2.api.concursolutions.com", false},
		"IPv6 base":                      {"http://[::1]:9000", "http://[::1]:9000/a", true},
		"IPv6 base, other address":       {"http://[::1]:9000", "http://[::2]:9000/a", false},
		"listed base":                    {"https://eu2.api.concursolutions.com", "https://us2.api.concursolutions.com", true},
		"listed base itself":             {"https://eu2.api.concursolutions.com", "https://eu2.api.concursolutions.com/a", true},
		"listed base in clear":           {"http://eu2.api.concursolutions.com", "https://us2.api.concursolutions.com", false},
		"listed base on another port":    {"https://eu2.api.concursolutions.com:8443", "https://eu2.api.concursolutions.com", false},
		"base that is no URL":            {"127.0.0.1:9000", "https://us2.api.concursolutions.com", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := e.HostAllowed(tt.base, tt.target); got != tt.want {
				t.Errorf("HostAllowed(%q, %q) = %v, want %v", tt.base, tt.target, got, tt.want)
			}
		})
	}
}

func TestNoHostsAllowNothing(t *testing.T) {
	e := &element.Element{}
	if e.HostAllowed("", "https://api.example.com") {
		t.Error("HostAllowed without hosts = true, want false")
	}
}

func FuzzHostAllowed(f *testing.F) {
	e := &element.Element{Hosts: []string{"api.example.com"}}
	f.Add("", "https://api.example.com/")
	f.Add("http://[::1]:80", "http://[::1]/")
	f.Fuzz(func(t *testing.T, base, target string) {
		if !e.HostAllowed(base, target) {
			return
		}
		moved, err := element.Rebase(target, "https://api.example.com")
		if err != nil || !e.HostAllowed("", moved) {
			t.Errorf("%q is allowed, but moved to a listed host it is %q, %v", target, moved, err)
		}
	})
}

func TestRebasingKeepsPathAndQuery(t *testing.T) {
	tests := map[string]struct{ raw, base, want string }{
		"no base":        {"https://a.example/x", "", "https://a.example/x"},
		"host":           {"https://a.example/x?y=1#z", "http://127.0.0.1:9000", "http://127.0.0.1:9000/x?y=1#z"},
		"prefix":         {"https://a.example/x", "https://b.example/sim/", "https://b.example/sim/x"},
		"path":           {"/oauth2/v0/token", "https://b.example", "https://b.example/oauth2/v0/token"},
		"no path":        {"https://a.example", "https://b.example/sim", "https://b.example/sim"},
		"escapes":        {"https://a.example/r/a%2Fb%24?o=a%26b", "https://b.example/p%20q", "https://b.example/p%20q/r/a%2Fb%24?o=a%26b"},
		"user name":      {"https://me:pw@a.example/x", "https://b.example", "https://b.example/x"},
		"IPv6":           {"https://a.example/x", "http://[::1]:80", "http://[::1]:80/x"},
		"dots stay dots": {"https://a.example/x/../y", "https://b.example", "https://b.example/x/../y"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := element.Rebase(tt.raw, tt.base)
			if err != nil || got != tt.want {
				t.Errorf("Rebase(%q, %q) = %q, %v, want %q", tt.raw, tt.base, got, err, tt.want)
			}
		})
	}
}

func TestRebasingRefusesWhatIsNoBase(t *testing.T) {
	tests := map[string]struct{ raw, base string }{
		"base without a scheme":   {"/x", "b.example"},
		"base with a user name":   {"/x", "https://me@b.example"},
		"base with a query":       {"/x", "https://b.example?x"},
		"base with a fragment":    {"/x", "https://b.example#x"},
		"base without a host":     {"/x", "https:///x"},
		"base of another kind":    {"/x", "file:///etc"},
		"path without a slash":    {"x", "https://b.example"},
		"opaque URL":              {"mailto:a@b.example", "https://b.example"},
		"URL with a broken space": {"https://a b/x", "https://b.example"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := element.Rebase(tt.raw, tt.base); err == nil {
				t.Errorf("Rebase(%q, %q) = %q, want an error", tt.raw, tt.base, got)
			}
		})
	}
}
