package people_test

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/people"
)

// one is the limits of an account.
type one turnstone.Limits

// Account returns an account with these limits.
func (l one) Account(context.Context, int64) (turnstone.Account, error) {
	return turnstone.Account{Limits: turnstone.Limits(l)}, nil
}

func ExampleMeter_Admit() {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	meter := people.Meter{
		Accounts: one{turnstone.LimitRequests: 2},
		Now:      func() time.Time { return now },
	}
	for range 3 {
		fmt.Println(meter.Admit(context.Background(), 7))
	}
	now = now.Add(500 * time.Millisecond)
	fmt.Println(meter.Admit(context.Background(), 7))
	// Output:
	// <nil>
	// <nil>
	// the account's limit of requests a second is 2; send them more slowly, or ask the operator for more
	// <nil>
}
