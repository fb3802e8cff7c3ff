package simulation_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"time"
)

// Where everybody is.
const (
	vendorHost = "vendor.test"
	inboxHost  = "inbox.test"
)

// What a network answers that does not bring an answer.
var (
	errRefused = errors.New("simulated: connection refused")
	errReset   = errors.New("simulated: connection reset")
	errNoHost  = errors.New("simulated: no such host")
)

// network brings requests to the vendor and the receivers by calling them, and does it
// badly when the weather is bad. A node that crashed reaches nobody.
type network struct {
	world *world
	node  *node // nil: it belongs to nobody, and works
}

// fate is what becomes of a request.
type fate struct {
	refused, lost, cut, hung bool
	before, after            time.Duration
}

// fate decides what becomes of the next request to a place.
func (n *network) fate(place string) fate {
	var f fate
	if n.node == nil {
		return f
	}
	weather, r := n.world.sky.weather(), n.world.dice.about("network "+place)
	f.refused, f.lost, f.cut, f.hung = r.Float64() < weather.refuse, r.Float64() < weather.lose, r.Float64() < weather.cut, r.Float64() < weather.hang
	delay := func(most time.Duration) time.Duration {
		if r.Float64() < weather.delay {
			return between(r, time.Millisecond, most)
		}
		return 0
	}
	f.before, f.after = delay(40*time.Second), delay(40*time.Second)
	if f != (fate{}) {
		n.world.counts.network.Add(1)
	}
	return f
}

// RoundTrip brings one request to its server and the answer back.
func (n *network) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		defer request.Body.Close()
	}
	if n.node != nil && request.URL.Host == inboxHost {
		// Before the node may stand still: it cannot know how long a request is on its way.
		n.world.watch.posts(n.node.name, request.URL.String())
	}
	if err := n.node.step("before a request to " + request.URL.Host); err != nil {
		return nil, err
	}
	f, ctx := n.fate(request.URL.Host+request.URL.Path), request.Context()
	if err := wait(ctx, f.before); err != nil {
		return nil, err
	}
	if f.refused {
		return nil, errRefused
	}
	response, err := n.serve(request)
	if err != nil {
		return nil, err
	}
	return n.back(ctx, f, response)
}

// back brings an answer back.
func (n *network) back(ctx context.Context, f fate, response *http.Response) (*http.Response, error) {
	if f.hung {
		<-ctx.Done()
	}
	if err := wait(ctx, f.after); err != nil {
		return nil, err
	}
	if err := n.node.step("after a request to " + response.Request.URL.Host); err != nil {
		return nil, err
	}
	if f.lost {
		return nil, errReset
	}
	if f.cut {
		response.Body = &broken{rest: response.Body, left: response.ContentLength / 2}
	}
	return response, nil
}

// wait waits for the network.
func wait(ctx context.Context, d time.Duration) error {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return context.Cause(ctx)
}

// serve calls the server. One that takes longer than the client waits goes on alone.
func (n *network) serve(request *http.Request) (*http.Response, error) {
	server, ok := n.world.servers[request.URL.Host]
	if !ok {
		return nil, errNoHost
	}
	text, err := content(request)
	if err != nil {
		return nil, err
	}
	ctx := request.Context()
	served := request.Clone(ctx)
	served.Host, served.RequestURI, served.Body = request.URL.Host, request.URL.RequestURI(), io.NopCloser(bytes.NewReader(text))
	answers := make(chan *http.Response, 1)
	n.world.serving.Go(func() {
		defer close(answers)
		defer func() {
			if reason := recover(); reason != nil && reason != http.ErrAbortHandler { //nolint:errorlint // a panic's value
				panic(reason)
			}
		}()
		recorder := httptest.NewRecorder()
		server.ServeHTTP(recorder, served)
		answers <- recorder.Result()
	})
	select {
	case response := <-answers:
		if response == nil {
			return nil, errReset
		}
		response.Request = request
		return response, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func content(request *http.Request) ([]byte, error) {
	if request.Body == nil {
		return nil, nil
	}
	return io.ReadAll(request.Body)
}

// broken is a body that breaks off.
type broken struct {
	rest io.ReadCloser
	left int64
}

func (b *broken) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := b.rest.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

func (b *broken) Close() error { return b.rest.Close() }
