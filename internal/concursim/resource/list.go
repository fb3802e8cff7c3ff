package resource

import (
	"fmt"
	"strings"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/expense"
)

// lists are what companies choose values from, in the generations v3 and v4.
func lists() []*collection.Kind {
	v3 := collection.Paging{Limit: 25, MaxLimit: 100}
	list := &collection.Kind{
		Name: "lists", Path: "/api/v3.0/common/lists", Scope: "LIST", Thing: "list",
		Verbs: collection.Listed | collection.Read | collection.Created | collection.Updated, Paging: v3,
		ID: "ID", NewID: protectedID, LinkMember: "URI",
		Writing: collection.Writing{Required: []string{"Name"}},
		Life:    collection.Life{Blank: blankList, Seeds: seedLists, New: newList, Edit: editList, Kept: true},
	}
	list.Root, list.Item = "Lists", "List"
	filters := []collection.Filter{{Param: "listId", Member: "ListID"}, {Param: "name", Member: "Name"}, {Param: "parentId", Member: "ParentID"}}
	for i := range 10 {
		level := fmt.Sprintf("evel%dCode", i+1)
		filters = append(filters, collection.Filter{Param: "l" + level, Member: "L" + level})
	}
	item := &collection.Kind{
		Name: "listitems", Path: "/api/v3.0/common/listitems", Scope: "LIST", Thing: "list item",
		Verbs:  collection.Listed | collection.Read | collection.Created | collection.Updated | collection.Deleted,
		Paging: v3, Filters: filters,
		ID: "ID", NewID: protectedID, LinkMember: "URI", Parent: "ListID", ParentKind: "lists",
		Writing: collection.Writing{Required: []string{"ListID", "Name"}, Settle: settleItem, DeleteWith: "listId"},
		Life:    collection.Life{Blank: blankItem, Seeds: seedItems, New: newItem, Edit: editItem},
	}
	item.Root, item.Item = "ListItems", "ListItem"
	v4 := collection.Paging{Style: collection.PageNumber, Limit: 100, MaxLimit: 100}
	return []*collection.Kind{
		list, item,
		{
			Name: "lists.v4", Path: "/list/v4/lists", Scope: "spend.list.read", Thing: "list", Verbs: collection.Listed | collection.Read,
			Paging: v4, ID: "id", Of: "lists", Show: listV4,
		},
		{
			Name: "items.v4", Path: "/list/v4/items", Scope: "spend.listitem.read", Thing: "item", Verbs: collection.Read,
			Paging: v4, ID: "id", Of: "listitems", Show: itemV4,
			Within: []collection.Within{
				{Path: "/list/v4/lists/{id}/children", Member: "listId", Root: "parentId"},
				{Path: "/list/v4/items/{id}/children", Member: "parentId"},
			},
		},
	}
}

func blankList(*collection.Scene) collection.Record {
	return of("Name", nil, "IsVendorList", false, "SearchCriteriaCode", "TEXT", "DisplayCodeFirst", false, "ThresholdLevel", number(5),
		"ExternalThresholdLevel", nil, "ID", nil, "URI", nil)
}

var listNames = []string{"Cost Centers", "Projects", "Departments", "Regions", "Product Lines"}

func seedLists(s *collection.Scene) []collection.Record {
	return times(len(listNames), func(i int) collection.Record { return blankList(s).With("Name", listNames[i]) })
}

func newList(s *collection.Scene) collection.Record {
	return blankList(s).With("Name", fmt.Sprintf("%s %d", pick(s.Rand, listNames), 2020+s.Rand.IntN(20)))
}

func editList(s *collection.Scene, r collection.Record) collection.Record {
	return edited(s, r, flip("DisplayCodeFirst"), set(s, "SearchCriteriaCode", "TEXT", "CODE"))
}

func blankItem(*collection.Scene) collection.Record {
	r := of("ListID", nil, "Name", nil, "ParentID", nil)
	for i := range 10 {
		r = r.With(fmt.Sprintf("Level%dCode", i+1), nil)
	}
	return joined(r, of("ID", nil, "URI", nil))
}

func itemOf(s *collection.Scene, list collection.Record) collection.Record {
	name := pick(s.Rand, []string{"North", "South", "Research", "Assembly", "Service", "Aurora", "Borealis", "Headquarters"})
	code := fmt.Sprintf("%s%03d", strings.ToUpper(name[:2]), s.Rand.IntN(1000))
	return blankItem(s).With("ListID", list.Text("ID")).With("Name", name).With("Level1Code", code)
}

func seedItems(s *collection.Scene) []collection.Record {
	var all []collection.Record
	for _, list := range s.Shown("lists") {
		all = append(all, times(12, func(int) collection.Record { return itemOf(s, list) })...)
	}
	return all
}

func newItem(s *collection.Scene) collection.Record { return itemOf(s, s.Pick(s.Shown("lists"))) }

