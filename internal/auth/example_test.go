package auth_test

import (
	"crypto/rand"
	"errors"
	"fmt"

	"turnstone/internal/auth"
)

func ExampleParseAuthorization() {
	secrets, err := auth.ParseAuthorization("organization: 0123456789abcdef0123456789abcdef, User a+b/c=")
	fmt.Println(string(secrets.User), string(secrets.Organization), err)

	_, err = auth.ParseAuthorization("User, Organization 0123456789abcdef0123456789abcdef")
	fmt.Println(err)
	// Output:
	// a+b/c= 0123456789abcdef0123456789abcdef <nil>
	// not authorized: the Authorization header has no secret after User; write "User <user secret>, Organization <organization secret>" or "User <user secret>, Element <element token>"
}

func ExampleCheckPassword() {
	hash, err := auth.HashPassword(rand.Reader, "a phrase to remember")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(auth.CheckPassword(hash, "a phrase to remember"))
	fmt.Println(errors.Is(auth.CheckPassword(hash, "a guess"), auth.ErrUnauthorized))
	// Output:
	// <nil>
	// true
}
