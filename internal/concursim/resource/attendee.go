package resource

import (
	"fmt"

	"turnstone/internal/concursim/collection"
)

// attendees are whom people met, and how.
func attendees() []*collection.Kind {
	v3 := collection.Paging{Limit: 25, MaxLimit: 100}
	all := collection.Listed | collection.Read | collection.Created | collection.Updated | collection.Deleted
	kind := &collection.Kind{
		Name: "attendeetypes", Path: "/api/v3.0/expense/attendeetypes", Scope: "ATTEND", Thing: "attendee type",
		Verbs: collection.Listed | collection.Read, Paging: v3, ID: "ID", NewID: protectedID, LinkMember: "URI",
		Life: collection.Life{Seeds: seedAttendeeTypes},
	}
	kind.Root, kind.Item = "AttendeeTypes", "AttendeeType"
	attendee := &collection.Kind{
		Name: "attendees", Path: "/api/v3.0/expense/attendees", Scope: "ATTEND", Thing: "attendee", Verbs: all, Paging: v3,
		Filters: []collection.Filter{{Param: "externalID", Member: "ExternalID", Op: collection.AnyOf}, {Param: "attendeeTypeID", Member: "AttendeeTypeID"}},
		Owner:   "OwnerLoginID", ID: "ID", NewID: protectedID, LinkMember: "URI", Counter: "VersionNumber",
		Writing: collection.Writing{
			Required: []string{"AttendeeTypeID", "LastName"}, Fixed: []string{"OwnerLoginID", "OwnerName", "AttendeeTypeCode", "VersionNumber"},
			Settle: settleAttendee,
		},
		Life: collection.Life{Blank: blankAttendee, Seeds: seedAttendees, New: newAttendee, Edit: editAttendee},
	}
	attendee.Root, attendee.Item = "Attendees", "Attendee"
	association := &collection.Kind{
		Name: "entryattendeeassociations", Path: "/api/v3.0/expense/entryattendeeassociations", Scope: "ATTEND", Thing: "association",
		Verbs: all, Paging: v3, Filters: []collection.Filter{{Param: "entryID", Member: "EntryID"}},
		ID: "ID", NewID: protectedID, LinkMember: "URI", Parent: "EntryID", ParentKind: "entries",
		Writing: collection.Writing{Required: []string{"EntryID", "AttendeeID", "Amount"}, Settle: settleAssociation},
		Life:    collection.Life{Blank: blankAssociation, Seeds: seedAssociations, New: newAssociation, Edit: editAssociation},
	}
	association.Root, association.Item = "EntryAttendeeAssociations", "EntryAttendeeAssociation"
	return []*collection.Kind{kind, attendee, association}
}

func seedAttendeeTypes(*collection.Scene) []collection.Record {
	var all []collection.Record
	for _, t := range [][2]string{{"BUSGUEST", "Business Guest"}, {"EMPLOYEE", "Employee"}, {"SPOUSE", "Spouse/Partner"}} {
		all = append(all, of("Code", t[0], "Name", t[1], "AttendeeFormID", "gWvF1oR2mA3tT4eN5dE6", "ConnectorID", nil,
			"AllowManuallyEnteredAttendees", true, "AllowAttendeeCountEditing", false, "DuplicateSearchFields", nil, "ID", nil, "URI", nil))
	}
	return all
}

func blankAttendee(s *collection.Scene) collection.Record {
	kind := s.Shown("attendeetypes")[0]
	admin := s.Company.Users[0]
	return joined(of("AttendeeTypeID", kind.Text("ID"), "AttendeeTypeCode", kind.Text("Code"), "ExternalID", nil,
		"LastName", nil, "FirstName", nil, "MiddleInitial", nil, "Suffix", nil, "Title", nil, "Company", nil,
		"CurrencyCode", "USD", "TotalAmountYTD", number(0), "HasExceptionsYTD", false, "HasExceptionsPrevYear", false,
		"OwnerLoginID", admin.Login, "OwnerName", admin.Name, "VersionNumber", number(1)),
		nulls("Custom", 25), of("ID", nil, "URI", nil))
}

func newAttendee(s *collection.Scene) collection.Record {
	owner, guest := person(s), person(s)
	family, given := guest.Names()
	return blankAttendee(s).With("LastName", family).With("FirstName", given).
		With("ExternalID", fmt.Sprintf("EXT-%05d", s.Rand.IntN(100_000))).With("Company", pick(s.Rand, shops)).
		With("CurrencyCode", owner.Currency()).With("OwnerLoginID", owner.Login).With("OwnerName", owner.Name)
}

func seedAttendees(s *collection.Scene) []collection.Record {
	return times(30, func(int) collection.Record { return newAttendee(s) })
}

func editAttendee(s *collection.Scene, r collection.Record) collection.Record {
	return edited(s, r, set(s, "Title", "Buyer", "Head of Purchasing", "Engineer"), set(s, "Company", shops...))
}

// settleAttendee refuses an attendee of a type that there is not.
func settleAttendee(s *collection.Scene, _, after collection.Record) (collection.Record, error) {
	for _, kind := range s.Shown("attendeetypes") {
		if kind.Text("ID") == after.Text("AttendeeTypeID") {
			owner, _ := s.Company.User(after.Text("OwnerLoginID"))
			return after.With("AttendeeTypeCode", kind.Text("Code")).With("OwnerName", owner.Name), nil
		}
	}
	return nil, fmt.Errorf("AttendeeTypeID %q is no attendee type of this company", after.Text("AttendeeTypeID"))
}

func blankAssociation(*collection.Scene) collection.Record {
	return joined(of("EntryID", nil, "AttendeeID", nil, "Amount", number(0), "AssociatedAttendeeCount", number(1)),
		nulls("Custom", 5), of("ID", nil, "URI", nil))
}

func newAssociation(s *collection.Scene) collection.Record {
	entry, guest := s.Pick(s.Shown("entries")), s.Pick(s.Shown("attendees"))
	if entry == nil || guest == nil {
		return nil
	}
	return blankAssociation(s).With("EntryID", entry.Text("ID")).With("AttendeeID", guest.Text("ID")).With("Amount", amount(s.Rand).Number())
}

// seedAssociations seats one guest at every fifth entry.
func seedAssociations(s *collection.Scene) []collection.Record {
	var all []collection.Record
	for i, entry := range s.Shown("entries") {
		if i%5 == 0 {
			all = append(all, newAssociation(s).With("EntryID", entry.Text("ID")))
		}
	}
	return all
}

func editAssociation(s *collection.Scene, r collection.Record) collection.Record {
	count := number(1 + s.Rand.IntN(9))
	if count == r.Value("AssociatedAttendeeCount") {
		count += "0"
	}
	return r.With("AssociatedAttendeeCount", count)
}

// settleAssociation refuses an association of what there is not.
func settleAssociation(s *collection.Scene, _, after collection.Record) (collection.Record, error) {
	for member, kind := range map[string]string{"EntryID": "entries", "AttendeeID": "attendees"} {
		if !known(s.Shown(kind), "ID", after.Text(member)) {
			return nil, fmt.Errorf("%s %q is not known in this company", member, after.Text(member))
		}
	}
	return after, nil
}
