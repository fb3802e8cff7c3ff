package concursim_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/concursim"
)

func TestLateChangesShowTheVersionBefore(t *testing.T) {
	c := serve(t, concursim.Options{Reports: 1})
	old := c.list(reports + "?user=ALL").Items[0]
	c.turn(`{"lateShare":1,"lateSeconds":3}`)
	created := c.change(concursim.Order{Count: 1, Kind: concursim.Created})[0]
	for range 20 { // until the old report has changed
		c.change(concursim.Order{Count: 1, Kind: concursim.Updated})
	}
	if got := c.sweep("user=ALL", nothing); !cmp.Equal(got, []record{old}) {
		t.Errorf("before the lag is over the list is %v, want only %v", got, old)
	}
	owner := decode[record](t, string(created.Record))["OwnerLoginID"].(string)
	one := reports + "/" + created.ReportID + "?user=" + owner
	if got := c.call("GET", one, "").body; !strings.Contains(got, "No report found") {
		t.Errorf("a new report before its time = %s", got)
	}
	c.clock.Advance(3 * time.Second)
	versions := c.Versions(concursim.VersionFilter{})
	for _, r := range c.sweep("user=ALL", nothing) {
		newest := versions[slices.IndexFunc(versions, func(v concursim.Version) bool { return v.ReportID == r["ID"] && v.ShownUntil.IsZero() })]
		if want := decode[record](t, string(newest.Record)); !cmp.Equal(withoutAction(r), withoutAction(want)) {
			t.Errorf("after the lag the list has %v, want %v", r, want)
		}
	}
	if got := created.VisibleAt.Sub(created.CommittedAt); got != 3*time.Second {
		t.Errorf("visible %v after the commit, want 3s", got)
	}
}

func withoutAction(r record) record {
	delete(r, "WorkflowActionUrl")
	return r
}

func TestAVersionOvertakenInvisiblyIsNeverShown(t *testing.T) {
	c := serve(t, concursim.Options{Reports: -1})
	first := c.change(concursim.Order{Count: 1, Kind: concursim.Created})[0]
	c.turn(`{"lateShare":1,"lateSeconds":10}`)
	c.change(concursim.Order{Count: 1, Kind: concursim.Updated})
	c.clock.Advance(time.Second)
	c.turn(`{"lateShare":0}`)
	c.change(concursim.Order{Count: 1, Kind: concursim.Updated})
	got := c.Versions(concursim.VersionFilter{})
	if until := start.Add(time.Second); !got[0].ShownUntil.Equal(until) || !got[1].ShownUntil.Equal(until) || !got[2].ShownUntil.IsZero() {
		t.Errorf("shown until %v, %v, %v; want %v twice and no end", got[0].ShownUntil, got[1].ShownUntil, got[2].ShownUntil, until)
	}
	if !got[1].VisibleAt.After(got[1].ShownUntil) || got[0].ReportID != first.ReportID {
		t.Errorf("the overtaken version is visible at %v, want it after its end %v", got[1].VisibleAt, got[1].ShownUntil)
	}
}

func TestTimestampSpellings(t *testing.T) {
	tests := map[string]struct {
		switches concursim.Switches
		pattern  string
	}{
		"trimmed":               {concursim.Switches{}, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.3$`},
		"fixed":                 {concursim.Switches{Fractions: "fixed"}, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.300$`},
		"whole seconds":         {concursim.Switches{WholeSeconds: true}, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`},
		"with a zone":           {concursim.Switches{Zone: true}, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.3Z$`},
		"whole, fixed and zone": {concursim.Switches{WholeSeconds: true, Fractions: "fixed", Zone: true}, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := serve(t, concursim.Options{Reports: -1, Switches: tt.switches})
			c.clock.Advance(173 * time.Millisecond) // past .300
			got := c.change(concursim.Order{Count: 1})[0].LastModified
			if !regexp.MustCompile(tt.pattern).MatchString(got) {
				t.Errorf("LastModifiedDate = %s, want it to match %s", got, tt.pattern)
			}
		})
	}
}

