package element

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// origin is where a URL leads: what must be equal for a credential to be as safe
// in one place as in another.
type origin struct{ scheme, host, port string }

// HostAllowed reports whether a request to rawURL may carry a credential of the
// element. rawURL is a whole URL with its scheme; anything else is refused.
// baseURL is the instance's base.url, and empty if it has none.
//
// Without base.url, or with one that hosts covers, the hosts of the element are
// allowed, over https and on its usual port, and so is base.url itself. With a
// base.url that hosts does not cover, such as that of a simulator, it alone is
// allowed: with the same scheme, host and port. An instance that talks to a
// foreign place must not be led from there to the vendor, nor the other way
// round.
//
// Hosts are compared without regard to case and to one dot at the end. A URL with
// a user name in it is refused.
func (e *Element) HostAllowed(baseURL, rawURL string) bool {
	target, err := originOf(rawURL)
	if err != nil {
		return false
	}
	if baseURL == "" {
		return e.lists(target)
	}
	base, err := originOf(baseURL)
	if err != nil {
		return false
	}
	return target == base || e.lists(base) && e.lists(target)
}

// lists reports whether hosts covers o.
func (e *Element) lists(o origin) bool {
	if o.scheme != "https" || o.port != "443" {
		return false
	}
	for _, pattern := range e.Hosts {
		if covers(strings.ToLower(pattern), o.host) {
			return true
		}
	}
	return false
}

// covers reports whether pattern, a host or *. and a domain, stands for host. The
// star stands for one or more labels, never for none.
func covers(pattern, host string) bool {
	domain, wild := strings.CutPrefix(pattern, "*")
	if !wild {
		return host == pattern
	}
	return len(host) > len(domain) && strings.HasSuffix(host, domain)
}

func originOf(rawURL string) (origin, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return origin{}, errors.New("is no URL") // the cause would repeat the URL
	}
	if u.User != nil {
		return origin{}, errors.New("has a user name in it")
	}
	o := origin{scheme: u.Scheme, host: strings.ToLower(u.Hostname()), port: u.Port()}
	o.host = strings.TrimSuffix(o.host, ".")
	switch {
	case o.scheme == "https" && o.port == "":
		o.port = "443"
	case o.scheme == "http" && o.port == "":
		o.port = "80"
	case o.scheme != "https" && o.scheme != "http":
		return origin{}, errors.New("does not begin with https:// or http://")
	}
	if !isHostname(o.host) {
		return origin{}, fmt.Errorf("has no usable host: %q", u.Hostname())
	}
	return o, nil
}

// isHostname reports whether host is made of what host names and IP addresses are
// made of. Other characters, international ones included, are mapped by whoever
// resolves the name, so that comparing them here would decide nothing.
func isHostname(host string) bool {
	if host == "" || strings.HasPrefix(host, ".") {
		return false
	}
	for i := range len(host) {
		if !isAlphanumeric(host[i]) && strings.IndexByte("-_.:", host[i]) < 0 {
			return false
		}
	}
	return true
}

// Rebase returns rawURL at another place: scheme, host and port are those of
// baseURL, and the path of baseURL stands before its own. rawURL may also be a
// path, which begins with a slash. With an empty baseURL, rawURL is returned as it
// is.
func Rebase(rawURL, baseURL string) (string, error) {
	if baseURL == "" {
		return rawURL, nil
	}
	if _, err := originOf(baseURL); err != nil {
		return "", fmt.Errorf("base URL %w; write it like https://api.example.com", err)
	}
	base, err := url.Parse(baseURL)
	if err != nil {
		return "", fmt.Errorf("base URL: %w", err)
	}
	if base.RawQuery != "" || base.ForceQuery || base.Fragment != "" {
		return "", errors.New("base URL has a query or a fragment; end it with the host or a path")
	}
	u, err := url.Parse(rawURL)
	if err != nil || u.Opaque != "" {
		return "", fmt.Errorf("%q is no URL; write one, or a path that begins with /", rawURL)
	}
	escaped := u.EscapedPath()
	if escaped != "" && !strings.HasPrefix(escaped, "/") {
		return "", fmt.Errorf("path %q does not begin with /", rawURL)
	}
	u.Path, u.RawPath = strings.TrimRight(base.Path, "/")+u.Path, strings.TrimRight(base.EscapedPath(), "/")+escaped
	u.Scheme, u.Host, u.User = base.Scheme, base.Host, nil
	return u.String(), nil
}
