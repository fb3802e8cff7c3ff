package people

import (
	"context"
	"io"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/auth"
)

const (
	// hashesAtOnce bounds the memory that passwords take: each hash fills 19 MiB.
	hashesAtOnce = 4
	// hashWait is how long somebody waits for their turn. A hash takes some 20 ms, so that
	// is hundreds of them.
	hashWait = 3 * time.Second
	// BusyWait is when somebody may try again whose turn did not come.
	BusyWait = time.Second
)

// Passwords hashes and checks passwords, only a few at a time. Make it with
// NewPasswords; it may be used from many goroutines.
type Passwords struct {
	random io.Reader
	slots  chan struct{}
}

// NewPasswords returns Passwords that draw their salts from random.
func NewPasswords(random io.Reader) *Passwords {
	return &Passwords{random: random, slots: make(chan struct{}, hashesAtOnce)}
}

// Hash returns what to keep of a password. An *InputError says why it is no good.
func (p *Passwords) Hash(ctx context.Context, password string) (turnstone.Secret, error) {
	var hash turnstone.Secret
	err := p.turn(ctx, func() error {
		var err error
		if hash, err = auth.HashPassword(p.random, password); err != nil {
			return &InputError{"password", strings.TrimPrefix(err.Error(), "password ")}
		}
		return nil
	})
	return hash, err
}

// Check returns an error that wraps auth.ErrUnauthorized unless u has the password. It
// takes as long for nobody, who has an empty hash.
func (p *Passwords) Check(ctx context.Context, u turnstone.User, password string) error {
	return p.turn(ctx, func() error {
		if u.PasswordHash == "" {
			return auth.CheckNobody(password)
		}
		return auth.CheckPassword(u.PasswordHash, password)
	})
}

// turn does something when there is room for it.
func (p *Passwords) turn(ctx context.Context, do func() error) error {
	waiting, cancel := context.WithTimeoutCause(ctx, hashWait, BusyError{})
	defer cancel()
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
		return do()
	case <-waiting.Done():
		return context.Cause(waiting)
	}
}