func TestChangesShareStamps(t *testing.T) {
	c := serve(t, concursim.Options{Reports: -1, Rate: 10, Switches: concursim.Switches{EqualStamps: 3}})
	for range 9 {
		c.clock.Advance(100 * time.Millisecond)
		c.Step(c.clock.Now())
	}
	stamps := map[string]int{}
	for _, v := range c.Versions(concursim.VersionFilter{}) {
		stamps[v.LastModified]++
	}
	for stamp, n := range stamps {
		if n != 3 {
			t.Errorf("%d changes share %s, want 3", n, stamp)
		}
	}
	c.clock.Advance(2 * time.Second)
	first := c.change(concursim.Order{Count: 1})[0]
	c.clock.Advance(2 * time.Second)
	if second := c.change(concursim.Order{Count: 1})[0]; second.LastModified == first.LastModified {
		t.Errorf("changes two seconds apart share %s", second.LastModified)
	}
}

func TestVendorClockIsOff(t *testing.T) {
	c := serve(t, concursim.Options{Switches: concursim.Switches{ClockOffset: -90}})
	if got, want := c.call("GET", reports, "").header.Get("Date"), start.Add(-90*time.Second).Format(http.TimeFormat); got != want {
		t.Errorf("Date = %s, want %s", got, want)
	}
	v := c.change(concursim.Order{Count: 1})[0]
	if v.LastModified != "2026-03-02T09:28:30.127" || !v.CommittedAt.Equal(start) {
		t.Errorf("stamped %s and committed %v, want 90 s before %v", v.LastModified, v.CommittedAt, start)
	}
}

func TestModifiedDateAfterComparesAsSwitched(t *testing.T) {
	c := serve(t, concursim.Options{Reports: -1})
	c.change(concursim.Order{Count: 1, Kind: concursim.Created})
	c.clock.Advance(48 * time.Hour)
	c.token = c.logIn(c.Companies()[0].Login).AccessToken
	v := c.change(concursim.Order{Count: 1, Kind: concursim.Created})[0]
	for patch, want := range map[string]int{
		`{"modifiedAfter":"exclusive"}`: 0,
		`{"modifiedAfter":"inclusive"}`: 1,
		`{"modifiedAfter":"day"}`:       1,
		`{"ignoreModifiedAfter":true}`:  2,
	} {
		c.turn(`{"ignoreModifiedAfter":false}`)
		c.turn(patch)
		if got := c.list(reports + "?user=ALL&modifiedDateAfter=" + v.LastModified).Items; len(got) != want {
			t.Errorf("%s: %d reports, want %d", patch, len(got), want)
		}
	}
	c.turn(`{"modifiedAfter":"day","ignoreModifiedAfter":false}`)
	if got := c.list(reports + "?user=ALL&modifiedDateAfter=2026-03-04T23:00:00").Items; len(got) != 1 {
		t.Errorf("later that day: %d reports, want 1", len(got))
	}
}

func TestStrictnessIsSwitched(t *testing.T) {
	c := serve(t, concursim.Options{Reports: 120})
	if got := c.list(reports + "?user=ALL&limit=1000&colour=red"); len(got.Items) != 100 {
		t.Errorf("limit=1000 gives %d reports, want 100", len(got.Items))
	}
	for patch, query := range map[string]string{
		`{"unknownParameter":"reject"}`: "user=ALL&colour=red",
		`{"overLimit":"reject"}`:        "user=ALL&limit=101",
	} {
		c.turn(patch)
		if got := c.call("GET", reports+"?"+query, ""); got.status != http.StatusBadRequest {
			t.Errorf("%s: ?%s = %d, want 400", patch, query, got.status)
		}
	}
	c.turn(`{"forbidAll":true}`)
	if got := c.call("GET", reports+"?user=ALL", ""); got.status != http.StatusForbidden {
		t.Errorf("user=ALL without the role = %d, want 403", got.status)
	}
}

