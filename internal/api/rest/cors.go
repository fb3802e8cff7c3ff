package rest

import (
	"net/http"
	"slices"
	"strings"
)

// corsMethods are those that routes have.
var corsMethods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// allowOrigins lets scripts of all web pages read the answers below Prefix. That gives
// nothing away: the API takes no cookie, so a page can send nothing but what it was told.
// Whatever does take cookies must not be below Prefix.
func allowOrigins(h http.Header, escaped string) {
	if belowAPI(escaped) {
		h.Set("Access-Control-Allow-Origin", "*")
	}
}

func belowAPI(escaped string) bool {
	return escaped == Prefix || strings.HasPrefix(escaped, Prefix+"/")
}

// preflight answers what may be done at a path: to people, and to browsers that ask before
// a script of another origin sends its request.
func (s *Server) preflight(mux *http.ServeMux, p paths, escaped string) Endpoint {
	return func(c *Call) (any, error) {
		allowed := s.allowed(c, mux, p, escaped)
		if len(allowed) == 0 {
			return nil, Nothing(c)
		}
		methods := strings.Join(append(allowed, http.MethodOptions), ", ")
		c.Reply.Set("Allow", methods)
		c.Reply.Set("Access-Control-Allow-Methods", methods)
		c.Reply.Set("Access-Control-Allow-Headers", "Authorization, *") // the star does not stand for the first
		c.Reply.Set("Access-Control-Max-Age", "7200")                   // the most that browsers take
		return nil, nil
	}
}

// allowed returns the methods that a path has.
func (s *Server) allowed(c *Call, mux *http.ServeMux, p paths, escaped string) []string {
	var methods []string
	for _, method := range corsMethods {
		asked := withPath(c.Request, p.muxPath(method, escaped)).Clone(c.Context())
		asked.Method = method
		handler, _ := mux.Handler(asked)
		if _, ours := handler.(routed); ours {
			methods = append(methods, method)
		}
	}
	if len(methods) == 0 && s.Fallback != nil {
		return slices.Clip(corsMethods) // a vendor's resource may stand there
	}
	return methods
}
