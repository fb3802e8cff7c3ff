package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"time"
)

// User is somebody who may call the API for an account.
type User struct {
	ID          int64     `json:"id"`
	Email       string    `json:"emailAddress"`
	FirstName   string    `json:"firstName"`
	LastName    string    `json:"lastName"`
	Role        string    `json:"role"` // admin or member
	Active      bool      `json:"active"`
	CreatedDate time.Time `json:"createdDate,omitzero"`
	AccountID   int64     `json:"accountId"`
	// UserSecret is shown once, to who created the user or the secret.
	UserSecret string `json:"userSecret"`
}

// UserInput is what is written of a user. What is absent stays as it is.
type UserInput struct {
	Email     string `json:"emailAddress,omitempty"`
	FirstName string `json:"firstName,omitempty"`
	LastName  string `json:"lastName,omitempty"`
	Password  string `json:"password,omitempty"`
	Role      string `json:"role,omitempty"`
	Active    *bool  `json:"active,omitempty"`
}

// Users yields the users of the account.
func (c *Client) Users(ctx context.Context) iter.Seq2[User, error] {
	return list[User](ctx, c, request{method: http.MethodGet, path: "/users"})
}

// User returns a user of the account.
func (c *Client) User(ctx context.Context, id int64) (u User, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: fmt.Sprintf("/users/%d", id)}, &u)
	return u, err
}

// CreateUser creates a user of the account, whose secret is in the answer, and nowhere
// else.
func (c *Client) CreateUser(ctx context.Context, input UserInput) (u User, err error) {
	err = c.do(ctx, request{method: http.MethodPost, path: "/users", body: input}, &u)
	return u, err
}

// UpdateUser changes what input has of a user.
func (c *Client) UpdateUser(ctx context.Context, id int64, input UserInput) (u User, err error) {
	err = c.do(ctx, request{method: http.MethodPatch, path: fmt.Sprintf("/users/%d", id), body: input}, &u)
	return u, err
}

// DeleteUser removes a user, whose secret opens nothing any more.
func (c *Client) DeleteUser(ctx context.Context, id int64) error {
	return c.do(ctx, request{method: http.MethodDelete, path: fmt.Sprintf("/users/%d", id)}, nil)
}
