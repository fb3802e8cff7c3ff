// Package egress makes HTTP clients that connect only where the operator allows.
//
// Callback URLs and vendor addresses are other people's input. The address is
// judged after name resolution, when the connection is made, so a name that
// points inside, or comes to point there, does not get through; private,
// loopback, link-local and other special addresses are refused unless they lie
// in a network the operator named. No proxy of the environment is used, and
// redirects are not followed: where they lead was not configured.
package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"code.dny.dev/ssrf"
)

// ErrForbidden says that an address is not one the operator allows.
var ErrForbidden = errors.New("address not allowed")

// Guard says which addresses may be connected to.
type Guard struct {
	check *ssrf.Guardian
}

// NewGuard returns a guard that allows public addresses and the networks given.
func NewGuard(allowed []netip.Prefix) *Guard {
	options := []ssrf.Option{ssrf.WithAnyPort(), ssrf.WithNetworks("tcp4", "tcp6")}
	for _, network := range allowed {
		if network.Addr().Is4() {
			options = append(options, ssrf.WithAllowedV4Prefixes(network))
		} else {
			options = append(options, ssrf.WithAllowedV6Prefixes(network))
		}
	}
	return &Guard{check: ssrf.New(options...)}
}

// Client returns a client whose connections the guard judges, with up to
// perHost idle connections to a host. Its requests need a deadline of their own.
func (g *Guard) Client(perHost int) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Control: g.check.Safe}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 nil,
			DialContext:           g.dial(dialer),
			ForceAttemptHTTP2:     true,
			MaxIdleConns:          4096,
			MaxIdleConnsPerHost:   perHost,
			IdleConnTimeout:       90 * time.Second,
			TLSHandshakeTimeout:   10 * time.Second,
			ExpectContinueTimeout: time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// dial connects, and says what to do when the guard refuses.
func (g *Guard) dial(d *net.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := d.DialContext(ctx, network, address)
		if forbidden(err) {
			return nil, refusal(address)
		}
		return connection, err
	}
}

// forbidden reports whether the guard refused a connection.
func forbidden(err error) bool {
	return errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedPort) || errors.Is(err, ssrf.ErrProhibitedNetwork)
}

func refusal(address string) error {
	return fmt.Errorf("%w: %s is private, loopback or otherwise special; the operator can allow its network with --allow-network", ErrForbidden, address)
}

// Check reports whether a URL may be called, as far as can be told without
// connecting: its scheme and, where its host is an address, the address. A host
// name is judged when it is dialled, since it may point elsewhere by then.
func (g *Guard) Check(rawURL string) error {
	u, err := url.Parse(rawURL)
	switch {
	case err != nil:
		return fmt.Errorf("%q is no URL; write one such as https://example.com/callback", rawURL)
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%q is no http or https address; write one such as https://example.com/callback", rawURL)
	case u.Hostname() == "":
		return fmt.Errorf("%q names no host; write one such as https://example.com/callback", rawURL)
	case u.User != nil:
		return errors.New("a URL must not hold a user and password; configure them as event.notification.basic.username and event.notification.basic.password")
	}
	return g.checkHost(u.Hostname())
}

// checkHost judges a host that is an address, or a name that stands for this
// machine.
func (g *Guard) checkHost(host string) error {
	name := strings.TrimSuffix(strings.ToLower(host), ".")
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		name = "127.0.0.1"
	}
	address, err := netip.ParseAddr(name)
	if err != nil {
		return nil //nolint:nilerr // a host name: judged when it is dialled
	}
	network := "tcp4"
	if address.Is6() {
		network = "tcp6"
	}
	if err := g.check.Safe(network, netip.AddrPortFrom(address.WithZone(""), 443).String(), nil); err != nil {
		return refusal(host)
	}
	return nil
}
