package egress_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"

	"turnstone/internal/egress"
)

// resolveTo makes every name point where answers says, question by question, and at
// the last of them for ever. It is a name server on loopback, asked by the resolver
// that the guard's dialer uses.
func resolveTo(t *testing.T, answers ...string) {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		serveNames(server, answers)
	}()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		_ = server.Close()
		<-served
	})
}

// serveNames answers until the connection is closed.
func serveNames(server net.PacketConn, answers []string) {
	query := make([]byte, 1500)
	for {
		n, from, err := server.ReadFrom(query)
		if err != nil {
			return
		}
		reply, used := nameReply(query[:n], netip.MustParseAddr(answers[0]))
		if used && len(answers) > 1 {
			answers = answers[1:]
		}
		_, _ = server.WriteTo(reply, from) // the resolver asks again
	}
}

// nameReply answers a question for IPv4 addresses with one, and says of any other that
// there are none (RFC 1035, 4.1).
func nameReply(query []byte, address netip.Addr) (reply []byte, used bool) {
	const header, typeA = 12, 1
	end := header
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	kind := binary.BigEndian.Uint16(query[end+1:])
	reply = append([]byte{}, query[:end+5]...)
	copy(reply[2:], []byte{0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0}) // authoritative, one question
	if kind != typeA {
		return reply, false
	}
	reply[7] = 1 // one answer: the name of the question, type A, class IN, no time to live
	ip := address.As4()
	return append(reply, 0xc0, header, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4, ip[0], ip[1], ip[2], ip[3]), true
}

// listeningAt returns the port of a server at an address of this machine, and how many
// connections it has taken.
func listeningAt(t *testing.T, address string) (port string, taken *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	taken = new(atomic.Int32)
	server := &http.Server{
		Handler:   http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		ConnState: func(_ net.Conn, s http.ConnState) { taken.Add(int32(1 - min(int(s), 1))) }, // StateNew is 0
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // until it is closed
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-served
	})
	_, port, err = net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, taken
}

func TestANameThatComesToPointInsideIsRefusedThen(t *testing.T) {
	inside, taken := listeningAt(t, "127.0.0.1:0")
	// The public address is never dialled: it answers who looks the name up before.
	resolveTo(t, "93.184.216.34", "127.0.0.1")
	g := guard(t)
	checked, err := net.DefaultResolver.LookupNetIP(t.Context(), "ip4", "rebinding.example.test")
	if err != nil || len(checked) != 1 || checked[0].IsLoopback() {
		t.Fatalf("the name points to %v, %v, want a public address at first", checked, err)
	}
	url := "http://rebinding.example.test:" + inside + "/"
	if err := g.Check(url); err != nil {
		t.Fatalf("Check(%q) = %v, want nil: a name is judged when it is dialled", url, err)
	}
	if _, err := get(t, g.Client(1), url); !errors.Is(err, egress.ErrForbidden) {
		t.Errorf("get %s = %v, want ErrForbidden", url, err)
	}
	if n := taken.Load(); n != 0 {
		t.Errorf("the server inside took %d connections, want none", n)
	}
}

func TestARedialIsJudgedAgain(t *testing.T) {
	port, taken := listeningAt(t, "127.0.0.1:0")
	resolveTo(t, "127.0.0.1", "127.0.0.2")
	client := guard(t, "127.0.0.1/32").Client(1)
	url := "http://rebinding.example.test:" + port + "/"
	if _, err := get(t, client, url); err != nil {
		t.Fatalf("get %s while it points to what is allowed: %v", url, err)
	}
	client.CloseIdleConnections()
	if _, err := get(t, client, url); !errors.Is(err, egress.ErrForbidden) {
		t.Errorf("get %s after it moved = %v, want ErrForbidden", url, err)
	}
	if n := taken.Load(); n != 1 {
		t.Errorf("the server took %d connections, want the first alone", n)
	}
}

