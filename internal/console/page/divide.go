package page

import (
	"net/http"
	"strings"

	"turnstone/client"
)

// belongsToAPI reports whether a request is none for a page, whatever its method.
func belongsToAPI(r *http.Request) bool {
	switch path := r.URL.Path; path {
	case "/healthz", "/readyz", "/openapi.yaml", "/docs", "/docs/style.css", "*":
		return true
	default:
		return path == client.Prefix || strings.HasPrefix(path, client.Prefix+"/")
	}
}

// wantsPage reports whether somebody has followed a link.
func wantsPage(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Authorization") == "" && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// notHere answers where there is no page.
func notHere(v *Visit) (Answer, error) {
	return nil, &Problem{
		Status: http.StatusNotFound, Title: "There is no such page",
		Message: "Nothing is at this address. It may have been deleted, or the address was cut when it was copied.",
	}
}
