package resource

import (
	"fmt"
	"time"

	"turnstone/internal/concursim/collection"
)

// travel is what people ask to book, and what they have booked.
func travel() []*collection.Kind {
	request := &collection.Kind{
		Name: "requests", Path: "/travelrequest/v4/requests", Scope: "travelrequest.write", Thing: "request",
		Verbs:  collection.Listed | collection.Read | collection.Created | collection.Updated | collection.Deleted,
		Paging: collection.Paging{Style: collection.StartLinks, Limit: 10, MaxLimit: 100, Strict: true, Items: "data"},
		Filters: []collection.Filter{
			{Param: "modifiedAfter", Member: "lastModified", Op: collection.After},
			{Param: "modifiedBefore", Member: "lastModified", Op: collection.Before},
			{Param: "approvedAfter", Member: "approvedDate", Op: collection.After},
			{Param: "approvedBefore", Member: "approvedDate", Op: collection.Before},
			{Param: "userId", Member: "owner.id"},
			{Param: "view", Member: "approvalStatus.code", Op: collection.View},
		},
		ID: "id", NewID: hexID(32), LinkMember: "href", Created: "creationDate", Modified: "lastModified", Layout: requestLayout,
		Writing: collection.Writing{
			Required: []string{"name"},
			Fixed: []string{
				"href", "requestId", "approvalStatus", "approved", "pendingApproval", "closed", "canceledPostApproval", "everSentBack",
				"submitDate", "approvedDate", "owner", "totalPostedAmount",
			},
		},
		Life: collection.Life{Blank: blankRequest, Seeds: seedRequests, Steps: 3, New: newRequest, Edit: editRequest},
	}
	trip := &collection.Kind{
		Name: "trip", Path: "/api/travel/trip/v1.1", Scope: "ITINER", Thing: "trip", Verbs: collection.Listed | collection.Read,
		Paging: collection.Paging{Style: collection.Connect, Limit: 200, MaxLimit: 1000},
		Filters: []collection.Filter{
			{Param: "lastModifiedDate", Member: "DateModifiedUtc", Op: collection.AtLeast},
			{Param: "createdAfterDate", Member: "DateCreatedUtc", Op: collection.AtLeast, Days: true},
			{Param: "createdBeforeDate", Member: "DateCreatedUtc", Op: collection.AtMost, Days: true},
			{Param: "startDate", Member: "EndDateLocal", Op: collection.AtLeast, Days: true, Default: -30},
			{Param: "endDate", Member: "StartDateLocal", Op: collection.AtMost, Days: true, Default: 365},
			{Param: "bookingType", Member: "BookingType"},
			{Param: "userid_value", Member: "UserLoginId", Everybody: "ALL"},
			{Param: "includeCanceledTrips", Member: "TripStatus", Op: collection.Shows, Hidden: "Canceled"},
		},
		ID: "TripId", NewID: protectedID, LinkMember: "id", Created: "DateCreatedUtc", Modified: "DateModifiedUtc", Layout: plainLayout,
		Hides: []string{"DateCreatedUtc", "BookingType"},
		Life: collection.Life{
			Seeds: seedTrips, New: newTrip, Edit: editTrip, Removed: &collection.Member{Name: "TripStatus", Value: "Canceled"},
		},
	}
	trip.Root, trip.Item, trip.Alone = "ItineraryInfoList", "ItineraryInfo", "Itinerary"
	return []*collection.Kind{request, trip}
}

func status(code, name string) collection.Record { return of("code", code, "name", name) }

func blankRequest(s *collection.Scene) collection.Record {
	return requestOf(s, 0)
}

