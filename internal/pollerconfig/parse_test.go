package pollerconfig_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/javadate"
	"turnstone/internal/pollerconfig"
)

// reports is the member that the platform documents for Concur.
const reports = `{"url":"/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd'T'HH:mm:ss.SSS}'","idField":"ID",` +
	`"datesConfiguration":{"updatedDateField":"LastModifiedDate","updatedDateFormat":"yyyy-MM-dd'T'HH:mm:ss.SSS",` +
	`"createdDateField":"CreateDate","createdDateFormat":"yyyy-MM-dd'T'HH:mm:ss.SSS"}}`

// one parses the configuration of a single resource.
func one(t *testing.T, member string) (pollerconfig.Config, []pollerconfig.Problem) {
	t.Helper()
	set, err := pollerconfig.Parse(`{"reports":` + member + `}`)
	if err != nil {
		t.Fatalf("Parse = %v, want nil", err)
	}
	return set.Members[0].Config, set.Warnings
}

// equal compares patterns by their source.
var equal = cmp.Options{
	cmp.Comparer(func(a, b *javadate.Pattern) bool {
		return (a == nil) == (b == nil) && (a == nil || a.String() == b.String())
	}),
	cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
}

func TestParseReadsTheDocumentedConfiguration(t *testing.T) {
	set, err := pollerconfig.Parse(`{"reports": ` + reports + ` }`)
	if err != nil {
		t.Fatal(err)
	}
	pattern, err := javadate.Compile("yyyy-MM-dd'T'HH:mm:ss.SSS")
	if err != nil {
		t.Fatal(err)
	}
	want := pollerconfig.Set{
		Text: `{"reports":` + reports + `}`,
		Members: []pollerconfig.Member{{
			Resource: "reports",
			Text:     reports,
			Config: pollerconfig.Config{
				URL:     "/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd'T'HH:mm:ss.SSS}'",
				IDField: "ID",
				Dated:   true,
				Updated: pollerconfig.Date{Field: "LastModifiedDate", Pattern: pattern, Zone: time.UTC},
				Created: pollerconfig.Date{Field: "CreateDate", Pattern: pattern, Zone: time.UTC},
				Overlap: -1, CreatedTolerance: 10 * time.Second, MaxDeletedShare: 0.2,
			},
		}},
	}
	if diff := cmp.Diff(want, set, equal); diff != "" {
		t.Errorf("Parse (-want +got):\n%s", diff)
	}
}

