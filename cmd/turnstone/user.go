package main

import (
	"context"
	"fmt"
	"text/tabwriter"
)

// userCommand holds what an operator at the database does with users.
type userCommand struct {
	List          userListCommand  `cmd:"" help:"Show the users of all accounts."`
	ResetPassword userResetCommand `cmd:"" help:"Give a user a new password, and print it: for operators who lost every secret. The user is active afterwards."`
}

// userListCommand shows the users.
type userListCommand struct{ keysFlags }

// Run shows the users.
func (c *userListCommand) Run(ctx context.Context, s streams) error {
	users, err := c.storage().Users(ctx, move(s.err, "").Log)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ACCOUNT\tUSER\tADDRESS\tROLE\tACTIVE")
	for _, u := range users {
		fmt.Fprintf(table, "%d\t%d\t%s\t%s\t%t\n", u.AccountID, u.ID, u.Email, u.Role, u.Active())
	}
	return table.Flush()
}

// userResetCommand gives a user a new password.
type userResetCommand struct {
	keysFlags
	Address string `arg:"" help:"E-mail address of the user, as user list shows it."`
}

// Run gives a user a new password.
func (c *userResetCommand) Run(ctx context.Context, s streams) error {
	password, err := c.storage().ResetPassword(ctx, c.Address, move(s.err, "").Log)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "the password of %s is now %s\n", c.Address, password)
	return nil
}
