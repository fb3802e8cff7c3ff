package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// ofToken stands for {id} in the paths that have none: the instance whose token
// the caller gave.
const ofToken = "-"

// dispatch sends requests to their routes. The mux answers for itself where it has
// none, and redirects paths it does not like, on which bodies would get lost: both
// are answered as what they are, a path or method that is not there.
func (a *API) dispatch(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Base URLs are configured with and without a slash at their end.
		escaped := strings.Replace(strings.TrimSuffix(r.URL.EscapedPath(), "/"), prefix+"//", prefix+"/", 1)
		asked := r
		r = withPath(r, withID(r.Method, escaped))
		handler, _ := mux.Handler(r)
		if _, ours := handler.(routed); !ours {
			a.handle(missing(handler)).ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
		asked.Pattern = r.Pattern // for whoever counts requests by their route
	})
}

// routed is a handler of ours, in contrast to those of the mux.
type routed func(w http.ResponseWriter, r *http.Request)

// ServeHTTP calls the function.
func (f routed) ServeHTTP(w http.ResponseWriter, r *http.Request) { f(w, r) }

// withPath returns the request with another path.
func withPath(r *http.Request, escaped string) *http.Request {
	if escaped == "" {
		escaped = "/"
	}
	plain, err := url.PathUnescape(escaped)
	if err != nil || escaped == r.URL.EscapedPath() {
		return r
	}
	changed := r.WithContext(r.Context()) // a shallow copy
	address := *r.URL
	address.Path, address.RawPath = plain, escaped
	changed.URL = &address
	return changed
}

// withID puts ofToken into the paths that the platform has without {id}. They are
// told apart here because patterns cannot: /instances/configuration/{entry} and
// /instances/{id}/configuration are both more special than the other somewhere.
func withID(method, escaped string) string {
	rest, found := strings.CutPrefix(escaped, prefix+"/instances")
	collection := rest == "" && (method == http.MethodGet || method == http.MethodHead || method == http.MethodPost)
	if !found || collection || (rest != "" && rest[0] != '/') {
		return escaped
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	if !slices.Contains(tokenPaths, first) {
		return escaped
	}
	return prefix + "/instances/" + ofToken + rest
}

// tokenPaths are what may follow /instances in the place of {id}.
var tokenPaths = []string{"", "enabled", "configuration", "health", "pollers", "destinations"}

// missing answers a request for which there is no route.
func missing(fallback http.Handler) endpoint {
	return func(c *call) (any, error) {
		probe := statusProbe{header: http.Header{}}
		fallback.ServeHTTP(&probe, c.Request)
		if probe.status != http.StatusMethodNotAllowed {
			return nil, failuref(http.StatusNotFound, "there is nothing at %s; the API's paths begin with %s/instances, /elements, /hubs, /accounts and /notifications", excerpt(strings.Replace(c.URL.Path, "/"+ofToken, "", 1)), prefix)
		}
		allowed := probe.header.Get("Allow")
		c.header.Set("Allow", allowed)
		return nil, failuref(http.StatusMethodNotAllowed, "%s is not possible here; write one of %s", excerpt(c.Method), allowed)
	}
}

// statusProbe takes the status that a handler would answer with.
type statusProbe struct {
	header http.Header
	status int
}

func (p *statusProbe) Header() http.Header { return p.header }

func (p *statusProbe) Write(b []byte) (int, error) { return len(b), nil }

func (p *statusProbe) WriteHeader(status int) { p.status = status }
