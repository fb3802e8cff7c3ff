package api

import (
	"net/http"
	"slices"
	"strings"

	"turnstone/internal/api/rest"
)

// roots are the first words of the platform's own paths. Nothing below them is taken
// for a resource: who misspells one should be told so.
var roots = []string{
	"accounts", "authentication", "bulk", "docs", "elements", "events", "hubs", "instances", "jobs", "notifications", "objects",
	"organizations", "users",
}

// Plain answers what no route is for: with an Element token, hub paths may be written
// without /hubs/{hub}, as in /reports/7C1E.
func (a *API) Plain(c *rest.Call) (any, error) {
	path, found := strings.CutPrefix(c.URL.Path, rest.Prefix+"/")
	first, _, _ := strings.Cut(path, "/")
	if !found || first == "" || slices.Contains(roots, first) || c.Header.Get("Authorization") == "" {
		return nil, rest.Nothing(c)
	}
	return a.LetIn(c, a.HubCall(a.plainHub))
}

// plainHub answers a hub call without a hub in its path.
func (a *API) plainHub(c *rest.Call) (any, error) {
	if c.Identity.Instance == nil {
		return nil, rest.Nothing(c)
	}
	c.Pattern = c.Method + " " + rest.Prefix + "/hubs/{hub}/{path...}" // for the log
	c.SetPathValue("hub", "-")
	c.SetPathValue("path", strings.TrimPrefix(c.URL.Path, rest.Prefix+"/"))
	switch c.Method {
	case http.MethodGet, http.MethodHead:
		return a.hubRead(c)
	case http.MethodPost:
		return a.hubCreate(c)
	case http.MethodPut, http.MethodPatch:
		return a.hubUpdate(c)
	case http.MethodDelete:
		return a.hubDelete(c)
	}
	return nil, rest.Nothing(c)
}
