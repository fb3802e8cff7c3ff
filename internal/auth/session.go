package auth

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"turnstone"
)

// DefaultLife is how long a token serves somebody who signed in: long enough to fetch
// what one came for, short enough that a forgotten one is soon worth nothing.
const DefaultLife = time.Hour

// Sealer makes tokens that nobody else can make or read. Nodes with the same key ring
// read each other's.
type Sealer interface {
	Seal(place string, plain []byte) ([]byte, error)
	Open(place string, sealed []byte) ([]byte, error)
	// Lookup returns a keyed hash.
	Lookup(kind string, secret []byte) []byte
}

// Sessions makes and reads the tokens of those who signed in. Nothing is stored: a token
// says for itself whose it is, until when it serves, and with which password it was
// given, so that it ends with a new password. It may be used from several goroutines.
type Sessions struct {
	Sealer Sealer
	Life   time.Duration // 0: DefaultLife
}

// session is what a token says.
type session struct {
	AccountID int64  `json:"account"`
	UserID    int64  `json:"user"`
	Expires   int64  `json:"expires"`  // Unix seconds
	Password  []byte `json:"password"` // keyed hash of the password's hash
}

// placeOfSessions binds sealed tokens to being tokens.
const placeOfSessions = "session"

// Start returns a token for a user who has just proved to be it.
func (s *Sessions) Start(u turnstone.User, now time.Time) (turnstone.Secret, error) {
	text, err := json.Marshal(session{
		AccountID: u.AccountID, UserID: u.ID,
		Expires:  now.Add(cmp.Or(s.Life, DefaultLife)).Unix(),
		Password: s.stamp(u),
	})
	if err != nil {
		return "", fmt.Errorf("start a session: %w", err)
	}
	sealed, err := s.Sealer.Seal(placeOfSessions, text)
	if err != nil {
		return "", fmt.Errorf("start a session: %w", err)
	}
	return turnstone.Secret(base64.RawURLEncoding.EncodeToString(sealed)), nil
}

// Session is a token that was read. Whether it still holds, its user says: see Holds.
type Session struct {
	AccountID int64
	UserID    int64

	password []byte
}

// Read returns what a token says. The error wraps ErrUnauthorized if it is none of ours,
// or has ended.
func (s *Sessions) Read(token turnstone.Secret, now time.Time) (Session, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(string(token))
	if err != nil {
		return Session{}, errToken
	}
	text, err := s.Sealer.Open(placeOfSessions, sealed)
	if err != nil {
		return Session{}, errToken
	}
	var said session
	if err := json.Unmarshal(text, &said); err != nil {
		return Session{}, errToken
	}
	if now.Unix() >= said.Expires {
		return Session{}, fmt.Errorf("%w: the token has expired; sign in again with POST /authentication", ErrUnauthorized)
	}
	return Session{said.AccountID, said.UserID, said.Password}, nil
}

// Holds returns an error that wraps ErrUnauthorized if the user of a session was revoked,
// or has another password by now.
func (s *Sessions) Holds(of Session, u turnstone.User) error {
	if !u.Active() || !bytes.Equal(of.password, s.stamp(u)) {
		return fmt.Errorf("%w: the token was ended by a change of the user; sign in again with POST /authentication", ErrUnauthorized)
	}
	return nil
}

// stamp stands for the password that a user has.
func (s *Sessions) stamp(u turnstone.User) []byte {
	return s.Sealer.Lookup("password", []byte(u.PasswordHash))
}

var errToken = fmt.Errorf("%w: the token is none that was given here; sign in with POST /authentication", ErrUnauthorized)
