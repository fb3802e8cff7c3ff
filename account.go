package turnstone

import "time"

// Account owns everything else: its users, instances, events and deliveries.
// The platform calls the account's secret the organization secret.
type Account struct {
	ID                 int64
	Name               string
	OrganizationSecret Secret // 32 lower-case hexadecimal digits
	CreatedAt          time.Time
}

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
