package people

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/auth"
)

// How long a browser stays signed in.
const (
	// SessionIdle is how long after its last use: a working day, so that the console that
	// was left open yesterday asks again.
	SessionIdle = 12 * time.Hour
	// SessionLife is how long at most, however much it is used.
	SessionLife = 14 * 24 * time.Hour
)

const (
	// touchAfter spares a write for each page.
	touchAfter = time.Minute
	// maxAgent cuts what browsers call themselves.
	maxAgent = 300
)

// SessionStore keeps sessions. It answers turnstone.ErrNotFound, and is called from many
// goroutines, once for each page.
type SessionStore interface {
	AddSession(ctx context.Context, s turnstone.Session) (turnstone.Session, error)
	SessionByToken(ctx context.Context, token turnstone.Secret) (turnstone.Session, error)
	TouchSession(ctx context.Context, id int64, at time.Time) error
	EndSession(ctx context.Context, s turnstone.Session) error
}

// Sessions are the browsers in which people are signed in. Unlike the tokens of
// auth.Sessions they are stored, so that each can be ended. It may be used from
// many goroutines.
type Sessions struct {
	Store  SessionStore
	SignIn *SignIn
	Sealer auth.Sealer
	Random io.Reader
	Now    func() time.Time
}

// Visitor is who uses a browser.
type Visitor struct {
	User    turnstone.User
	Account turnstone.Account
	Secrets Secrets
	Session turnstone.Session
}

// Open signs the user with an address in, and returns the session with its token. Errors
// are those of SignIn.Start.
func (s *Sessions) Open(ctx context.Context, email string, proof Proof, agent string) (turnstone.Session, error) {
	u, err := s.SignIn.Prove(ctx, email, proof)
	if err != nil {
		return turnstone.Session{}, err
	}
	token, err := auth.NewUserSecret(s.Random)
	if err != nil {
		return turnstone.Session{}, err
	}
	now := s.Now()
	agent = strings.ReplaceAll(strings.ToValidUTF8(agent[:min(len(agent), maxAgent)], ""), "\x00", "")
	return s.Store.AddSession(ctx, turnstone.Session{
		AccountID: u.AccountID, UserID: u.ID, Token: token, Stamp: s.stamp(u), Agent: agent, CreatedAt: now, UsedAt: now,
	})
}

// Visitor returns who has the session with a token. Errors wrap auth.ErrUnauthorized if
// nobody has it, or it has ended: by time, by a new password, or with its user.
func (s *Sessions) Visitor(ctx context.Context, token turnstone.Secret) (Visitor, error) {
	session, err := s.Store.SessionByToken(ctx, token)
	if errors.Is(err, turnstone.ErrNotFound) {
		return Visitor{}, errEnded
	}
	if err != nil {
		return Visitor{}, err
	}
	now := s.Now()
	if now.Sub(session.UsedAt) >= SessionIdle || now.Sub(session.CreatedAt) >= SessionLife {
		return Visitor{}, errors.Join(errEnded, s.Store.EndSession(ctx, session))
	}
	v, err := s.visitor(ctx, session)
	if err == nil && now.Sub(session.UsedAt) >= touchAfter {
		err = s.Store.TouchSession(ctx, session.ID, now)
	}
	return v, err
}

func (s *Sessions) visitor(ctx context.Context, session turnstone.Session) (Visitor, error) {
	u, err := s.SignIn.Directory.UserByID(ctx, session.AccountID, session.UserID)
	if errors.Is(err, turnstone.ErrNotFound) || (err == nil && (!u.Active() || !bytes.Equal(session.Stamp, s.stamp(u)))) {
		return Visitor{}, errors.Join(errEnded, s.Store.EndSession(ctx, session))
	}
	if err != nil {
		return Visitor{}, err
	}
	account, err := s.SignIn.Directory.Account(ctx, u.AccountID)
	if err != nil {
		return Visitor{}, err
	}
	return Visitor{User: u, Account: account, Secrets: Secrets{u.Secret, account.OrganizationSecret}, Session: session}, nil
}

// Close ends the session with a token; one that is gone is no error.
func (s *Sessions) Close(ctx context.Context, token turnstone.Secret) error {
	session, err := s.Store.SessionByToken(ctx, token)
	if errors.Is(err, turnstone.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Store.EndSession(ctx, session)
}

// stamp stands for the password that a user has.
func (s *Sessions) stamp(u turnstone.User) []byte {
	return s.Sealer.Lookup("session password", []byte(u.PasswordHash))
}

// errEnded says what to do about a session that is no more.
var errEnded = fmt.Errorf("%w: you are not signed in any more; sign in again", auth.ErrUnauthorized)