func TestParseAcceptsEveryFormOfAnObject(t *testing.T) {
	tests := map[string]struct {
		text string
		want string
	}{
		"nothing":            {"", "{}"},
		"blanks":             {" \n\t", "{}"},
		"empty object":       {" { } ", "{}"},
		"empty text":         {`""`, "{}"},
		"text of an object":  {`"{ }"`, "{}"},
		"text of a text":     {`"\"{}\""`, "{}"},
		"object":             {`{"a": {"url": "/a"}}`, `{"a":{"url":"/a"}}`},
		"object as text":     {`"{\"a\": {\"url\": \"/a\"}}"`, `{"a":{"url":"/a"}}`},
		"order is kept":      {`{"b":{"url":"/b"},"a":{"url":"/a"}}`, `{"b":{"url":"/b"},"a":{"url":"/a"}}`},
		"signs are kept":     {`{"a":{"url":"/a?where=x>'1'&y=<"}}`, `{"a":{"url":"/a?where=x>'1'&y=<"}}`},
		"the largest number": {`{"a":{"url":"/a","weight":12345678901234567890.10}}`, `{"a":{"url":"/a","weight":12345678901234567890.10}}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			set, err := pollerconfig.Parse(tt.text)
			if err != nil || set.Text != tt.want {
				t.Errorf("Parse = %s, %v, want %s", set.Text, err, tt.want)
			}
		})
	}
}

func TestParseReadsEverySetting(t *testing.T) {
	type config = pollerconfig.Config
	tests := map[string]struct {
		members string // beside the url
		want    func(c *config)
	}{
		"nothing":              {``, func(*config) {}},
		"numbers":              {`"pageSize":200,"pollDelay":60,"overlap":0`, func(c *config) { c.PageSize, c.PollDelay, c.Overlap = 200, time.Minute, 0 }},
		"numbers as text":      {`"pageSize":" 200 ","pollDelay":"60","overlap":"300"`, func(c *config) { c.PageSize, c.PollDelay, c.Overlap = 200, time.Minute, 5*time.Minute }},
		"an id":                {`"idField":" ID "`, func(c *config) { c.IDField = "ID" }},
		"ignored fields":       {`"ignoreFields":["a.b","c d"]`, func(c *config) { c.IgnoreFields = []string{"a.b", "c d"} }},
		"ignored as text":      {`"ignoreFields":"a.b, c"`, func(c *config) { c.IgnoreFields = []string{"a.b", "c"} }},
		"content":              {`"detect":"content"`, func(*config) {}},
		"dates":                {`"detect":" Dates ","createdCheckTolerance":60`, func(c *config) { c.Detect, c.CreatedTolerance = pollerconfig.DetectDates, time.Minute }},
		"no tolerance":         {`"createdCheckTolerance":"0"`, func(c *config) { c.CreatedTolerance = 0 }},
		"a misplaced one":      {`"datesConfiguration":{"createdCheckTolerance":5}`, func(c *config) { c.CreatedTolerance = 5 * time.Second }},
		"by updated date":      {`"filterByUpdatedDate":true`, func(*config) {}},
		"not by updated date":  {`"filterByUpdatedDate":false`, func(c *config) { c.IgnoreUpdated = true }},
		"the same as text":     {`"filterByUpdatedDate":"False"`, func(c *config) { c.IgnoreUpdated = true }},
		"the same, misspelt":   {`"filterByUpdateDate":"false"`, func(c *config) { c.IgnoreUpdated = true }},
		"not after the start":  {`"filterByCurrentDate":"true"`, func(c *config) { c.LeaveLater = true }},
		"also after the start": {`"filterByCurrentDate":false`, func(*config) {}},
		"no backfill":          {`"backfill":"none"`, func(*config) {}},
		"a whole backfill":     {`"backfill":"ALL"`, func(c *config) { c.Backfill.All = true }},
		"deletes":              {`"detectDeletes":1440,"maxDeletedShare":0.5`, func(c *config) { c.DetectDeletes, c.MaxDeletedShare = 24*time.Hour, 0.5 }},
		"deletes as text":      {`"detectDeletes":"30","maxDeletedShare":"35 %"`, func(c *config) { c.DetectDeletes, c.MaxDeletedShare = 30*time.Minute, 0.35 }},
		"no deletes":           {`"detectDeletes":0,"maxDeletedShare":0`, func(c *config) { c.MaxDeletedShare = 0 }},
		"newest first":         {`"order":"newestFirst"`, func(c *config) { c.NewestFirst = true }},
		"what says nothing": {
			`"idField":" ","pageSize":"","pollDelay":null,"overlap":null,"datesConfiguration":"","ignoreFields":null,"detect":"",` +
				`"filterByUpdatedDate":"","filterByUpdateDate":null,"backfill":null,"detectDeletes":" ","maxDeletedShare":"","order":null`,
			func(*config) {},
		},
		"no date named": {`"datesConfiguration":{"updatedDateField":"","updatedDateFormat":"","createdDateField":null}`, func(*config) {}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			want := config{URL: "/a", Overlap: -1, CreatedTolerance: 10 * time.Second, MaxDeletedShare: 0.2}
			tt.want(&want)
			got, warnings := one(t, strings.TrimSuffix(`{"url":" /a ",`+tt.members, ",")+`}`)
			if diff := cmp.Diff(want, got, equal); diff != "" {
				t.Errorf("Parse (-want +got):\n%s", diff)
			}
			if len(warnings) > 0 {
				t.Errorf("Parse warns of %v, want nothing", warnings)
			}
		})
	}
}

func TestABackfillBeginsAtAnyDate(t *testing.T) {
	for text, want := range map[string]string{
		"2024-01-31":                "2024-01-31T00:00:00Z",
		"2024-01-31T08:00:00Z":      "2024-01-31T08:00:00Z",
		"2024-01-31T08:00:00.5Z":    "2024-01-31T08:00:00.5Z",
		"2024-01-31T08:00:00+02:00": "2024-01-31T06:00:00Z",
		"2024-01-31T08:00:00":       "2024-01-31T08:00:00Z",
		"2024-01-31 08:00:00":       "2024-01-31T08:00:00Z",
		"2024-01-31T08:00":          "2024-01-31T08:00:00Z",
		"2024-01-31T08:00+01:00":    "2024-01-31T07:00:00Z",
		"all":                       "all",
		"none":                      "none",
	} {
		c, _ := one(t, `{"url":"/a","backfill":"`+text+`"}`)
		if got := c.Backfill.String(); got != want || c.Backfill.Wanted() != (want != "none") {
			t.Errorf("Backfill of %s = %s, wanted %v, want %s", text, got, c.Backfill.Wanted(), want)
		}
	}
}

func TestTheOuterZoneStandsInForThoseOfTheDates(t *testing.T) {
	c, warnings := one(t, `{"url":"/a","updatedDateTimezone":"MST","datesConfiguration":{"updatedDateField":"m","updatedDateFormat":"yyyy-MM-dd","createdDateField":"c","createdDateTimezone":"GMT"}}`)
	if c.Updated.Zone.String() != "MST" || c.Created.Zone.String() != "GMT" || len(warnings) > 0 {
		t.Errorf("zones = %v and %v, warnings %v, want MST, GMT and none", c.Updated.Zone, c.Created.Zone, warnings)
	}
	_, warnings = one(t, `{"url":"/a","updatedDateTimezone":"MST"}`)
	if len(warnings) != 1 || !strings.Contains(warnings[0].Error(), "updatedDateTimezone: has no effect without datesConfiguration") {
		t.Errorf("warnings = %v, want one, since there is no date that the zone is for", warnings)
	}
}

func TestACreatedDateIsWrittenAsTheUpdatedOne(t *testing.T) {
	got, _ := one(t, `{"url":"/a","datesConfiguration":{"updatedDateField":"m","updatedDateFormat":"milliseconds","createdDateField":"c"}}`)
	if got.Created.Pattern == nil || got.Created.Pattern.String() != "milliseconds" {
		t.Errorf("Created.Pattern = %v, want milliseconds", got.Created.Pattern)
	}
}

func TestParseReportsAllProblems(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string // one part of each problem, in order
	}{
		"no JSON": {`{"a":`, []string{"event.poller.configuration: is no JSON: unexpected end of JSON input at character 5; write an object"}},
		"not UTF-8": {
			"{\"a\":{\"url\":\"/\xff\"}}",
			[]string{"event.poller.configuration: is no JSON: it is not valid UTF-8"},
		},
		"an array":        {`[]`, []string{"event.poller.configuration: is an array; write an object"}},
		"a number":        {`15`, []string{"event.poller.configuration: is a number"}},
		"true":            {`true`, []string{"event.poller.configuration: is true or false"}},
		"null":            {`null`, []string{"event.poller.configuration: is null"}},
		"text of a list":  {`"[1]"`, []string{"event.poller.configuration: is an array"}},
		"text of nothing": {`"reports"`, []string{"event.poller.configuration: is no JSON"}},
		"endless nesting": {strings.Repeat("[", 100_000), []string{"event.poller.configuration: is no JSON"}},
		"too large":       {`{"a":"` + strings.Repeat("x", pollerconfig.MaxBytes) + `"}`, []string{"is larger than 1048576 bytes"}},
		"no name":         {`{" ":{"url":"/a"}}`, []string{"has a member without a name"}},
		"twice":           {`{"a":{"url":"/a"},"a":{"url":"/a"}}`, []string{"event.poller.configuration.a: stands twice"}},
		"no object":       {`{"a":"/hubs/a"}`, []string{"event.poller.configuration.a: is text; write an object"}},
		"url": {
			`{"a":{},"b":{"url":""},"c":{"url":null},"d":{"url":7},"e":{"url":"/e?${nope:x}&${date:bad}"}}`,
			[]string{
				"a.url: is missing; write the hub URL", "b.url: is missing", "c.url: is missing", "d.url: is a number; write text",
				"e.url: macro \"${nope:x}\"", "e.url: macro \"${date:bad}\"",
			},
		},
		"numbers": {
			`{"a":{"url":"/a","pageSize":0,"pollDelay":-1,"overlap":1.5},"b":{"url":"/b","pageSize":"ten","overlap":[1],"pollDelay":99999999}}`,
			[]string{
				"a.pageSize: is 0; write a whole number from 1 to 100000", "a.pollDelay: is -1", "a.overlap: is 1.5",
				"b.pageSize: is \"ten\"", "b.overlap: is [1]", "b.pollDelay: is 99999999",
			},
		},
		"types": {
			`{"a":{"url":"/a","idField":7,"ignoreFields":["x",1],"datesConfiguration":"x"}}`,
			[]string{"a.idField: is a number; write text", "a.ignoreFields.1: is a number", "a.datesConfiguration: is text; write an object"},
		},
		"words": {
			`{"a":{"url":"/a","detect":"both","order":"oldestFirst","backfill":"yesterday","filterByCurrentDate":"maybe"},
			  "b":{"url":"/b","detect":true,"order":1,"backfill":2024,"filterByUpdatedDate":0}}`,
			[]string{
				`a.detect: is "both"; write "content" or "dates", or leave it out`, `a.order: is "oldestFirst"; write "newestFirst", or leave it out`,
				`a.backfill: is "yesterday"; write "none", "all", or the date`, `a.filterByCurrentDate: is "maybe"; write true or false`,
				"b.detect: is true", "b.order: is 1", "b.backfill: is 2024", "b.filterByUpdatedDate: is 0",
			},
		},
		"deletes": {
			`{"a":{"url":"/a","detectDeletes":0.5,"maxDeletedShare":20},"b":{"url":"/b","detectDeletes":true,"maxDeletedShare":"NaN"},"c":{"url":"/c","maxDeletedShare":"120%"}}`,
			[]string{
				"a.detectDeletes: is 0.5; write a whole number", "a.maxDeletedShare: is 20; write a share from 0 to 1", "b.detectDeletes: is true",
				`b.maxDeletedShare: is "NaN"`, `c.maxDeletedShare: is "120%"`,
			},
		},
		"the outer zone": {
			`{"a":{"url":"/a","updatedDateTimezone":"Mars","datesConfiguration":{"updatedDateField":"m","updatedDateFormat":"yyyy-MM-dd","createdDateField":"c"}}}`,
			[]string{"a.updatedDateTimezone: time zone \"Mars\" is not known"},
		},
		"two spellings": {
			`{"a":{"url":"/a","filterByUpdatedDate":true,"filterByUpdateDate":false}}`,
			[]string{"a.filterByUpdateDate: is another spelling of filterByUpdatedDate"},
		},
		"placeholders": {
			`{"a":{"url":"/reports/{re port}/x{"},"b":{"url":"/b?where=list='{listId}'"},"c":{"url":"/<INSERT_objectName>"}}`,
			[]string{
				`a.url: has "{re port}" in its path; write a placeholder`, `a.url: has "{" in its path`,
				"b.url: has the placeholder {listId} in its query, where nothing is filled in", "c.url: has <INSERT_objectName> from an example",
			},
		},
		"a member twice": {`{"a":{"url":"/a","idField":"x","idField":"y"}}`, []string{"a.idField: stands twice"}},
		"dates": {
			`{"a":{"url":"/a","datesConfiguration":{"updatedDateField":"m","createdDateField":"c","createdDateFormat":"10 digit integer Unix time","createdDateTimezone":"Mars"}},
			  "b":{"url":"/b","datesConfiguration":{"updatedDateField":"m","updatedDateFormat":"HH:mm"}}}`,
			[]string{
				"a.datesConfiguration.updatedDateFormat: is missing; write how m is written",
				"a.datesConfiguration.createdDateFormat: date pattern", "a.datesConfiguration.createdDateTimezone:",
				"b.datesConfiguration.updatedDateFormat: date pattern \"HH:mm\"",
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := pollerconfig.Parse(tt.text)
			problems, ok := errors.AsType[pollerconfig.Problems](err)
			if !ok || len(problems) != len(tt.want) {
				t.Fatalf("Parse = %v, want %d problems", err, len(tt.want))
			}
			for i, want := range tt.want {
				if !strings.Contains(problems[i].Error(), want) {
					t.Errorf("problem %d = %v, want %q in it", i, problems[i], want)
				}
			}
		})
	}
}

func TestTooManyResourcesAreRefused(t *testing.T) {
	var b strings.Builder
	for i := range pollerconfig.MaxResources + 1 {
		b.WriteString(strings.Repeat("a", i+1) + `":{"url":"/a"},"`)
	}
	_, err := pollerconfig.Parse(`{"` + strings.TrimSuffix(b.String(), `,"`) + `}`)
	if err == nil || !strings.Contains(err.Error(), "more than 1000 resources") {
		t.Errorf("Parse = %.200v, want an error that says how many there may be", err)
	}
}

func TestWhatIsNotKnownIsKeptAndWarnedAbout(t *testing.T) {
	const member = `{"url":"/a","createdCheckTolerance":60,"postHooks":[],"batchSize":5,"pagesize":7,"xPath":"id","datesConfiguration":{"updatedDateField":"m","updatedDateFormat":"milliseconds","createdCheckTolerance":5,"updatedDateFormt":"x"}}`
	set, err := pollerconfig.Parse(`{"a":` + member + `}`)
	if err != nil {
		t.Fatal(err)
	}
	if set.Members[0].Text != member || set.Members[0].Config.CreatedTolerance != time.Minute {
		t.Errorf("member = %+v, want its text as it was and the outer tolerance", set.Members[0])
	}
	const path, unknown = "event.poller.configuration.a.", "is not known; it is kept and has no effect"
	want := []pollerconfig.Problem{
		{path + "postHooks", unknown},
		{path + "batchSize", unknown},
		{path + "pagesize", unknown + ` (is "pageSize" meant?)`},
		{path + "xPath", "is kept and has no effect; idField says where the id stands"},
		{path + "datesConfiguration.updatedDateFormt", unknown + ` (is "updatedDateFormat" meant?)`},
		{path + "datesConfiguration.createdCheckTolerance", "has no effect, since there is one outside of datesConfiguration"},
	}
	if diff := cmp.Diff(want, set.Warnings); diff != "" {
		t.Errorf("Warnings (-want +got):\n%s", diff)
	}
}

func TestADateKnowsItsFineness(t *testing.T) {
	tests := map[string]struct {
		format, zone, text string
		want               time.Time
		fineness           time.Duration
	}{
		"milliseconds":              {"yyyy-MM-dd'T'HH:mm:ss.SSS", "", "2024-03-04T15:21:09.82", time.Date(2024, 3, 4, 15, 21, 9, 820e6, time.UTC), time.Millisecond},
		"cut to seconds":            {"yyyy-MM-dd'T'HH:mm:ss.SSS", "", "2024-03-04T15:21:09", time.Date(2024, 3, 4, 15, 21, 9, 0, time.UTC), time.Second},
		"seconds":                   {"yyyy-MM-dd HH:mm:ss", "", "2024-03-04 15:21:09", time.Date(2024, 3, 4, 15, 21, 9, 0, time.UTC), time.Second},
		"days":                      {"yyyy-MM-dd", "", "2024-03-04", time.Date(2024, 3, 4, 0, 0, 0, 0, time.UTC), 24 * time.Hour},
		"epoch":                     {"milliseconds", "", "1709565669820", time.Date(2024, 3, 4, 15, 21, 9, 820e6, time.UTC), time.Millisecond},
		"epoch, cut":                {"milliseconds", "", "1709565669000", time.Date(2024, 3, 4, 15, 21, 9, 0, time.UTC), time.Second},
		"another zone":              {"yyyy-MM-dd HH:mm:ss", "America/Denver", "2024-03-04 08:21:09", time.Date(2024, 3, 4, 15, 21, 9, 0, time.UTC), time.Second},
		"an hour that occurs twice": {"yyyy-MM-dd HH:mm:ss", "America/Denver", "2024-11-03 01:30:00", time.Date(2024, 11, 3, 7, 30, 0, 0, time.UTC), time.Hour + time.Second},
		"the same, cut to seconds":  {"yyyy-MM-dd HH:mm:ss.SSS", "America/Denver", "2024-11-03 01:30:00", time.Date(2024, 11, 3, 7, 30, 0, 0, time.UTC), time.Hour + time.Second},
		"the longest day":           {"yyyy-MM-dd", "America/Denver", "2024-11-03", time.Date(2024, 11, 3, 6, 0, 0, 0, time.UTC), 25 * time.Hour},
		"its own, by right":         {"yyyy-MM-dd'T'HH:mm:ssXXX", "America/Denver", "2024-03-04T16:21:09+01:00", time.Date(2024, 3, 4, 15, 21, 9, 0, time.UTC), time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, _ := one(t, `{"url":"/a","datesConfiguration":{"updatedDateField":"m","updatedDateFormat":"`+tt.format+`","updatedDateTimezone":"`+tt.zone+`"}}`)
			at, fineness, err := c.Updated.Parse(tt.text)
			if err != nil || !at.Equal(tt.want) || fineness != tt.fineness {
				t.Errorf("Parse = %v, %v, %v, want %v, %v", at, fineness, err, tt.want, tt.fineness)
			}
		})
	}
}

func TestADateThatCannotBeReadIsAnError(t *testing.T) {
	c, _ := one(t, reports)
	if _, _, err := c.Updated.Parse("yesterday"); err == nil || !strings.Contains(err.Error(), `"yesterday"`) {
		t.Errorf("Parse = %v, want an error that names the text", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"reports":` + reports + `}`)
	f.Add(`"{\"a\":{\"url\":\"/a?x=${epoch}\",\"pageSize\":\"7\"}}"`)
	f.Add(`{"a":{"url":"/a","datesConfiguration":{"updatedDateField":"m","updatedDateFormat":"milliseconds'"}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		set, err := pollerconfig.Parse(text)
		if err != nil {
			if problems, ok := errors.AsType[pollerconfig.Problems](err); !ok || len(problems) == 0 {
				t.Fatalf("Parse = %v, want Problems", err)
			}
			return
		}
		again, err := pollerconfig.Parse(set.Text)
		if err != nil {
			t.Fatalf("Parse of its own text %q = %v", set.Text, err)
		}
		if diff := cmp.Diff(set, again, equal); diff != "" {
			t.Errorf("Parse of its own text (-want +got):\n%s", diff)
		}
	})
}
