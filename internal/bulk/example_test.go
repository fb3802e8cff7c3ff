package bulk_test

import (
	"fmt"

	"turnstone/internal/bulk"
)

func ExampleParse() {
	q, err := bulk.Parse("select ID, Owner.Name from reports where Total > 100")
	fmt.Println(q.Resource, q.Fields, q.Where, err)
	_, err = bulk.Parse("select * from reports order by ID")
	fmt.Println(err)
	// Output:
	// reports [ID Owner.Name] Total > 100 <nil>
	// q, column 23: the query should end here, or go on with where, but there is "order"
}
