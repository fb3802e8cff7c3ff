package concursim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"turnstone/internal/concursim"
)

// shows reports whether the company's list holds a report.
func (c *concur) shows(id string) bool {
	c.t.Helper()
	return slices.Contains(field(c.sweep("user=ALL", nothing), "ID"), id)
}

func TestADeletedReportIsShownUntilItsEndIsVisible(t *testing.T) {
	c := serve(t, concursim.Options{Reports: 3})
	c.turn(`{"lateShare":1,"lateSeconds":3}`)
	gone := c.change(concursim.Order{Count: 1, Kind: concursim.Deleted})[0]
	if gone.Kind != concursim.Deleted || !c.shows(gone.ReportID) {
		t.Errorf("before its time a %s report is listed: %v, want deleted and listed", gone.Kind, c.shows(gone.ReportID))
	}
	c.clock.Advance(3 * time.Second)
	if c.shows(gone.ReportID) {
		t.Error("a deleted report is listed")
	}
	owner := decode[record](t, string(gone.Record))["OwnerLoginID"].(string)
	if got := c.call("GET", reports+"/"+gone.ReportID+"?user="+owner, "").body; !strings.Contains(got, "No report found") {
		t.Errorf("a deleted report = %s, want none", got)
	}
	if got := c.sweep("user=ALL&modifiedDateAfter=2020-01-01", nothing); len(got) != 2 {
		t.Errorf("the filtered list has %d reports, want 2", len(got))
	}
}

func TestChurnDeletesAndRestores(t *testing.T) {
	c := serve(t, concursim.Options{Reports: 50, Switches: concursim.Switches{DeleteShare: 0.3}})
	kinds, last := map[concursim.Kind]int{}, map[string]concursim.Kind{}
	for _, v := range c.Versions(concursim.VersionFilter{}) {
		last[v.ReportID] = v.Kind
	}
	restored := 0
	for _, v := range c.change(concursim.Order{Count: 500}) {
		kinds[v.Kind]++
		if last[v.ReportID] == concursim.Deleted && v.Kind != concursim.Created {
			t.Fatalf("report %s is %s after it was deleted", v.ReportID, v.Kind)
		}
		if last[v.ReportID] == concursim.Deleted {
			restored++
		}
		last[v.ReportID] = v.Kind
	}
	if kinds[concursim.Deleted] == 0 || restored == 0 {
		t.Errorf("%v, %d restored; want some of each", kinds, restored)
	}
	for id, kind := range last {
		if shown := c.shows(id); shown != (kind != concursim.Deleted) {
			t.Fatalf("report %s, last %s, is listed: %v", id, kind, shown)
		}
	}
}

func TestQuietUpdatesKeepTheirStamp(t *testing.T) {
	c := serve(t, concursim.Options{Reports: 1, Switches: concursim.Switches{QuietShare: 1}})
	before := c.Versions(concursim.VersionFilter{})[0]
	c.clock.Advance(time.Hour)
	after := c.change(concursim.Order{Count: 1, Kind: concursim.Updated})[0]
	if after.LastModified != before.LastModified || !after.Quiet || before.Quiet {
		t.Errorf("stamped %s, quiet %v; want %s, true", after.LastModified, after.Quiet, before.LastModified)
	}
}

func TestSomeStampsLieInTheFuture(t *testing.T) {
	c := serve(t, concursim.Options{Reports: 1, Switches: concursim.Switches{FutureShare: 1}})
	if got := c.change(concursim.Order{Count: 1, Kind: concursim.Updated})[0].LastModified; !strings.HasPrefix(got, "2026-03-03T") {
		t.Errorf("LastModifiedDate = %s, want the day after %v", got, start)
	}
}

func TestStampsAndFiltersMayBeLocal(t *testing.T) {
	c := serve(t, concursim.Options{Reports: -1, Switches: concursim.Switches{TimeZone: "America/Denver"}})
	v := c.change(concursim.Order{Count: 1})[0]
	if !strings.HasPrefix(v.LastModified, "2026-03-02T02:30:00") {
		t.Errorf("LastModifiedDate = %s, want the local time of Denver", v.LastModified)
	}
	for bound, want := range map[string]int{"2026-03-02T02:29:00": 1, "2026-03-02T02:31:00": 0} {
		if got := c.sweep("user=ALL&modifiedDateAfter="+bound, nothing); len(got) != want {
			t.Errorf("modifiedDateAfter=%s lists %d, want %d", bound, len(got), want)
		}
	}
}