func TestNoSpellingOfThisMachineConnects(t *testing.T) {
	port, taken := listeningAt(t, ":0")
	resolveTo(t, "127.0.0.1") // as some resolvers read numbers
	client := guard(t).Client(1)
	for name, host := range map[string]string{
		"plain":                       "127.0.0.1",
		"short":                       "127.1",
		"decimal":                     "2130706433",
		"octal":                       "0177.0.0.1",
		"hexadecimal":                 "0x7f000001",
		"hexadecimal and dots":        "0x7f.0.0.1",
		"padded":                      "127.000.000.001",
		"with a dot at the end":       "127.0.0.1.",
		"a number and a dot":          "2130706433.",
		"another of the network":      "127.8.9.10",
		"the name":                    "localhost",
		"the name in capitals, a dot": "LOCALHOST.",
		"below the name":              "admin.localhost",
		"unspecified":                 "0.0.0.0",
		"zero":                        "0",
		"wide digits":                 "\uff11\uff12\uff17.0.0.1",
		"ideographic full stops":      "127。0。0。1",
		"letters in circles":          "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
		"an international name":       "böse.example.test",
		"IPv6":                        "[::1]",
		"IPv6 unspecified":            "[::]",
		"IPv4 in IPv6":                "[::ffff:127.0.0.1]",
		"IPv4 in IPv6, hexadecimal":   "[::ffff:7f00:1]",
		"with a zone":                 "[::1%25lo]",
		"link-local with a zone":      "[fe80::1%25lo]",
		"a name that points here":     "inside.example.test",
	} {
		t.Run(name, func(t *testing.T) {
			status, err := get(t, client, "http://"+host+":"+port+"/")
			_, unknown := errors.AsType[*net.DNSError](err) // to resolvers that take no numbers for names
			if !errors.Is(err, egress.ErrForbidden) && !unknown {
				t.Errorf("get %s = %d, %v, want ErrForbidden", host, status, err)
			}
		})
	}
	if n := taken.Load(); n != 0 {
		t.Errorf("the server on this machine took %d connections, want none", n)
	}
}

func TestSpecialNetworksAreRefused(t *testing.T) {
	for name, address := range map[string]string{
		"this network":              "0.1.2.3",
		"private, 10":               "10.255.255.255",
		"private, 172.16":           "172.31.255.255",
		"private, 192.168":          "192.168.0.1",
		"carrier-grade NAT":         "100.127.255.255",
		"metadata of most clouds":   "169.254.169.254",
		"metadata of ECS":           "169.254.170.2",
		"metadata of Alibaba":       "100.100.100.200",
		"metadata of Oracle":        "192.0.0.192",
		"metadata of Azure's hosts": "168.63.129.16",
		"metadata of EC2 in IPv6":   "fd00:ec2::254",
		"protocol assignments":      "192.0.0.8",
		"documentation, 1":          "192.0.2.1",
		"documentation, 2":          "198.51.100.1",
		"documentation, 3":          "203.0.113.1",
		"6to4 relays":               "192.88.99.1",
		"benchmarks":                "198.19.255.255",
		"multicast":                 "239.255.255.250",
		"reserved":                  "240.0.0.1",
		"broadcast":                 "255.255.255.255",
		"IPv6 discard":              "100::1",
		"IPv6 documentation":        "2001:db8::1",
		"IPv6 documentation, new":   "3fff::1",
		"NAT64":                     "64:ff9b::a00:1",
		"NAT64, local":              "64:ff9b:1::a00:1",
		"6to4":                      "2002:a00:1::1",
		"Teredo":                    "2001:0:a00:1::1",
		"ORCHID":                    "2001:20::1",
		"unique local":              "fd12:3456::1",
		"link-local":                "fe80::1",
		"site-local":                "fec0::1",
		"IPv6 multicast":            "ff02::1",
		"segment routing":           "5f00::1",
		"IPv4-compatible":           "::10.0.0.1",
	} {
		t.Run(name, func(t *testing.T) {
			url := "http://" + netip.AddrPortFrom(netip.MustParseAddr(address), 80).String() + "/"
			if err := guard(t).Check(url); !errors.Is(err, egress.ErrForbidden) {
				t.Errorf("Check(%q) = %v, want ErrForbidden", url, err)
			}
			if _, err := get(t, guard(t).Client(1), url); !errors.Is(err, egress.ErrForbidden) {
				t.Errorf("get %s = %v, want ErrForbidden", url, err)
			}
		})
	}
}
