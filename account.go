package turnstone

import "time"

// Account owns everything else: its users, instances, events and deliveries.
// The platform calls the account's secret the organization secret.
type Account struct {
	ID                 int64
	Name               string
	OrganizationSecret Secret // 32 lower-case hexadecimal digits
	FailurePolicy      FailurePolicy
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

// User is somebody who may call the API for an account.
type User struct {
	ID           int64
	AccountID    int64
	Email        string
	FirstName    string
	LastName     string
	Secret       Secret // standard base64 of 32 bytes
	PasswordHash Secret // argon2id in PHC form, as package auth makes it
	CreatedAt    time.Time
}
