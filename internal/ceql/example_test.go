package ceql_test

import (
	"fmt"

	"turnstone/internal/ceql"
)

func ExampleParse() {
	e, err := ceql.Parse("status='OPEN' and ('Modified Time'>=2024-05-02T11:45:00Z or total in (1.50,2))")
	fmt.Println(e, err)

	_, err = ceql.Parse("status = “OPEN”")
	fmt.Println(err)
	// Output:
	// status = 'OPEN' AND (`Modified Time` >= '2024-05-02T11:45:00Z' OR total IN (1.50, 2)) <nil>
	// where clause, column 10, at "“OPEN”": “ is not a straight quote; write ' around texts and ` around field names
}

func ExampleConjunction() {
	e, err := ceql.Parse("modifiedDateAfter='2017-04-19T05:01:31.463' and user='ALL'")
	if err != nil {
		fmt.Println(err)
		return
	}
	comparisons, ok := ceql.Conjunction(e)
	for _, c := range comparisons {
		fmt.Println(c.Field, c.Op, c.Value.Text)
	}
	fmt.Println(ok)
	// Output:
	// modifiedDateAfter = 2017-04-19T05:01:31.463
	// user = ALL
	// true
}

func ExampleEval() {
	e, err := ceql.Parse("Total > 99.5 AND Name LIKE 'trip%'")
	if err != nil {
		fmt.Println(err)
		return
	}
	report := map[string]ceql.Value{"Name": ceql.Text("Trip to Cologne"), "Total": ceql.Number("100.50")}
	fmt.Println(ceql.Eval(e, func(path string) ceql.Value { return report[path] }))
	// Output: true
}
