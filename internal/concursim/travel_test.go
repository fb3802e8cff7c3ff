package concursim_test

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"turnstone/internal/concursim"
)

func TestTravelRequestsAreStrict(t *testing.T) {
	c := serve(t, concursim.Options{})
	l := listings["travel requests"]
	for name, tt := range map[string]struct{ query, header, want string }{
		"limit above 100": {"&limit=101", "", "Limit must be less than or equal to 100"},
		"negative start":  {"&start=-1", "", "invalidStart"},
		"no date":         {"&modifiedAfter=soon", "", "invalidDate"},
		"unknown view":    {"&view=NONE", "", "use ALL"},
		"no UUID":         {"", "42", "invalidUuid"},
	} {
		where := l.first + tt.query
		if strings.HasPrefix(tt.query, "&view") {
			where = "/travelrequest/v4/requests?" + tt.query[1:]
		}
		got := c.call("GET", where, "", "concur-correlationid", tt.header)
		if got.status != http.StatusBadRequest || !strings.Contains(got.body, tt.want) {
			t.Errorf("%s: %d %s, want 400 with %q", name, got.status, got.body, tt.want)
		}
	}
	id := l.ids(c, "")[0]
	if got := c.call("DELETE", "/travelrequest/v4/requests/"+id, ""); got.status != http.StatusNoContent {
		t.Errorf("DELETE = %d %s", got.status, got.body)
	}
	if slices.Contains(l.ids(c, ""), id) {
		t.Error("a deleted request is listed")
	}
}

// summaries is a page in the manner of the travel services.
type summaries struct {
	Paging struct {
		TotalPages, TotalItems, CurrentPage, Page int
		NextPageURL                               string
	} `xml:"Metadata>Paging"`
	Trips []struct {
		TripID     string `xml:"TripId"`
		TripStatus string
		Modified   string `xml:"DateModifiedUtc"`
	} `xml:"Data>ItineraryInfoList>ItineraryInfo"`
	Profiles []struct{ LoginID, Status, ProfileLastModifiedUTC string } `xml:"Data>ProfileSummary"`
}

func (c *concur) summaries(path string) summaries {
	c.t.Helper()
	var page summaries
	got := c.call("GET", path, "")
	if err := xml.Unmarshal([]byte(got.body), &page); err != nil {
		c.t.Fatalf("GET %s = %d %s: %v", path, got.status, got.body, err)
	}
	return page
}

func TestTripsAreXML(t *testing.T) {
	c := serve(t, concursim.Options{})
	trips := "/api/travel/trip/v1.1/?includeMetadata=true&userid_type=login&userid_value=ALL"
	first := c.summaries(trips + "&ItemsPerPage=5&Page=1")
	if len(first.Trips) != 5 || first.Paging.CurrentPage != 1 || first.Paging.TotalPages != (first.Paging.TotalItems+4)/5 {
		t.Fatalf("first page = %+v", first)
	}
	if second := c.summaries(first.Paging.NextPageURL); second.Paging.CurrentPage != 2 || second.Trips[0].TripID == first.Trips[0].TripID {
		t.Errorf("second page = %+v", second.Paging)
	}
}

func TestCanceledTripsAreShownWhenAskedFor(t *testing.T) {
	c := serve(t, concursim.Options{})
	const trips = "/api/travel/trip/v1.1/?includeMetadata=true&userid_type=login&userid_value=ALL"
	made, err := c.Change(concursim.Order{Count: 1, Resource: "trip", Kind: concursim.Deleted})
	if err != nil {
		t.Fatal(err)
	}
	since := "&lastModifiedDate=2026-03-02T09:30:00"
	if got := c.summaries(trips + since); len(got.Trips) != 0 {
		t.Errorf("canceled trips are listed unasked: %+v", got.Trips)
	}
	got := c.summaries(trips + since + "&includeCanceledTrips=true")
	if len(got.Trips) != 1 || got.Trips[0].TripID != made[0].ReportID || got.Trips[0].TripStatus != "Canceled" || got.Trips[0].Modified != "2026-03-02T09:30:00" {
		t.Errorf("trips since the cancellation = %+v, want the one, at its very second", got.Trips)
	}
	if one := c.call("GET", "/api/travel/trip/v1.1/"+url.PathEscape(made[0].ReportID), ""); !strings.HasPrefix(one.body, "<Itinerary ") || !strings.Contains(one.body, made[0].ReportID) {
		t.Errorf("GET of a trip = %d %s", one.status, one.body)
	}
}

func TestProfilesAreXML(t *testing.T) {
	c := serve(t, concursim.Options{})
	profiles := c.summaries("/api/travelprofile/v2.0/summary?LastModifiedDate=2020-01-01T01:00:00&ItemsPerPage=10")
	if len(profiles.Profiles) != 10 || profiles.Paging.Page != 1 || profiles.Paging.TotalItems != 17 || profiles.Profiles[0].Status != "Active" {
		t.Errorf("profiles = %+v", profiles)
	}
	if got := c.call("GET", "/api/travelprofile/v2.0/summary", ""); got.status != http.StatusBadRequest || !strings.Contains(got.body, "LastModifiedDate is required") {
		t.Errorf("profiles without a date = %d %s, want 400", got.status, got.body)
	}
}

func TestRequestsLiveInOrder(t *testing.T) {
	c := serve(t, concursim.Options{})
	seen := map[string]bool{}
	for _, r := range listings["travel requests"].read(c, "&limit=100") {
		status := r["approvalStatus"].(record)["code"].(string)
		seen[status] = true
		created, modified := r["creationDate"].(string), r["lastModified"].(string)
		submitted, _ := r["submitDate"].(string)
		approved, _ := r["approvedDate"].(string)
		if created > modified || submitted != "" && submitted < created || approved != "" && approved < submitted {
			t.Errorf("request %s, %s: created %s, submitted %s, approved %s, modified %s", r["id"], status, created, submitted, approved, modified)
		}
	}
	if len(seen) < 3 {
		t.Errorf("statuses = %v, want several", seen)
	}
}
