package endpoint

import (
	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/reply"
)

// Route is where a kind is served.
type Route struct {
	Pattern string // as http.ServeMux takes it
	Kind    *collection.Kind
	Serve   func(*Call) reply.Reply
}

// Routes returns where the kinds are served.
func Routes(kinds []*collection.Kind) []Route {
	var all []Route
	for _, k := range kinds {
		all = append(all, lists(k)...)
		all = append(all, singles(k)...)
		if k.Name == "vendors" {
			all = append(all, vendorRoutes(k)...)
		}
	}
	return all
}

func lists(k *collection.Kind) []Route {
	var all []Route
	for _, w := range k.Within {
		all = append(all, Route{"GET " + w.Path, k, func(c *Call) reply.Reply { return listWithin(c, w) }})
	}
	if k.Verbs&collection.Listed == 0 {
		return all
	}
	switch k.Style {
	case collection.NextPage:
		all = append(all, Route{"GET " + k.Path, k, listV3})
	case collection.StartLinks:
		all = append(all, Route{"GET " + k.Path, k, listLinks})
	case collection.PageNumber:
		all = append(all, Route{"GET " + k.Path, k, listNumbered})
	case collection.SCIM:
		if k.Of == "" {
			return append(all, Route{"POST " + k.Path + "/.search", k, searchUsers})
		}
		all = append(all, Route{"GET " + k.Path, k, listUsers})
	case collection.Connect:
		all = append(all, Route{"GET " + k.Path, k, listConnect}, Route{"GET " + k.Path + "/{$}", k, listConnect})
	default:
		all = append(all, Route{"GET " + k.Path, k, listWhole})
	}
	return all
}

func singles(k *collection.Kind) []Route {
	change := "PUT "
	if k.Style == collection.SCIM {
		change = "PATCH "
	}
	var all []Route
	for _, r := range []struct {
		verb    collection.Verbs
		pattern string
		serve   func(*Call) reply.Reply
	}{
		{collection.Read, "GET " + k.Path + "/{id}", read},
		{collection.Created, "POST " + k.Path, create},
		{collection.Updated, change + k.Path + "/{id}", update},
		{collection.Deleted, "DELETE " + k.Path + "/{id}", remove},
	} {
		if k.Verbs&r.verb != 0 {
			all = append(all, Route{r.pattern, k, r.serve})
		}
	}
	if k.AlsoBy != "" {
		all = append(all, Route{"PUT " + k.Path, k, update})
	}
	return all
}