func editItem(s *collection.Scene, r collection.Record) collection.Record {
	return edited(s, r, set(s, "Name", "Overseas", "Logistics", "Sales West", "Sales East"))
}

// settleItem refuses an item of a list that there is not, or below an item of another
// list.
func settleItem(s *collection.Scene, _, after collection.Record) (collection.Record, error) {
	if !known(s.Shown("lists"), "ID", after.Text("ListID")) {
		return nil, fmt.Errorf("ListID %q is no list of this company", after.Text("ListID"))
	}
	if parent := after.Text("ParentID"); parent != "" && !known(s.Under("listitems", after.Text("ListID")), "ID", parent) {
		return nil, fmt.Errorf("ParentID %q is no item of the list", parent)
	}
	return after, nil
}

// idV4 is the id that List v4 gives to what v3 knows by a protected key.
func idV4(id string) any {
	if id == "" {
		return nil
	}
	return expense.NameUUID(id)
}

func listV4(r collection.Record) collection.Record {
	return of("id", idV4(r.Text("ID")), "value", r.Value("Name"), "levelCount", number(1), "searchCriteria", "TEXT", "displayFormat", "(CODE) TEXT",
		"category", of("id", idV4("custom"), "type", "CUSTOM"), "isReadOnly", false, "isDeleted", false)
}

func itemV4(r collection.Record) collection.Record {
	return of("id", idV4(r.Text("ID")), "code", r.Value("Level1Code"), "shortCode", r.Value("Level1Code"), "value", r.Value("Name"),
		"listId", idV4(r.Text("ListID")), "parentId", idV4(r.Text("ParentID")), "level", number(1), "hasChildren", false, "isDeleted", false)
}

// locations are where expenses happen: Concur's own list, the same for everybody.
func locations() []*collection.Kind {
	location := &collection.Kind{
		Name: "locations", Path: "/api/v3.0/common/locations", Scope: "CONFIG", Thing: "location",
		Verbs: collection.Listed | collection.Read, Paging: collection.Paging{Limit: 25, MaxLimit: 100},
		Filters: []collection.Filter{
			{Param: "name", Member: "Name", Op: collection.Contains},
			{Param: "city", Member: "Name", Op: collection.Contains},
			{Param: "countrySubdivision", Member: "CountrySubdivision"},
			{Param: "country", Member: "Country"},
			{Param: "administrativeRegion", Member: "AdministrativeRegion"},
		},
		ID: "ID", NewID: protectedID, LinkMember: "URI",
		Life: collection.Life{Seeds: seedLocations, New: newLocation, Edit: editLocation},
	}
	location.Root, location.Item = "Locations", "Location"
	return []*collection.Kind{location}
}

// places are cities with their subdivision, country, IATA code and coordinates.
var places = [][6]string{
	{"Denver, Colorado", "US-CO", "US", "DEN", "39.7392", "-104.9903"},
	{"Seattle, Washington", "US-WA", "US", "SEA", "47.6062", "-122.3321"},
	{"New York, New York", "US-NY", "US", "NYC", "40.7128", "-74.006"},
	{"London", "GB-LND", "GB", "LON", "51.5074", "-0.1278"},
	{"Munich", "DE-BY", "DE", "MUC", "48.1351", "11.582"},
	{"Lyon", "FR-ARA", "FR", "LYS", "45.764", "4.8357"},
	{"Madrid", "ES-MD", "ES", "MAD", "40.4168", "-3.7038"},
	{"Toronto, Ontario", "CA-ON", "CA", "YTO", "43.6532", "-79.3832"},
	{"Osaka", "JP-27", "JP", "OSA", "34.6937", "135.5023"},
	{"Zürich", "CH-ZH", "CH", "ZRH", "47.3769", "8.5417"},
	{"São Paulo", "BR-SP", "BR", "SAO", "-23.5505", "-46.6333"},
	{"Singapore", "", "SG", "SIN", "1.3521", "103.8198"},
}

func seedLocations(s *collection.Scene) []collection.Record {
	return times(4*len(places), func(i int) collection.Record {
		p := places[i%len(places)]
		name := p[0] + []string{"", " Airport", " Centre", " Fair"}[i/len(places)]
		return of("Name", name, "CountrySubdivision", orNull(p[1]), "Country", p[2], "AdministrativeRegion", nil, "IATACode", p[3],
			"IsAirport", i/len(places) == 1, "IsBookingTool", false, "Latitude", collection.Number(p[4]), "Longitude", collection.Number(p[5]),
			"ID", nil, "URI", nil)
	})
}

func newLocation(s *collection.Scene) collection.Record {
	return s.Pick(s.Shown("locations")).With("ID", nil).With("Name", fmt.Sprintf("Plant %d", 1+s.Rand.IntN(900)))
}

func editLocation(s *collection.Scene, r collection.Record) collection.Record {
	return edited(s, r, flip("IsBookingTool"), set(s, "AdministrativeRegion", "North", "South", "West"))
}
