package pgtest

import (
	"errors"
	"io"
	"net"
	"sync"
)

// Proxy passes connections on to a target, and can be told not to. It stands for
// the network between a program and its database. Its methods may be called by
// several goroutines.
type Proxy struct {
	target   net.Addr
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex
	cut    bool
	frozen chan struct{} // nil unless frozen, and closed by what ends that
	links  map[*link]struct{}
}

// link is a connection from a client and, unless it has not come to that, the one
// made to the target for it. Proxy.mu guards it.
type link struct {
	connections []net.Conn
	done        chan struct{} // closed when they are
}

// NewProxy starts a proxy in front of a target, on a loopback port of its own.
// The caller closes it.
func NewProxy(target net.Addr) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{target: target, listener: listener, links: map[*link]struct{}{}}
	p.running.Go(p.accept)
	return p, nil
}

// Addr returns the host and port to connect to.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Cut resets all connections, and each new one at once, until [Proxy.Heal] or
// [Proxy.Freeze]: the cable is out and both sides know.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for l := range p.links {
		for _, c := range l.connections {
			reset(c)
		}
		p.drop(l)
	}
	p.thaw()
}

// Freeze keeps all connections, takes new ones, and passes nothing until
// [Proxy.Heal] or [Proxy.Cut]: a network that loses every packet, of which nobody
// is told. What a side sends meanwhile arrives after Heal, as what TCP sends again
// does, even if that side has given up and closed.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
	if p.frozen == nil {
		p.frozen = make(chan struct{})
	}
}

// Heal ends what Cut or Freeze began.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
	p.thaw()
}

// thaw lets what is held pass. The caller holds mu.
func (p *Proxy) thaw() {
	if p.frozen != nil {
		close(p.frozen)
		p.frozen = nil
	}
}

// Close resets all connections and stops listening. It returns when nothing of
// the proxy is running any more.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	p.Cut()
	p.running.Wait()
	return err
}

// accept serves clients until the listener is closed.
func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // of that client, which has gone already
		}
		p.running.Go(func() { p.serve(client) })
	}
}

// serve makes a link for a client, and passes bytes both ways until both sides
// have nothing more to send, or one of them is broken.
func (p *Proxy) serve(client net.Conn) {
	l := &link{done: make(chan struct{})}
	defer p.remove(l)
	if !p.add(l, client) || !p.open(l) {
		return
	}
	target, err := net.Dial(p.target.Network(), p.target.String())
	if err != nil || !p.add(l, target) {
		return
	}
	var ways sync.WaitGroup
	ways.Go(func() { p.pass(l, target, client) })
	ways.Go(func() { p.pass(l, client, target) })
	ways.Wait()
}

// pass passes what comes from one side on to the other, with the end of it. If a
// side is broken, so is the link.
func (p *Proxy) pass(l *link, to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if !p.open(l) {
			return
		}
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				p.remove(l)
				return
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF) && endWriting(to) == nil:
			return
		default:
			p.remove(l)
			return
		}
	}
}

// add makes a connection part of a link, or closes it and returns false because
// there shall be none.
func (p *Proxy) add(l *link, c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut || l.isDone() {
		reset(c)
		_ = c.Close()
		return false
	}
	l.connections = append(l.connections, c)
	p.links[l] = struct{}{}
	return true
}

// open waits until bytes may pass, and reports whether the link is still there.
func (p *Proxy) open(l *link) bool {
	p.mu.Lock()
	frozen := p.frozen
	p.mu.Unlock()
	if frozen != nil {
		select {
		case <-frozen:
		case <-l.done:
		}
	}
	return !l.isDone()
}

// remove closes a link, unless that has been done.
func (p *Proxy) remove(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(l)
}

// drop is remove for a caller that holds mu.
func (p *Proxy) drop(l *link) {
	if l.isDone() {
		return
	}
	close(l.done)
	for _, c := range l.connections {
		_ = c.Close() // what was not passed is lost, which is the idea
	}
	delete(p.links, l)
}

func (l *link) isDone() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// reset has Close tell the other side at once that the connection is broken,
// instead of sending what is left. Only TCP can.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails if it is broken already
	}
}

// endWriting tells the other side that no more comes, which may go on sending.
func endWriting(c net.Conn) error {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Close()
}
