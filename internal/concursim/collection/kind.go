package collection

import (
	"math/rand/v2"
	"time"

	"turnstone/internal/concursim/expense"
)

// Kind declares one resource of the API.
type Kind struct {
	// Name is what the control endpoints call the resource.
	Name string
	// Path is where it lives below the base URL.
	Path string
	// Scope is what a token must allow where scopes are checked.
	Scope string
	// Thing names one object in messages, as in "No entry found".
	Thing string
	// Verbs are the operations that are served.
	Verbs Verbs
	Paging
	// Filters are the query parameters that restrict the list.
	Filters []Filter
	// Owner is the member with the login of whose object it is. Such a resource has
	// the parameter user, as reports have; others ignore it.
	Owner string

	// ID is the member with the id, and NewID makes one.
	ID    string
	NewID func(*rand.Rand) string
	// LinkMember is the member with the address of the object.
	LinkMember string
	// Created and Modified are the members with the dates of an object, if it has
	// them, spelled in Layout.
	Created, Modified, Layout string
	// Counter is a member that counts the versions.
	Counter string

	// Hides are members that filters know and answers do not show.
	Hides []string

	// Parent is the member with the id of the object that an object belongs to, and
	// ParentKind the kind of that one: it takes its own along when it goes.
	Parent, ParentKind string

	Writing
	Life
	// Of, unless empty, makes the resource a view: another look at the objects of
	// that kind, which Show gives them. Show returns nil for an object to leave out.
	Of   string
	Show func(Record) Record
	// Within are further lists, of the objects that belong to one in their path.
	Within []Within
}

// Within declares a list of the objects whose member is the id in its path.
type Within struct {
	Path, Member string
	// Root is a member that has to be null, so that the list shows the uppermost only.
	Root string
}

// Verbs are operations on a resource.
type Verbs uint8

// The operations that a resource may have.
const (
	Listed Verbs = 1 << iota
	Read
	Created
	Updated
	Deleted
)

// Style is a generation of services: its way of paging, and of telling errors.
type Style int

// Styles of paging. The first is that of v3, with NextPage and an opaque offset.
const (
	NextPage   Style = iota
	StartLinks       // start and limit, and links among the operations
	PageNumber       // page, counted from 1, of a fixed size
	SCIM             // startIndex and count, or a cursor
	Connect          // Page and ItemsPerPage, in the metadata of an XML document
	Whole            // no pages
)

// Paging declares how a list is cut and wrapped.
type Paging struct {
	Style Style
	// Limit is the size of a page that nobody asked for, and MaxLimit the largest.
	Limit, MaxLimit int
	// Strict refuses a limit above the largest whatever the switches say.
	Strict bool
	// Items is the member of a JSON page that holds the records; empty: Items.
	Items string
	// SortBy is the member that a list is sorted by if nobody asks for another; empty:
	// lists are in the order of creation. What is sorted is paged by counting.
	SortBy string
	// Count adds the number of all records that were found.
	Count bool
	// Root and Item are the elements of an XML page and of a record in it, and Alone
	// that of a record by itself; empty: Item.
	Root, Item, Alone string
}

// Op is how a filter compares.
type Op int

// Comparisons of a filter. Dates are compared as instants, all else as text without
// regard to case.
const (
	Equals Op = iota
	AnyOf     // the value is a list, separated by commas
	After
	AtLeast
	Before
	AtMost
	Contains
	Search // as the parameter searchType says: exact, begins, contains or ends
	Shows  // a parameter that is true shows what is hidden otherwise: see Hidden
	View   // a named set of statuses, such as ACTIVE
)

// Filter declares a query parameter. Without a Member it compares the date of the last
// modification, which not all resources show.
type Filter struct {
	Param, Member string
	Op            Op
	// Days ignores the time of day of the parameter.
	Days bool
	// Hidden is the value of Member that is not shown unless a parameter that Shows is
	// true.
	Hidden string
	// Required refuses a request without the parameter.
	Required bool
	// Default is how many days from today a date is that is not given; 0: no bound.
	Default int
	// Everybody is a value that restricts nothing.
	Everybody string
}

// Writing declares what clients may write.
type Writing struct {
	// Required are the members that a new object cannot do without.
	Required []string
	// Fixed are the members that clients cannot write: these are ignored.
	Fixed []string
	// Settle refuses a record that cannot be, because of what else there is, or fills
	// in what follows from it. Before is nil for a new one, and after is what it was
	// for one that is to be deleted.
	Settle func(scene *Scene, before, after Record) (Record, error)
	// DeleteWith is a query parameter that a deletion needs, with the parent's id.
	DeleteWith string
	// AlsoBy is a member by which the body of an update may name the object, beside
	// the id: such a resource can be updated without an id in the path.
	AlsoBy string
}

// Life declares how objects come, change and go by themselves.
type Life struct {
	// Blank is an object with nothing in it but what the vendor fills in.
	Blank func(*Scene) Record
	// Seeds are the objects that a company starts with, and Steps how many changes the
	// most advanced of them have behind them.
	Seeds func(*Scene) []Record
	Steps int
	// New is an object that somebody might make, and Edit what somebody might make of
	// one. A kind without them stays as it is unless clients write.
	New  func(*Scene) Record
	Edit func(*Scene, Record) Record
	// Removed marks an object that was removed, if the vendor keeps it.
	Removed *Member
	// Done marks an object that is dealt with: it leaves the list and changes no more.
	Done *Member
	// Kept says that objects are never removed.
	Kept bool
	// Follow makes the objects that come with a version of a report.
	Follow func(*Scene, *expense.Version) []Draft
	// Touch returns the report that a version is a part of, and by how much its total
	// changes.
	Touch func(*Version) (report string, by Cents)
}

// Scene is what the life of an object depends on.
type Scene struct {
	Company *expense.Company
	Rand    *rand.Rand
	// At is our time, and Now the vendor's.
	At, Now time.Time
	room    *room
}

// Shown returns the current records of a kind, in the order of their creation.
func (s *Scene) Shown(kind string) []Record {
	var all []Record
	for _, o := range s.room.shelf(kind).objects {
		if v := o.latest(); !v.Deleted {
			all = append(all, v.Record)
		}
	}
	return all
}

// Under returns the current records of a kind that belong to the object with an id.
func (s *Scene) Under(kind, parent string) []Record {
	var all []Record
	for _, o := range s.room.shelf(kind).under[parent] {
		if v := o.latest(); !v.Deleted {
			all = append(all, v.Record)
		}
	}
	return all
}

// Removed returns the ids of the objects of a kind that belonged to the object with
// an id and are gone.
func (s *Scene) Removed(kind, parent string) []*Version {
	var all []*Version
	for _, o := range s.room.shelf(kind).under[parent] {
		if v := o.latest(); v.Deleted {
			all = append(all, v)
		}
	}
	return all
}

// Pick returns one of the records by chance; nil if there are none.
func (s *Scene) Pick(from []Record) Record {
	if len(from) == 0 {
		return nil
	}
	return from[s.Rand.IntN(len(from))]
}
