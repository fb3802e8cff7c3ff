package pgtest_test

import (
	"context"
	"errors"
	"fmt"

	"turnstone/internal/pgtest"
)

// A cluster of one's own can be killed. What was committed is still there.
func ExampleStart() {
	ctx := context.Background()
	c, err := pgtest.Start(ctx, pgtest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = c.Template(ctx, "greeting", greet)
	if err == nil {
		err = errors.Join(c.Kill(), c.Restart(ctx))
	}
	if err == nil {
		_, err = c.CreateDatabase(ctx, "greeting")
	}
	fmt.Println(errors.Join(err, c.Close()))
	// Output: <nil>
}