func TestNextPagePointsWhereSwitched(t *testing.T) {
	c := serve(t, concursim.Options{})
	for host, want := range map[string]string{
		"own": c.url, "legacy": "https://www.concursolutions.com", "http": c.url, "foreign": "https://concur.attacker.test",
	} {
		c.turn(`{"nextPageHost":"` + host + `"}`)
		if got := *c.list(reports + "?user=ALL&limit=5").NextPage; !strings.HasPrefix(got, want+reports) {
			t.Errorf("%s: NextPage = %s, want it at %s", host, got, want)
		}
	}
	for end, want := range map[string]string{"null": `"NextPage":null}`, "absent": `]}`, "empty": `"NextPage":""}`} {
		c.turn(`{"nextPageEnd":"` + end + `"}`)
		if got := c.call("GET", reports+"?user=ALL", "").body; !strings.HasSuffix(got, want) {
			t.Errorf("%s: the last page ends with %s, want %s", end, got[len(got)-30:], want)
		}
	}
	for end, want := range map[string]string{"null": `<NextPage xsi:nil="true" /></Reports>`, "absent": `</Items></Reports>`, "empty": `<NextPage></NextPage></Reports>`} {
		c.turn(`{"nextPageEnd":"` + end + `"}`)
		if got := c.call("GET", reports+"?user=ALL", "", "Accept", "application/xml").body; !strings.HasSuffix(got, want) {
			t.Errorf("%s: the last page ends with %s, want %s", end, got[len(got)-60:], want)
		}
	}
}

func TestNextPageRepeatsForEver(t *testing.T) {
	c := serve(t, concursim.Options{Switches: concursim.Switches{NextPageRepeats: true}})
	second := *c.list(reports + "?user=ALL&limit=5").NextPage
	if third := *c.list(second).NextPage; third != second {
		t.Errorf("the page after %s is %s, want the same", second, third)
	}
}

func TestHTTPSchemeReplacesHTTPS(t *testing.T) {
	c := serve(t, concursim.Options{BaseURL: "https://us2.concur.test", Switches: concursim.Switches{NextPageHost: "http"}})
	page := c.list(reports + "?user=ALL&limit=5")
	if !strings.HasPrefix(*page.NextPage, "http://us2.concur.test/") || !strings.HasPrefix(page.Items[0]["URI"].(string), "https://us2.concur.test/") {
		t.Errorf("NextPage = %s and URI = %v", *page.NextPage, page.Items[0]["URI"])
	}
}

func TestFaultsSpoilAnswers(t *testing.T) {
	whole := func(body string) bool { return json.Valid([]byte(body)) }
	tests := map[string]struct {
		patch string
		want  func(response, error) bool
	}{
		"400 for the number": {`{"limit400Share":1}`, func(r response, _ error) bool { return r.status == 400 && strings.Contains(r.body, "request limit") }},
		"500":                {`{"error500Share":1}`, func(r response, _ error) bool { return r.status == 500 }},
		"503":                {`{"error503Share":1}`, func(r response, _ error) bool { return r.status == 503 }},
		"error in a 200":     {`{"errorIn200Share":1}`, func(r response, _ error) bool { return r.status == 200 && strings.HasPrefix(r.body, `{"Error":`) }},
		"page of HTML":       {`{"htmlShare":1}`, func(r response, _ error) bool { return r.status == 200 && strings.HasPrefix(r.body, "<!DOCTYPE html>") }},
		"wrong type":         {`{"wrongTypeShare":1}`, func(r response, _ error) bool { return r.header.Get("Content-Type") == "text/plain" && whole(r.body) }},
		"half a body":        {`{"truncateShare":1}`, func(r response, err error) bool { return err == nil && len(r.body) > 1000 && !whole(r.body) }},
		"slow body":          {`{"slowShare":1,"slowMillis":1}`, func(r response, _ error) bool { return r.status == 200 && whole(r.body) }},
		"connection reset":   {`{"resetShare":1}`, func(_ response, err error) bool { return err != nil }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := serve(t, concursim.Options{})
			c.turn(tt.patch)
			got, err := c.try("GET", reports+"?user=ALL", "")
			if !tt.want(got, err) {
				t.Errorf("%s: %d %v %s (%v)", tt.patch, got.status, got.header, got.body, err)
			}
			log := c.Requests()
			if last := log[len(log)-1]; last.Fault == "" || last.Status != got.status {
				t.Errorf("logged %+v, want the fault and status %d", last, got.status)
			}
		})
	}
}

