package catalogue

import (
	"context"
	"slices"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/catalogue"
	"turnstone/internal/commonresource"
	"turnstone/internal/hub"
	"turnstone/internal/instance"
)

// Hub lists the records of an instance's vendor.
type Hub interface {
	List(ctx context.Context, in turnstone.Instance, r hub.Request) (hub.Page, error)
}

// API is what the answers are made from. All fields must be set.
type API struct {
	*rest.Server

	// Authorize makes the addresses on which people allow access.
	Authorize *instance.Instances
	Common    *commonresource.Resources
	Hub       Hub
	// Own keeps the elements that accounts bring along.
	Own *catalogue.Catalogue
}

// Routes returns the routes of the package.
func (a *API) Routes() []rest.Route {
	return slices.Concat(a.elementRoutes(), a.ownRoutes(), a.hubRoutes(), a.instanceRoutes(), a.accountRoutes())
}

func (a *API) elementRoutes() []rest.Route {
	return []rest.Route{
		{Pattern: "GET /elements", Answer: a.listElements, Access: rest.Public},
		{Pattern: "GET /elements/keys", Answer: a.listKeys, Access: rest.Public},
		{Pattern: "GET /elements/metadata", Answer: a.listMetadata, Access: rest.Public},
		{Pattern: "GET /elements/{element}", Answer: a.showElement, Access: rest.Public},
		{Pattern: "GET /elements/{element}/configuration", Answer: a.listFields, Access: rest.Public},
		{Pattern: "GET /elements/{element}/configuration/{key}", Answer: a.showField, Access: rest.Public},
		{Pattern: "GET /elements/{element}/metadata", Answer: a.showMetadata, Access: rest.Public},
		{Pattern: "GET /elements/{element}/docs", Answer: a.elementDocs, Access: rest.Public},
		{Pattern: "GET /elements/{element}/transformations", Answer: a.listTransformations, Access: rest.Public},
		{Pattern: "GET /elements/{element}/oauth/url", Answer: a.authorizeByQuery, Access: rest.Public},
		{Pattern: "POST /elements/{element}/oauth/url", Answer: a.authorizeByBody, Access: rest.Public},
		{Pattern: "GET /elements/{element}/oauth/url/default", Answer: a.authorizeByDefault, Access: rest.Public},
		{Pattern: "GET /elements/{element}/oauth/token", Answer: a.requestToken, Access: rest.Public},
		{Pattern: "GET /elements/oauthProxies", Answer: listProxies},
		{Pattern: "POST /elements/oauthProxies", Answer: refuseProxy},
		{Pattern: "POST /elements/oauthProxies/{proxy}/applicationUrl", Answer: refuseProxy},
		{Pattern: "DELETE /elements/oauthProxies/{proxy}/applicationUrl", Answer: refuseProxy},
	}
}

func (a *API) hubRoutes() []rest.Route {
	return []rest.Route{
		{Pattern: "GET /hubs", Answer: a.listHubs, Access: rest.Public},
		{Pattern: "GET /hubs/keys", Answer: a.listHubKeys, Access: rest.Public},
		{Pattern: "GET /hubs/{hub}", Answer: a.showHub, Access: rest.Public},
		{Pattern: "GET /hubs/{hub}/elements", Answer: a.listHubElements, Access: rest.Public},
		{Pattern: "GET /hubs/{hub}/ping", Answer: a.ping},
		{Pattern: "GET /ping", Answer: a.ping},
		{Pattern: "GET /hubs/{hub}/objects", Answer: a.listObjects},
		{Pattern: "GET /hubs/{hub}/objects/{name}/metadata", Answer: a.showObjectMetadata},
		{Pattern: "GET /hubs/{hub}/objects/{name}/docs", Answer: a.objectDocs},
		{Pattern: "GET /objects", Answer: a.listObjects},
		{Pattern: "GET /objects/{name}/metadata", Answer: a.showObjectMetadata},
		{Pattern: "GET /objects/{name}/docs", Answer: a.objectDocs},
		{Pattern: "GET /docs/{resource}", Answer: platformDocs, Access: rest.Public},
	}
}

