package turnstone

import "time"

// Session is a browser in which somebody is signed in.
type Session struct {
	ID        int64
	AccountID int64
	UserID    int64
	// Token is what the browser shows; empty where a session was read, since only a hash
	// of it is kept.
	Token Secret
	// Stamp stands for the password that the session was opened with: with a new password
	// all sessions of before end.
	Stamp     []byte
	Agent     string // what the browser calls itself
	CreatedAt time.Time
	UsedAt    time.Time // to the minute
}
