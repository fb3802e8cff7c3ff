package rest

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"turnstone"
	"turnstone/internal/auth"
	"turnstone/internal/element"
)

// Prefix is what the platform's paths begin with.
const Prefix = "/elements/api-v2"

// Endpoint answers a call with what is to be rendered as JSON; nil is an empty
// object.
type Endpoint func(c *Call) (any, error)

// Access says who may call a route, and where it also exists.
type Access int

// The kinds of access.
const (
	// Identified routes are for those who say who they are.
	Identified Access = iota
	// Public routes need no Authorization, as on the platform. Whoever sends one that
	// holds is known all the same, so that an account sees what is its own.
	Public
	// OfInstance routes are about one instance, or all of an account. They also exist
	// below each element, for its instances alone, and without {id}, for the instance
	// whose token the caller gave.
	OfInstance
)

// Route is a method and path, and what answers it.
type Route struct {
	Pattern string // a method, and a path under Prefix
	Answer  Endpoint
	Access  Access
}

// Identifier finds out who calls.
type Identifier interface {
	// Identify reads an Authorization header. Its error wraps auth.ErrUnauthorized.
	Identify(ctx context.Context, header string) (auth.Identity, error)
}

// Instances are the instances of all accounts.
type Instances interface {
	// One returns an instance of an account, or an error that wraps
	// turnstone.ErrNotFound.
	One(ctx context.Context, accountID, id int64) (turnstone.Instance, error)
}

// Server answers the routes of the API. All fields up to Limits must be set.
type Server struct {
	Auth      Identifier
	Instances Instances
	Elements  element.Finder
	Now       func() time.Time
	Log       *slog.Logger
	// Limits hold accounts to what they may; nil: nobody is limited.
	Limits Limits
	// Journal is told of calls that changed something; nil: nobody is.
	Journal Journal
	// Fallback answers what no route is for; nil: it is not there.
	Fallback Endpoint
}

// Handler returns the handler of some routes, and of probes, which are routes
// without Prefix. It may be called from many goroutines.
func (s *Server) Handler(routes, probes []Route) http.Handler {
	mux := http.NewServeMux()
	for _, r := range probes {
		mux.Handle(r.Pattern, s.handle(r.Answer))
	}
	for _, r := range s.Expanded(routes) {
		mux.Handle(apart(r.Pattern), s.handle(s.let(r.Access, r.Answer)))
	}
	return s.dispatch(mux, pathsOf(routes))
}

// Expanded returns some routes as Handler answers them: with Prefix, and those of
// instances once more below each element.
func (s *Server) Expanded(routes []Route) []Route {
	var all []Route
	for _, r := range routes {
		whole, below := r, r
		whole.Pattern = under(Prefix, r.Pattern)
		all = append(all, whole)
		if r.Access == OfInstance {
			below.Pattern, below.Answer = under(Prefix+"/elements/{element}", r.Pattern), s.scoped(r.Answer)
			all = append(all, below)
		}
	}
	return all
}

// let lets in those who may call a route.
func (s *Server) let(access Access, answer Endpoint) Endpoint {
	if access == Public {
		return s.recognised(answer)
	}
	return s.identified(answer)
}
