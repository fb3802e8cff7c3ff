package demo

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// state is what a demo remembers between its starts.
type state struct {
	UserSecret         string    `json:"userSecret"`
	OrganizationSecret string    `json:"organizationSecret"`
	SignatureKey       string    `json:"signatureKey"`
	Password           string    `json:"password,omitempty"` // for the console; empty: the demo is older than it
	InstanceID         int64     `json:"instanceId,omitempty"`
	Since              time.Time `json:"since,omitzero"` // when polling was enabled

	// Where the parts are, or were the last time.
	API    string `json:"api,omitempty"`
	Vendor string `json:"vendor,omitempty"`
	Inbox  string `json:"inbox,omitempty"`

	path string
}

// stateFile is the state's name in the data directory.
const stateFile = "demo.json"

// openState reads the state at path, or makes a new one. The new one is on disk
// before anybody uses its secrets.
func openState(path string) (*state, error) {
	s, err := readState(path)
	if errors.Is(err, fs.ErrNotExist) {
		s = &state{UserSecret: rand.Text(), OrganizationSecret: rand.Text(), SignatureKey: rand.Text(), Password: rand.Text(), path: path}
		return s, s.write()
	}
	return s, err
}

// readState reads the state at path.
func readState(path string) (*state, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the demo's state: %w", err)
	}
	s := &state{path: path}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("read the demo's state %s: %w; start with --fresh", path, err)
	}
	if s.UserSecret == "" || s.OrganizationSecret == "" || s.SignatureKey == "" {
		return nil, fmt.Errorf("read the demo's state %s: it has no secrets; start with --fresh", path)
	}
	return s, nil
}

// write stores the state.
func (s *state) write() error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return replace(s.path, text)
}

// replace writes a file so that a crash leaves the old or the new one.
func replace(path string, text []byte) error {
	next := path + ".new"
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(next, path)
}