func (a *API) instanceRoutes() []rest.Route {
	return []rest.Route{
		{Pattern: "GET /instances/{id}/docs", Answer: a.instanceDocs, Access: rest.OfInstance},
		{Pattern: "GET /instances/{id}/docs/{operation}", Answer: a.operationDocs, Access: rest.OfInstance},
		{Pattern: "GET /instances/{id}/docs/{operation}/definitions", Answer: a.operationDefinitions, Access: rest.OfInstance},
		{Pattern: "GET /instances/{id}/objects/definitions", Answer: a.listDefinitions, Access: rest.OfInstance},
		{Pattern: "DELETE /instances/{id}/objects/definitions", Answer: a.deleteDefinitions, Access: rest.OfInstance},
		{Pattern: "GET /instances/{id}/objects/{name}/definitions", Answer: a.showDefinition, Access: rest.OfInstance},
		{Pattern: "POST /instances/{id}/objects/{name}/definitions", Answer: a.createDefinition, Access: rest.OfInstance},
		{Pattern: "PUT /instances/{id}/objects/{name}/definitions", Answer: a.replaceDefinition, Access: rest.OfInstance},
		{Pattern: "DELETE /instances/{id}/objects/{name}/definitions", Answer: a.deleteDefinitions, Access: rest.OfInstance},
		{Pattern: "GET /instances/{id}/transformations", Answer: a.listTransformations, Access: rest.OfInstance},
		{Pattern: "DELETE /instances/{id}/transformations", Answer: a.deleteTransformations, Access: rest.OfInstance},
		{Pattern: "GET /instances/{id}/transformations/{name}", Answer: a.showTransformation, Access: rest.OfInstance},
		{Pattern: "POST /instances/{id}/transformations/{name}", Answer: a.createTransformation, Access: rest.OfInstance},
		{Pattern: "PUT /instances/{id}/transformations/{name}", Answer: a.replaceTransformation, Access: rest.OfInstance},
		{Pattern: "DELETE /instances/{id}/transformations/{name}", Answer: a.deleteTransformations, Access: rest.OfInstance},
	}
}

// accountRoutes are what an account calls things in all its instances. Here an
// organization has one account, so both paths lead to the same.
func (a *API) accountRoutes() []rest.Route {
	var routes []rest.Route
	for _, of := range []string{"/organizations", "/accounts", "/accounts/{account}"} {
		routes = append(
			routes,
			rest.Route{Pattern: "GET " + of + "/objects/definitions", Answer: a.listDefinitions},
			rest.Route{Pattern: "GET " + of + "/objects/{name}/definitions", Answer: a.showDefinition},
			rest.Route{Pattern: "POST " + of + "/objects/{name}/definitions", Answer: a.createDefinition},
			rest.Route{Pattern: "PUT " + of + "/objects/{name}/definitions", Answer: a.replaceDefinition},
			rest.Route{Pattern: "DELETE " + of + "/objects/{name}/definitions", Answer: a.deleteDefinitions},
			rest.Route{Pattern: "GET " + of + "/objects/{name}/transformations", Answer: a.listNamed},
			rest.Route{Pattern: "GET " + of + "/elements/{element}/transformations", Answer: a.listTransformations},
			rest.Route{Pattern: "GET " + of + "/elements/{element}/transformations/{name}", Answer: a.showTransformation},
			rest.Route{Pattern: "POST " + of + "/elements/{element}/transformations/{name}", Answer: a.createTransformation},
			rest.Route{Pattern: "PUT " + of + "/elements/{element}/transformations/{name}", Answer: a.replaceTransformation},
			rest.Route{Pattern: "DELETE " + of + "/elements/{element}/transformations/{name}", Answer: a.deleteTransformations},
		)
	}
	return routes
}
