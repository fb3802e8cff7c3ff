package rest

import (
	"net/http"
	"net/url"
	"strings"
)

// dispatch sends requests to their routes. The mux answers for itself where it has
// none, and redirects paths it does not like, on which bodies would get lost: both
// are answered as what they are, a path or method that is not there.
func (s *Server) dispatch(mux *http.ServeMux, p paths) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Base URLs are configured with and without a slash at their end.
		escaped := strings.Replace(strings.TrimSuffix(r.URL.EscapedPath(), "/"), Prefix+"//", Prefix+"/", 1)
		allowOrigins(w.Header(), escaped)
		if r.Method == http.MethodOptions && belowAPI(escaped) {
			s.handle(s.preflight(mux, p, escaped)).ServeHTTP(w, r)
			return
		}
		asked := r
		r = withPath(r, p.muxPath(r.Method, escaped))
		handler, _ := mux.Handler(r)
		if _, ours := handler.(routed); !ours || strings.HasPrefix(escaped, apartRoot+"/") {
			s.handle(s.missing(handler)).ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
		asked.Pattern = strings.Replace(r.Pattern, " "+apartRoot, " ", 1) // for whoever counts requests by their route
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

// missing answers a request for which there is no route.
func (s *Server) missing(muxAnswer http.Handler) Endpoint {
	return func(c *Call) (any, error) {
		probe := statusProbe{header: http.Header{}}
		muxAnswer.ServeHTTP(&probe, c.Request)
		if probe.status != http.StatusMethodNotAllowed && s.Fallback != nil {
			return s.Fallback(c)
		}
		if probe.status != http.StatusMethodNotAllowed {
			return nil, Nothing(c)
		}
		allowed := probe.header.Get("Allow")
		c.Reply.Set("Allow", allowed)
		return nil, Failuref(http.StatusMethodNotAllowed, "%s is not possible here; write one of %s", Excerpt(c.Method), allowed)
	}
}

// Nothing is the error for a path that no route is for.
func Nothing(c *Call) error {
	path := strings.TrimPrefix(strings.Replace(c.URL.Path, "/"+OfToken, "", 1), apartRoot)
	return Failuref(http.StatusNotFound, "there is nothing at %s; the API's paths begin with %s/instances, /elements, /hubs, /accounts and /notifications", Excerpt(path), Prefix)
}

// statusProbe takes the status that a handler would answer with.
type statusProbe struct {
	header http.Header
	status int
}

func (p *statusProbe) Header() http.Header { return p.header }

func (p *statusProbe) Write(b []byte) (int, error) { return len(b), nil }

func (p *statusProbe) WriteHeader(status int) { p.status = status }
