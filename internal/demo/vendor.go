package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"turnstone/internal/concursim"
)

// vendor is the simulated Concur, kept on disk so that a demo that is killed can
// go on. Whatever a client has seen of it is there: changes are shown, and tokens
// given, once they are saved.
type vendor struct {
	listener
	sim  *concursim.Simulator
	path string
	mu   sync.RWMutex // held for writing by what changes the company, until that is saved
}

// startVendor starts the simulator with the company of an earlier demo, or with
// a new one.
func startVendor(ctx context.Context, o Options, before string) (*vendor, error) {
	sim, err := concursim.New(concursim.Options{Seed: o.Seed, Rate: o.Rate, Log: o.Log})
	if err != nil {
		return nil, err
	}
	v := &vendor{sim: sim, path: filepath.Join(o.Data, "company.json")}
	if err := v.wake(); err != nil {
		return nil, fmt.Errorf("wake the simulated company: %w; start with --fresh", err)
	}
	if v.listener, err = listen(ctx, before, v); err != nil {
		return nil, err
	}
	return v, nil
}

// wake reads the company, if there is one on disk.
func (v *vendor) wake() error {
	text, err := os.ReadFile(v.path)
	if errors.Is(err, fs.ErrNotExist) {
		return v.save()
	}
	if err != nil {
		return err
	}
	return v.sim.Load(bytes.NewReader(text))
}

// live makes changes until ctx ends.
func (v *vendor) live(ctx context.Context) error {
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			if err := v.step(now); err != nil {
				return err
			}
		}
	}
}

// step makes the changes that are due.
func (v *vendor) step(now time.Time) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.sim.Step(now) == 0 {
		return nil
	}
	return v.save()
}

// ServeHTTP answers as the simulator does.
func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		v.mu.RLock()
		defer v.mu.RUnlock()
		v.sim.ServeHTTP(w, r)
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	answer := &held{ResponseWriter: w, status: http.StatusOK}
	v.sim.ServeHTTP(answer, r)
	if err := v.save(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer.release()
}

// held keeps an answer back until what it says is saved.
type held struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader keeps the status.
func (h *held) WriteHeader(status int) { h.status = status }

// Write keeps a part of the body.
func (h *held) Write(b []byte) (int, error) { return h.body.Write(b) }

func (h *held) release() {
	h.ResponseWriter.WriteHeader(h.status)
	_, _ = h.body.WriteTo(h.ResponseWriter) // the client may have gone
}

func (v *vendor) save() error {
	var text bytes.Buffer
	if err := v.sim.Save(&text); err != nil {
		return err
	}
	return replace(v.path, text.Bytes())
}

func (v *vendor) truth() []concursim.Version {
	return v.sim.Versions(concursim.VersionFilter{})
}

func (v *vendor) stop(ctx context.Context) error { return v.server.Shutdown(ctx) }
