package javadate_test

import (
	"fmt"
	"time"

	"turnstone/internal/javadate"
)

func ExampleCompile() {
	_, err := javadate.Compile("yyyy-MM-ddTHH:mm:ss")
	fmt.Println(err)
	// Output: date pattern "yyyy-MM-ddTHH:mm:ss", offset 10: T is not a pattern letter; quote text as 'T', or use one of G y Y M L w W D d F E u a H k K h m s S z Z X
}

func ExamplePattern_Format() {
	p, err := javadate.Compile("EEE, dd MMM yyyy HH:mm:ss XXX")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Format(time.Date(2024, time.February, 29, 12, 34, 56, 0, time.UTC)))
	// Output: Thu, 29 Feb 2024 12:34:56 Z
}

func ExamplePattern_Parse() {
	p, err := javadate.Compile("yyyy-MM-dd'T'HH:mm:ss.SSS")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"2013-09-02T19:46:01.57", "2013-09-02T00:00:00", "2013-09-02T19:05:57.687Z", "2013-09-31T00:00:00"} {
		t, err := p.Parse(text, time.FixedZone("", -7*3600))
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(t.Format(time.RFC3339Nano))
	}
	// Output:
	// 2013-09-03T02:46:01.57Z
	// 2013-09-02T07:00:00Z
	// 2013-09-02T19:05:57.687Z
	// date "2013-09-31T00:00:00" in pattern "yyyy-MM-dd'T'HH:mm:ss.SSS", offset 19: there is no such date: its month is 9, but its fields lead to Tuesday 2013-10-01 00:00:00
}

func ExamplePattern_Readable() {
	p, err := javadate.Compile("yyyy-MM-dd hh:mm")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Readable())
	// Output: date pattern "yyyy-MM-dd hh:mm", offset 0: hh counts to 12 and needs a for AM or PM; write HH for the 24-hour clock
}

func ExamplePattern_Resolution() {
	p, err := javadate.Compile("yyyy-MM-dd")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Resolution())
	// Output: 24h0m0s
}

func ExampleZone() {
	for _, name := range []string{"PST", "EST", "-6:00", "BST"} {
		zone, err := javadate.Zone(name)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(time.Date(2024, time.July, 1, 0, 0, 0, 0, zone).Format(time.RFC3339))
	}
	// Output:
	// 2024-07-01T00:00:00-07:00
	// 2024-07-01T00:00:00-05:00
	// 2024-07-01T00:00:00-06:00
	// time zone "BST" is not known (such abbreviations are ambiguous); write an IANA name such as America/Denver, an offset such as -6:00, +0530 or GMT-8, or one of UTC, GMT, EST, CST, MST, PST, HST
}

func ExampleExpand() {
	since := time.Date(2024, time.May, 2, 11, 45, 0, 0, time.UTC)
	url, err := javadate.Expand(
		"/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd'T'HH:mm:ss.SSS}'",
		javadate.Moment{Since: since, Now: since.Add(15 * time.Minute)},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(url)
	// Output: /hubs/expense/reports?where=modifiedDateAfter='2024-05-02T11:45:00.000'
}

func ExampleCheckMacros() {
	fmt.Println(javadate.CheckMacros("/contacts?from=${yyyy-MM-dd}&to=${epoch:min}"))
	// Output:
	// macro "${yyyy-MM-dd}", offset 15: it has a pattern but no name; write ${gmtDate:yyyy-MM-dd}
	// macro "${epoch:min}", offset 32: its unit is not known; write ${epoch:ms}, ${epoch:s}, ${epoch:us} or ${epoch:0}
}
