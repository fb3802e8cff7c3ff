package resource

import (
	"fmt"
	"strings"
	"time"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/expense"
)

// people are the users of a company, in four generations of services. All are views
// of the identities.
func people() []*collection.Kind {
	identity := &collection.Kind{
		Name: "Users", Path: "/profile/identity/v4.1/Users", Scope: "identity.user.core.read", Thing: "user",
		Verbs:  collection.Listed | collection.Read | collection.Created | collection.Updated | collection.Deleted,
		Paging: collection.Paging{Style: collection.SCIM, Limit: 100, MaxLimit: 1000, Items: "Resources"},
		ID:     "id", NewID: uuidID, LinkMember: "meta.location", Created: "meta.created", Modified: "meta.lastModified", Layout: scimLayout,
		Counter: "meta.version",
		Writing: collection.Writing{Required: []string{"userName", "name"}, Fixed: []string{"schemas", "meta"}},
		Life:    collection.Life{Blank: blankUser, Seeds: seedUsers, New: newUser, Edit: editUser, Removed: &collection.Member{Name: "active", Value: false}},
	}
	older := &collection.Kind{
		Name: "Users.v4", Path: "/profile/identity/v4/Users", Scope: "identity.user.core.read", Thing: "user", Verbs: collection.Listed | collection.Read,
		Paging: collection.Paging{Style: collection.SCIM, Limit: 10, MaxLimit: 100, Items: "Resources"},
		ID:     "id", Of: "Users", Show: func(r collection.Record) collection.Record { return r },
	}
	user := &collection.Kind{
		Name: "users", Path: "/api/v3.0/common/users", Scope: "USER", Thing: "user", Verbs: collection.Listed,
		Paging: collection.Paging{Limit: 25, MaxLimit: 100},
		Filters: []collection.Filter{
			{Param: "primaryEmail", Member: "PrimaryEmail"},
			{Param: "employeeID", Member: "EmployeeID"},
			{Param: "lastName", Member: "LastName"},
			{Param: "user", Member: "LoginID", Everybody: "ALL"},
			{Param: "active", Member: "Active"},
		},
		ID: "LoginID", Of: "Users", Show: userV3,
	}
	user.Root, user.Item = "Users", "User"
	summary := &collection.Kind{
		Name: "summary", Path: "/api/travelprofile/v2.0/summary", Scope: "TRVPRF", Thing: "profile", Verbs: collection.Listed,
		Paging: collection.Paging{Style: collection.Connect, Limit: 200, MaxLimit: 200},
		Filters: []collection.Filter{
			{Param: "LastModifiedDate", Member: "ProfileLastModifiedUTC", Op: collection.AtLeast, Required: true}, {Param: "Status", Member: "Status"},
		},
		ID: "LoginID", Of: "Users", Show: profileSummary,
	}
	summary.Item = "ProfileSummary"
	return []*collection.Kind{identity, older, user, summary}
}

// enterpriseSchema names the member with what only companies know of somebody.
const enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

func blankUser(s *collection.Scene) collection.Record {
	return of("schemas", collection.List{
		"urn:ietf:params:scim:schemas:core:2.0:User", enterpriseSchema,
	}, "id", nil, "externalId", nil, "userName", nil, "displayName", nil, "title", nil, "preferredLanguage", "en-US", "timezone", "America/New_York",
		"active", true, "name", of("familyName", nil, "givenName", nil, "middleName", nil), "emails", collection.List{},
		enterpriseSchema, of("companyId", s.Company.UUID, "employeeNumber", nil, "costCenter", nil),
		"meta", of("resourceType", "User", "created", nil, "lastModified", nil, "version", number(1), "location", nil))
}

// userOf is somebody with a login and a name.
func userOf(s *collection.Scene, login, family, given string) collection.Record {
	sum := 0
	for _, b := range []byte(login) {
		sum = (sum*31 + int(b)) % 1_000_000
	}
	return blankUser(s).With("userName", login).With("displayName", given+" "+family).With("name.familyName", family).With("name.givenName", given).
		With("emails", collection.List{of("value", login, "type", "work", "verified", false, "notifications", true)}).
		WithMember(enterpriseSchema, of("companyId", s.Company.UUID, "employeeNumber", fmt.Sprintf("E%06d", sum), "costCenter", nil))
}

// seedUsers are those who can log in.
func seedUsers(s *collection.Scene) []collection.Record {
	return times(len(s.Company.Users), func(i int) collection.Record {
		u := s.Company.Users[i]
		family, given := u.Names()
		return userOf(s, u.Login, family, given).With("id", u.UUID())
	})
}

// newUser is a newcomer, who has no login at this Concur yet.
func newUser(s *collection.Scene) collection.Record {
	family, _ := person(s).Names()
	_, given := person(s).Names()
	login := fmt.Sprintf("%s.%s%d@%s", given, family, 1+s.Rand.IntN(9999), s.Company.Domain)
	return userOf(s, strings.ToLower(login), family, given)
}

func editUser(s *collection.Scene, r collection.Record) collection.Record {
	return edited(s, r, set(s, "title", "Engineer", "Consultant", "Director", "Analyst"), set(s, "timezone", "Europe/Berlin", "America/Denver", "Asia/Tokyo"))
}

func userV3(r collection.Record) collection.Record {
	email := ""
	if emails, _ := r.Value("emails").(collection.List); len(emails) > 0 {
		first, _ := emails[0].(collection.Record)
		email = first.Text("value")
	}
	enterprise, _ := r.Member(enterpriseSchema).(collection.Record)
	return of("LoginID", r.Value("userName"), "Active", r.Value("active"), "FirstName", r.Value("name.givenName"), "LastName", r.Value("name.familyName"),
		"MiddleName", r.Value("name.middleName"), "EmployeeID", enterprise.Value("employeeNumber"), "PrimaryEmail", orNull(email), "CellPhoneNumber", nil,
		"OrganizationUnit", nil)
}

func profileSummary(r collection.Record) collection.Record {
	status := "Inactive"
	if r.Value("active") == true {
		status = "Active"
	}
	modified, _ := time.Parse(scimLayout, r.Text("meta.lastModified")) // spelled so by the vendor
	return of("Status", status, "LoginID", r.Value("userName"), "XmlProfileSyncID", expense.NameUUID(r.Text("id"))[:8],
		"ProfileLastModifiedUTC", modified.Format(plainLayout))
}