// requestOf is a request of the person with a number in the company.
func requestOf(s *collection.Scene, owner int) collection.Record {
	u := s.Company.Users[owner]
	family, given := u.Names()
	return of("href", nil, "id", nil, "requestId", fmt.Sprintf("%04X", 0x3000+s.Rand.IntN(0xcfff)), "name", nil, "businessPurpose", nil, "comment", nil,
		"approvalStatus", status("NOT_SUBMITTED", "Not Submitted"), "approved", false, "pendingApproval", false, "closed", false,
		"canceledPostApproval", false, "everSentBack", false, "creationDate", nil, "submitDate", nil, "approvedDate", nil, "lastModified", nil,
		"startDate", day(s, 20).Format(time.DateOnly), "startTime", "05:00", "endDate", day(s, 22).Format(time.DateOnly),
		"owner", of("id", u.UUID(), "firstName", given, "lastName", family),
		"totalPostedAmount", of("value", number(0), "currency", u.Currency()), "type", of("code", "TRAVEL", "label", "Travel"))
}

func newRequest(s *collection.Scene) collection.Record {
	city := pick(s.Rand, places)[0]
	return requestOf(s, 1+s.Rand.IntN(len(s.Company.Users)-1)).With("name", "Trip to "+city).
		With("businessPurpose", pick(s.Rand, []string{"Client visit", "Training", "Trade fair"})).
		With("totalPostedAmount.value", amount(s.Rand).Number())
}

func seedRequests(s *collection.Scene) []collection.Record {
	return times(35, func(int) collection.Record { return newRequest(s) })
}

// editRequest takes the request a step further: submitted, approved or sent back, and
// once approved sometimes canceled.
func editRequest(s *collection.Scene, r collection.Record) collection.Record {
	now := s.Now.UTC().Format(requestLayout)
	luck := s.Rand.IntN(4)
	switch code := r.Text("approvalStatus.code"); {
	case code == "NOT_SUBMITTED" || code == "SENTBACK":
		return r.With("approvalStatus", status("SUBMITTED", "Submitted & Pending Approval")).With("pendingApproval", true).With("submitDate", now)
	case code == "SUBMITTED" && luck == 0:
		return r.With("approvalStatus", status("SENTBACK", "Sent Back to Employee")).With("pendingApproval", false).With("everSentBack", true)
	case code == "SUBMITTED":
		return r.With("approvalStatus", status("APPROVED", "Approved")).With("pendingApproval", false).With("approved", true).With("approvedDate", now)
	case code == "APPROVED" && luck == 0:
		return r.With("approvalStatus", status("CANCELED", "Canceled")).With("canceledPostApproval", true)
	default:
		return edited(s, r, set(s, "comment", "Flights are booked", "Hotel near the site", "Two travel together"))
	}
}

func newTrip(s *collection.Scene) collection.Record {
	from, to := pick(s.Rand, places), pick(s.Rand, places)
	start := day(s, 3+s.Rand.IntN(60)).Add(9 * time.Hour)
	return of("TripId", nil, "TripName", fmt.Sprintf("Trip from %s to %s", from[0], to[0]), "TripStatus", "Confirmed",
		"StartDateLocal", start.Format(plainLayout), "EndDateLocal", start.AddDate(0, 0, 1+s.Rand.IntN(6)).Format(plainLayout),
		"UserLoginId", person(s).Login, "BookingType", pick(s.Rand, []string{"Air", "Rail", "Hotel", "Car"}),
		"DateCreatedUtc", nil, "DateModifiedUtc", nil, "id", nil)
}

// seedTrips plans trips from long past to far ahead, since a list shows what lies
// around today.
func seedTrips(s *collection.Scene) []collection.Record {
	return times(24, func(i int) collection.Record {
		r, start := newTrip(s), day(s, 40+3*i).Add(7*time.Hour)
		return r.With("StartDateLocal", start.Format(plainLayout)).With("EndDateLocal", start.AddDate(0, 0, 2).Format(plainLayout))
	})
}

func editTrip(s *collection.Scene, r collection.Record) collection.Record {
	moved, _ := time.Parse(plainLayout, r.Text("EndDateLocal")) // spelled so by newTrip
	return r.With("EndDateLocal", moved.Add(time.Duration(1+s.Rand.IntN(30))*time.Hour).Format(plainLayout))
}
