package api

import "slices"

// Route is a method and a path, as the mux knows them.
type Route struct {
	Pattern string
	Public  bool // needs no Authorization
}

// Routes returns everything below the platform's prefix that Handler answers.
func (a *API) Routes() []Route {
	var all []Route
	for _, r := range a.publicRoutes() {
		all = append(all, Route{under(prefix, r.pattern), true})
	}
	for _, r := range slices.Concat(a.accountRoutes(), a.hubRoutes(), a.instanceRoutes()) {
		all = append(all, Route{under(prefix, r.pattern), false})
	}
	for _, r := range a.instanceRoutes() {
		all = append(all, Route{under(prefix+"/elements/{element}", r.pattern), false})
	}
	return all
}

// ParseToken reads the token of a page behind an id.
func ParseToken(token string) (int64, error) { return parseToken(token) }

// PageToken returns the token of the page behind an id.
func PageToken(id int64) string { return pageToken(id) }

// ParseDeliveryToken reads the token of a page behind a delivery, and writes it again.
func ParseDeliveryToken(token string) (again string, err error) {
	ref, err := parseDeliveryToken(token)
	return deliveryToken(ref), err
}