func TestTheNewestMayStandFirst(t *testing.T) {
	c := serve(t, concursim.Options{Reports: 30, Switches: concursim.Switches{Order: "newest"}})
	stamps := field(c.sweep("user=ALL&limit=7", nothing), "LastModifiedDate")
	if len(stamps) != 30 || !slices.IsSortedFunc(stamps, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("stamps = %v, want 30, the latest first", stamps)
	}
}

func TestPagesFoundByCountingShift(t *testing.T) {
	c := serve(t, concursim.Options{Reports: 30, Switches: concursim.Switches{Order: "newest"}})
	first := c.list(reports + "?user=ALL&limit=10")
	c.change(concursim.Order{Count: 1, Kind: concursim.Created})
	if second := c.list(*first.NextPage); second.Items[0]["ID"] != first.Items[9]["ID"] {
		t.Errorf("after a new report the second page begins with %v, want the last of the first page", second.Items[0]["ID"])
	}
	c.turn(`{"order":"creation","paging":"count"}`)
	if got := c.sweep("user=ALL&limit=10", nothing); len(got) != 31 {
		t.Errorf("a quiet sweep has %d reports, want 31", len(got))
	}
}

func TestPagesMayBeShortAndOverlap(t *testing.T) {
	c := serve(t, concursim.Options{Reports: 30, Switches: concursim.Switches{ShortPages: true, OverlapPages: true}})
	first := c.list(reports + "?user=ALL&limit=10")
	second := c.list(*first.NextPage)
	if len(first.Items) != 5 || second.Items[0]["ID"] != first.Items[4]["ID"] {
		t.Errorf("the first page has %d reports, and the second begins with %v; want 5 and the fifth", len(first.Items), second.Items[0]["ID"])
	}
}

func TestListsMayHaveGaps(t *testing.T) {
	c := serve(t, concursim.Options{Reports: 30, Switches: concursim.Switches{ListGapShare: 1}})
	if got := c.sweep("user=ALL&limit=10", nothing); len(got) != 18 {
		t.Errorf("the list has %d of 30 reports, want 18", len(got))
	}
}

func TestEverySecondListMayLag(t *testing.T) {
	c := serve(t, concursim.Options{Reports: -1, Switches: concursim.Switches{ReplicaLag: 10}})
	c.change(concursim.Order{Count: 1})
	if a, b := len(c.list(reports+"?user=ALL").Items), len(c.list(reports+"?user=ALL").Items); a+b != 1 {
		t.Errorf("two lists have %d and %d reports, want the new one in one of them", a, b)
	}
}

func TestAListThatIsKnownIsNotSentAgain(t *testing.T) {
	c := serve(t, concursim.Options{Switches: concursim.Switches{ETags: true}})
	first := c.call("GET", reports+"?user=ALL", "")
	tag := first.header.Get("ETag")
	again := c.call("GET", reports+"?user=ALL", "", "If-None-Match", tag)
	if tag == "" || first.header.Get("Last-Modified") == "" || again.status != http.StatusNotModified || again.body != "" {
		t.Errorf("with %q: %d %q, want 304 and nothing", tag, again.status, again.body)
	}
	c.change(concursim.Order{Count: 1, Kind: concursim.Created})
	if got := c.call("GET", reports+"?user=ALL&limit=100", "", "If-None-Match", tag); got.status != http.StatusOK {
		t.Errorf("after a change: %d, want 200", got.status)
	}
}

func TestARateLimitIsToldAndKept(t *testing.T) {
	c := serve(t, concursim.Options{Switches: concursim.Switches{RateLimit: 2, RateHeaders: "x"}})
	for i, want := range []string{"1", "0"} {
		if got := c.call("GET", reports, "").header; got.Get("X-RateLimit-Remaining") != want || got.Get("X-RateLimit-Limit") != "2" {
			t.Errorf("request %d: %v, want %s of 2 left", i+1, got, want)
		}
	}
	over := c.call("GET", reports, "")
	if over.status != http.StatusTooManyRequests || over.header.Get("Retry-After") != "60" {
		t.Errorf("request 3 = %d, Retry-After %q, want 429 and 60", over.status, over.header.Get("Retry-After"))
	}
	c.clock.Advance(time.Minute)
	c.turn(`{"rateHeaders":"ietf"}`)
	if got := c.call("GET", reports, ""); got.status != http.StatusOK || got.header.Get("RateLimit") != `"default";r=1;t=60` {
		t.Errorf("a minute later = %d, %q", got.status, got.header.Get("RateLimit"))
	}
}

func TestTokensMayFail(t *testing.T) {
	c := serve(t, concursim.Options{})
	c.turn(`{"tokenErrorShare":1}`)
	if _, status := c.grant("grant_type", "client_credentials"); status != http.StatusInternalServerError {
		t.Errorf("status = %d, want 500", status)
	}
}
