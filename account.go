package turnstone

import (
	"errors"
	"fmt"
	"time"
)

// OperatorAccountID is the id of the first account, which the first start makes. Its
// admins are the operators: they may create, list, limit and delete the other accounts.
// It is never deleted.
const OperatorAccountID int64 = 1

// Account owns everything else: its users, instances, events and deliveries.
// The platform calls the account's secret the organization secret.
type Account struct {
	ID                 int64
	Name               string
	OrganizationSecret Secret // 32 lower-case hexadecimal digits
	FailurePolicy      FailurePolicy
	Limits             Limits // set by the operator; nil: none
	CreatedAt          time.Time
}

// FailurePolicy says what becomes of a delivery that failed.
type FailurePolicy string

// The failure policies of the platform.
const (
	// PolicyRetry tries again on a schedule, and gives the destination up at its end.
	PolicyRetry FailurePolicy = "retry"
	// PolicyQueue keeps the delivery until somebody asks for it to be made again.
	PolicyQueue FailurePolicy = "queue"
)

// Role says what a user may do.
type Role string

// The roles of users.
const (
	// RoleAdmin may do everything in the account.
	RoleAdmin Role = "admin"
	// RoleMember may do everything with instances, but neither manage users, secrets
	// and settings of the account, nor read its journal.
	RoleMember Role = "member"
)

// User is somebody who may call the API for an account.
type User struct {
	ID           int64
	AccountID    int64
	Email        string
	FirstName    string
	LastName     string
	Secret       Secret // standard base64 of 32 bytes
	PasswordHash Secret // argon2id in PHC form, as package auth makes it
	Role         Role
	RevokedAt    time.Time // since when the user may do nothing; zero: active
	CreatedAt    time.Time
}

// Active reports whether the user may call.
func (u User) Active() bool { return u.RevokedAt.IsZero() }

// Rotation replaces a secret. The one before it works until KeepOld; the one before
// that stops at once, so that at most two are valid at a time.
type Rotation struct {
	Fresh   Secret
	KeepOld time.Time // zero: the old one stops at once
}

// ErrLastAdmin says that a change would leave an account without an active admin.
var ErrLastAdmin = errors.New("the account needs an active admin")

// Limit names something that the operator can limit for an account.
type Limit string

// What can be limited.
const (
	LimitInstances    Limit = "instances"
	LimitDestinations Limit = "destinationsPerInstance"
	LimitUsers        Limit = "users"
	LimitElements     Limit = "elements"          // of the account's own
	LimitBulkJobs     Limit = "bulkJobs"          // under way
	LimitHubCalls     Limit = "hubCalls"          // under way, on each node
	LimitRequests     Limit = "requestsPerSecond" // on each node
)

// AllLimits returns what can be limited, in the order that people are shown.
func AllLimits() []Limit {
	return []Limit{
		LimitInstances, LimitDestinations, LimitUsers, LimitElements, LimitBulkJobs, LimitHubCalls, LimitRequests,
	}
}

// Limits are how much of something an account may have. What is not in them is not
// limited.
type Limits map[Limit]int

// Check returns a *LimitError if an account that uses so much of something may not use
// one more.
func (l Limits) Check(what Limit, used int) error {
	if most, limited := l[what]; limited && used >= most {
		return &LimitError{Limit: what, Most: most}
	}
	return nil
}

// LimitError says that an account has as much of something as the operator allows.
type LimitError struct {
	Limit Limit
	Most  int
	Wait  time.Duration // until it may work again by itself; 0: it does not
}

// Error tells the limit and what to do.
func (e *LimitError) Error() string {
	switch e.Limit {
	case LimitRequests:
		return fmt.Sprintf("the account's limit of requests a second is %d; send them more slowly, or ask the operator for more", e.Most)
	case LimitHubCalls:
		return fmt.Sprintf("the account's limit of hub calls under way is %d; wait for one of them, or ask the operator for more", e.Most)
	case LimitBulkJobs:
		return fmt.Sprintf("the account's limit of bulk jobs under way is %d; wait for one of them, or ask the operator for more", e.Most)
	case LimitDestinations:
		return fmt.Sprintf("the account's limit of destinations of an instance is %d; delete one, or ask the operator for more", e.Most)
	}
	return fmt.Sprintf("the account's limit of %s is %d; delete what is not needed, or ask the operator for more", e.Limit, e.Most)
}
