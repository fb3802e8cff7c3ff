package pollerconfig_test

import (
	"fmt"

	"turnstone/internal/pollerconfig"
)

func ExampleParse() {
	set, err := pollerconfig.Parse(`{
		"reports": {
			"url": "/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd}'",
			"idField": "ID",
			"pollDelay": "60",
			"postHooks": []
		}
	}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range set.Members {
		fmt.Println(m.Resource, m.Config.IDField, m.Config.PollDelay)
	}
	for _, w := range set.Warnings {
		fmt.Println(w)
	}

	_, err = pollerconfig.Parse(`{"reports": {"url": "/reports?since=${today}", "pageSize": 0}}`)
	fmt.Println(err)
	// Output:
	// reports ID 1m0s
	// event.poller.configuration.reports.postHooks: is not known; it is kept and has no effect
	// event.poller.configuration.reports.url: macro "${today}", offset 15: there is no such macro; write one of ${date:PATTERN}, ${gmtDate:PATTERN}, ${dateTimeZone:ZONE:PATTERN}, ${nowTimeZone:ZONE:PATTERN}, ${date}, ${epoch}, ${epoch:ms}, ${epoch:s}, ${epoch:us}, ${epoch:0} or ${milliseconds}
	// event.poller.configuration.reports.pageSize: is 0; write a whole number from 1 to 100000
}
