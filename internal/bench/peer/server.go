package peer

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Server is a vendor and receivers on loopback. Close ends it.
type Server struct {
	// Addresses is where it can be reached.
	Addresses Addresses

	current atomic.Pointer[run]
	buffers sync.Pool // of *bytes.Buffer
	servers []*http.Server
	serving sync.WaitGroup
}

// Start starts a server with an empty plan.
func Start(ctx context.Context) (*Server, error) {
	s := &Server{buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }}}
	s.current.Store(newRun(Plan{}))
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start vendor and receivers: %w", err), s.Close())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	var err error
	if s.Addresses.Control, err = s.serve(ctx, s.control()); err != nil {
		return err
	}
	if s.Addresses.Vendor, err = s.serve(ctx, http.HandlerFunc(s.list)); err != nil {
		return err
	}
	if s.Addresses.Hanging, err = s.serve(ctx, http.HandlerFunc(s.hang)); err != nil {
		return err
	}
	for range Destinations {
		address, err := s.serve(ctx, http.HandlerFunc(s.receive))
		if err != nil {
			return err
		}
		s.Addresses.Destinations = append(s.Addresses.Destinations, address)
	}
	return nil
}

// serve serves at a free port of this machine and returns its URL.
func (s *Server) serve(ctx context.Context, handler http.Handler) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	s.servers = append(s.servers, server)
	s.serving.Go(func() { _ = server.Serve(listener) }) // says that it was closed
	return "http://" + listener.Addr().String(), nil
}

// Close ends all connections and waits for the handlers.
func (s *Server) Close() error {
	var errs []error
	close(s.current.Load().over)
	for _, server := range s.servers {
		errs = append(errs, server.Close())
	}
	s.serving.Wait()
	return errors.Join(errs...)
}

// receive takes an event.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) {
	body := s.buffer()
	defer s.buffers.Put(body)
	if _, err := body.ReadFrom(r.Body); err != nil {
		return // it broke off: nobody is there to answer to
	}
	if err := s.current.Load().take(r.Header.Get("Elements-Webhook-Signature"), body.Bytes(), time.Now()); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// hang takes a request and never answers.
func (s *Server) hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // what came does not matter
	select {
	case <-r.Context().Done():
	case <-s.current.Load().over:
	}
}

// buffer returns an empty buffer.
func (s *Server) buffer() *bytes.Buffer {
	b, _ := s.buffers.Get().(*bytes.Buffer)
	b.Reset()
	return b
}

// control serves the Client.
func (s *Server) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /plan", s.setPlan)
	mux.HandleFunc("GET /tally", s.tell)
	mux.HandleFunc("GET /complete", func(w http.ResponseWriter, r *http.Request) {
		s.current.Load().wait(r.Context().Done())
		s.tell(w, r)
	})
	mux.HandleFunc("GET /arrivals", s.arrivals)
	return mux
}

func (s *Server) setPlan(w http.ResponseWriter, r *http.Request) {
	var plan Plan
	if err := json.NewDecoder(r.Body).Decode(&plan); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	close(s.current.Swap(newRun(plan)).over)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) tell(w http.ResponseWriter, _ *http.Request) {
	_ = json.NewEncoder(w).Encode(s.current.Load().tally()) // to a client that may have gone
}

// arrivals answers eight bytes an object: when it arrived.
func (s *Server) arrivals(w http.ResponseWriter, _ *http.Request) {
	run := s.current.Load()
	all := make([]byte, 0, 8*len(run.arrived))
	for i := range run.arrived {
		all = binary.LittleEndian.AppendUint64(all, uint64(run.arrived[i].Load())) //nolint:gosec // a moment after 1970
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(all)))
	w.Write(all)
}
