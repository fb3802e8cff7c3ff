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
	"strconv"
	"strings"
	"syscall"
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
	var v4, v6 []netip.Prefix // together, since each option replaces what was set before
	for _, network := range allowed {
		if network.Addr().Is4() {
			v4 = append(v4, network)
		} else {
			v6 = append(v6, network)
		}
	}
	return &Guard{check: ssrf.New(
		ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...), ssrf.WithDeniedV4Prefixes(azureHost()),
	)}
}

// azureHost is where each virtual machine of Azure finds its host, which knows its
// secrets. The address looks public, and leads nowhere outside.
func azureHost() netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{168, 63, 129, 16}), 32)
}

// Client returns a client whose connections the guard judges, with up to
// perHost idle connections to a host. Its requests need a deadline of their own.
func (g *Guard) Client(perHost int) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Control: g.control}
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

// control judges the address of a connection that is about to be made. A name
// that points to several addresses has each of them judged as it is tried.
func (g *Guard) control(_, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	return g.judge(a.Addr())
}

// judge judges an address by where it leads: IPv4 in IPv6 as IPv4, and without a
// zone, which no network has and which only names a way out of this machine.
func (g *Guard) judge(a netip.Addr) error {
	return g.check.SafeAddr(a.Unmap().WithZone(""))
}

// dial connects, and says what to do when the guard refuses.
func (g *Guard) dial(d *net.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := d.DialContext(ctx, network, address)
		if errors.Is(err, ssrf.ErrProhibitedIP) {
			return nil, refusal(address)
		}
		return connection, err
	}
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
	if err != nil && numeric(name) {
		return fmt.Errorf("%q is a number and no host; write an address as four numbers with dots, or a name", host)
	}
	if err != nil {
		return nil // a host name: judged when it is dialled
	}
	if g.judge(address) != nil {
		return refusal(host)
	}
	return nil
}

// numeric reports whether a host that is no address ends like one: some resolvers
// take 2130706433 and 0x7f.1 for addresses of this machine.
func numeric(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	_, err := strconv.ParseUint(last, 0, 64)
	return err == nil
}
