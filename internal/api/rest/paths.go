package rest

import (
	"net/http"
	"slices"
	"strings"
)

// OfToken stands for {id} in the paths that have none: the instance whose token
// the caller gave.
const OfToken = "-"

// paths is what must be known of the routes before the mux is asked. Its patterns
// cannot tell /instances/events/{event} from /instances/{id}/health, nor
// /instances/configuration/{entry} from /instances/{id}/configuration: each is the
// more special one somewhere.
type paths struct {
	// ofToken are the words that may stand in the place of {id} in /instances/{id},
	// for what is below the instance of the caller's token.
	ofToken []string
	// apart are the beginnings, of two words, that take a path away from the routes
	// with a parameter in the place of the second.
	apart []string
}

// pathsOf returns the paths of some routes.
func pathsOf(routes []Route) paths {
	var p paths
	for _, r := range routes {
		if begin := beginning(under(Prefix, r.Pattern)); begin != "" {
			p.apart = append(p.apart, begin)
		}
	}
	for _, r := range routes {
		_, below, found := strings.Cut(r.Pattern, "/instances/{id}")
		if r.Access != OfInstance || !found {
			continue
		}
		word, _, _ := strings.Cut(strings.TrimPrefix(below, "/"), "/")
		if !slices.Contains(p.apart, Prefix+"/instances/"+word) {
			p.ofToken = append(p.ofToken, word)
		}
	}
	return p
}

// apartFrom are the collections of which some members are words of their own.
var apartFrom = []string{"/instances/", "/elements/", "/accounts/"}

// beginning returns the first two words of a pattern that must be kept apart; empty
// if it need not be.
func beginning(pattern string) string {
	_, path, _ := strings.Cut(pattern, " ")
	below := strings.TrimPrefix(path, Prefix)
	for _, collection := range apartFrom {
		rest, found := strings.CutPrefix(below, collection)
		if word, _, _ := strings.Cut(rest, "/"); found && word != "" && word[0] != '{' {
			return Prefix + collection + word
		}
	}
	return ""
}

// apartRoot is where the mux has the routes that are kept apart. No request gets
// there by itself: the mux is asked for platform paths and probes alone.
const apartRoot = "/apart"

// apart returns a pattern as the mux is to have it.
func apart(pattern string) string {
	if beginning(pattern) == "" {
		return pattern
	}
	return under(apartRoot, pattern)
}

// muxPath returns the path that the mux has for a path that was asked for.
func (p paths) muxPath(method, escaped string) string {
	for _, begin := range p.apart {
		if escaped == begin || strings.HasPrefix(escaped, begin+"/") {
			return apartRoot + escaped
		}
	}
	return p.withID(method, escaped)
}

// withID puts OfToken into the paths that the platform has without {id}.
func (p paths) withID(method, escaped string) string {
	rest, found := strings.CutPrefix(escaped, Prefix+"/instances")
	collection := rest == "" && (method == http.MethodGet || method == http.MethodHead || method == http.MethodPost)
	if !found || collection || (rest != "" && rest[0] != '/') {
		return escaped
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	if !slices.Contains(p.ofToken, first) {
		return escaped
	}
	return Prefix + "/instances/" + OfToken + rest
}

// under returns a pattern with a path before its own.
func under(path, pattern string) string {
	return strings.Replace(pattern, " ", " "+path, 1)
}