func TestLimitsSayWhenToComeBack(t *testing.T) {
	c := serve(t, concursim.Options{Switches: concursim.Switches{LimitShare: 1}})
	for patch, want := range map[string][]string{`{}`: {"5"}, `{"retryAfter":"0"}`: {"0"}, `{"retryAfter":"none"}`: nil} {
		c.turn(`{"retryAfter":"5"}`)
		c.turn(patch)
		got := c.call("GET", reports, "")
		if got.status != http.StatusTooManyRequests || !slices.Equal(got.header.Values("Retry-After"), want) {
			t.Errorf("%s: %d with Retry-After %v, want 429 with %v", patch, got.status, got.header.Values("Retry-After"), want)
		}
	}
}

func TestEveryNthRequestIsLimited(t *testing.T) {
	c := serve(t, concursim.Options{Switches: concursim.Switches{LimitEvery: 3}})
	var got []int
	for range 6 {
		got = append(got, c.call("GET", reports+"?user=ALL", "").status)
	}
	if want := []int{200, 200, 429, 200, 200, 429}; !slices.Equal(got, want) {
		t.Errorf("statuses = %v, want %v", got, want)
	}
}

func TestSharesOfFaultsRepeatWithTheSeed(t *testing.T) {
	fates := func() []int {
		c := serve(t, concursim.Options{Seed: 3, Switches: concursim.Switches{Error500Share: 0.3, LimitShare: 0.2}})
		var got []int
		for range 200 {
			got = append(got, c.call("GET", reports, "").status)
		}
		return got
	}
	first := fates()
	if diff := cmp.Diff(first, fates()); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
	count := map[int]int{}
	for _, status := range first {
		count[status]++
	}
	if count[500] < 40 || count[500] > 80 || count[429] < 20 || count[429] > 60 {
		t.Errorf("fates = %v, want about 60 × 500 and 40 × 429 of 200", count)
	}
}

func TestImpossibleSwitchesAreRefusedTogether(t *testing.T) {
	c := serve(t, concursim.Options{})
	before := c.Switches()
	got := c.call("PATCH", "/_sim/switches", `{"order":"size","lateShare":2,"limitShare":0.7,"resetShare":0.7,"tokenSeconds":0,"retryAfter":"soon","slowMillis":-1,"expiredStatus":404}`)
	for _, name := range []string{"order", "lateShare", "add up to 1.4", "tokenSeconds", "retryAfter", "slowMillis", "expiredStatus"} {
		if !strings.Contains(got.body, name) {
			t.Errorf("the refusal says nothing of %s: %s", name, got.body)
		}
	}
	if got.status != http.StatusBadRequest || c.Switches() != before {
		t.Errorf("PATCH = %d and switches %+v, want 400 and no change", got.status, c.Switches())
	}
	if got := c.call("PATCH", "/_sim/switches", `{"ordre":"id"}`); got.status != 400 || !strings.Contains(got.body, "ordre") {
		t.Errorf("misspelt switch = %d %s, want 400", got.status, got.body)
	}
	if _, err := concursim.New(concursim.Options{Switches: concursim.Switches{Order: "size"}}); err == nil || !strings.Contains(err.Error(), "creation,id") {
		t.Errorf("New = %v, want the values that order may have", err)
	}
}

func TestEverySwitchIsExplained(t *testing.T) {
	for _, h := range (concursim.Switches{}).Help() {
		if h.Name == "" || !strings.HasSuffix(h.Help, ".") {
			t.Errorf("switch %+v lacks a name or a sentence", h)
		}
		if h.Values != nil && !slices.Contains(h.Values, h.Default) {
			t.Errorf("default of %s is %q, which is none of %v", h.Name, h.Default, h.Values)
		}
	}
}
